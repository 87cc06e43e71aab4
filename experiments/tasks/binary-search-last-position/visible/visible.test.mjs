import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerBound } from "./sorted-search.mjs";

test("a value beyond the last goes to the end", () => {
  assert.deepEqual(lowerBound([1, 3, 5], 9), 3);
});

test("a value in between goes before the next", () => {
  assert.deepEqual(lowerBound([1, 3, 5], 4), 2);
});
