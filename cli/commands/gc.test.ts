import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Helios } from "@helios/engine";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";
import { parseDuration } from "./gc.ts";

test("forks that no branch names are dropped after the grace period, branches stay", async () => {
  const work = mkdtempSync(join(tmpdir(), "helios-gc-"));
  writeFileSync(join(work, "a"), "1");
  await spawnJson(["commit"], { cwd: work });
  const helios = await Helios.open({ root: join(work, ".helios") });
  for (let i = 0; i < 5; i++) {
    const fork = helios.checkout("main").fork();
    fork.write("tried", `${i}`);
    fork.commit();
  }
  await helios.close();
  const young = await spawnJson(["gc"], { cwd: work });
  assert.deepEqual(young["commits"], { kept: 6, dropped: 0 });
  const dry = await spawnCli(["gc", "--grace", "0s", "--dry-run"], { cwd: work });
  assert.equal(dry.status, 0);
  assert.match(
    dry.stdout.toString(),
    /^5 commits would be dropped, 1 kept\n.*\n.*\nnothing has been removed\n$/,
  );
  const json = await spawnJson(["gc", "--grace", "0s"], { cwd: work });
  assertMatchesSchema("gc", json);
  assert.deepEqual(json["commits"], { kept: 1, dropped: 5 });
  assert.equal((await spawnCli(["verify"], { cwd: work })).status, 0);
  assert.match((await spawnCli(["read", "c3", "a"], { cwd: work })).stderr, /SNAPSHOT_UNKNOWN/);
  assert.equal((await spawnCli(["read", "main", "a"], { cwd: work })).stdout.toString(), "1");
  rmSync(work, { recursive: true });
});

test("a duration is a number and a unit", async () => {
  assert.deepEqual(
    ["0s", "90s", "1.5h", "7d", "20ms"].map(parseDuration),
    [0, 90_000, 5_400_000, 604_800_000, 20],
  );
  for (const wrong of ["", "5", "h", "-1h", "1 year"])
    assert.throws(() => parseDuration(wrong), /not a duration/);
});
