import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "./calculator.mjs";

test("parentheses", () => {
  assert.deepEqual(evaluate("(2+3)*4"), 20);
});

test("quotients go from left to right", () => {
  assert.deepEqual(evaluate("100/5/2"), 10);
});

test("a difference and a sum", () => {
  assert.deepEqual(evaluate("10-4+3"), 9);
});

test("signs within", () => {
  assert.deepEqual(evaluate("2*-3"), -6);
  assert.deepEqual(evaluate("--4"), 4);
});

test("a sign before parentheses", () => {
  assert.deepEqual(evaluate("-(1+2)-3"), -6);
});

test("decimals and spaces", () => {
  assert.deepEqual(evaluate(" 1.5 * ( 2 - 0.5 ) "), 2.25);
});

test("what is no expression is refused", () => {
  assert.throws(() => evaluate("1+"), SyntaxError);
  assert.throws(() => evaluate("(1"), SyntaxError);
  assert.throws(() => evaluate("1 2"), SyntaxError);
  assert.throws(() => evaluate(""), SyntaxError);
});
