import assert from "node:assert/strict";
import { test } from "node:test";
import { Order } from "./order-state.ts";

test("the whole way", () => {
  const order = new Order();
  for (const s of ["paid", "shipped", "delivered"]) assert.deepEqual(order.move(s), true);
  assert.deepEqual(order.steps, ["draft>paid", "paid>shipped", "shipped>delivered"]);
  assert.deepEqual(order.isFinal, true);
});

test("no step may be left out", () => {
  const order = new Order();
  assert.deepEqual(order.move("shipped"), false);
  assert.deepEqual(order.state, "draft");
  assert.deepEqual(order.steps, []);
});

test("a shipped order cannot be cancelled", () => {
  const order = new Order();
  order.move("paid");
  order.move("shipped");
  assert.deepEqual(order.move("cancelled"), false);
  assert.deepEqual(order.state, "shipped");
});

test("a cancelled order stays so", () => {
  const order = new Order();
  order.move("cancelled");
  assert.deepEqual(order.isFinal, true);
  assert.deepEqual(order.move("paid"), false);
});

test("the same state is no step", () => {
  const order = new Order();
  assert.deepEqual(order.move("draft"), false);
});

test("cancelled after payment is recorded", () => {
  const order = new Order();
  order.move("paid");
  order.move("cancelled");
  assert.deepEqual(order.steps, ["draft>paid", "paid>cancelled"]);
});
