import assert from "node:assert/strict";
import { test } from "node:test";
import { normalisePath, joinPaths } from "./normalise-path.mjs";

test("nothing is above the root", () => {
  assert.deepEqual(normalisePath("/../a"), "/a");
  assert.deepEqual(normalisePath("/../../"), "/");
});

test("several leading double dots stay", () => {
  assert.deepEqual(normalisePath("../../a"), "../../a");
});

test("double dots take back a part", () => {
  assert.deepEqual(normalisePath("a/b/../c"), "a/c");
});

test("more double dots than parts", () => {
  assert.deepEqual(normalisePath("a/../../b"), "../b");
});

test("nothing left is a dot", () => {
  assert.deepEqual(normalisePath("a/.."), ".");
  assert.deepEqual(normalisePath(""), ".");
});

test("joining goes up", () => {
  assert.deepEqual(joinPaths("a/b", "../../../c"), "../c");
  assert.deepEqual(joinPaths("/a", "", "../../b"), "/b");
});

test("names with dots are names", () => {
  assert.deepEqual(normalisePath("a/..b/.c"), "a/..b/.c");
});
