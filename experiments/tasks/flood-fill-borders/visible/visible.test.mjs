import assert from "node:assert/strict";
import { test } from "node:test";
import { fill } from "./flood-fill.mjs";

test("an area is filled", () => {
  assert.deepEqual(
    fill(
      [
        [1, 1],
        [0, 1],
      ],
      0,
      0,
      7,
    ),
    [
      [7, 7],
      [0, 7],
    ],
  );
});

test("filling goes to the left", () => {
  assert.deepEqual(fill([[1, 1, 1]], 0, 2, 7), [[7, 7, 7]]);
});

test("the given grid stays", () => {
  const grid = [[1]];
  fill(grid, 0, 0, 2);
  assert.deepEqual(grid, [[1]]);
});

test("the same value changes nothing", () => {
  assert.deepEqual(fill([[1, 0]], 0, 0, 1), [[1, 0]]);
});
