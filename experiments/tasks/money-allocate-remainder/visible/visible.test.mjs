import assert from "node:assert/strict";
import { test } from "node:test";
import { splitEvenly } from "./money-allocate.ts";

test("nothing is lost", () => {
  assert.deepEqual(splitEvenly(5, 4), [2, 1, 1, 1]);
});

test("two cents left over", () => {
  assert.deepEqual(splitEvenly(101, 3), [34, 34, 33]);
});

test("even shares", () => {
  assert.deepEqual(splitEvenly(100, 4), [25, 25, 25, 25]);
});

test("a half is not made of nothing", () => {
  assert.deepEqual(splitEvenly(1, 2), [1, 0]);
});
