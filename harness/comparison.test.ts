import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Comparable,
  type ComparableArm,
  type ComparableCell,
  type Comparison,
  type ComparisonOptions,
  comparePair,
  compareSides,
} from "./comparison.ts";
import { Random } from "./random.ts";
import type { Environment } from "./results.ts";
import { drawNormal } from "./statistics/index.ts";

const environment = { cpuModel: "X", cores: 2, node: "v1", platform: "p", filesystem: "ext4" } as Environment;

function arm(name: string, p95s: readonly number[], changes: Partial<ComparableArm> = {}): ComparableArm {
  const runs = p95s.map((p95Us, run) => ({ run, isSound: true, p95Us, wcharPerCommit: 1000 }));
  return {
    arm: name,
    subject: name.split("-")[0] ?? name,
    operationsPerRun: 100,
    problems: [],
    runs,
    ...changes,
  };
}

const cellOf = (...arms: ComparableArm[]): ComparableCell => ({
  cell: "c",
  workload: "edits",
  parameters: { entries: 10 },
  durability: "process",
  arms,
});
const sideOf = (...arms: ComparableArm[]): Comparable => ({ environment, cells: [cellOf(...arms)] });
const crossRun: ComparisonOptions = { kind: "cross-run", isControl: ({ subject }) => subject === "git" };

const ten = [10, 10.2, 9.9, 10.1, 10.3, 9.8, 10, 10.15, 9.95, 10.05];
const times = (factor: number): number[] => ten.map((us) => us * factor);

function latencyOf(comparisons: readonly Comparison[], name = "map"): Comparison {
  const found = comparisons.find((one) => one.arm === name && one.measure === "p95");
  assert.ok(found);
  return found;
}

describe("a comparison", () => {
  test("flags twice as slow and twice as fast, with the ratio and its interval", () => {
    const worse = latencyOf(compareSides(sideOf(arm("map", ten)), sideOf(arm("map", times(2))), crossRun));
    assert.equal(worse.verdict, "worse");
    assert.match(worse.reason, /100 % more, p = 1e-5/);
    assert.ok(
      worse.ratio && worse.ratio.lower > 1.9 && worse.ratio.upper < 2.1 && worse.ratio.confidence >= 0.95,
    );
    const better = latencyOf(compareSides(sideOf(arm("map", times(2))), sideOf(arm("map", ten)), crossRun));
    assert.equal(better.verdict, "better");
    assert.ok(Math.abs((better.ratio?.value ?? 0) - 0.5) < 0.01);
  });

  test("does not flag the same, nor a difference that is significant and too small to care", () => {
    const same = latencyOf(compareSides(sideOf(arm("map", ten)), sideOf(arm("map", times(1.001))), crossRun));
    assert.equal(same.verdict, "no difference shown");
    assert.match(same.reason, /chance/);
    const small = latencyOf(compareSides(sideOf(arm("map", ten)), sideOf(arm("map", times(1.1))), crossRun));
    assert.equal(small.verdict, "no difference shown");
    assert.match(small.reason, /10 % more is below the least effect, 15 %/);
    const asked = latencyOf(
      compareSides(sideOf(arm("map", ten)), sideOf(arm("map", times(1.1))), {
        ...crossRun,
        minimumEffect: 0.05,
      }),
    );
    assert.equal(asked.verdict, "worse");
  });

  test("does not flag what the same code differs from itself by", () => {
    const side = (factor: number): Comparable =>
      sideOf(arm("map", times(factor)), arm("map-again", times(factor * 1.3)));
    const found = latencyOf(compareSides(side(1), side(1.25), crossRun));
    assert.equal(found.verdict, "undecided");
    assert.match(found.reason, /noisy machine: 25 % more, but the A\/A arm differs by 30 %/);
    assert.equal(latencyOf(compareSides(side(1), side(1.5), crossRun)).verdict, "worse");
  });

  test("between two times does not flag what an unchanged rival differs by", () => {
    const side = (own: number, git: number): Comparable =>
      sideOf(arm("map", times(own)), arm("git", times(git)));
    const found = latencyOf(compareSides(side(1, 1), side(1.3, 1.4), crossRun));
    assert.equal(found.verdict, "undecided");
    assert.match(found.reason, /noisy machine: 30 % more, but the unchanged rival differs by 40 %/);
    // The rival itself is still judged by its own numbers.
    assert.equal(latencyOf(compareSides(side(1, 1), side(1.3, 1.4), crossRun), "git").verdict, "worse");
    assert.equal(latencyOf(compareSides(side(1, 1), side(1.3, 1.01), crossRun)).verdict, "worse");
  });

  test("sees one percent more bytes, whatever the clock did", () => {
    const bytes = (factor: number): ComparableArm =>
      arm("map", ten, {
        runs: ten.map((p95Us, run) => ({
          run,
          isSound: true,
          p95Us,
          wcharPerCommit: factor * (1000 + run / 10),
        })),
      });
    const found = compareSides(sideOf(bytes(1)), sideOf(bytes(1.02)), crossRun);
    assert.deepEqual(
      found.map(({ measure, verdict }) => [measure, verdict]),
      [
        ["p95", "no difference shown"],
        ["wchar", "worse"],
      ],
    );
  });
});

