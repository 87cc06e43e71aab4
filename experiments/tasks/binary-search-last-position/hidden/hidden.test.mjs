import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerBound, insertSorted, includesSorted } from "./sorted-search.mjs";

test("inserting at the end", () => {
  assert.deepEqual(insertSorted([1, 2], 3), [1, 2, 3]);
});

test("inserting at the begin", () => {
  assert.deepEqual(insertSorted([1, 2], 0), [0, 1, 2]);
});

test("an empty list", () => {
  assert.deepEqual(lowerBound([], 1), 0);
  assert.deepEqual(insertSorted([], 7), [7]);
});

test("a list of one", () => {
  assert.deepEqual(lowerBound([5], 6), 1);
  assert.deepEqual(lowerBound([5], 5), 0);
});

test("equal values give the first", () => {
  assert.deepEqual(lowerBound([1, 2, 2, 2, 3], 2), 1);
});

test("what is not there is not found", () => {
  assert.deepEqual(includesSorted([1, 3, 5], 6), false);
  assert.deepEqual(includesSorted([1, 3, 5], 5), true);
  assert.deepEqual(includesSorted([], 1), false);
});
