import assert from "node:assert/strict";
import { test } from "node:test";
import { histogramOf } from "./histogram.ts";

test("the greatest is the hundredth", () => {
  assert.deepEqual(histogramOf([3, 9, 1]).percentile(100), 9);
});

test("the rank is rounded up", () => {
  assert.deepEqual(histogramOf([1, 2, 3]).percentile(50), 2);
});

test("the least is the first", () => {
  assert.deepEqual(histogramOf([7, 4, 2]).percentile(0), 2);
});
