import assert from "node:assert/strict";
import { test } from "node:test";
import { RingBuffer } from "./ring-buffer.mjs";

test("all come out in order", () => {
  const ring = new RingBuffer(3);
  for (const n of [1, 2, 3, 4]) ring.push(n);
  assert.deepEqual([ring.shift(), ring.shift(), ring.shift(), ring.shift()], [2, 3, 4, undefined]);
});

test("an empty one gives nothing", () => {
  const ring = new RingBuffer(2);
  assert.deepEqual(ring.shift(), undefined);
  assert.deepEqual(ring.toArray(), []);
});

test("room after taking out", () => {
  const ring = new RingBuffer(2);
  ring.push(1);
  ring.push(2);
  ring.shift();
  ring.push(3);
  assert.deepEqual(ring.toArray(), [2, 3]);
});

test("many rounds", () => {
  const ring = new RingBuffer(3);
  for (let n = 0; n < 100; n++) ring.push(n);
  assert.deepEqual(ring.toArray(), [97, 98, 99]);
});

test("in and out in turns", () => {
  const ring = new RingBuffer(2);
  const out = [];
  for (let n = 0; n < 7; n++) {
    ring.push(n);
    out.push(ring.shift());
  }
  assert.deepEqual(out, [0, 1, 2, 3, 4, 5, 6]);
});

test("a capacity of one", () => {
  const ring = new RingBuffer(1);
  ring.push("a");
  ring.push("b");
  assert.deepEqual(ring.toArray(), ["b"]);
  assert.deepEqual(ring.size, 1);
});

test("the size stops at the capacity", () => {
  const ring = new RingBuffer(2);
  for (const n of [1, 2, 3]) ring.push(n);
  assert.deepEqual(ring.size, 2);
});
