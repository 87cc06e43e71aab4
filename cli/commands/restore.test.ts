import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";

let cwd = "";
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "helios-restore-"));
  writeFileSync(join(cwd, "a"), "1");
  writeFileSync(join(cwd, "old"), "o");
  await spawnJson(["commit"], { cwd });
  writeFileSync(join(cwd, "a"), "2");
  writeFileSync(join(cwd, "new"), "n");
  rmSync(join(cwd, "old"));
  await spawnJson(["commit"], { cwd });
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const names = () => readdirSync(cwd).filter((name) => name !== ".helios");

test("the directory becomes the snapshot, and the branch gets it as a new commit on top", async () => {
  const result = await spawnJson(["restore", "c1"], { cwd });
  assertMatchesSchema("restore", result);
  assert.deepEqual([result["written"], result["deleted"], result["commit"]], [2, 1, "c3"]);
  assert.equal(result["snapshot"], result["restored"]);
  assert.deepEqual(names(), ["a", "old"]);
  assert.equal(readFileSync(join(cwd, "a"), "utf8"), "1");
  const again = await spawnJson(["commit"], { cwd });
  assert.equal(again["commit"], "c3", "the directory is exactly the new state");
  const { commits } = (await spawnJson(["log"], { cwd })) as { commits: { commit: string }[] };
  assert.deepEqual(
    commits.map(({ commit }) => commit),
    ["c3", "c2", "c1"],
  );
});

test("changes that no snapshot holds are refused by name, and kept; --force gives them up", async () => {
  writeFileSync(join(cwd, "a"), "mine");
  const run = await spawnCli(["restore", "c1"], { cwd });
  assert.equal(run.status, 2);
  assert.match(run.stderr, /^error UNSAVED_CHANGES: .+: a\ntry: .+--force/);
  assert.deepEqual(names(), ["a", "new"]);
  assert.equal(readFileSync(join(cwd, "a"), "utf8"), "mine");
  assert.equal(((await spawnJson(["log"], { cwd }))["commits"] as unknown[]).length, 2);
  await spawnJson(["restore", "c1", "--force"], { cwd });
  assert.equal(readFileSync(join(cwd, "a"), "utf8"), "1");
});

test("--lazy moves the branch and touches no file", async () => {
  const result = await spawnJson(["restore", "c1", "--lazy"], { cwd });
  assertMatchesSchema("restore", result);
  assert.deepEqual([result["written"], result["deleted"], result["lazy"]], [0, 0, true]);
  assert.deepEqual(names(), ["a", "new"]);
  assert.equal((await spawnCli(["read", "main", "a"], { cwd })).stdout.toString(), "1");
});

test("--select restores only what it chooses", async () => {
  const result = await spawnJson(["restore", "c1", "--select", "old"], { cwd });
  assert.deepEqual(names(), ["a", "new", "old"]);
  assert.equal(readFileSync(join(cwd, "a"), "utf8"), "2");
  assert.notEqual(result["snapshot"], result["restored"]);
  assert.equal((await spawnJson(["commit"], { cwd }))["commit"], result["commit"]);
});

test("restoring what is there already records nothing", async () => {
  const result = await spawnJson(["restore", "main"], { cwd });
  assert.deepEqual([result["commit"], result["written"], result["deleted"]], ["c2", 0, 0]);
});

test("--lazy and --eager exclude each other, and an unknown snapshot is refused", async () => {
  assert.match(
    (await spawnCli(["restore", "c1", "--lazy", "--eager"], { cwd })).stderr,
    /^error USAGE_FLAG: /,
  );
  assert.match((await spawnCli(["restore", "c9"], { cwd })).stderr, /^error SNAPSHOT_UNKNOWN: .+\ntry: /);
});
