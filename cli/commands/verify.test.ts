import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";

let work = "";
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), "helios-verify-"));
  for (const name of ["a", "b", "c"]) {
    writeFileSync(join(work, name), `content of ${name}`);
    await spawnJson(["commit"], { cwd: work });
  }
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

/** What a disk does: one bit, in a record with another one behind it. */
function flipBit(): void {
  const file = join(work, ".helios", "journal", "00000001.log");
  const bytes = readFileSync(file);
  bytes[60]! ^= 4;
  writeFileSync(file, bytes);
}

test("a sound store: status 0, and what was checked", async () => {
  const run = await spawnCli(["verify"], { cwd: work });
  assert.equal(run.status, 0);
  assert.match(run.stdout.toString(), /^checked 3 commits .*\nno damage\n$/);
  const json = await spawnJson(["verify"], { cwd: work });
  assertMatchesSchema("verify", json);
  assert.equal(json["sound"], true);
});

test("a single flipped bit: status 1, and where it is", async () => {
  flipBit();
  const run = await spawnCli(["verify"], { cwd: work });
  assert.equal(run.status, 1);
  assert.match(run.stdout.toString(), /DAMAGED: .*\njournal .*00000001\.log offset 16: STORE_CORRUPT: /);
  const json = await spawnCli(["verify", "--json"], { cwd: work });
  assert.equal(json.status, 1);
  assertMatchesSchema("verify", JSON.parse(json.stdout.toString()));
});

test("a sample never says more than it knows", async () => {
  // What is in the journal only is none of the object store's objects; large contents are there at once.
  const nothing = await spawnCli(["verify", "--sample", "2"], { cwd: work });
  assert.match(nothing.stdout.toString(), /holds no objects yet/);
  for (const name of ["a", "b", "c"]) writeFileSync(join(work, name), Buffer.alloc(300_000, name));
  await spawnJson(["commit"], { cwd: work });
  const run = await spawnCli(["verify", "--sample", "2", "--seed", "9"], { cwd: work });
  assert.equal(run.status, 0);
  assert.match(run.stdout.toString(), /^looked at 2 objects of 3, seed 9\n.*have not been looked at\.\n$/);
  assert.doesNotMatch(run.stdout.toString(), /verified|sound/);
  const json = await spawnJson(["verify", "--sample", "2"], { cwd: work });
  assertMatchesSchema("verify", json);
  assert.equal("sound" in json, false);
});

test("no store, and a seed without a sample, are errors", async () => {
  const empty = mkdtempSync(join(tmpdir(), "helios-none-"));
  assert.match((await spawnCli(["verify"], { cwd: empty })).stderr, /^error STORE_MISSING/);
  assert.equal((await spawnCli(["verify", "--seed", "1"], { cwd: work })).status, 2);
  rmSync(empty, { recursive: true });
});
