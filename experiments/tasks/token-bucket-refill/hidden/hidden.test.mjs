import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket } from "./token-bucket.mjs";

test("a long pause allows no greater burst", () => {
  const bucket = new TokenBucket({ capacity: 2, ratePerSecond: 10, nowMs: 0 });
  assert.deepEqual(
    [1, 2, 3].map(() => bucket.take(60_000)),
    [true, true, false],
  );
});

test("half the time is half a token", () => {
  const bucket = new TokenBucket({ capacity: 1, ratePerSecond: 1, nowMs: 0 });
  bucket.take(0);
  assert.deepEqual(bucket.take(500), false);
  assert.deepEqual(bucket.take(1000), true);
});

test("several tokens at once", () => {
  const bucket = new TokenBucket({ capacity: 5, ratePerSecond: 1, nowMs: 0 });
  assert.deepEqual(bucket.take(0, 3), true);
  assert.deepEqual(bucket.take(0, 3), false);
  assert.deepEqual(bucket.take(1000, 3), true);
});

test("a refusal costs nothing", () => {
  const bucket = new TokenBucket({ capacity: 2, ratePerSecond: 1, nowMs: 0 });
  assert.deepEqual(bucket.take(0, 3), false);
  assert.deepEqual(bucket.take(0, 2), true);
});

test("a clock that goes back gives nothing", () => {
  const bucket = new TokenBucket({ capacity: 1, ratePerSecond: 1, nowMs: 5000 });
  bucket.take(5000);
  assert.deepEqual(bucket.take(1000), false);
});

test("more than the capacity is never there", () => {
  const bucket = new TokenBucket({ capacity: 2, ratePerSecond: 1, nowMs: 0 });
  assert.deepEqual(bucket.take(99_000, 3), false);
});
