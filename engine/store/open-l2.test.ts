import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import Module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { HeliosError } from "../errors.ts";
import { readFormat } from "./format.ts";
import { chooseL2, openL2 } from "./open-l2.ts";

const home = mkdtempSync(join(tmpdir(), "helios-open-l2-"));
after(() => rmSync(home, { recursive: true, force: true }));
const fresh = () => join(mkdtempSync(join(home, "store-")), "root");

const refusedWith = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof HeliosError && error.code === code && message.test(error.message);

/** Makes RocksDB's package fail to load while an action runs, as it does where it has no build. */
async function withoutRocksdb<T>(action: () => Promise<T>): Promise<T> {
  const loader = Module as unknown as { _load: (name: string, ...rest: unknown[]) => unknown };
  const { _load: load } = loader;
  loader._load = (name, ...rest) => {
    if (name === "@nxtedition/rocksdb") throw new Error("no native build was found");
    return load(name, ...rest);
  };
  try {
    return await action();
  } finally {
    loader._load = load;
  }
}

test("a new store gets RocksDB, or what is asked for, and is opened with it ever after", async () => {
  for (const [l2, made] of [
    [undefined, "rocksdb"],
    ["rocksdb", "rocksdb"],
    ["lmdb", "lmdb"],
  ] as const) {
    const root = fresh();
    const first = await chooseL2(root, { l2, create: true });
    assert.equal(first?.format.l2, made);
    assert.equal(first.warning, undefined);
    const again = await chooseL2(root, { create: false });
    assert.deepEqual(again?.format, first.format);
    const store = await openL2(root, first.format);
    assert.equal(store.kind, made);
    await store.close();
  }
});

test("where there is no store, none is made unless it may be", async () => {
  const root = fresh();
  assert.equal(await chooseL2(root, { create: false }), undefined);
  assert.equal(readFormat(root), undefined);
});

test("another backend than the store's is refused, with the way to get there", async () => {
  const root = fresh();
  await chooseL2(root, { l2: "lmdb", create: true });
  await assert.rejects(chooseL2(root, { l2: "rocksdb", create: true }), (error) => {
    assert.ok(error instanceof HeliosError && error.code === "STORE_FORMAT");
    assert.match(error.message, /in lmdb, not in rocksdb/);
    assert.match(error.remedy, /store migrate --to rocksdb/);
    return true;
  });
});

test("where RocksDB does not load, a new store uses LMDB and says so", () =>
  withoutRocksdb(async () => {
    const root = fresh();
    const chosen = await chooseL2(root, { create: true });
    assert.equal(chosen?.format.l2, "lmdb");
    assert.match(chosen.warning ?? "", /RocksDB did not load.*uses LMDB instead/);
    assert.equal((await chooseL2(root, { create: true }))?.warning, undefined);
  }));

test("where RocksDB does not load, asking for it is refused and leaves nothing behind", () =>
  withoutRocksdb(async () => {
    const root = fresh();
    await assert.rejects(
      chooseL2(root, { l2: "rocksdb", create: true }),
      refusedWith("L2_UNAVAILABLE", /RocksDB did not load/),
    );
    assert.throws(() => readdirSync(root));
  }));

test("where RocksDB does not load, a store on it is refused by name", async () => {
  const root = fresh();
  await chooseL2(root, { create: true });
  await withoutRocksdb(async () => {
    await assert.rejects(
      chooseL2(root, { create: true }),
      refusedWith("L2_UNAVAILABLE", /keeps its objects in rocksdb/),
    );
  });
});

test("a format file with a backend of the future, or a directory outside, is refused", async () => {
  const root = fresh();
  await chooseL2(root, { create: true });
  const file = join(root, "format.json");
  const sound = JSON.parse(readFileSync(file, "utf8")) as object;
  const refuse = (change: object, code: string, message: RegExp) => {
    writeFileSync(file, JSON.stringify({ ...sound, ...change }));
    assert.throws(() => readFormat(root), refusedWith(code, message));
  };
  refuse({ l2: "s3" }, "STORE_FORMAT", /"s3"/);
  refuse({ format: "helios-store/2" }, "STORE_FORMAT", /"helios-store\/2"/);
  refuse({ l2: 1 }, "STORE_CORRUPT", /lacks a field/);
  for (const objects of ["../elsewhere", "/etc", "objects/..", "", 7])
    refuse({ objects }, "STORE_CORRUPT", /directory of its objects/);
  writeFileSync(file, JSON.stringify({ ...sound, objects: "objects-lmdb2" }));
  assert.equal(readFormat(root)?.objects, "objects-lmdb2");
});
