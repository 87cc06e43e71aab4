import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeConfig, mergeAll, valueAt } from "./config-merge.mjs";

test("null replaces", () => {
  assert.deepEqual(mergeConfig({ a: { b: 1 } }, { a: null }), { a: null });
});

test("a list replaces an object and the other way", () => {
  assert.deepEqual(mergeConfig({ a: { b: 1 }, c: [1] }, { a: [2], c: { d: 1 } }), { a: [2], c: { d: 1 } });
});

test("the base is left alone", () => {
  const base = { a: { b: 1 } };
  mergeConfig(base, { a: { b: 2 } });
  assert.deepEqual(base, { a: { b: 1 } });
});

test("several in a row", () => {
  assert.deepEqual(mergeAll({ a: 1, l: [1] }, { a: undefined, l: [] }, { b: null }), {
    a: 1,
    l: [],
    b: null,
  });
});

test("deep undefined keeps", () => {
  assert.deepEqual(mergeConfig({ a: { b: { c: 1 } } }, { a: { b: { c: undefined, d: 2 } } }), {
    a: { b: { c: 1, d: 2 } },
  });
});

test("false and zero replace", () => {
  assert.deepEqual(mergeConfig({ a: 1, b: true }, { a: 0, b: false }), { a: 0, b: false });
});

test("a path is followed through objects only", () => {
  assert.deepEqual(valueAt({ a: { b: 2 } }, "a.b", 0), 2);
  assert.deepEqual(valueAt({ a: [5] }, "a.0", "none"), "none");
});
