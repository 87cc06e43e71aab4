import assert from "node:assert/strict";
import { test } from "node:test";
import { toRoman, fromRoman } from "./roman.mjs";

test("a year", () => {
  assert.deepEqual(fromRoman("MCMXCIV"), 1994);
});

test("single letters", () => {
  assert.deepEqual([..."IVXLCDM"].map(fromRoman), [1, 5, 10, 50, 100, 500, 1000]);
});

test("there and back", () => {
  for (const number of [4, 40, 44, 90, 400, 444, 999, 2026, 3999])
    assert.deepEqual(fromRoman(toRoman(number)), number);
});

test("greater letters first add up", () => {
  assert.deepEqual(fromRoman("MDCLXVI"), 1666);
});

test("an empty numeral is nothing", () => {
  assert.deepEqual(fromRoman(""), 0);
});

test("other letters are refused", () => {
  assert.throws(() => fromRoman("XA"), SyntaxError);
});
