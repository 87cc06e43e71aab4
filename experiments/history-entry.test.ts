import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cell, Environment } from "@helios/harness";
import type { RunPoint, RunSummary } from "./evidence/index.ts";
import { historyEntryOf } from "./history-entry.ts";
import { loadPlan } from "./plans/index.ts";

const point = (run: number, isSound: boolean): RunPoint => ({
  run,
  position: run,
  startedAt: "2030",
  outcome: "completed",
  retries: 0,
  isSound,
  p50Us: 5,
  p95Us: 10 + run,
  p99Us: 20,
  wcharPerCommit: undefined,
  seconds: 1.5,
  othersShare: undefined,
  stealShare: undefined,
});

function summaryOf(cell: Cell, runs: Readonly<Record<string, readonly RunPoint[]>>, facts = {}): RunSummary {
  const arms = cell.arms.map(({ id }) => ({ arm: id, runs: runs[id] ?? [] }));
  return {
    plan: { ...loadPlan("phase0"), cells: [cell] },
    planHash: "sha256:0",
    environment: {
      recordedAt: "2030",
      heliosVersion: "1",
      node: "v",
      cpuModel: "X",
      cores: 2,
      platform: "p",
      filesystem: "f",
    } as Environment,
    cells: [{ cell: cell.id, parameters: { ...cell.parameters, ...facts }, arms }],
  } as unknown as RunSummary;
}

const arm = (id: string, more = {}): Cell["arms"][number] => ({
  id,
  subject: "map",
  runs: 2,
  warmup: 0,
  operations: 9,
  timeoutSeconds: 1,
  ...more,
});
const cell: Cell = {
  id: "c",
  workload: "edits",
  parameters: { entries: 3 },
  durability: "process",
  purpose: ["io"],
  arms: [arm("one"), arm("old", { revision: "a".repeat(40) }), arm("none")],
};

test("a line of history has the sound runs of each arm, and none of another revision's", () => {
  const { arms, machine } = historyEntryOf(
    summaryOf(cell, {
      one: [point(0, true), point(1, false)],
      old: [point(0, true)],
      none: [point(0, false)],
    }),
  );
  assert.deepEqual(
    arms.map(({ arm: name, runs }) => [name, runs]),
    [["one", [{ seconds: 1.5, p95Us: 10 }]]],
  );
  assert.equal(machine, "X, 2 cores, p, f");
  assert.equal(arms[0]?.input, undefined);
});

test("what a workload found outside is part of what is measured", () => {
  const { arms } = historyEntryOf(summaryOf(cell, { one: [point(0, true)] }, { head: "abc" }));
  assert.equal(arms[0]?.input, '{"head":"abc"}');
});
