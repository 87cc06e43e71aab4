import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Helios } from "@helios/engine";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";

test("a branch is made at a commit, listed, not made twice, and deleted", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "helios-branch-"));
  try {
    const helios = await Helios.open({ root: join(cwd, ".helios") });
    const early = await spawnCli(["branch", "try"], { cwd });
    assert.match(early.stderr, /^error STORE_LOCKED: /, "while another process has the store");
    const vst = helios.checkout("main");
    for (const content of ["1", "2"]) {
      vst.write("a", content);
      vst.commit(content);
    }
    await helios.close();
    await spawnJson(["branch", "try"], { cwd });
    const listed = await spawnJson(["branch", "old", "c1"], { cwd });
    assertMatchesSchema("branch", listed);
    assert.deepEqual(
      (listed["branches"] as { name: string; commit: string }[]).map(({ name, commit }) => [name, commit]),
      [
        ["main", "c2"],
        ["old", "c1"],
        ["try", "c2"],
      ],
    );
    assert.match((await spawnCli(["branch", "try"], { cwd })).stderr, /^error BRANCH_EXISTS: .+c2\ntry: /);
    await spawnJson(["branch", "try", "--delete"], { cwd });
    const { stdout } = await spawnCli(["branch"], { cwd });
    assert.match(stdout.toString(), /^main {2}c2 {2}blake3:[0-9a-f]{64}\nold {2}c1 /);
    for (const [args, code] of [
      [["try", "--delete"], "BRANCH_UNKNOWN"],
      [["--delete"], "USAGE_ARGUMENT"],
      [["new", "c9"], "SNAPSHOT_UNKNOWN"],
      [["a b"], "REF_INVALID"],
    ] as const)
      assert.match((await spawnCli(["branch", ...args], { cwd })).stderr, new RegExp(`^error ${code}: `));
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
});
