import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type HistoryEntry, type Plan, seriesKey } from "@helios/harness";
import { loadPlan } from "../plans/index.ts";
import { designOf } from "./index.ts";

const phase0 = loadPlan("phase0");
const nothingKnown = { machine: "m", history: [] };

function gateOf(design: Awaited<ReturnType<typeof designOf>>, gate: string) {
  const found = design.gates.find((one) => one.gate === gate);
  assert.ok(found, gate);
  return found;
}

/** A line of history in which every run of a cell's first arm took `seconds` and spread as the P95s do. */
function entry(plan: Plan, cellId: string, seconds: number, p95s: readonly number[]): HistoryEntry {
  const cell = plan.cells.find(({ id }) => id === cellId);
  const arm = cell?.arms[0];
  assert.ok(cell && arm);
  const runs = p95s.map((p95Us) => ({ seconds, p95Us }));
  return {
    format: "helios-history/1",
    recordedAt: "2030",
    plan: { id: "p", hash: "h" },
    heliosVersion: "0",
    machine: "m",
    node: "v",
    arms: [{ cell: cellId, arm: arm.id, key: seriesKey(cell, arm), runs }],
  };
}

describe("the design of phase 0", () => {
  test("says which order statistic decides, and how likely that is", async () => {
    const { canGo, needs } = gateOf(await designOf(phase0, nothingKnown), "commit-p95");
    assert.equal(canGo, true);
    assert.match(
      needs[0] ?? "",
      /of 10 runs the 9th smallest P95 must lie below 70 us .*98\.9 %.*the 2nd smallest lies above 100 us/,
    );
    assert.match(
      needs[1] ?? "",
      /spread by 15 % \(assumed\) go is likely \(80 %\) up to a true median P95 of 5\d(\.\d)? us/,
    );
    assert.match(needs[2] ?? "", /helios-again \(5 runs\)/);
  });

  test("names every declared cell of the bytes gate, and what thirty trials must show", async () => {
    const design = await designOf(phase0, nothingKnown);
    assert.match(
      gateOf(design, "io-reduction").needs[0] ?? "",
      /each of 6 declared cells \(edits-1000, .*exploration-100000\).*above 99 %/,
    );
    assert.match(
      gateOf(design, "success-score").needs[0] ?? "",
      /30 green and at most 6\.3 min; or 29 green and at most 3\.1 min; or 28 green and at most 0\.3 min/,
    );
    assert.equal(design.gates.length, phase0.gates.length);
    assert.ok(design.gates.every(({ needs }) => needs.length > 0));
  });

  test("counts the runs and knows nothing of their length on a new machine, but for what is declared", async () => {
    const design = await designOf(phase0, nothingKnown);
    assert.equal(design.runs, 85);
    assert.deepEqual([design.expectedSeconds, design.runsOfUnknownLength], [0, 85]);
    assert.ok(design.mostSeconds > 3600);
    const example = await designOf(loadPlan("example-command"), nothingKnown);
    assert.deepEqual([example.expectedSeconds, example.runsOfUnknownLength], [40, 0]);
    assert.equal(example.cells[0]?.arms[0]?.secondsSource, "declared");
  });

  test("takes times and spread from earlier runs of the same measurement on this machine", async () => {
    const history = [entry(phase0, "edits-100000", 4, [20, 20.4, 19.8, 20.2, 20, 20.1])];
    const design = await designOf(phase0, { machine: "m", history });
    const arms = design.cells.find(({ cell }) => cell === "edits-100000")?.arms;
    // Both arms of the A/A pair are the same measurement.
    assert.deepEqual(
      arms?.map(({ secondsPerRun, secondsSource }) => [secondsPerRun, secondsSource]).slice(0, 3),
      [
        [4, "earlier runs"],
        [4, "earlier runs"],
        [undefined, "not known"],
      ],
    );
    assert.equal(design.expectedSeconds, 60);
    assert.match(gateOf(design, "commit-p95").needs[1] ?? "", /spread by 1\.0\d % \(earlier runs\)/);
    const elsewhere = await designOf(phase0, { machine: "another", history });
    assert.equal(elsewhere.expectedSeconds, 0);
  });

  test("says how small a difference would be seen", async () => {
    const { sensitivity } = await designOf(phase0, nothingKnown);
    const latency = sensitivity.find(({ cell }) => cell === "edits-100000");
    assert.deepEqual(
      [latency?.arms, latency?.runs],
      [
        ["helios", "helios-again"],
        [10, 5],
      ],
    );
    assert.ok((latency?.detectableRatio ?? 0) > 1.1 && (latency?.detectableRatio ?? 9) < 1.5);
  });
});

describe("a plan that cannot say go is told so before it runs", () => {
  const changed = (change: (cells: Plan["cells"]) => Plan["cells"]): Plan => ({
    ...phase0,
    cells: change(phase0.cells),
  });
  const latencyArms = (arms: (arm: Plan["cells"][number]["arms"]) => Plan["cells"][number]["arms"]): Plan =>
    changed((cells) =>
      cells.map((cell) => (cell.id === "edits-100000" ? { ...cell, arms: arms(cell.arms) } : cell)),
    );

  for (const [name, plan, gate, message] of [
    [
      "for four runs",
      latencyArms((arms) => arms.map((arm) => ({ ...arm, runs: 4 }))),
      "commit-p95",
      /4 runs bound no median at 95 %; 5 are the least/,
    ],
    [
      "without an A/A arm",
      latencyArms((arms) => arms.filter(({ id }) => id !== "helios-again")),
      "commit-p95",
      /no A\/A arm/,
    ],
    [
      "without its own arm",
      latencyArms((arms) => arms.filter(({ subject }) => subject !== "helios")),
      "commit-p95",
      /no arm of helios/,
    ],
    [
      "without a cell for latency",
      changed((cells) => cells.filter(({ purpose }) => !purpose.includes("latency"))),
      "commit-p95",
      /no cell for latency/,
    ],
    [
      "with unequal arms",
      latencyArms((arms) => arms.map((arm) => (arm.id === "git" ? { ...arm, operations: 21 } : arm))),
      "io-reduction",
      /edits-100000: there are no arms .* of equal length/,
    ],
  ] as const) {
    test(name, async () => {
      const { canGo, needs } = gateOf(await designOf(plan, nothingKnown), gate);
      assert.equal(canGo, false);
      assert.match(needs.join(" "), message);
    });
  }

  test("a gate that nobody described is described by its lines", async () => {
    const plan = { ...phase0, gates: [{ gate: "new", go: 3, noGo: 1, required: false }] };
    assert.match(gateOf(await designOf(plan, nothingKnown), "new").needs[0] ?? "", /beyond 3; .* beyond 1/);
  });
});
