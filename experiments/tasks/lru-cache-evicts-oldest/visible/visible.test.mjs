import assert from "node:assert/strict";
import { test } from "node:test";
import { LruCache } from "./lru-cache.mjs";

test("holds no more than its capacity", () => {
  const cache = new LruCache(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.set("c", 3);
  assert.deepEqual(cache.size, 2);
});

test("returns what was set", () => {
  const cache = new LruCache(2);
  cache.set("a", 1);
  assert.deepEqual(cache.get("a"), 1);
});
