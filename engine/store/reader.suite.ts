/** The law of readers: while another process writes, each opening shows some moment, whole and for good. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { HeliosError } from "../errors.ts";
import { type Backend, backendOf, type PersistentKind } from "./backends.ts";
import type { ObjectStore, Space } from "./object-store.ts";

const bytes = (text: string) => Buffer.from(text);
const WRITTEN: readonly Space[] = ["blobs", "nodes", "snapshots"];
/** As in `reader-writer.fixture.ts`. */
const KEYS = 2000;
const OPENINGS = Number(process.env["HELIOS_READER_OPENINGS"] ?? 5);

/** `fresh` names an empty directory each time. */
export function readerSuite(kind: PersistentKind, fresh: () => string): void {
  describe(`${kind} read by others`, () => {
    const openBoth = async (): Promise<{ backend: Backend; location: string; writer: ObjectStore }> => {
      const backend = await backendOf(kind);
      const location = fresh();
      return { backend, location, writer: await backend.open(location) };
    };

    test("a reader sees what was there when it was opened, and refuses writes", async () => {
      const { backend, location, writer } = await openBoth();
      writer.write([{ kind: "put", space: "refs", key: bytes("k"), value: bytes("before") }]);
      const reader = await backend.openReader(location);
      writer.write([
        { kind: "put", space: "refs", key: bytes("k"), value: bytes("after") },
        { kind: "put", space: "refs", key: bytes("l"), value: bytes("new") },
      ]);
      assert.equal(reader.get("refs", bytes("k"))?.toString(), "before");
      assert.equal(reader.get("refs", bytes("l")), undefined);
      assert.equal(reader.range("refs").length, 1);
      assert.throws(
        () => reader.write([{ kind: "delete", space: "refs", key: bytes("k") }]),
        (error) => error instanceof HeliosError && error.code === "STORE_READ_ONLY",
      );
      const later = await backend.openReader(location);
      assert.equal(later.get("refs", bytes("k"))?.toString(), "after");
      await reader.close();
      assert.throws(
        () => reader.get("refs", bytes("k")),
        (error) => error instanceof HeliosError && error.code === "STORE_CLOSED",
      );
      await later.close();
      assert.equal(writer.get("refs", bytes("k"))?.toString(), "after");
      await writer.close();
    });

    test("a reader of a store without objects finds none", async () => {
      const backend = await backendOf(kind);
      const reader = await backend.openReader(fresh());
      assert.equal(reader.kind, kind);
      assert.equal(reader.get("blobs", bytes("k")), undefined);
      assert.deepEqual(reader.range("refs"), []);
      await reader.close();
    });

    test("while a process writes at full speed every opening shows whole batches, and later ones no less", async () => {
      const backend = await backendOf(kind);
      const location = fresh();
      const writer = fork(new URL("reader-writer.fixture.ts", import.meta.url), [kind, location]);
      try {
        await once(writer, "message");
        let before = 0;
        for (let i = 0; i < OPENINGS; i++) {
          const reader = await backend.openReader(location);
          const last = reader.get("meta", bytes("n"))!.readDoubleBE(0);
          assert.ok(last >= before, `batch ${last} after batch ${before}`);
          before = last;
          for (const space of WRITTEN) assertWhole(reader, space, last);
          await reader.close();
        }
        assert.equal(writer.exitCode, null);
      } finally {
        writer.kill("SIGKILL");
        await once(writer, "exit");
      }
      // What readers did beside it has not harmed the store.
      const after = await backend.open(location);
      const last = after.get("meta", bytes("n"))!.readDoubleBE(0);
      for (const space of WRITTEN) assertWhole(after, space, last);
      await after.close();
    });
  });
}

/** The batches 1 to `last` and no other, of each key the newest. */
function assertWhole(store: ObjectStore, space: Space, last: number): void {
  const rows = store.range(space);
  assert.equal(rows.length, Math.min(last, KEYS), space);
  for (const { key, value } of rows) {
    const slot = key.readDoubleBE(0);
    const newest = last - ((last - slot) % KEYS);
    assert.equal(value.readDoubleBE(0), newest, `${space} ${slot} of ${last}`);
  }
}
