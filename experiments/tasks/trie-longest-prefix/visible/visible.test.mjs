import assert from "node:assert/strict";
import { test } from "node:test";
import { Trie } from "./trie.mjs";

test("the longest word wins", () => {
  assert.deepEqual(new Trie().add("a").add("ab").longestPrefix("abc"), "ab");
});

test("letters that are no word do not count", () => {
  assert.deepEqual(new Trie().add("abcd").longestPrefix("abx"), "");
});
