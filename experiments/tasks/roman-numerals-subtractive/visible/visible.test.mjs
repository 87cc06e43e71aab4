import assert from "node:assert/strict";
import { test } from "node:test";
import { fromRoman } from "./roman.mjs";

test("nine is one less than ten", () => {
  assert.deepEqual(fromRoman("IX"), 9);
});

test("three is three ones", () => {
  assert.deepEqual(fromRoman("III"), 3);
});
