import assert from "node:assert/strict";
import { test } from "node:test";
import { CircuitBreaker } from "./circuit-breaker.ts";

test("it waits as long as told", () => {
  const breaker = new CircuitBreaker(1, 100);
  breaker.failed(50);
  assert.deepEqual([breaker.state(149), breaker.state(150)], ["open", "half-open"]);
});

test("open allows nothing", () => {
  const breaker = new CircuitBreaker(1, 100);
  breaker.failed(0);
  assert.deepEqual([breaker.allows(50), breaker.allows(100)], [false, true]);
});

test("a success after the wait closes it", () => {
  const breaker = new CircuitBreaker(2, 100);
  breaker.failed(0);
  breaker.failed(0);
  breaker.succeeded();
  assert.deepEqual(breaker.state(500), "closed");
  breaker.failed(500);
  assert.deepEqual(breaker.state(500), "closed");
});

test("a failure after the wait opens it anew", () => {
  const breaker = new CircuitBreaker(2, 100);
  breaker.failed(0);
  breaker.failed(0);
  breaker.failed(150);
  assert.deepEqual([breaker.state(200), breaker.state(250)], ["open", "half-open"]);
});

test("a success in between counts anew", () => {
  const breaker = new CircuitBreaker(2, 100);
  breaker.failed(0);
  breaker.succeeded();
  breaker.failed(0);
  assert.deepEqual(breaker.state(0), "closed");
});

test("a new one is closed", () => {
  assert.deepEqual(new CircuitBreaker(1, 1).state(0), "closed");
});
