import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram, histogramOf } from "./histogram.ts";

test("a known example", () => {
  const h = histogramOf([15, 20, 35, 40, 50]);
  assert.deepEqual(
    [5, 30, 40, 50, 100].map((p) => h.percentile(p)),
    [15, 20, 20, 35, 50],
  );
});

test("numbers sort as numbers", () => {
  assert.deepEqual(histogramOf([100, 9, 20]).percentile(100), 100);
});

test("values may come after a question", () => {
  const h = histogramOf([5, 1]);
  assert.deepEqual(h.percentile(100), 5);
  h.record(0);
  assert.deepEqual(h.percentile(0), 0);
});

test("one value is every percentile", () => {
  const h = histogramOf([4]);
  assert.deepEqual(
    [0, 1, 50, 99, 100].map((p) => h.percentile(p)),
    [4, 4, 4, 4, 4],
  );
});

test("none has none", () => {
  assert.deepEqual(new Histogram().median(), undefined);
  assert.deepEqual(new Histogram().count, 0);
});

test("an even number has the lower median", () => {
  assert.deepEqual(histogramOf([4, 1, 3, 2]).median(), 2);
});

test("no percentile is refused", () => {
  assert.throws(() => histogramOf([1]).percentile(101), RangeError);
});
