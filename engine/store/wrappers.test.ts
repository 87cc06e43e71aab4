import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { HeliosError } from "../errors.ts";
import { CompressedStore } from "./compressed-store.ts";
import { CompressionBands } from "./compression-bands.ts";
import { CountedStore } from "./counted-store.ts";
import { atOperation, atRandom, type Fault, FaultyStore } from "./faulty-store.ts";
import { MemoryStore } from "./memory-store.ts";
import { objectStoreSuite } from "./object-store.suite.ts";
import type { StoreWrite } from "./object-store.ts";

objectStoreSuite("compressed", async () => new CompressedStore(new MemoryStore()));
objectStoreSuite("counted", async () => new CountedStore(new MemoryStore()));
objectStoreSuite("faulty, without faults", async () => new FaultyStore(new MemoryStore(), () => undefined));
objectStoreSuite(
  "all three around each other",
  async () => new CountedStore(new FaultyStore(new CompressedStore(new MemoryStore()), () => undefined)),
);

const bytes = (text: string) => Buffer.from(text);
const put = (key: string, value: Uint8Array): StoreWrite => ({
  kind: "put",
  space: "blobs",
  key: bytes(key),
  value,
});
const code = (expected: string) => (error: unknown) =>
  error instanceof HeliosError && error.code === expected;

describe("compressed", () => {
  const text = (length: number) => Buffer.alloc(length, "const answer = 42;\n");
  const lengthInside = (inner: MemoryStore, key: string) => inner.get("blobs", bytes(key))!.length;

  test("packs from 1 KiB on what packs, and leaves the rest as it is", () => {
    const inner = new MemoryStore();
    const store = new CompressedStore(inner);
    for (const length of [0, 1023, 1024, 65_535, 65_536, 1_000_000]) {
      store.write([put("text", text(length)), put("noise", randomBytes(length))]);
      assert.ok(store.get("blobs", bytes("text"))?.equals(text(length)));
      assert.equal(lengthInside(inner, "noise"), length + 1);
      if (length < 1024) assert.equal(lengthInside(inner, "text"), length + 1);
      else assert.ok(lengthInside(inner, "text") < length / 4);
    }
  });

  test("stops trying a band that does not pay, looks again now and then, and leaves other bands alone", () => {
    const store = new CompressedStore(new MemoryStore());
    for (let i = 0; i < 8 + 64; i++) store.write([put(`noise ${i}`, randomBytes(3000))]);
    store.write([put("text", text(10_000))]);
    const [noise, packed] = store.bands;
    assert.equal(noise?.fromBytes, 2048);
    assert.deepEqual([noise.tried, noise.skipped], [9, 64]);
    assert.ok(noise.ratio > 0.9);
    assert.equal(packed?.fromBytes, 8192);
    assert.ok(packed.ratio < 0.1 && packed.skipped === 0);
  });

  test("a band that pays again is tried again", () => {
    const bands = new CompressionBands();
    for (let i = 0; i < 8; i++) bands.note("blobs", 5000, 5000);
    assert.equal(bands.shouldTry("blobs", 5000), false);
    for (let i = 0; i < 8; i++) bands.note("blobs", 5000, 1000);
    assert.equal(bands.shouldTry("blobs", 5000), true);
    assert.equal(bands.shouldTry("nodes", 5000), true);
  });

  test("a value that is not what it wrote, or would unpack to more than allowed, is refused by name", () => {
    const inner = new MemoryStore();
    const store = new CompressedStore(inner, { unpackedMaxBytes: 5000 });
    store.write([put("k", text(4000))]);
    assert.equal(store.get("blobs", bytes("k"))?.length, 4000);
    const sound = inner.get("blobs", bytes("k"))!;
    const changed = (change: (value: Buffer) => Buffer) => {
      inner.write([put("k", change(Buffer.from(sound)))]);
      assert.throws(() => store.get("blobs", bytes("k")), code("OBJECT_CORRUPT"));
      assert.throws(() => store.range("blobs"), code("OBJECT_CORRUPT"));
    };
    changed((value) => value.subarray(0, value.length - 1));
    changed((value) => value.subarray(0, 3));
    changed(() => Buffer.alloc(0));
    changed((value) => value.fill(7, 0, 1));
    for (const length of [3999, 4001, 5001, 2 ** 32 - 1])
      changed((value) => {
        value.writeUInt32LE(length, 1);
        return value;
      });
    inner.write([put("k", sound)]);
    assert.ok(store.get("blobs", bytes("k"))?.equals(text(4000)));
  });
});

