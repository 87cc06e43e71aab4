import assert from "node:assert/strict";
import { test } from "node:test";
import { multiply, transpose } from "./matrix.mjs";

test("a row times a column", () => {
  assert.deepEqual(multiply([[1, 2, 3]], [[4], [5], [6]]), [[32]]);
});

test("a column times a row", () => {
  assert.deepEqual(multiply([[1], [2]], [[3, 4]]), [
    [3, 4],
    [6, 8],
  ]);
});

test("two by three times three by two", () => {
  assert.deepEqual(
    multiply(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [7, 8],
        [9, 10],
        [11, 12],
      ],
    ),
    [
      [58, 64],
      [139, 154],
    ],
  );
});

test("the order matters", () => {
  assert.deepEqual(
    multiply(
      [
        [0, 1],
        [0, 0],
      ],
      [
        [0, 0],
        [1, 0],
      ],
    ),
    [
      [1, 0],
      [0, 0],
    ],
  );
});

test("the transpose of a product", () => {
  const [a, b] = [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [0, 5],
      [6, 7],
    ],
  ];
  assert.deepEqual(transpose(multiply(a, b)), multiply(transpose(b), transpose(a)));
});

test("sizes that do not fit are refused", () => {
  assert.throws(() => multiply([[1, 2]], [[1, 2]]), RangeError);
});
