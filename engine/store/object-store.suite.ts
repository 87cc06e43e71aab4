/** The law of the object store: every implementation and every wrapper runs it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeliosError } from "../errors.ts";
import type { ObjectStore } from "./object-store.ts";

const bytes = (text: string) => Buffer.from(text);

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

    test("refuses use after close", async () => {
      const store = await open();
      await store.close();
      const closed = (error: unknown) => error instanceof HeliosError && error.code === "STORE_CLOSED";
      assert.throws(() => store.get("blobs", bytes("k")), closed);
      assert.throws(() => store.range("blobs"), closed);
      assert.throws(() => store.write([{ kind: "delete", space: "blobs", key: bytes("k") }]), closed);
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
