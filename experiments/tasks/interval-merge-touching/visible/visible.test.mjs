import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeIntervals } from "./intervals.mjs";

test("touching intervals become one", () => {
  assert.deepEqual(
    mergeIntervals([
      [1, 2],
      [2, 3],
    ]),
    [[1, 3]],
  );
});

test("overlapping intervals become one", () => {
  assert.deepEqual(
    mergeIntervals([
      [1, 4],
      [2, 6],
    ]),
    [[1, 6]],
  );
});

test("a gap keeps them apart", () => {
  assert.deepEqual(
    mergeIntervals([
      [1, 2],
      [3, 4],
    ]),
    [
      [1, 2],
      [3, 4],
    ],
  );
});
