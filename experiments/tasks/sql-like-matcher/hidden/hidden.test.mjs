import assert from "node:assert/strict";
import { test } from "node:test";
import { isLike, filterLike } from "./like-pattern.ts";

test("any text may be empty", () => {
  assert.deepEqual(isLike("a", "a%"), true);
  assert.deepEqual(isLike("", "%"), true);
});

test("any text in between", () => {
  assert.deepEqual(filterLike(["ac", "abc", "abbc", "abcd"], "a%c"), ["ac", "abc", "abbc"]);
});

test("one character is not none", () => {
  assert.deepEqual(isLike("ac", "a_c"), false);
  assert.deepEqual(isLike("", "_"), false);
});

test("an escaped percent sign is itself", () => {
  assert.deepEqual(isLike("50%", "50\\%"), true);
  assert.deepEqual(isLike("500", "50\\%"), false);
});

test("an escaped underscore is itself", () => {
  assert.deepEqual(filterLike(["a_b", "axb"], "a\\_b"), ["a_b"]);
});

test("case does not matter", () => {
  assert.deepEqual(isLike("HELLO", "h%o"), true);
});

test("several of them", () => {
  assert.deepEqual(isLike("mississippi", "%iss%ip%"), true);
  assert.deepEqual(isLike("mississippi", "%iss%ix%"), false);
});

test("nothing is like nothing", () => {
  assert.deepEqual(isLike("", ""), true);
  assert.deepEqual(isLike("a", ""), false);
});
