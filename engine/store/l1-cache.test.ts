import assert from "node:assert/strict";
import { test } from "node:test";
import { hashBlob } from "../object/hash.ts";
import { hashKeyOf } from "../object/ids.ts";
import { L1Cache } from "./l1-cache.ts";

const object = (n: number) => ({ key: hashKeyOf(hashBlob(Buffer.from([n]))), bytes: Buffer.alloc(800, n) });
const [a, b, c] = [object(1), object(2), object(3)];

test("the least recently used object leaves when the bytes no longer fit", () => {
  const cache = new L1Cache(2000);
  cache.put(a.key, a.bytes);
  cache.put(b.key, b.bytes);
  assert.equal(cache.get(a.key), a.bytes);
  cache.put(c.key, c.bytes);
  assert.equal(cache.get(b.key), undefined);
  assert.equal(cache.get(a.key), a.bytes);
  assert.deepEqual(cache.counters, {
    hits: 2,
    misses: 1,
    evictions: 1,
    sizeBytes: 2000,
    items: 2,
    capacityBytes: 2000,
  });
});

test("capacity 0 keeps nothing and counts every lookup as a miss", () => {
  const cache = new L1Cache(0);
  cache.put(a.key, a.bytes);
  assert.equal(cache.get(a.key), undefined);
  assert.equal(cache.counters.items, 0);
  assert.equal(cache.counters.misses, 1);
});

test("an object larger than the cache is not kept and drives nothing out", () => {
  const cache = new L1Cache(1500);
  cache.put(a.key, a.bytes);
  cache.put(b.key, Buffer.alloc(5000));
  assert.equal(cache.peek(a.key), a.bytes);
  assert.equal(cache.peek(b.key), undefined);
  assert.equal(cache.counters.hits, 0);
});

test("putting the same object twice counts its bytes once", () => {
  const cache = new L1Cache(5000);
  cache.put(a.key, a.bytes);
  cache.put(a.key, a.bytes);
  assert.equal(cache.counters.sizeBytes, 1000);
});
