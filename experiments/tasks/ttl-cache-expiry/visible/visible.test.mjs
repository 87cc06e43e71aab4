import assert from "node:assert/strict";
import { test } from "node:test";
import { TtlCache } from "./ttl-cache.mjs";

test("fresh entries are read", () => {
  const cache = new TtlCache(100);
  cache.set("a", 1, 0);
  assert.deepEqual(cache.get("a", 50), 1);
});

test("expired entries are not", () => {
  const cache = new TtlCache(100);
  cache.set("a", 1, 0);
  assert.deepEqual(cache.get("a", 100), undefined);
});

test("sweeping says how many went", () => {
  const cache = new TtlCache(100);
  cache.set("a", 1, 0);
  assert.deepEqual(cache.sweep(200), 1);
});
