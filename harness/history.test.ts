import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import {
  type HistoryEntry,
  appendHistory,
  earlierRuns,
  machineOf,
  readHistory,
  seriesKey,
  seriesOf,
  stepsOf,
} from "./history.ts";
import type { Environment } from "./results.ts";

const directory = mkdtempSync(join(tmpdir(), "helios-history-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const cell = { workload: "edits", parameters: { entries: 10 }, durability: "process" } as const;
const arm = { subject: "map", warmup: 0, operations: 9 };
const key = seriesKey(cell, arm);

function entry(day: number, p95s: readonly number[], changes: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    format: "helios-history/1",
    recordedAt: `2030-01-${String(day).padStart(2, "0")}`,
    plan: { id: "p", hash: "sha256:0" },
    heliosVersion: "0",
    revision: { commit: `c${day}`, clean: true },
    machine: "m",
    node: "v1",
    arms: [{ cell: "c", arm: "map", key, runs: p95s.map((p95Us) => ({ p95Us, seconds: p95Us / 10 })) }],
    ...changes,
  };
}

describe("the history file", () => {
  test("gives back what was appended, and leaves lines alone that it does not know", () => {
    const file = join(directory, "deep/history.jsonl");
    assert.deepEqual(readHistory(file), { entries: [], unreadLines: [] });
    appendHistory(file, entry(1, [10]));
    appendFileSync(file, 'not json\n{"format":"helios-history/9"}\n\n');
    appendHistory(file, entry(2, [11]));
    const { entries, unreadLines } = readHistory(file);
    assert.deepEqual(entries, [entry(1, [10]), entry(2, [11])]);
    assert.deepEqual(unreadLines, [2, 3]);
    assert.throws(() => readHistory(directory), { code: "RUN_DIRECTORY" });
  });

  test("names a measurement by what it does", () => {
    assert.equal(seriesKey(cell, { ...arm }), key);
    for (const other of [
      seriesKey({ ...cell, parameters: { entries: 11 } }, arm),
      seriesKey({ ...cell, durability: "power" }, arm),
      seriesKey(cell, { ...arm, operations: 10 }),
      seriesKey(cell, { ...arm, options: { run: ["x"] } }),
      seriesKey(cell, { ...arm, environment: { A: "1" } }),
    ]) {
      assert.notEqual(other, key);
    }
    const environment = { cpuModel: "X", cores: 2, platform: "linux-x64", filesystem: "ext4" } as Environment;
    assert.equal(machineOf(environment), "X, 2 cores, linux-x64, ext4");
  });
});

describe("a series", () => {
  test("is of one machine and one measurement, in the order of time, one point a validation", () => {
    const twice = entry(2, [12]);
    const entries = [
      entry(3, [13, 15, 14]),
      entry(1, [10, 30, 11]),
      { ...twice, arms: [...twice.arms, { ...twice.arms[0], arm: "again" } as never] },
      entry(4, [99], { machine: "another" }),
    ];
    const [series, other, ...none] = seriesOf(entries, "p95Us");
    assert.deepEqual(none, []);
    assert.deepEqual(
      series?.points.map(({ value, runs, commit }) => [value, runs, commit]),
      [
        [11, 3, "c1"],
        [12, 1, "c2"],
        [14, 3, "c3"],
      ],
    );
    assert.deepEqual([series.cell, series.arm, other?.machine], ["c", "map", "another"]);
    assert.deepEqual(seriesOf(entries, "wcharPerCommit"), []);
    const moved = entry(5, [20]);
    const input = { ...moved, arms: [{ ...moved.arms[0], input: "another commit" } as never] };
    assert.equal(seriesOf([...entries, input], "p95Us").length, 3);
  });

  test("has a step where it became slower for good", () => {
    const levels = [...Array<number>(8).fill(10), ...Array<number>(8).fill(13)];
    const entries = levels.map((level, i) => entry(i + 1, [level + (i % 3) / 10]));
    const [series] = seriesOf(entries, "p95Us");
    assert.ok(series);
    const [step, ...others] = stepsOf(series, { seed: 1 });
    assert.deepEqual(others, []);
    assert.equal(series.points[step?.at ?? -1]?.commit, "c9");
    assert.ok((step?.ratio ?? 0) > 1.25 && (step?.p ?? 1) < 0.01);
  });
});

describe("earlier runs", () => {
  test("say how long a run takes here and how runs spread, each validation around its own middle", () => {
    const entries = [entry(1, [10, 11, 12]), entry(2, [20, 22, 24]), entry(3, [1], { machine: "another" })];
    const found = earlierRuns(entries, "m", key);
    assert.equal(found?.runs, 6);
    assert.ok(Math.abs(found.secondsPerRun - 1.6) < 1e-9);
    // Both groups spread alike, though one is twice as slow.
    const logs = [10, 11, 12].map(Math.log);
    const centre = logs.reduce((sum, one) => sum + one, 0) / 3;
    const spread = Math.sqrt(logs.reduce((sum, one) => sum + (one - centre) ** 2, 0) / 2);
    assert.ok(Math.abs((found.spread ?? 0) - spread) < 1e-9);
    assert.equal(earlierRuns(entries, "m", "another key"), undefined);
    assert.equal(earlierRuns([entry(1, [10, 11])], "m", key)?.spread, undefined);
  });

  test("of the newest five validations count", () => {
    const entries = Array.from({ length: 9 }, (_, i) => entry(i + 1, [i + 1]));
    assert.equal(earlierRuns(entries, "m", key)?.runs, 5);
    assert.equal(earlierRuns(entries, "m", key)?.secondsPerRun, 0.7);
  });
});
