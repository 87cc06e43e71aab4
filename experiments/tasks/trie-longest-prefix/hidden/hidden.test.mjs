import assert from "node:assert/strict";
import { test } from "node:test";
import { Trie } from "./trie.mjs";

test("a shorter word after a dead end", () => {
  assert.deepEqual(new Trie().add("in").add("internet").longestPrefix("internal"), "in");
});

test("the whole text may be the word", () => {
  assert.deepEqual(new Trie().add("tree").longestPrefix("tree"), "tree");
});

test("a text shorter than any word", () => {
  assert.deepEqual(new Trie().add("tree").longestPrefix("tr"), "");
});

test("an empty trie and an empty text", () => {
  assert.deepEqual(new Trie().longestPrefix("a"), "");
  assert.deepEqual(new Trie().add("a").longestPrefix(""), "");
});

test("words of several code units", () => {
  assert.deepEqual(new Trie().add("😀").longestPrefix("😀!"), "😀");
});

test("prefixes are no words", () => {
  const trie = new Trie().add("tree");
  assert.deepEqual([trie.has("tree"), trie.has("tre"), trie.has("trees")], [true, false, false]);
});
