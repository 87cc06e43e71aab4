import assert from "node:assert/strict";
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nextFileNumber } from "./rocksdb-manifest.ts";
import { RocksdbStore } from "./rocksdb-store.ts";
import { makeView, removeDeadViews } from "./rocksdb-view.ts";

const home = mkdtempSync(join(tmpdir(), "helios-view-"));
after(() => rmSync(home, { recursive: true, force: true }));
const fresh = () => join(mkdtempSync(join(home, "store-")), "objects");

const bytes = (text: string) => Buffer.from(text);
const put = (key: string, value: string) =>
  ({ kind: "put", space: "refs", key: bytes(key), value: bytes(value) }) as const;

/** A database with one row in a table and one in the log. */
async function filled(location: string): Promise<void> {
  const store = await RocksdbStore.open(location);
  store.write([put("in a table", "1")]);
  await store.close();
  // Opening puts what the log holds into tables.
  const again = await RocksdbStore.open(location);
  again.write([put("in the log", "2")]);
  await again.close();
}

const rowsOf = async (location: string): Promise<string[]> => {
  const store = await RocksdbStore.open(location);
  const rows = store.range("refs").map(({ key, value }) => `${key.toString()} ${value.toString()}`);
  await store.close();
  return rows;
};

test("a view has what the store has, from tables and from the log, and goes away with its reader", async () => {
  const location = fresh();
  await filled(location);
  const reader = await RocksdbStore.openReader(location);
  assert.equal(reader.range("refs").length, 2);
  const readers = join(location, "..", "readers");
  assert.equal(readdirSync(readers).length, 1);
  await reader.close();
  assert.deepEqual(readdirSync(readers), []);
});

test("a table that the manifest does not know is not linked: who opens the view might write over it", async () => {
  const location = fresh();
  await filled(location);
  const manifest = readFileSync(join(location, readFileSync(join(location, "CURRENT"), "utf8").trim()));
  const next = nextFileNumber(manifest)!;
  const inTheMaking = `${String(next).padStart(6, "0")}.sst`;
  writeFileSync(join(location, inTheMaking), "half a table");
  const view = makeView(location);
  assert.ok(!existsSync(join(view.directory, inTheMaking)));
  assert.deepEqual(await rowsOf(view.directory), ["in a table 1", "in the log 2"]);
  view.remove();
  assert.equal(readFileSync(join(location, inTheMaking), "utf8"), "half a table");
});

test("where there can be no links, files are copied", async () => {
  const location = fresh();
  await filled(location);
  const { linkSync } = fs;
  fs.linkSync = () => {
    throw Object.assign(new Error("EXDEV: cross-device link"), { code: "EXDEV", errno: -18 });
  };
  syncBuiltinESMExports();
  try {
    const view = makeView(location);
    const [table] = readdirSync(view.directory).filter((name) => name.endsWith(".sst"));
    assert.equal(fs.statSync(join(view.directory, table!)).nlink, 1);
    assert.deepEqual(await rowsOf(view.directory), ["in a table 1", "in the log 2"]);
    view.remove();
  } finally {
    fs.linkSync = linkSync;
    syncBuiltinESMExports();
  }
});

test("where nothing may be written beside the store, the view is among the temporary files", async () => {
  const location = fresh();
  await filled(location);
  // As root, permissions refuse nothing: a file in the way does.
  const { mkdirSync: make } = fs;
  fs.mkdirSync = ((path: string, options: object) => {
    if (path.startsWith(join(location, "..", "readers")))
      throw Object.assign(new Error("ENOENT: no such file or directory"), { code: "ENOENT", errno: -2 });
    return make(path, options);
  }) as typeof fs.mkdirSync;
  syncBuiltinESMExports();
  try {
    const view = makeView(location);
    const { directory } = view;
    assert.ok(directory.startsWith(tmpdir()) && !directory.startsWith(home));
    assert.deepEqual(await rowsOf(view.directory), ["in a table 1", "in the log 2"]);
    view.remove();
  } finally {
    fs.mkdirSync = make;
    syncBuiltinESMExports();
  }
});

test("views of processes that are gone are removed, those of live ones and of other machines stay", () => {
  const readers = join(fresh(), "readers");
  const machine = hostname().replaceAll(/[^A-Za-z0-9.]/g, "");
  const kept = [`${machine}_${process.pid}_0_a`, "elsewhere_1_1_b"];
  const gone = [`${machine}_4194304_1_c`, `${machine}_${process.pid}_1_d`, "elsewhere_1_1_e"];
  for (const name of [...kept, ...gone]) mkdirSync(join(readers, name), { recursive: true });
  utimesSync(join(readers, "elsewhere_1_1_e"), 0, 0);
  removeDeadViews(readers);
  const startIsKnown = existsSync("/proc/self/stat");
  assert.deepEqual(
    new Set(readdirSync(readers)),
    new Set(startIsKnown ? kept : [...kept, `${machine}_${process.pid}_1_d`]),
  );
});

test("a manifest that is cut anywhere names its number or an earlier one", async () => {
  const location = fresh();
  await filled(location);
  const name = readFileSync(join(location, "CURRENT"), "utf8").trim();
  const manifest = readFileSync(join(location, name));
  const whole = nextFileNumber(manifest)!;
  // Its own number and those of the tables are below.
  assert.ok(whole > Number.parseInt(name.split("-")[1]!, 10));
  for (const table of readdirSync(location).filter((each) => each.endsWith(".sst")))
    assert.ok(whole > Number.parseInt(table, 10));
  let before = 0;
  for (let length = 0; length <= manifest.length; length++) {
    const next = nextFileNumber(manifest.subarray(0, length)) ?? 0;
    assert.ok(next >= before && next <= whole, `${length} bytes: ${next}`);
    before = next;
  }
  assert.equal(before, whole);
});
