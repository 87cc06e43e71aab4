import assert from "node:assert/strict";
import { test } from "node:test";
import { LruCache } from "./lru-cache.mjs";

test("evicts the least recently used entry", () => {
  const cache = new LruCache(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.get("a");
  cache.set("c", 3);
  assert.deepEqual(cache.keys(), ["a", "c"]);
});

test("a capacity of one keeps the last entry", () => {
  const cache = new LruCache(1);
  cache.set("a", 1);
  cache.set("b", 2);
  assert.deepEqual(cache.keys(), ["b"]);
});

test("setting a known key evicts nothing", () => {
  const cache = new LruCache(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.set("a", 3);
  assert.deepEqual(cache.keys(), ["b", "a"]);
  assert.deepEqual(cache.get("a"), 3);
});

test("a missing key changes nothing", () => {
  const cache = new LruCache(2);
  cache.set("a", 1);
  assert.deepEqual(cache.get("x"), undefined);
  assert.deepEqual(cache.keys(), ["a"]);
});

test("stays bounded over many entries", () => {
  const cache = new LruCache(5);
  for (let i = 0; i < 100; i++) cache.set(i, i);
  assert.deepEqual(cache.keys(), [95, 96, 97, 98, 99]);
});

test("keeps values that are undefined", () => {
  const cache = new LruCache(2);
  cache.set("a", undefined);
  cache.set("b", 1);
  cache.get("a");
  cache.set("c", 2);
  assert.deepEqual(cache.keys(), ["a", "c"]);
});

test("exactly full evicts nothing", () => {
  const cache = new LruCache(3);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.set("c", 3);
  assert.deepEqual(cache.keys(), ["a", "b", "c"]);
});
