import assert from "node:assert/strict";
import { test } from "node:test";
import { BitSet } from "./bit-set.mjs";

test("the last bit of a word", () => {
  const set = new BitSet().add(31);
  assert.deepEqual(set.values(), [31]);
  assert.deepEqual(set.size, 1);
});

test("the first bit of the next word", () => {
  const set = new BitSet().add(32);
  assert.deepEqual(set.values(), [32]);
  assert.deepEqual(set.has(0), false);
});

test("numbers far apart", () => {
  assert.deepEqual(new BitSet().add(5).add(100).add(63).values(), [5, 63, 100]);
});

test("adding twice counts once", () => {
  assert.deepEqual(new BitSet().add(17).add(17).size, 1);
});

test("deleting takes away", () => {
  const set = new BitSet().add(16).add(48);
  set.delete(16);
  assert.deepEqual(set.values(), [48]);
  assert.deepEqual(set.size, 1);
});

test("deleting what is not there", () => {
  const set = new BitSet().add(1);
  set.delete(500);
  assert.deepEqual(set.values(), [1]);
});

test("a full word", () => {
  const set = new BitSet();
  for (let n = 0; n < 32; n++) set.add(n);
  assert.deepEqual(set.size, 32);
});

test("an empty set", () => {
  assert.deepEqual(new BitSet().size, 0);
  assert.deepEqual(new BitSet().values(), []);
});
