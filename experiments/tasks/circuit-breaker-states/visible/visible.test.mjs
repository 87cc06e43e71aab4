import assert from "node:assert/strict";
import { test } from "node:test";
import { CircuitBreaker } from "./circuit-breaker.ts";

test("it opens after so many failures", () => {
  const breaker = new CircuitBreaker(2, 100);
  breaker.failed(0);
  assert.deepEqual(breaker.state(0), "closed");
  breaker.failed(0);
  assert.ok(breaker.state(0) !== "closed");
});

test("it is open at first", () => {
  const breaker = new CircuitBreaker(1, 100);
  breaker.failed(0);
  breaker.failed(0);
  assert.deepEqual(breaker.state(10), "open");
});

test("success closes it", () => {
  const breaker = new CircuitBreaker(1, 100);
  breaker.failed(0);
  breaker.failed(0);
  breaker.succeeded();
  assert.deepEqual(breaker.state(10), "closed");
});
