import assert from "node:assert/strict";
import {
  FRAME_BYTES,
  type Operation,
  type RecordHead,
  RecordReader,
  RecordWriter,
} from "../journal/record.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { type FuzzTarget, unlessRefused } from "./target.fuzz.ts";

const writer = new RecordWriter();

/** A journal record. What can be read is written again and read once more: the same commit. */
export const recordTarget: FuzzTarget = {
  name: "record",
  generate(random) {
    if (random.chance(0.1)) return refMove(random);
    const operations = Array.from({ length: random.below(6) }, () => operation(random));
    const stored = operations.length === 0 && random.chance(0.3);
    const sequence = 1 + random.below(random.chance(0.1) ? 2 ** 31 : 1000);
    const head: RecordHead = {
      sequence,
      parents: Array.from({ length: Math.min(sequence - 1, random.below(3)) }, (_, i) => sequence - 1 - i),
      timeMs: random.u32() * 400,
      ref: random.pick(["", "main", "search/7"]),
      author: random.pick(["", "a", "é".repeat(50)]),
      message: random.pick(["", "m", "line\nline"]),
      changedPaths: operations.length,
      root: stored || random.chance(0.5) ? random.bytes(32) : undefined,
      stored,
    };
    return encode(head, operations);
  },
  check(input) {
    const move = unlessRefused(() => RecordReader.refMove(input), ["STORE_CORRUPT"]);
    if (move !== undefined) {
      const written = Buffer.from(writer.refMove(move).subarray(FRAME_BYTES));
      assert.deepEqual(RecordReader.refMove(written), move);
    }
    const decoded = unlessRefused(() => decode(input), ["STORE_CORRUPT", "STORE_FORMAT"]);
    if (decoded === undefined) return;
    const again = decode(encode(decoded.head, decoded.operations));
    assert.deepEqual(again, decoded, "what was read is not what is written");
  },
};

interface Decoded {
  readonly head: RecordHead;
  readonly operations: readonly Operation[];
}

function decode(bytes: Buffer): Decoded {
  const reader = new RecordReader(bytes);
  return { head: reader.head, operations: [...reader.operations()] };
}

function encode(head: RecordHead, operations: readonly Operation[]): Buffer {
  writer.begin(head, operations.length);
  for (const each of operations) write(each);
  return Buffer.from(writer.finish().subarray(FRAME_BYTES));
}

function write(each: Operation): void {
  switch (each.kind) {
    case "inline":
      return writer.inline(each.path, each.mode, each.bytes);
    case "delta":
      return writer.delta(each.path, each.mode, each.prefix, each.suffix, each.bytes);
    case "stored":
      return writer.stored(each.path, each.mode, each.hash, each.sizeBytes);
    case "delete":
      return writer.delete(each.path);
  }
}

function refMove(random: SeededRandom): Buffer {
  const sequence = random.chance(0.3) ? undefined : 1 + random.below(1000);
  return Buffer.from(writer.refMove({ name: "main", sequence, timeMs: random.u32() }).subarray(FRAME_BYTES));
}

function operation(random: SeededRandom): Operation {
  const path = random.pick(["a", "src/a.ts", "src/b.ts", "é/x", "é/y"]);
  const mode = random.below(4);
  const bytes = random.chance(0.1) ? Buffer.alloc(5000, "packs well ") : random.bytes(random.below(40));
  switch (random.below(4)) {
    case 0:
      return { kind: "inline", path, mode, bytes };
    case 1:
      return { kind: "delta", path, mode, prefix: random.below(100), suffix: random.u32(), bytes };
    case 2:
      return { kind: "stored", path, mode, hash: random.bytes(32), sizeBytes: random.u32() };
    default:
      return { kind: "delete", path };
  }
}
