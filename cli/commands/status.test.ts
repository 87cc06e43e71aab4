import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";

let work = "";
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "helios-status-"));
});
afterEach(() => {
  rmSync(work, { recursive: true, force: true });
});

function put(path: string, content: string): void {
  writeFileSync(join(work, path), content);
}

test("added, modified, deleted and type-changed paths are shown as a commit would record them", async () => {
  for (const path of ["a", "gone", "x", "link-to-be"]) put(path, path);
  const committed = await spawnJson(["commit"], { cwd: work });
  const clean = await spawnJson(["status"], { cwd: work });
  assert.equal(clean["clean"], true);
  assert.deepEqual(clean["changes"], []);
  assertMatchesSchema("status", clean);
  put("a", "changed");
  put("new\n", "new");
  rmSync(join(work, "gone"));
  chmodSync(join(work, "x"), 0o755);
  rmSync(join(work, "link-to-be"));
  symlinkSync("a", join(work, "link-to-be"));
  const status = await spawnJson(["status"], { cwd: work });
  assertMatchesSchema("status", status);
  assert.equal((status["base"] as { snapshot: string }).snapshot, committed["snapshot"]);
  const changes = status["changes"] as { path: string; kind: string }[];
  assert.deepEqual(
    changes.map(({ path, kind }) => `${kind} ${path}`),
    ["modified a", "deleted gone", "type-changed link-to-be", "added new\n", "modified x"],
  );
  const short = await spawnCli(["status", "--short"], { cwd: work });
  assert.equal(short.status, 0);
  assert.equal(
    short.stdout.toString(),
    'M a\nD gone\nT link-to-be (file -> symlink)\nA "new\\n"\nM x (file -> executable)\n',
  );
  const again = await spawnJson(["commit"], { cwd: work });
  assert.deepEqual([again["added"], again["modified"], again["deleted"]], [1, 3, 1]);
  const older = await spawnJson(["status", "--from", "c1"], { cwd: work });
  assert.deepEqual(older["changes"], changes, "the same differences, seen from the committed directory");
  assert.match(
    (await spawnCli(["status"], { cwd: work })).stdout.toString(),
    /^nothing differs from main \(c2\)\n$/,
  );
});

test("without a commit everything is new; without a store there is nothing to compare with, and none is made", async () => {
  put("a", "1");
  const without = await spawnCli(["status"], { cwd: work });
  assert.equal(without.status, 2);
  assert.match(without.stderr, /^error STORE_MISSING: /);
  assert.deepEqual(readdirSync(work), ["a"]);
  await spawnJson(["commit", "--branch", "other"], { cwd: work });
  const status = await spawnJson(["status"], { cwd: work });
  assert.deepEqual(status["base"], { name: "main", snapshot: null, commit: null });
  assert.deepEqual(
    (status["changes"] as { kind: string }[]).map(({ kind }) => kind),
    ["added"],
  );
});

test("ignored files are not shown unless asked for, and files that cannot be stored are told", async () => {
  put(".gitignore", "*.log\n");
  put("a.log", "");
  await spawnJson(["commit"], { cwd: work });
  mkdirSync(join(work, "empty"));
  assert.equal((await spawnJson(["status"], { cwd: work }))["clean"], true);
  const all = await spawnJson(["status", "--no-ignore-files"], { cwd: work });
  assert.deepEqual(
    (all["changes"] as { path: string }[]).map(({ path }) => path),
    ["a.log"],
  );
});
