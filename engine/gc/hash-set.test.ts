import assert from "node:assert/strict";
import { test } from "node:test";
import { hashBlob } from "../object/hash.ts";
import { HashSet64 } from "./hash-set.ts";

const hash = (n: number) => hashBlob(Buffer.from(`object ${n}`));

test("a set of hashes has what was added, once, and nothing else, as it grows", () => {
  const set = new HashSet64();
  for (let n = 0; n < 5000; n++) assert.equal(set.add(hash(n)), true);
  for (let n = 0; n < 5000; n++) assert.equal(set.add(hash(n)), false);
  assert.equal(set.size, 5000);
  for (let n = 0; n < 5000; n++) assert.ok(set.has(hash(n)));
  for (let n = 5000; n < 10_000; n++) assert.ok(!set.has(hash(n)));
});

test("a hash of zeros is a hash", () => {
  const set = new HashSet64();
  assert.ok(!set.has(Buffer.alloc(32)));
  assert.ok(set.add(Buffer.alloc(32)));
  assert.ok(set.has(Buffer.alloc(32)));
  assert.ok(set.add(Buffer.from("00000000000000000000000000000001".padEnd(64, "0"), "hex"), 8));
  assert.equal(set.size, 2);
});
