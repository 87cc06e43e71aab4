import assert from "node:assert/strict";
import { test } from "node:test";
import { Inventory } from "./inventory.ts";

test("the last one goes once", () => {
  const store = new Inventory();
  store.receive("a", 1);
  assert.deepEqual([store.reserve("a", 1), store.reserve("a", 1)], [true, false]);
});

test("released items are available", () => {
  const store = new Inventory();
  store.receive("a", 2);
  store.reserve("a", 2);
  store.release("a", 1);
  assert.deepEqual(store.available("a"), 1);
});

test("shipping leaves the available as it is", () => {
  const store = new Inventory();
  store.receive("a", 5);
  store.reserve("a", 2);
  store.ship("a", 2);
  assert.deepEqual(store.available("a"), 3);
});

test("a second round", () => {
  const store = new Inventory();
  store.receive("a", 4);
  store.reserve("a", 2);
  store.ship("a", 1);
  store.reserve("a", 2);
  assert.deepEqual(store.available("a"), 0);
  store.ship("a", 3);
  assert.deepEqual(store.available("a"), 0);
});

test("unreserved items cannot be shipped", () => {
  const store = new Inventory();
  store.receive("a", 2);
  assert.throws(() => store.ship("a", 1), RangeError);
});

test("items are apart", () => {
  const store = new Inventory();
  store.receive("a", 1);
  assert.deepEqual(store.available("b"), 0);
  assert.deepEqual(store.reserve("b", 1), false);
});

test("releasing too much releases all", () => {
  const store = new Inventory();
  store.receive("a", 2);
  store.reserve("a", 1);
  store.release("a", 9);
  assert.deepEqual(store.available("a"), 2);
});
