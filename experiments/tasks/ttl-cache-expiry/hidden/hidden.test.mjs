import assert from "node:assert/strict";
import { test } from "node:test";
import { TtlCache } from "./ttl-cache.mjs";

test("the last moment", () => {
  const cache = new TtlCache(100);
  cache.set("a", 1, 1000);
  assert.deepEqual([cache.get("a", 1099), cache.get("a", 1100)], [1, undefined]);
});

test("setting again lives longer", () => {
  const cache = new TtlCache(100);
  cache.set("a", 1, 0);
  cache.set("a", 2, 90);
  assert.deepEqual(cache.get("a", 150), 2);
});

test("sweeping leaves the fresh", () => {
  const cache = new TtlCache(100);
  cache.set("a", 1, 0);
  cache.set("b", 2, 60);
  cache.set("c", 3, 10);
  assert.deepEqual(cache.sweep(120), 2);
  assert.deepEqual(cache.get("b", 120), 2);
});

test("nothing to sweep", () => {
  const cache = new TtlCache(100);
  cache.set("a", 1, 0);
  assert.deepEqual(cache.sweep(99), 0);
});

test("the size counts the fresh", () => {
  const cache = new TtlCache(100);
  cache.set("a", 1, 0);
  cache.set("b", 2, 50);
  assert.deepEqual([cache.size(60), cache.size(120), cache.size(150)], [2, 1, 0]);
});

test("unknown keys", () => {
  assert.deepEqual(new TtlCache(1).get("x", 0), undefined);
});
