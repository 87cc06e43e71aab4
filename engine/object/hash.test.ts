import assert from "node:assert/strict";
import { test } from "node:test";
import { hashBlob, hashNode } from "./hash.ts";

/** From the official test_vectors.json: the input of length n is 0, 1, ... 250, 0, 1, ...; first 32 bytes of output. */
const VECTORS: readonly (readonly [length: number, hash: string])[] = [
  [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
  [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
  [1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"],
  [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
  [1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"],
  [2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"],
  [8192, "aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63"],
  [31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"],
  [102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"],
];

const input = (length: number) => Buffer.from(Array.from({ length }, (_, i) => i % 251));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

for (const [length, hash] of VECTORS)
  test(`hashes ${length} bytes as the official vector says`, () => {
    assert.equal(hex(hashBlob(input(length))), hash);
  });

test("a view into a larger buffer hashes as its own bytes", () => {
  const large = Buffer.concat([Buffer.alloc(7, 1), input(8192), Buffer.alloc(9, 2)]);
  assert.equal(hex(hashBlob(large.subarray(7, 7 + 8192))), VECTORS[6]![1]);
});

test("a content never has the hash of a tree node of the same bytes", () => {
  for (const length of [0, 1, 700, 4096])
    assert.notEqual(hex(hashBlob(input(length))), hex(hashNode(input(length))));
});
