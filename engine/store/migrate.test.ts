import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import fs, { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { HeliosError } from "../errors.ts";
import { Helios } from "../helios.ts";
import type { PersistentKind } from "./backends.ts";
import { readFormat } from "./format.ts";
import { storeInfo } from "./info.ts";
import { migrateStore, type MigrateProgress } from "./migrate.ts";
import { SPACES } from "./object-store.ts";
import { chooseL2, openL2 } from "./open-l2.ts";

const home = mkdtempSync(join(tmpdir(), "helios-migrate-"));
after(() => rmSync(home, { recursive: true, force: true }));
const fresh = () => join(mkdtempSync(join(home, "store-")), "root");
const code = (expected: string) => (error: unknown) =>
  error instanceof HeliosError && error.code === expected;

/** A store with history: small and large contents, several refs. */
async function filled(l2: PersistentKind): Promise<{ root: string; ids: string[] }> {
  const root = fresh();
  const helios = await Helios.open({ root, l2 });
  const vst = helios.checkout("main");
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) {
    vst.write(`src/file-${i}.txt`, `content ${i}\n`.repeat(i * 50));
    vst.write("large", Buffer.alloc(300_000, i));
    ids.push(vst.commit(`commit ${i}`).id);
    if (i === 10) await helios.checkpoint();
  }
  await helios.close();
  return { root, ids };
}

async function assertReads(root: string, ids: readonly string[], l2: PersistentKind): Promise<void> {
  const helios = await Helios.open({ root });
  assert.equal(helios.stats().l2, l2);
  ids.forEach((id, i) => {
    const snapshot = helios.resolve(id);
    assert.equal(helios.list(snapshot).length, i + 2);
    assert.ok(Buffer.from(helios.read(snapshot, "large")!).equals(Buffer.alloc(300_000, i)));
    assert.equal(
      Buffer.from(helios.read(snapshot, `src/file-${i}.txt`)!).toString(),
      `content ${i}\n`.repeat(i * 50),
    );
  });
  assert.equal(helios.log().length, ids.length);
  await helios.close();
}

test("a store that is moved, and moved back, holds what it held and goes on", async () => {
  const { root, ids } = await filled("rocksdb");
  const before = await storeInfo(root);
  const seen: MigrateProgress[] = [];
  const there = await migrateStore(root, "lmdb", { onProgress: (progress) => seen.push(progress) });
  assert.deepEqual([there.from, there.to], ["rocksdb", "lmdb"]);
  assert.equal(
    there.rows,
    before.spaces.reduce((sum, { rows }) => sum + rows, 0),
  );
  assert.equal(seen.at(-1)?.rows, there.rows);
  assert.ok(!existsSync(join(root, "objects")));
  const after = await storeInfo(root);
  assert.equal(after.l2, "lmdb");
  assert.equal(after.uuid, before.uuid);
  assert.deepEqual(after.spaces, before.spaces);
  assert.deepEqual(after.journal, before.journal);
  await assertReads(root, ids, "lmdb");
  const back = await migrateStore(root, "rocksdb");
  assert.equal(back.to, "rocksdb");
  await assertReads(root, ids, "rocksdb");
  const helios = await Helios.open({ root });
  const vst = helios.checkout("main");
  vst.write("new", "after both moves");
  const { id } = vst.commit("more");
  await helios.close();
  const again = await Helios.open({ root, readOnly: true });
  assert.equal(Buffer.from(again.read(again.resolve(id), "new")!).toString(), "after both moves");
  await again.close();
});

test("a store in use, none at all, or one that is there already is refused", async () => {
  const { root } = await filled("lmdb");
  const helios = await Helios.open({ root });
  await assert.rejects(migrateStore(root, "rocksdb"), code("STORE_LOCKED"));
  await helios.close();
  await assert.rejects(migrateStore(root, "lmdb"), code("STORE_FORMAT"));
  await assert.rejects(migrateStore(fresh(), "lmdb"), code("STORE_MISSING"));
});

