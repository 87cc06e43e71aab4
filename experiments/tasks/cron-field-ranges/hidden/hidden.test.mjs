import assert from "node:assert/strict";
import { test } from "node:test";
import { parseField, fires } from "./cron-field.mjs";

test("a list", () => {
  assert.deepEqual(parseField("30,0", 0, 59), [0, 30]);
});

test("everything", () => {
  assert.deepEqual(parseField("*", 1, 4), [1, 2, 3, 4]);
});

test("a step from a number goes to the end", () => {
  assert.deepEqual(parseField("10/20", 0, 59), [10, 30, 50]);
});

test("ranges and numbers together, once each", () => {
  assert.deepEqual(parseField("1-3,2,9", 0, 9), [1, 2, 3, 9]);
});

test("the end of all", () => {
  assert.deepEqual(parseField("59", 0, 59), [59]);
});

test("out of range is refused", () => {
  assert.throws(() => parseField("60", 0, 59), RangeError);
  assert.throws(() => parseField("5-1", 0, 59), RangeError);
  assert.throws(() => parseField("*/0", 0, 59), RangeError);
});

test("what is no field is refused", () => {
  assert.throws(() => parseField("a", 0, 59), SyntaxError);
});

test("firing", () => {
  assert.deepEqual([fires("1-5", 5, 0, 6), fires("1-5", 6, 0, 6)], [true, false]);
});
