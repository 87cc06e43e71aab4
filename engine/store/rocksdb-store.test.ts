import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { HeliosError } from "../errors.ts";
import { objectStoreSuite } from "./object-store.suite.ts";
import { RocksdbStore } from "./rocksdb-store.ts";
import { readerSuite } from "./reader.suite.ts";
import { threadAccessSuite } from "./thread-access.suite.ts";

const home = mkdtempSync(join(tmpdir(), "helios-rocksdb-"));
after(() => rmSync(home, { recursive: true, force: true }));
let last = "";
const fresh = () => (last = mkdtempSync(join(home, "store-")));

objectStoreSuite(
  "rocksdb",
  () => RocksdbStore.open(fresh()),
  () => RocksdbStore.open(last),
);

threadAccessSuite("rocksdb", () => RocksdbStore.open(fresh()));

readerSuite("rocksdb", () => join(fresh(), "objects"));

test("a store another handle has open is locked", async () => {
  const store = await RocksdbStore.open(fresh());
  await assert.rejects(
    RocksdbStore.open(last),
    (error) => error instanceof HeliosError && error.code === "STORE_LOCKED",
  );
  await store.close();
});

test("a damaged database is named as such", async () => {
  const store = await RocksdbStore.open(fresh());
  await store.close();
  for (const file of readdirSync(last))
    if (file.startsWith("MANIFEST")) writeFileSync(join(last, file), "junk");
  await assert.rejects(
    RocksdbStore.open(last),
    (error) => error instanceof HeliosError && error.code === "STORE_CORRUPT",
  );
});

test("a table with a changed bit is named as damage when what it holds is read; the rest stays readable", async () => {
  const location = fresh();
  const value = (i: number) => Buffer.alloc(3000, i);
  const key = (i: number) => Buffer.from(String(i).padStart(3, "0"));
  const store = await RocksdbStore.open(location);
  store.write(
    Array.from({ length: 200 }, (_, i) => ({ kind: "put", space: "blobs", key: key(i), value: value(i) })),
  );
  await store.close();
  // Opening puts what the log holds into tables.
  await (await RocksdbStore.open(location)).close();
  for (const name of readdirSync(location).filter((each) => each.endsWith(".sst"))) {
    const table = readFileSync(join(location, name));
    const at = table.indexOf(value(100).subarray(0, 100));
    if (at === -1) continue;
    table[at + 50]! ^= 1;
    writeFileSync(join(location, name), table);
  }
  const damaged = await RocksdbStore.open(location);
  const corrupt = (error: unknown) => error instanceof HeliosError && error.code === "STORE_CORRUPT";
  assert.throws(() => damaged.get("blobs", key(100)), corrupt);
  assert.throws(() => damaged.range("blobs"), corrupt);
  assert.ok(damaged.get("blobs", key(3))?.equals(value(3)));
  assert.ok(damaged.get("blobs", key(190))?.equals(value(190)));
  await damaged.close();
});
