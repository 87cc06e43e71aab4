import assert from "node:assert/strict";
import { test } from "node:test";
import { BitSet } from "./bit-set.mjs";

test("a number of the upper half of a word", () => {
  assert.deepEqual(new BitSet().add(20).values(), [20]);
});

test("the size counts bits", () => {
  assert.deepEqual(new BitSet().add(1).add(3).size, 2);
});

test("what was not added is not there", () => {
  assert.deepEqual(new BitSet().add(1).has(2), false);
});
