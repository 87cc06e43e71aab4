import assert from "node:assert/strict";
import { test } from "node:test";
import { diffLines, changeCount } from "./line-diff.mjs";

test("a moved line costs two", () => {
  assert.deepEqual(changeCount(["a", "b", "c"], ["b", "c", "a"]), 2);
});

test("from nothing", () => {
  assert.deepEqual(diffLines([], ["a", "b"]), ["+a", "+b"]);
});

test("to nothing", () => {
  assert.deepEqual(diffLines(["a", "b"], []), ["-a", "-b"]);
});

test("repeated lines", () => {
  assert.deepEqual(changeCount(["x", "x", "y"], ["x", "y", "x"]), 2);
});

test("a known example", () => {
  assert.deepEqual(changeCount([..."ABCABBA"], [..."CBABAC"]), 5);
});

test("nothing and nothing", () => {
  assert.deepEqual(diffLines([], []), []);
});

test("an added line at the begin keeps the rest", () => {
  assert.deepEqual(diffLines(["a", "b"], ["z", "a", "b"]), ["+z", " a", " b"]);
});
