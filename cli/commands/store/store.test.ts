import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { Helios } from "@helios/engine";
import { assertMatchesSchema } from "../../check-json.ts";
import { spawnCli, spawnJson } from "../../spawn-cli.ts";

let folder = "";
let work = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helios-store-"));
  work = join(folder, "work");
  mkdirSync(work);
  writeFileSync(join(work, "a.txt"), "one\n");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("a store that is moved to another backend says so, and reads the same", async () => {
  const { snapshot } = await spawnJson(["commit", "-m", "one"], { cwd: work });
  const before = await spawnJson(["store", "info"], { cwd: work });
  assertMatchesSchema("store-info", before);
  assert.equal(before["l2"], "rocksdb");
  const moved = await spawnJson(["store", "migrate", "--to", "lmdb"], { cwd: work });
  assertMatchesSchema("store-migrate", moved);
  const after = await spawnJson(["store", "info"], { cwd: work });
  assertMatchesSchema("store-info", after);
  assert.deepEqual([after["l2"], after["uuid"], after["spaces"]], ["lmdb", before["uuid"], before["spaces"]]);
  const { stdout } = await spawnCli(["read", String(snapshot), "a.txt"], { cwd: work });
  assert.equal(stdout.toString(), "one\n");
  const text = await spawnCli(["store", "migrate", "--to", "rocksdb"], { cwd: work });
  assert.match(text.stdout.toString(), /^\d+ rows? \(.*\) moved from lmdb to rocksdb\n$/);
  const shown = await spawnCli(["store", "info"], { cwd: work });
  assert.match(shown.stdout.toString(), /format +helios-store\/1/);
  assert.match(shown.stdout.toString(), /objects +rocksdb in objects-rocksdb\//);
  assert.match(shown.stdout.toString(), /^ {2}blobs +\d/m);
});

test("moving is refused while another process writes to the store, where none is, and to where it is", async () => {
  const store = join(work, ".helios");
  await spawnJson(["commit", "-m", "one"], { cwd: work });
  const helios = await Helios.open({ root: store });
  try {
    const refused = await spawnCli(["store", "migrate", "--to", "lmdb"], { cwd: work });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /^error STORE_LOCKED: /);
    // Looking at it is not.
    assertMatchesSchema("store-info", await spawnJson(["store", "info"], { cwd: work }));
  } finally {
    await helios.close();
  }
  const same = await spawnCli(["store", "migrate", "--to", "rocksdb"], { cwd: work });
  assert.match(same.stderr, /^error STORE_FORMAT: .*on rocksdb already/);
  for (const command of [["info"], ["migrate", "--to", "lmdb"]]) {
    const none = await spawnCli(["store", ...command, "--store", join(folder, "none")], { cwd: work });
    assert.equal(none.status, 2);
    assert.match(none.stderr, /^error STORE_MISSING: /);
  }
});

test("where RocksDB does not load, a new store is made with LMDB and a warning, and an old one is refused", async () => {
  const broken = join(folder, "broken.cjs");
  writeFileSync(
    broken,
    `const Module = require("node:module");
     const load = Module._load;
     Module._load = (name, ...rest) => {
       if (name === "@nxtedition/rocksdb") throw new Error("no native build was found");
       return load(name, ...rest);
     };`,
  );
  const env = { NODE_OPTIONS: `--require=${broken}` };
  const made = await spawnCli(["commit", "-m", "one"], { cwd: work, env });
  assert.equal(made.status, 0);
  assert.match(made.stderr, /^warning: RocksDB did not load.*uses LMDB instead/m);
  const later = await spawnCli(["stats"], { cwd: work, env });
  assert.equal(later.status, 0);
  assert.doesNotMatch(later.stderr, /warning/);
  assert.match(later.stdout.toString(), /lmdb/);
  rmSync(join(work, ".helios"), { recursive: true });
  await spawnJson(["commit", "-m", "one"], { cwd: work });
  const refused = await spawnCli(["log"], { cwd: work, env });
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /^error L2_UNAVAILABLE: .*keeps its objects in rocksdb/);
});
