import assert from "node:assert/strict";
import { hashBlob } from "../object/hash.ts";
import { hashKeyOf, hashOfKey } from "../object/ids.ts";
import { L1Cache } from "../store/l1-cache.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { blobWrite, Objects } from "../store/objects.ts";
import { type FuzzTarget, unlessRefused } from "./target.fuzz.ts";

/** The content that every input claims to be, and the one deltas are made of. */
const content = Buffer.from("the content that is asked for, line 1\nline 2\n".repeat(150));
const base = Buffer.from("the content that is asked for, line 0\nline 2\n".repeat(150));
const key = hashKeyOf(hashBlob(content));
const baseKey = hashKeyOf(hashBlob(base));
const valueOf = (write: ReturnType<typeof blobWrite>): Buffer =>
  write.kind === "put" ? Buffer.from(write.value) : assert.fail("a blob is put");

const CODECS = { raw: 0, delta: 2, inJournal: 255 } as const;

/** A row of `blobs`: raw, packed, a delta, in the journal. What is answered has the hash that was asked for. */
export const objectTarget: FuzzTarget = {
  name: "object",
  generate(random) {
    switch (random.below(4)) {
      case 0:
        return valueOf(blobWrite(key, content));
      case 1:
        return Buffer.concat([Buffer.from([CODECS.raw]), content]);
      case 2:
        return deltaOf(random.below(10));
      default:
        return Buffer.from([CODECS.inJournal, ...random.bytes(6)]);
    }
  },
  check(input) {
    const l2 = new MemoryStore();
    const objects = new Objects(new L1Cache(0), l2, () => content);
    l2.write([
      { kind: "put", space: "blobs", key: hashOfKey(key), value: input },
      { kind: "put", space: "blobs", key: hashOfKey(baseKey), value: valueOf(blobWrite(baseKey, base)) },
    ]);
    const read = unlessRefused(
      () => objects.readBlob(key),
      ["OBJECT_CORRUPT", "OBJECT_MISSING", "STORE_CORRUPT"],
    );
    if (read !== undefined) assert.ok(read.equals(content), "another content than asked for");
    // Damage of one content leaves the others readable.
    assert.ok(objects.readBlob(baseKey).equals(base));
  },
};

function deltaOf(depth: number): Buffer {
  const between = content.subarray(30, content.length - 100);
  const head = Buffer.alloc(42);
  head[0] = CODECS.delta;
  head[1] = depth;
  head.write(baseKey, 2, "latin1");
  head.writeUInt32LE(30, 34);
  head.writeUInt32LE(100, 38);
  return Buffer.concat([head, between]);
}
