import assert from "node:assert/strict";
import { test } from "node:test";
import { pageCount, pageOf } from "./pagination.ts";

test("the last page holds the rest", () => {
  assert.deepEqual(pageOf([1, 2, 3, 4, 5], 3, 2), { items: [5], page: 3, pages: 3, hasNext: false });
});

test("one before the last has a next", () => {
  assert.deepEqual(pageOf([1, 2, 3, 4, 5], 2, 2).hasNext, true);
});

test("nothing is one empty page", () => {
  assert.deepEqual(pageOf([], 1, 10), { items: [], page: 1, pages: 1, hasNext: false });
});

test("beyond the end is the last page", () => {
  assert.deepEqual(pageOf([1, 2, 3], 9, 2).items, [3]);
});

test("before the begin is the first page", () => {
  assert.deepEqual(pageOf([1, 2, 3], 0, 2).items, [1, 2]);
});

test("fewer items than a page", () => {
  assert.deepEqual(pageCount(1, 50), 1);
});

test("a page without items is refused", () => {
  assert.throws(() => pageCount(1, 0), RangeError);
});
