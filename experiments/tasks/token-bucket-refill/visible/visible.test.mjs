import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket } from "./token-bucket.mjs";

test("refuses beyond the capacity", () => {
  const bucket = new TokenBucket({ capacity: 2, ratePerSecond: 1, nowMs: 0 });
  assert.deepEqual([bucket.take(0), bucket.take(0), bucket.take(0)], [true, true, false]);
});

test("refills with time", () => {
  const bucket = new TokenBucket({ capacity: 1, ratePerSecond: 1, nowMs: 0 });
  bucket.take(0);
  assert.deepEqual(bucket.take(1000), true);
});
