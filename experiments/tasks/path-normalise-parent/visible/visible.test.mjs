import assert from "node:assert/strict";
import { test } from "node:test";
import { normalisePath } from "./normalise-path.mjs";

test("dots are removed", () => {
  assert.deepEqual(normalisePath("a/./b//c"), "a/b/c");
});

test("a leading double dot stays", () => {
  assert.deepEqual(normalisePath("../a"), "../a");
});
