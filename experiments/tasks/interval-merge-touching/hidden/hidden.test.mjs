import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeIntervals, coveredLength } from "./intervals.mjs";

test("a chain of touching intervals is one", () => {
  assert.deepEqual(
    mergeIntervals([
      [3, 4],
      [1, 2],
      [2, 3],
    ]),
    [[1, 4]],
  );
});

test("an inner interval does not shorten", () => {
  assert.deepEqual(
    mergeIntervals([
      [0, 10],
      [2, 3],
      [10, 11],
    ]),
    [[0, 11]],
  );
});

test("nothing stays nothing", () => {
  assert.deepEqual(mergeIntervals([]), []);
});

test("a point at an end belongs to it", () => {
  assert.deepEqual(
    mergeIntervals([
      [1, 5],
      [5, 5],
    ]),
    [[1, 5]],
  );
});

test("the input is left alone", () => {
  const given = [
    [2, 3],
    [1, 2],
  ];
  mergeIntervals(given);
  assert.deepEqual(given, [
    [2, 3],
    [1, 2],
  ]);
});

test("negative bounds sort as numbers", () => {
  assert.deepEqual(
    mergeIntervals([
      [-1, 0],
      [-10, -1],
    ]),
    [[-10, 0]],
  );
});

test("the covered length counts overlaps once", () => {
  assert.deepEqual(
    coveredLength([
      [0, 5],
      [3, 8],
      [10, 11],
    ]),
    9,
  );
});
