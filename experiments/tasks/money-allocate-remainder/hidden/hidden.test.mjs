import assert from "node:assert/strict";
import { test } from "node:test";
import { allocate, splitEvenly, formatCents } from "./money-allocate.ts";

test("one cent among three", () => {
  assert.deepEqual(splitEvenly(100, 3), [34, 33, 33]);
});

test("many left over", () => {
  assert.deepEqual(splitEvenly(9, 5), [2, 2, 2, 2, 1]);
});

test("weights", () => {
  assert.deepEqual(allocate(1000, [1, 2, 3]), [167, 333, 500]);
});

test("no weight gets nothing", () => {
  assert.deepEqual(allocate(5, [0, 1, 1]), [0, 3, 2]);
});

test("sums hold for many amounts", () => {
  for (let cents = 0; cents < 60; cents++)
    assert.deepEqual(
      allocate(cents, [3, 5, 7, 9]).reduce((a, b) => a + b, 0),
      cents,
    );
});

test("a negative amount adds up", () => {
  assert.deepEqual(
    splitEvenly(-100, 3).reduce((a, b) => a + b, 0),
    -100,
  );
});

test("no weights are refused", () => {
  assert.throws(() => allocate(1, []), RangeError);
  assert.throws(() => allocate(1, [0, 0]), RangeError);
});

test("cents are shown with two digits", () => {
  assert.deepEqual(formatCents(1205), "12.05");
  assert.deepEqual(formatCents(-7), "-0.07");
});
