import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HeliosError } from "../errors.ts";
import { FRAME_BYTES, type Operation, type RecordHead, RecordReader, RecordWriter } from "./record.ts";

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  // Long enough to be packed.
  fc.integer({ min: 4000, max: 9000 }).map((length) => Buffer.alloc(length, "abc")),
);
const path = fc.string({ minLength: 1, maxLength: 40, unit: "binary" }).filter((text) => text.isWellFormed());
const mode = fc.nat(3);
const plain = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  plain({ kind: fc.constant("inline" as const), path, mode, bytes }),
  plain({ kind: fc.constant("delta" as const), path, mode, prefix: fc.nat(), suffix: fc.nat(), bytes }),
  plain({
    kind: fc.constant("stored" as const),
    path,
    mode,
    hash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array)),
    sizeBytes: fc.maxSafeNat(),
  }),
  plain({ kind: fc.constant("delete" as const), path }),
);
const head: fc.Arbitrary<RecordHead> = fc
  .record({
    sequence: fc.integer({ min: 3, max: 2 ** 47 }),
    back: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 3 }),
    timeMs: fc.nat({ max: 2 ** 45 }),
    ref: path,
    author: path,
    message: fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
    changedPaths: fc.nat(),
    root: fc.option(
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array)),
      { nil: undefined },
    ),
  })
  .map(({ back, ...rest }) => ({ ...rest, parents: back.map((n) => rest.sequence - n), stored: false }));

function encode(recordHead: RecordHead, operations: readonly Operation[]): Buffer {
  const writer = new RecordWriter();
  writer.begin(recordHead, operations.length);
  for (const item of operations) {
    if (item.kind === "inline") writer.inline(item.path, item.mode, item.bytes);
    else if (item.kind === "delta") writer.delta(item.path, item.mode, item.prefix, item.suffix, item.bytes);
    else if (item.kind === "stored") writer.stored(item.path, item.mode, item.hash, item.sizeBytes);
    else writer.delete(item.path);
  }
  return Buffer.from(writer.finish().subarray(FRAME_BYTES));
}

const corrupt = (error: unknown) => error instanceof HeliosError && error.code === "STORE_CORRUPT";

test("a record reads back as it was written", () => {
  fc.assert(
    fc.property(head, fc.array(operation, { maxLength: 30 }), (recordHead, operations) => {
      const reader = new RecordReader(encode(recordHead, operations));
      assert.deepEqual(reader.head, recordHead);
      assert.deepEqual([...reader.operations()], operations);
    }),
  );
});

test("a record cut anywhere, or with any bytes, is refused as damaged and never misread as another error", () => {
  fc.assert(
    fc.property(
      head,
      fc.array(operation, { maxLength: 5 }),
      fc.nat(),
      bytes,
      (recordHead, operations, cut, junk) => {
        const whole = encode(recordHead, operations);
        assert.throws(
          () => [...new RecordReader(whole.subarray(0, cut % whole.length)).operations()],
          corrupt,
        );
        try {
          void [...new RecordReader(junk).operations()];
        } catch (error) {
          assert.ok(corrupt(error), String(error));
        }
      },
    ),
  );
});

test("a stored state needs a root hash, and no operations", () => {
  const base = { sequence: 1, parents: [], timeMs: 0, ref: "", author: "", message: "", changedPaths: 0 };
  assert.throws(() => new RecordReader(encode({ ...base, root: undefined, stored: true }, [])), corrupt);
});
