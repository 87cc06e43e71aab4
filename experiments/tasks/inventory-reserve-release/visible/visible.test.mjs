import assert from "node:assert/strict";
import { test } from "node:test";
import { Inventory } from "./inventory.ts";

test("what is reserved is not available", () => {
  const store = new Inventory();
  store.receive("a", 3);
  store.reserve("a", 2);
  assert.deepEqual(store.available("a"), 1);
});

test("what was shipped cannot be shipped again", () => {
  const store = new Inventory();
  store.receive("a", 3);
  store.reserve("a", 1);
  store.ship("a", 1);
  assert.throws(() => store.ship("a", 1), RangeError);
});

test("what was received is available", () => {
  const store = new Inventory();
  store.receive("a", 3);
  assert.deepEqual(store.available("a"), 3);
});
