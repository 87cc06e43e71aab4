import assert from "node:assert/strict";
import { test } from "node:test";
import { diffLines, changeCount } from "./line-diff.mjs";

test("a removed line", () => {
  assert.deepEqual(diffLines(["a", "b", "c"], ["a", "c"]), [" a", "-b", " c"]);
});

test("an added line", () => {
  assert.deepEqual(changeCount(["a", "c"], ["a", "b", "c"]), 1);
});

test("a change removes first", () => {
  assert.deepEqual(diffLines(["a"], ["b"]), ["-a", "+b"]);
});

test("equal lines are kept", () => {
  assert.deepEqual(diffLines(["a"], ["a"]), [" a"]);
});
