import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesGlob } from "./glob.mjs";

test("one character fits", () => {
  assert.deepEqual(matchesGlob("a?.txt", "ab.txt"), true);
});

test("two characters do not", () => {
  assert.deepEqual(matchesGlob("a?.txt", "abc.txt"), false);
});
