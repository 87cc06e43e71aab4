import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, countAreas } from "./flood-fill.mjs";

test("corners do not touch", () => {
  assert.deepEqual(
    fill(
      [
        [1, 0],
        [0, 1],
      ],
      0,
      0,
      7,
    ),
    [
      [7, 0],
      [0, 1],
    ],
  );
});

test("outside changes nothing", () => {
  assert.deepEqual(fill([[1]], 5, 5, 7), [[1]]);
});

test("around an obstacle", () => {
  assert.deepEqual(
    fill(
      [
        [1, 1, 1],
        [1, 0, 1],
        [1, 1, 1],
      ],
      2,
      2,
      7,
    ),
    [
      [7, 7, 7],
      [7, 0, 7],
      [7, 7, 7],
    ],
  );
});

test("areas are counted", () => {
  assert.deepEqual(
    countAreas([
      [1, 1, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]),
    4,
  );
});

test("one area", () => {
  assert.deepEqual(
    countAreas([
      [1, 1],
      [1, 1],
    ]),
    1,
  );
});

test("an empty grid", () => {
  assert.deepEqual(countAreas([]), 0);
  assert.deepEqual(fill([], 0, 0, 1), []);
});

test("a spiral to the left and up", () => {
  assert.deepEqual(
    fill(
      [
        [1, 1, 1],
        [0, 0, 1],
        [1, 1, 1],
      ],
      2,
      0,
      7,
    ),
    [
      [7, 7, 7],
      [0, 0, 7],
      [7, 7, 7],
    ],
  );
});
