import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesGlob, filterGlob } from "./glob.mjs";

test("no character does not fit", () => {
  assert.deepEqual(matchesGlob("a?", "a"), false);
});

test("a slash does not fit", () => {
  assert.deepEqual(matchesGlob("a?b", "a/b"), false);
});

test("several question marks", () => {
  assert.deepEqual(filterGlob("???", ["ab", "abc", "abcd"]), ["abc"]);
});

test("a star stays within a folder", () => {
  assert.deepEqual(filterGlob("*.ts", ["a.ts", "b/a.ts"]), ["a.ts"]);
});

test("two stars go deeper", () => {
  assert.deepEqual(matchesGlob("src/**.ts", "src/a/b.ts"), true);
});

test("dots and brackets are themselves", () => {
  assert.deepEqual(matchesGlob("a.b", "axb"), false);
  assert.deepEqual(matchesGlob("(a)[?]", "(a)[b]"), true);
});
