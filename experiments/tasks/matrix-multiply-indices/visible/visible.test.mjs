import assert from "node:assert/strict";
import { test } from "node:test";
import { multiply, identity } from "./matrix.mjs";

test("two by two", () => {
  assert.deepEqual(
    multiply(
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ),
    [
      [19, 22],
      [43, 50],
    ],
  );
});

test("the identity changes nothing", () => {
  assert.deepEqual(
    multiply(
      [
        [1, 2],
        [3, 4],
      ],
      identity(2),
    ),
    [
      [1, 2],
      [3, 4],
    ],
  );
});
