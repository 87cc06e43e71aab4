import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { pack, unpack } from "./packing.ts";

test("a large content that repeats itself is packed, and unpacks to itself", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 50 }),
      fc.integer({ min: 5000, max: 50_000 }),
      (piece, size) => {
        const bytes = Buffer.alloc(size, piece);
        const packed = pack(bytes);
        assert.ok(packed !== undefined && packed.length < size / 10);
        assert.deepEqual(unpack(packed, size), bytes);
      },
    ),
  );
});

test("small contents and contents that do not shrink are left alone", () => {
  assert.equal(pack(Buffer.alloc(4095)), undefined);
  assert.ok(pack(Buffer.alloc(4096)));
  assert.equal(pack(randomBytes(20_000)), undefined);
});

test("what is longer or shorter than it claims, or is not packed at all, does not unpack", () => {
  const packed = pack(Buffer.alloc(100_000))!;
  for (const length of [0, 99_999, 100_001]) assert.equal(unpack(packed, length), undefined);
  assert.equal(unpack(packed.subarray(0, 10), 100_000), undefined);
  assert.equal(unpack(Buffer.from("no zstd frame"), 10), undefined);
});
