/**
 * The law of the object store: every implementation and every wrapper runs it. Exported as `@helios/engine/store-suite`,
 * for backends that live elsewhere; README.md in this folder says how to write one.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeliosError } from "../errors.ts";
import {
  KEY_MAX_BYTES,
  type ObjectStore,
  type RangeOptions,
  rowsOf,
  SPACES,
  type StoreWrite,
  VALUE_MAX_BYTES,
} from "./object-store.ts";

const bytes = (text: string) => Buffer.from(text);
const put = (key: Uint8Array, value: Uint8Array): StoreWrite => ({ kind: "put", space: "blobs", key, value });
const refusedWith = (code: string) => (error: unknown) => error instanceof HeliosError && error.code === code;

/** `open` gives an empty store; `reopen` the same one again, where it persists. */
export function objectStoreSuite(
  name: string,
  open: () => Promise<ObjectStore>,
  reopen?: () => Promise<ObjectStore>,
): void {
  describe(`${name} as an object store`, () => {
    test("answers what was put, in its space only", async () => {
      const store = await open();
      store.write([{ kind: "put", space: "blobs", key: bytes("k"), value: bytes("v") }]);
      assert.equal(store.get("blobs", bytes("k"))?.toString(), "v");
      assert.equal(store.get("nodes", bytes("k")), undefined);
      assert.equal(store.get("blobs", bytes("other")), undefined);
      await store.close();
    });

    test("puts of the same content are idempotent, and the last of a batch wins", async () => {
      const store = await open();
      const put = { kind: "put", space: "blobs", key: bytes("k"), value: bytes("v") } as const;
      store.write([put, put]);
      store.write([put, { ...put, value: bytes("w") }]);
      assert.equal(store.get("blobs", bytes("k"))?.toString(), "w");
      assert.equal(store.range("blobs").length, 1);
      await store.close();
    });

    test("deletes, also what is not there", async () => {
      const store = await open();
      store.write([{ kind: "put", space: "refs", key: bytes("a"), value: bytes("1") }]);
      store.write([
        { kind: "delete", space: "refs", key: bytes("a") },
        { kind: "delete", space: "refs", key: bytes("b") },
      ]);
      assert.equal(store.get("refs", bytes("a")), undefined);
      await store.close();
    });

    test("keeps empty values and binary keys", async () => {
      const store = await open();
      const key = Buffer.from([0, 255, 128, 0]);
      store.write([{ kind: "put", space: "meta", key, value: Buffer.alloc(0) }]);
      assert.equal(store.get("meta", key)?.length, 0);
      await store.close();
    });

    test("keeps a value when the caller's buffer changes afterwards", async () => {
      const store = await open();
      const value = bytes("before");
      store.write([{ kind: "put", space: "blobs", key: bytes("k"), value }]);
      value.fill(0);
      assert.equal(store.get("blobs", bytes("k"))?.toString(), "before");
      await store.close();
    });

    test("ranges are in byte order, bounded, limited and reversible", async () => {
      const store = await open();
      const keys = ["b", "a", "ab", "é", "c", "\u0001"];
      store.write(
        keys.map((key) => ({ kind: "put", space: "snapshots", key: bytes(key), value: bytes(key) })),
      );
      const all = store.range("snapshots").map((row) => row.key.toString());
      assert.deepEqual(all, ["\u0001", "a", "ab", "b", "c", "é"]);
      assert.deepEqual(
        store.range("snapshots", { gte: bytes("a"), lt: bytes("c") }).map((row) => row.value.toString()),
        ["a", "ab", "b"],
      );
      assert.deepEqual(
        store
          .range("snapshots", { lt: bytes("c"), reverse: true, limit: 2 })
          .map((row) => row.key.toString()),
        ["b", "ab"],
      );
      await store.close();
    });

    test("a range in pieces ends with the row that goes beyond the bytes", async () => {
      const store = await open();
      const rows = Array.from({ length: 9 }, (_, i) => put(bytes(`k${i}`), Buffer.alloc(98, i)));
      store.write(rows);
      const count = (limitBytes: number, more: RangeOptions = {}) =>
        store.range("blobs", { limitBytes, ...more }).length;
      assert.deepEqual([count(0), count(90), count(110), count(250), count(1000)], [1, 1, 2, 3, 9]);
      assert.equal(count(1000, { limit: 2 }), 2);
      assert.equal(store.range("blobs", { limitBytes: 50, reverse: true })[0]?.key.toString(), "k8");
      const pieces = [...rowsOf(store, "blobs", 250)];
      assert.deepEqual(
        pieces.map((piece) => piece.length),
        [3, 3, 3],
      );
      assert.deepEqual(
        pieces.flat().map(({ key }) => key.toString()),
        rows.map(({ key }) => key.toString()),
      );
      assert.deepEqual([...rowsOf(store, "nodes")], []);
      await store.close();
    });

    test("ranges may begin and end at bounds that are no keys: empty, or longer than any", async () => {
      const store = await open();
      const longest = Buffer.alloc(KEY_MAX_BYTES, "m");
      store.write([put(bytes("a"), bytes("1")), put(longest, bytes("2")), put(bytes("z"), bytes("3"))]);
      const values = (options: RangeOptions) =>
        store
          .range("blobs", options)
          .map((row) => row.value.toString())
          .join("");
      const beyond = Buffer.concat([longest, bytes("m")]);
      assert.equal(values({ gte: Buffer.alloc(0) }), "123");
      assert.equal(values({ lt: Buffer.alloc(0) }), "");
      assert.equal(values({ lt: Buffer.alloc(0), reverse: true }), "");
      assert.equal(values({ gte: longest }), "23");
      assert.equal(values({ lt: longest }), "1");
      assert.equal(values({ gte: beyond }), "3");
      assert.equal(values({ lt: beyond, reverse: true }), "21");
      assert.equal(values({ limit: 0 }), "");
      assert.equal(values({ gte: bytes("z"), lt: bytes("a") }), "");
      await store.close();
    });

    test("a value stays as it was read, whatever is read and written afterwards", async () => {
      const store = await open();
      const lengths = [0, 1, 40, 5000, 100_000];
      const keys = lengths.map((length) => bytes(`k${length}`));
      store.write(lengths.map((length, i) => put(keys[i]!, Buffer.alloc(length, i + 1))));
      const first = keys.map((key) => store.get("blobs", key)!);
      const rows = store.range("blobs");
      store.write(lengths.map((length, i) => put(keys[i]!, Buffer.alloc(length + 1, 200))));
      for (const key of keys) store.get("blobs", key);
      store.range("blobs");
      lengths.forEach((length, i) =>
        assert.ok(first[i]!.equals(Buffer.alloc(length, i + 1)), `${length} bytes`),
      );
      for (const { key, value } of rows) {
        const i = keys.findIndex((each) => each.equals(key));
        assert.ok(value.equals(Buffer.alloc(lengths[i]!, i + 1)), `row of ${lengths[i]} bytes`);
      }
      await store.close();
    });

    test("refuses keys and values it cannot keep, with nothing of the batch written", async () => {
      const store = await open();
      const sound = put(bytes("sound"), bytes("v"));
      const refuse = (write: StoreWrite, code: string) =>
        assert.throws(() => store.write([sound, write]), refusedWith(code));
      refuse(put(Buffer.alloc(0), bytes("v")), "KEY_INVALID");
      refuse(put(Buffer.alloc(KEY_MAX_BYTES + 1), bytes("v")), "KEY_INVALID");
      refuse({ kind: "delete", space: "refs", key: Buffer.alloc(KEY_MAX_BYTES + 1) }, "KEY_INVALID");
      // Never touched, so this costs no memory.
      refuse(put(bytes("k"), Buffer.alloc(VALUE_MAX_BYTES + 1)), "VALUE_TOO_LARGE");
      assert.equal(store.range("blobs").length, 0);
      assert.equal(store.get("blobs", Buffer.alloc(0)), undefined);
      assert.equal(store.get("blobs", Buffer.alloc(KEY_MAX_BYTES + 1)), undefined);
      store.write([put(Buffer.alloc(KEY_MAX_BYTES, 1), bytes("v"))]);
      assert.equal(store.get("blobs", Buffer.alloc(KEY_MAX_BYTES, 1))?.toString(), "v");
      await store.close();
    });

    test(
      "keeps the longest value there can be",
      { skip: process.env["HELIOS_LARGE_VALUES"] === undefined && "takes 6 GB and a minute" },
      async () => {
        const store = await open();
        const value = Buffer.alloc(VALUE_MAX_BYTES, 7);
        value.set([1], 0);
        value.set([9], value.length - 1);
        store.write([put(bytes("k"), value)]);
        assert.ok(store.get("blobs", bytes("k"))?.equals(value));
        await store.close();
      },
    );

    test("an empty batch is no change, and a batch may be synced to the disk", async () => {
      const store = await open();
      store.write([]);
      store.write([put(bytes("k"), bytes("v"))], { sync: true });
      assert.equal(store.get("blobs", bytes("k"))?.toString(), "v");
      await store.settle();
      await store.close();
    });

    test("puts of one content from many tasks at once leave it there once", async () => {
      const store = await open();
      const contents = Array.from({ length: 20 }, (_, i) => put(bytes(`hash ${i}`), Buffer.alloc(2000, i)));
      await Promise.all(
        Array.from({ length: 8 }, async (_, task) => {
          for (const content of contents) {
            if (task % 2 === 0) await Promise.resolve();
            store.write([content]);
          }
        }),
      );
      assert.deepEqual(
        store.range("blobs").map((row) => [row.key.toString(), row.value[0]]),
        contents.map((_, i) => [`hash ${i}`, i]).sort(([a], [b]) => (a! < b! ? -1 : 1)),
      );
      await store.close();
    });

    test("does what a sorted map does, over random batches and ranges", async () => {
      const store = await open();
      const random = seeded(7);
      const model = new Map<string, Map<string, Buffer>>(SPACES.map((space) => [space, new Map()]));
      for (let step = 0; step < 40; step++) {
        const batch = Array.from({ length: random(12) }, () => randomWrite(random));
        store.write(batch);
        for (const write of batch) {
          const rows = model.get(write.space)!;
          const key = Buffer.from(write.key).toString("latin1");
          if (write.kind === "put") rows.set(key, Buffer.from(write.value));
          else rows.delete(key);
        }
        const space = SPACES[random(SPACES.length)]!;
        const options = randomRange(random);
        assert.deepEqual(
          store
            .range(space, options)
            .map(({ key, value }) => [key.toString("latin1"), value.toString("hex")]),
          modelRange(model.get(space)!, options),
        );
        const key = randomKey(random);
        assert.deepEqual(store.get(space, key), model.get(space)!.get(key.toString("latin1")));
      }
      await store.close();
    });

    test("refuses use after close", async () => {
      const store = await open();
      await store.close();
      const closed = refusedWith("STORE_CLOSED");
      assert.throws(() => store.get("blobs", bytes("k")), closed);
      assert.throws(() => store.range("blobs"), closed);
      assert.throws(() => store.write([{ kind: "delete", space: "blobs", key: bytes("k") }]), closed);
      await assert.rejects(store.settle(), closed);
      await store.close();
    });

    if (reopen !== undefined)
      test("still holds after reopening what was written", async () => {
        const store = await open();
        store.write([{ kind: "put", space: "blobs", key: bytes("kept"), value: bytes("v") }]);
        await store.close();
        const again = await reopen();
        assert.equal(again.get("blobs", bytes("kept"))?.toString(), "v");
        await again.close();
      });
  });
}

