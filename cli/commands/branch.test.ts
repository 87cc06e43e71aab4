/** branch, fork and what log says of branches. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Helios } from "@helios/engine";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";

let cwd = "";
before(async () => {
  cwd = mkdtempSync(join(tmpdir(), "helios-branch-"));
  for (const [i, message] of ["first", "second\nmore"].entries()) {
    writeFileSync(join(cwd, "a"), `content ${i}`);
    await spawnJson(["commit", "-m", message], { cwd });
  }
});
after(() => rmSync(cwd, { recursive: true, force: true }));

async function branch(...args: string[]) {
  const result = await spawnJson(args, { cwd });
  assertMatchesSchema("branch", result);
  const branches = result["branches"] as { name: string; commit: string }[];
  return {
    changed: result["changed"],
    at: Object.fromEntries(branches.map(({ name, commit }) => [name, commit])),
  };
}
async function refusal(...args: string[]): Promise<string> {
  const run = await spawnCli(args, { cwd });
  assert.equal(run.status, 2, run.stdout.toString());
  return run.stderr;
}

test("branches are made, listed, moved by compare-and-swap, and deleted", async () => {
  assert.deepEqual(await branch("branch", "try"), {
    changed: { name: "try", from: null, to: "c2" },
    at: { main: "c2", try: "c2" },
  });
  assert.deepEqual((await branch("fork", "old", "c1")).at, { main: "c2", old: "c1", try: "c2" });
  const [main, old] = (await spawnCli(["branch"], { cwd })).stdout.toString().split("\n");
  assert.match(
    main!,
    /^main {2}c2 {2}blake3:[0-9a-f]{64} {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}second more$/,
  );
  assert.match(old!, /^old {3}c1 .+ first$/);

  assert.match(
    await refusal("branch", "try", "--move", "c1", "--expect", "c1"),
    /^error REF_MOVED: "try" names c2/,
  );
  assert.deepEqual((await branch("branch", "try", "--move", "old", "--expect", "c2")).changed, {
    name: "try",
    from: "c2",
    to: "c1",
  });
  assert.match(await refusal("branch", "try", "--delete", "--expect", "c2"), /^error REF_MOVED/);
  assert.deepEqual(await branch("branch", "try", "--delete"), {
    changed: { name: "try", from: "c1", to: null },
    at: { main: "c2", old: "c1" },
  });
  assert.deepEqual((await branch("branch")).at, { main: "c2", old: "c1" });
});

test("what cannot be is refused, and says what can", async () => {
  assert.match(await refusal("branch", "main", "c1"), /^error BRANCH_EXISTS: .+\ntry: .+--move c1/);
  assert.match(await refusal("fork", "main"), /^error BRANCH_EXISTS/);
  assert.match(await refusal("branch", "nowhere", "--delete"), /^error BRANCH_UNKNOWN/);
  assert.match(await refusal("branch", "nowhere", "--move", "c1"), /^error BRANCH_UNKNOWN/);
  assert.match(await refusal("branch", "x", "c99"), /^error SNAPSHOT_UNKNOWN/);
  assert.match(await refusal("branch", "c7"), /^error REF_INVALID/);
  assert.match(await refusal("branch", "../x"), /^error REF_INVALID/);
  assert.match(await refusal("branch", "main", "--delete"), /^error USAGE_ARGUMENT: main .+\ntry: move it/);
  assert.match(await refusal("branch", "--delete"), /^error USAGE_ARGUMENT: no branch was named/);
  assert.match(await refusal("branch", "x", "--expect", "c1"), /^error USAGE_FLAG: --expect/);
  assert.match(await refusal("branch", "x", "--move", "c1", "--delete"), /^error USAGE_FLAG/);
  assert.match(await refusal("branch", "x", "c1", "--delete"), /^error USAGE_ARGUMENT: FROM/);
  assert.match(await refusal("branch", "a b"), /^error REF_INVALID/);
  const empty = mkdtempSync(join(tmpdir(), "helios-branch-"));
  try {
    assert.match(await refusal("branch", "--store", empty), /^error STORE_MISSING/);
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
});

test("log shows branches beside their commits, and one short line for each with --oneline", async () => {
  await branch("branch", "here", "c2");
  const lines = (await spawnCli(["log", "--oneline"], { cwd })).stdout.toString().trimEnd().split("\n");
  assert.match(lines[0]!, /^c2 blake3:[0-9a-f]{12} \(here, main\) second$/);
  assert.equal(lines.length, 2);
  const result = await spawnJson(["log", "-n", "1"], { cwd });
  assertMatchesSchema("log", result);
  const [commit] = result["commits"] as { branches: string[] }[];
  assert.deepEqual(commit?.branches, ["here", "main"]);
});

test("a branch is not changed while another process has the store open for writing", async () => {
  const helios = await Helios.open({ root: join(cwd, ".helios") });
  try {
    assert.match(await refusal("branch", "late"), /^error STORE_LOCKED: /);
  } finally {
    await helios.close();
  }
});
