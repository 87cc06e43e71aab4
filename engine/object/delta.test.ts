import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sharedEnds } from "./delta.ts";

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

test("shared ends never overlap, and rebuild the content", () => {
  const similar = fc
    .tuple(bytes, bytes, bytes, bytes)
    .map(([a, b, c, d]) => [Buffer.concat([a, b, d]), Buffer.concat([a, c, d])]);
  fc.assert(
    fc.property(similar, ([before, after]) => {
      const { prefix, suffix } = sharedEnds(before!, after!);
      const between = after!.subarray(prefix, after!.length - suffix);
      assert.ok(prefix + suffix <= Math.min(before!.length, after!.length));
      assert.deepEqual(
        Buffer.concat([before!.subarray(0, prefix), between, before!.subarray(before!.length - suffix)]),
        after,
      );
    }),
  );
});

test("a one-byte change in the middle of a long content leaves one byte between", () => {
  const before = Buffer.alloc(20_000, "abcdefgh");
  const after = Buffer.from(before);
  after[9_777] = 0;
  assert.deepEqual(sharedEnds(before, after), { prefix: 9_777, suffix: 10_222 });
});
