import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync, readdirSync } from "node:fs";
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
