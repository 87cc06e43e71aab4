import assert from "node:assert/strict";
import { test } from "node:test";
import { Order } from "./order-state.ts";

test("a draft can be paid", () => {
  assert.deepEqual(new Order().canMove("paid"), true);
});

test("a move reaches the state", () => {
  const order = new Order();
  order.move("paid");
  assert.deepEqual(order.state, "paid");
});

test("a paid order can be cancelled", () => {
  const order = new Order();
  order.move("paid");
  assert.deepEqual(order.move("cancelled"), true);
});
