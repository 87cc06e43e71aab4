import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "./calculator.mjs";

test("a sign", () => {
  assert.deepEqual(evaluate("-3"), -3);
});

test("a quotient", () => {
  assert.deepEqual(evaluate("8/2"), 4);
});

test("differences go from left to right", () => {
  assert.deepEqual(evaluate("9-3-2"), 4);
});

test("products bind tighter", () => {
  assert.deepEqual(evaluate("2+3*4"), 14);
});
