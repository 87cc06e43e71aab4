import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assertMatchesSchema } from "../../check-json.ts";
import { spawnCli, spawnJson } from "../../spawn-cli.ts";

test("a task that comes along is valid", async () => {
  const value = await spawnJson(["experiment", "validate-tasks", "--task", "trie-longest-prefix"], {
    cwd: tmpdir(),
  });
  assertMatchesSchema("experiment-validate-tasks", value);
  assert.deepEqual([value["valid"], value["invalid"]], [1, 0]);
});

test("a broken task is told by line and column, status 1; an unknown one and an empty pack are errors", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "helios-pack-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const empty = await spawnCli(["experiment", "validate-tasks", folder], { cwd: folder });
  assert.equal(empty.status, 2);
  assert.match(empty.stderr, /TASK_PACK/);
  mkdirSync(join(folder, "x"));
  writeFileSync(join(folder, "x", "task.yaml"), "format: helios-task/1\nid: 7\n");
  const broken = await spawnCli(["experiment", "validate-tasks", folder, "--json"], { cwd: folder });
  assert.equal(broken.status, 1);
  assertMatchesSchema("experiment-validate-tasks", JSON.parse(broken.stdout.toString()));
  assert.match(broken.stdout.toString(), /task\.yaml:2:5: id must be/);
  const unknown = await spawnCli(["experiment", "validate-tasks", folder, "--task", "y"], { cwd: folder });
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /TASK_UNKNOWN/);
});
