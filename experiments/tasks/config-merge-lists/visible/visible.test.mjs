import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeConfig } from "./config-merge.mjs";

test("lists replace", () => {
  assert.deepEqual(mergeConfig({ a: [1, 2, 3] }, { a: [9] }), { a: [9] });
});

test("undefined keeps the base", () => {
  assert.deepEqual(mergeConfig({ a: 1 }, { a: undefined }), { a: 1 });
});

test("objects merge", () => {
  assert.deepEqual(mergeConfig({ a: { b: 1, c: 2 } }, { a: { c: 3 } }), { a: { b: 1, c: 3 } });
});