describe("counted", () => {
  test("counts operations, hits, rows and bytes, and what was refused", () => {
    const store = new CountedStore(
      new FaultyStore(new MemoryStore(), atOperation("write", 2, { kind: "refuse", errno: "ENOSPC" })),
    );
    store.write([
      put("a", bytes("1234")),
      put("b", bytes("")),
      { kind: "delete", space: "refs", key: bytes("x") },
    ]);
    assert.throws(() => store.write([put("c", bytes("1"))]), code("DISK_FULL"));
    store.write([put("c", bytes("1"))], { sync: true });
    store.get("blobs", bytes("a"));
    store.get("blobs", bytes("nothing"));
    store.range("blobs", { limit: 2 });
    assert.deepEqual(store.counters, {
      gets: 2,
      hits: 1,
      bytesRead: 4 + 5 + 1,
      ranges: 1,
      rows: 2,
      batches: 2,
      syncs: 1,
      puts: 3,
      deletes: 1,
      bytesWritten: 5 + 1 + 2,
      failures: 1,
    });
    store.reset();
    assert.equal(store.counters.gets, 0);
  });
});

describe("faulty", () => {
  const faulty = (fault: Fault, kind: "get" | "write" | "range" = "write") => {
    const inner = new MemoryStore();
    inner.write([put("there", bytes("value"))]);
    return { inner, store: new FaultyStore(inner, atOperation(kind, 2, fault)) };
  };

  test("refuses the operation it is told to, and no other", () => {
    const { inner, store } = faulty({ kind: "refuse", errno: "EIO" });
    store.write([put("a", bytes("1"))]);
    assert.throws(() => store.write([put("b", bytes("1"))]), code("STORE_FAILED"));
    store.write([put("c", bytes("1"))]);
    assert.deepEqual(
      inner.range("blobs").map(({ key }) => key.toString()),
      ["a", "c", "there"],
    );
    assert.deepEqual(store.faults, [
      { operation: { kind: "write", n: 2 }, fault: { kind: "refuse", errno: "EIO" } },
    ]);
  });

  test("tears a batch, or loses it without a word", () => {
    const torn = faulty({ kind: "tear", afterWrites: 1 });
    torn.store.write([]);
    assert.throws(() => torn.store.write([put("a", bytes("1")), put("b", bytes("1"))]), code("STORE_FAILED"));
    assert.ok(torn.inner.get("blobs", bytes("a")));
    assert.equal(torn.inner.get("blobs", bytes("b")), undefined);
    const lost = faulty({ kind: "lose" });
    lost.store.write([]);
    lost.store.write([put("a", bytes("1"))]);
    assert.equal(lost.inner.get("blobs", bytes("a")), undefined);
  });

  test("flips one bit of what is read, and leaves the stored value alone", () => {
    for (const kind of ["get", "range"] as const) {
      const { inner, store } = faulty({ kind: "flip", bit: 9 }, kind);
      const read = () =>
        kind === "get" ? store.get("blobs", bytes("there")) : store.range("blobs")[0]!.value;
      assert.equal(read()?.toString(), "value");
      assert.equal(read()?.toString(), "vclue");
      assert.equal(read()?.toString(), "value");
      assert.equal(inner.get("blobs", bytes("there"))?.toString(), "value");
    }
  });

  test("a delayed operation still happens", () => {
    const { inner, store } = faulty({ kind: "delay", ms: 1 });
    store.write([]);
    store.write([put("a", bytes("1"))]);
    assert.ok(inner.get("blobs", bytes("a")));
    assert.equal(store.faults.length, 1);
  });

  test("random faults come again with their seed, in about their rate", async () => {
    const run = (seed: number) => {
      const plan = atRandom(
        seed,
        0.1,
        ["write", "close"],
        [{ kind: "refuse", errno: "EIO" }, { kind: "lose" }],
      );
      const store = new FaultyStore(new MemoryStore(), plan);
      for (let i = 0; i < 2000; i++) {
        store.get("blobs", bytes("k"));
        try {
          store.write([put("k", bytes("v"))]);
        } catch (error) {
          assert.ok(code("STORE_FAILED")(error));
        }
      }
      return store.faults.map(({ operation, fault }) => `${operation.kind} ${operation.n} ${fault.kind}`);
    };
    const faults = run(1);
    assert.deepEqual(run(1), faults);
    assert.notDeepEqual(run(2), faults);
    assert.ok(faults.length > 150 && faults.length < 250, String(faults.length));
    assert.ok(faults.some((each) => each.endsWith("lose")) && faults.some((each) => each.endsWith("refuse")));
  });
});
