import assert from "node:assert/strict";
import { test } from "node:test";
import { RingBuffer } from "./ring-buffer.mjs";

test("the newest are kept", () => {
  const ring = new RingBuffer(2);
  for (const n of [1, 2, 3, 4, 5]) ring.push(n);
  assert.deepEqual(ring.toArray(), [4, 5]);
});

test("taking out makes it smaller", () => {
  const ring = new RingBuffer(2);
  ring.push(1);
  ring.push(2);
  assert.deepEqual(ring.shift(), 1);
  assert.deepEqual(ring.size, 1);
});

test("items keep their order", () => {
  const ring = new RingBuffer(3);
  ring.push(1);
  ring.push(2);
  assert.deepEqual(ring.toArray(), [1, 2]);
});