test("ended in the middle, the store is as it was and nothing is left", async () => {
  const { root, ids } = await filled("rocksdb");
  const abort = new AbortController();
  await assert.rejects(
    migrateStore(root, "lmdb", {
      signal: abort.signal,
      onProgress: ({ phase }) => {
        if (phase === "comparing") abort.abort();
      },
    }),
    code("ABORTED"),
  );
  assert.ok(!existsSync(join(root, "objects-lmdb")));
  await assertReads(root, ids, "rocksdb");
});

test("what is read back is compared: a byte that differs leaves the store as it was", async () => {
  const { root, ids } = await filled("rocksdb");
  const { LmdbStore } = await import("./lmdb-store.ts");
  const { write } = LmdbStore.prototype;
  LmdbStore.prototype.write = function (batch, options) {
    write.call(
      this,
      batch.map((each) =>
        each.kind === "put" && each.space === "nodes"
          ? { ...each, value: Buffer.from(each.value).fill(0, 0, 1) }
          : each,
      ),
      options,
    );
  };
  try {
    await assert.rejects(migrateStore(root, "lmdb"), code("STORE_FAILED"));
  } finally {
    LmdbStore.prototype.write = write;
  }
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith("objects")),
    ["objects"],
  );
  await assertReads(root, ids, "rocksdb");
});

test("killed anywhere, the store opens with one of the two and reads the same; left-overs go", async () => {
  const { root, ids } = await filled("rocksdb");
  let l2: PersistentKind = "rocksdb";
  for (const steps of [1, 4, 8]) {
    const to = l2 === "rocksdb" ? "lmdb" : "rocksdb";
    const child = fork(new URL("migrate.fixture.ts", import.meta.url), [root, to]);
    const exit = once(child, "exit");
    let seen = 0;
    await new Promise<void>((resolve) => {
      child.on("message", (what) => {
        if (what === "done" || ++seen >= steps) resolve();
      });
    });
    await delay(steps % 3);
    child.kill("SIGKILL");
    await exit;
    l2 = readFormat(root)!.l2;
    await assertReads(root, ids, l2);
    assert.equal(readdirSync(root).filter((name) => name.startsWith("objects")).length, 1);
  }
});

test("killed right before or right after the format file is replaced, the store opens", async () => {
  for (const moment of ["before", "after"] as const) {
    const { root, ids } = await filled("rocksdb");
    const { renameSync } = fs;
    fs.renameSync = (from, to) => {
      if (moment === "after") renameSync(from, to);
      throw new Error("killed");
    };
    syncBuiltinESMExports();
    try {
      await assert.rejects(migrateStore(root, "lmdb"), /killed/);
    } finally {
      fs.renameSync = renameSync;
      syncBuiltinESMExports();
    }
    await assertReads(root, ids, moment === "before" ? "rocksdb" : "lmdb");
  }
});

test("the format file names the new directory, and everything else in it stays", async () => {
  const { root } = await filled("rocksdb");
  const read = () => JSON.parse(readFileSync(join(root, "format.json"), "utf8")) as Record<string, unknown>;
  const before = read();
  await migrateStore(root, "lmdb");
  assert.deepEqual(read(), { ...before, l2: "lmdb", objects: "objects-lmdb" });
});

test("who opens a store while it is being moved is refused, and the next time gets the new one", async () => {
  const { root } = await filled("rocksdb");
  const old = (await chooseL2(root, { create: false }))!.format;
  await migrateStore(root, "lmdb");
  await assert.rejects(openL2(root, old), code("STORE_LOCKED"));
  const now = (await chooseL2(root, { create: false }))!.format;
  const store = await openL2(root, now);
  assert.deepEqual(
    SPACES.filter((space) => store.range(space, { limit: 1 }).length > 0).includes("nodes"),
    true,
  );
  await store.close();
});
