/**
 * Kill -9 at any moment loses no acknowledged commit. HELIOS_CRASH_KILLS=300 is the long setting (`make crash`), and
 * HELIOS_CRASH_SEED=n repeats what a failure named.
 */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { verifyStore } from "./verify.ts";
import { type CampaignOptions, type CampaignResult, runCampaign } from "./crash-campaign.fixture.ts";

const kills = Number(process.env["HELIOS_CRASH_KILLS"] ?? 15);
const seed = Number(process.env["HELIOS_CRASH_SEED"] ?? 20_261);
/** Kills of one store before the next campaign begins with an empty one. */
const KILLS_PER_STORE = 25;

interface Setting extends Pick<CampaignOptions, "durabilities" | "bound" | "l2"> {
  readonly name: string;
  /** Share of the kills. */
  readonly share: number;
}

const settings: readonly Setting[] = [
  { name: "strong, rocksdb", share: 0.55, durabilities: ["process", "process", "power"], l2: "rocksdb" },
  { name: "strong, lmdb", share: 0.2, durabilities: ["process", "process", "power"], l2: "lmdb" },
  {
    name: "bounded to 20 commits and 50 ms, rocksdb",
    share: 0.25,
    durabilities: ["process", "power"],
    bound: { maxCommits: 20, maxStaleMs: 50 },
    l2: "rocksdb",
  },
];

for (const { name, share, ...setting } of settings) {
  const wanted = Math.max(1, Math.round(kills * share));
  test(`${name}: ${wanted} writers killed at random moments lose no commit that had to stay`, async (t) => {
    const total = { kills: 0, torn: 0, checks: 0, acknowledged: 0, lost: 0, withinBound: 0 };
    const problems: string[] = [];
    for (let campaign = 0; total.kills < wanted && total.lost === 0; campaign++) {
      const home = mkdtempSync(join(tmpdir(), "helios-crash-"));
      const result = await runCampaign(
        {
          ...setting,
          home,
          seed: seed + campaign,
          kills: Math.min(KILLS_PER_STORE, wanted - total.kills),
          liveMaxMs: 120,
          inspect: async (root) => {
            const report = await verifyStore({ root });
            assert.deepEqual(report.damages, [], `seed ${seed + campaign}`);
          },
        },
        (problem) => problems.push(problem),
      );
      for (const key of Object.keys(total) as (keyof CampaignResult)[]) total[key] += result[key];
      if (result.lost === 0) rmSync(home, { recursive: true, force: true });
    }
    t.diagnostic(
      `kills ${total.kills} (${total.torn} in the middle of a write), checks ${total.checks}, ` +
        `acknowledged ${total.acknowledged}, lost ${total.lost}, ` +
        `gone within the bound ${total.withinBound}, seed ${seed}`,
    );
    assert.equal(total.lost, 0, problems.slice(0, 20).join("\n"));
    assert.ok(total.acknowledged > total.kills, `only ${total.acknowledged} commits were acknowledged`);
  });
}

test("the judge of the crash suite counts commits that are missing or have other content", async () => {
  const home = mkdtempSync(join(tmpdir(), "helios-crash-"));
  const acknowledged = join(home, "acknowledged");
  const afterKill = (): void => {
    const fields = /^commit (.*)$/m.exec(readFileSync(acknowledged, "utf8"))![1]!.split(" ");
    appendFileSync(acknowledged, `commit ${fields.with(2, "0".repeat(64)).join(" ")}\n`);
    appendFileSync(acknowledged, `commit ${fields.with(0, "c999999").join(" ")}\n`);
  };
  const problems: string[] = [];
  const result = await runCampaign(
    { home, seed: 5, kills: 1, durabilities: ["process"], l2: "rocksdb", liveMaxMs: 1, afterKill },
    (problem) => problems.push(problem),
  );
  assert.equal(result.lost, 2);
  assert.match(problems[0]!, /^campaign seed 5, kill 1: c\d+ has other content than acknowledged$/);
  assert.match(problems[1]!, /c999999 cannot be read: .*there is no commit/);
  rmSync(home, { recursive: true, force: true });
});