/** A whole number below `limit`; the same sequence for the same seed (a linear congruential generator). */
type Random = (limit: number) => number;

function seeded(seed: number): Random {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Few different keys, so that they meet; bytes below and above ASCII among them. */
const randomKey = (random: Random): Buffer =>
  Buffer.from(Array.from({ length: 1 + random(2) }, () => [0, 1, 97, 98, 127, 128, 255][random(7)]!));

function randomWrite(random: Random): StoreWrite {
  const space = SPACES[random(SPACES.length)]!;
  const key = randomKey(random);
  if (random(4) === 0) return { kind: "delete", space, key };
  return {
    kind: "put",
    space,
    key,
    value: Buffer.from(Array.from({ length: random(40) }, () => random(256))),
  };
}

function randomRange(random: Random): RangeOptions {
  return {
    ...(random(2) === 0 ? {} : { gte: randomKey(random) }),
    ...(random(2) === 0 ? {} : { lt: randomKey(random) }),
    ...(random(2) === 0 ? {} : { reverse: true }),
    ...(random(2) === 0 ? {} : { limit: random(6) }),
  };
}

function modelRange(rows: ReadonlyMap<string, Buffer>, options: RangeOptions): [string, string][] {
  const { gte, lt, reverse = false, limit = Infinity } = options;
  const text = (key: Uint8Array) => Buffer.from(key).toString("latin1");
  const found = [...rows]
    .filter(([key]) => (gte === undefined || key >= text(gte)) && (lt === undefined || key < text(lt)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return (reverse ? found.reverse() : found)
    .slice(0, limit)
    .map(([key, value]) => [key, value.toString("hex")]);
}