describe("a comparison is undecided, with the reason,", () => {
  const undecided = (a: Comparable, b: Comparable, reason: RegExp): void => {
    const found = latencyOf(compareSides(a, b, crossRun));
    assert.equal(found.verdict, "undecided");
    assert.match(found.reason, reason);
  };

  test("for too few runs to be significant at all", () => {
    undecided(
      sideOf(arm("map", [1, 2, 3, 4])),
      sideOf(arm("map", [10, 20, 30, 40])),
      /4 against 4 runs are too few/,
    );
    const five = latencyOf(
      compareSides(sideOf(arm("map", [1, 2, 3, 4, 5])), sideOf(arm("map", [10, 20, 30, 40, 50])), crossRun),
    );
    assert.equal(five.verdict, "worse");
  });

  test("for an arm with a problem, or without runs, or of an old version", () => {
    const good = sideOf(arm("map", ten));
    undecided(good, sideOf(arm("map", ten, { problems: ["run 3 hung"] })), /B: run 3 hung/);
    undecided(sideOf(arm("map", [])), good, /A has no sound run/);
    const old: ComparableArm = { arm: "map", subject: "map", operationsPerRun: 100, problems: [] };
    undecided(sideOf(old), good, /A was made by a version that kept no values/);
  });

  test("for another machine, where latency is meant; bytes are compared all the same", () => {
    const there: Comparable = {
      ...sideOf(arm("map", times(2))),
      environment: { ...environment, cpuModel: "Y" },
    };
    undecided(sideOf(arm("map", ten)), there, /different machines: processor X and Y/);
    const bytes = compareSides(sideOf(arm("map", ten)), there, crossRun).find(
      ({ measure }) => measure === "wchar",
    );
    assert.equal(bytes?.verdict, "no difference shown");
  });
});

test("only the same work is compared: other parameters, class, subject or length are not", () => {
  const a = sideOf(arm("map", ten));
  const [cell] = a.cells as [ComparableCell];
  for (const other of [
    { ...a, cells: [{ ...cell, parameters: { entries: 11 } }] },
    { ...a, cells: [{ ...cell, durability: "power" }] },
    { ...a, cells: [{ ...cell, cell: "d" }] },
    sideOf(arm("map", ten, { operationsPerRun: 99 })),
    sideOf(arm("map", ten, { subject: "git" })),
  ]) {
    assert.deepEqual(compareSides(a, other, crossRun), []);
  }
});

/** Runs as they come on a shared machine: each arm interleaved with the other, a slow drift over both, and own noise. */
function interleavedRuns(random: Random, runs: number, ratio: number): { a: number[]; b: number[] } {
  const a: number[] = [];
  const b: number[] = [];
  let drift = 0;
  for (let run = 0; run < runs; run++) {
    for (const side of run % 2 === 0 ? [a, b] : [b, a]) {
      drift = 0.9 * drift + 0.06 * drawNormal(random);
      side.push(20 * (side === b ? ratio : 1) * Math.exp(drift + 0.03 * drawNormal(random)));
    }
  }
  return { a, b };
}

describe("on a machine whose runs drift by 15 %", () => {
  const flagged = (ratio: number, seeds: number, runs = 10): number => {
    let count = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const { a, b } = interleavedRuns(new Random(seed, "drifting machine"), runs, ratio);
      const cell = cellOf(arm("map-a", a), arm("map-b", b));
      const [found] = comparePair(cell, cell.arms[0] as ComparableArm, cell.arms[1] as ComparableArm, {});
      if (found?.verdict === "worse" || found?.verdict === "better") count++;
    }
    return count;
  };

  test("identical arms are not flagged: at most one of 20 comparisons, and at most 1 % of 500", () => {
    assert.ok(flagged(1, 20) <= 1);
    const alarms = flagged(1, 500);
    assert.ok(alarms <= 5, `${alarms} false alarms of 500`);
  });

  test("an arm that is twice as slow is flagged, every time", () => assert.equal(flagged(2, 100), 100));

  test("twice as slow is flagged with five runs, too", () => assert.ok(flagged(2, 100, 5) >= 98));
});

test("runs made in pairs have their paired test beside", () => {
  const cell = cellOf(arm("map-a", ten), arm("map-b", times(1.2)));
  const [found] = comparePair(cell, cell.arms[0] as ComparableArm, cell.arms[1] as ComparableArm, {});
  assert.equal(found?.verdict, "worse");
  assert.ok(Math.abs((found.pairedP ?? 1) - 2 / 1024) < 1e-12);
});
