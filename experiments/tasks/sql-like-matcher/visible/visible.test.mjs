import assert from "node:assert/strict";
import { test } from "node:test";
import { isLike } from "./like-pattern.ts";

test("the same text", () => {
  assert.deepEqual(isLike("abc", "abc"), true);
});

test("any text at the end", () => {
  assert.deepEqual(isLike("abc", "a%"), true);
});

test("one character", () => {
  assert.deepEqual(isLike("abc", "a_c"), true);
});

test("the whole text must fit", () => {
  assert.deepEqual(isLike("abcd", "abc"), false);
});
