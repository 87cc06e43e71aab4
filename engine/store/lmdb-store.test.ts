import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { HeliosError } from "../errors.ts";
import { LmdbStore } from "./lmdb-store.ts";
import { objectStoreSuite } from "./object-store.suite.ts";
import { readerSuite } from "./reader.suite.ts";
import { threadAccessSuite } from "./thread-access.suite.ts";

const home = mkdtempSync(join(tmpdir(), "helios-lmdb-"));
after(() => rmSync(home, { recursive: true, force: true }));
let last = "";
const fresh = () => (last = mkdtempSync(join(home, "store-")));

objectStoreSuite(
  "lmdb",
  () => LmdbStore.open(fresh()),
  () => LmdbStore.open(last),
);

threadAccessSuite("lmdb", () => LmdbStore.open(fresh()));

readerSuite("lmdb", () => join(fresh(), "objects"));

const refusedWith = (code: string) => (error: unknown) => error instanceof HeliosError && error.code === code;

test("a store another handle has open is locked, and free again once that is closed", async () => {
  const store = await LmdbStore.open(fresh());
  await assert.rejects(LmdbStore.open(last), refusedWith("STORE_LOCKED"));
  await store.close();
  await (await LmdbStore.open(last)).close();
});

test("a store another process has open is locked, and free again when that one is killed", async () => {
  const location = fresh();
  const start = () => fork(new URL("lmdb-writer.fixture.ts", import.meta.url), [location]);
  const says = async (child: ChildProcess) => ((await once(child, "message")) as unknown[])[0];
  const first = start();
  assert.equal(await says(first), "open");
  const second = start();
  assert.match(String(await says(second)), new RegExp(`^STORE_LOCKED process ${first.pid} `));
  await assert.rejects(LmdbStore.open(location), refusedWith("STORE_LOCKED"));
  const killed = Promise.all([first, second].map((child) => once(child, "exit")));
  first.kill("SIGKILL");
  second.kill("SIGKILL");
  await killed;
  const store = await LmdbStore.open(location);
  assert.equal(store.get("refs", Buffer.from("pid"))?.toString(), String(first.pid));
  await store.close();
});

test("a file that is no database is named as such, and the refusal lets go of the lock", async () => {
  const data = join(fresh(), "data.mdb");
  await (await LmdbStore.open(last)).close();
  for (const bytes of ["junk".repeat(4096), Buffer.alloc(16_384), "j"]) {
    writeFileSync(data, bytes);
    await assert.rejects(LmdbStore.open(last), refusedWith("STORE_CORRUPT"));
  }
  // Empty: made anew, as when the process died while it was making it.
  writeFileSync(data, "");
  await (await LmdbStore.open(last)).close();
});

test("a store grows far beyond its first map", async () => {
  const store = await LmdbStore.open(fresh());
  for (let i = 0; i < 24; i++)
    store.write([{ kind: "put", space: "blobs", key: Buffer.from([i]), value: Buffer.alloc(2 ** 20, i) }]);
  for (let i = 0; i < 24; i++)
    assert.ok(store.get("blobs", Buffer.from([i]))?.equals(Buffer.alloc(2 ** 20, i)));
  await store.close();
});
