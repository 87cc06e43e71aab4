import assert from "node:assert/strict";
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import {
  type Arm,
  type Cell,
  type IoMeasures,
  type Plan,
  type RunRecord,
  createRunDirectory,
  planHash,
  sealRunDirectory,
  writeEvidence,
  writeJson,
  writeRunRecord,
  writeSamples,
} from "@helios/harness";
import { type CellSummary, summarize } from "./index.ts";

const DIGEST = "sha256:right";
let directory = "";
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "helios-evidence-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const arm = (id: string, changes: Partial<Arm> = {}): Arm => ({
  id,
  subject: id.split("-")[0] as string,
  runs: 5,
  warmup: 0,
  operations: 100,
  timeoutSeconds: 9,
  ...changes,
});

function planOf(...cells: Cell[]): Plan {
  const gates = [{ gate: "commit-p95", go: 70, noGo: 100, required: true }];
  return { format: "helios-plan/1", id: "p", title: "P", canGo: true, seed: 1, cells, gates };
}

const cellOf = (id: string, purpose: Cell["purpose"], arms: Arm[]): Cell => ({
  id,
  workload: "edits",
  parameters: { entries: 10 },
  durability: "process",
  arms,
  purpose,
});

interface Made {
  /** Latency of the operations of each run, microseconds; the k-th of n operations takes `us + k / n`. */
  readonly us?: number;
  readonly wcharBytes?: number;
  readonly io?: IoMeasures | undefined;
  readonly changes?: Partial<RunRecord>;
}

/** Writes a run directory as if the plan had been carried out; `made` says what each run was like. */
function pretend(
  plan: Plan,
  made: (cell: string, arm: string, run: number) => Made | undefined,
  absent?: string,
): void {
  createRunDirectory(directory);
  writeJson(directory, "plan.json", plan);
  writeJson(directory, "environment.json", { format: "helios-environment/1", node: "v0" });
  for (const cell of plan.cells) {
    const expected = cell.arms.map(({ warmup, operations }) => ({ warmup, operations, stateDigest: DIGEST }));
    const facts = { commitsReplayed: 7 };
    const why = absent === undefined ? {} : { absent };
    writeJson(directory, `runs/${cell.id}/cell.json`, {
      format: "helios-cell/1",
      cell: cell.id,
      facts,
      expected,
      ...why,
    });
    for (const one of cell.arms) {
      for (let run = 0; run < one.runs; run++) {
        const like = made(cell.id, one.id, run);
        if (like) writeRun(cell, one, run, like);
      }
    }
  }
  sealRunDirectory(directory);
}

function writeRun(cell: Cell, { id, subject, operations }: Arm, run: number, made: Made): void {
  const { us = 10, wcharBytes = 1000, changes = {} } = made;
  const stem = `runs/${cell.id}/${id}-${run}`;
  const steps = Float64Array.from({ length: operations }, (_, k) => us + (k + 1) / operations);
  const io = { wcharBytes, rcharBytes: 5, storageBytes: 2 * wcharBytes, allocatedBytes: 3 * wcharBytes };
  const completed = changes.outcome === undefined || changes.outcome.kind === "completed";
  writeRunRecord(directory, stem, {
    format: "helios-run/1",
    cell: cell.id,
    arm: id,
    subject,
    subjectVersion: "1",
    durability: cell.durability,
    run,
    position: run,
    startedAt: "1970-01-01T00:00:00.000Z",
    outcome: { kind: "completed" },
    samples: completed ? [writeSamples(directory, stem, "step", steps)] : [],
    ...("io" in made ? (made.io ? { io: made.io } : { ioReason: "tmpfs" }) : { io }),
    userBytes: 100 * operations,
    workingSetBytes: subject === "git" ? 100 * operations : 0,
    workingSetStorageBytes: subject === "git" ? 4096 * operations : 0,
    cpuSeconds: { user: 1, system: 1 },
    peakRssBytes: 1000 + run,
    wallSeconds: { load: 1, timed: 1, settle: 1 },
    stateDigest: DIGEST,
    timerCostNs: 30,
    ...changes,
  });
}

const latencyPlan = planOf(cellOf("edits-1", ["latency"], [arm("helios"), arm("helios-again")]));

describe("commit latency", () => {
  test("is the median over runs of each run's P95, between order-statistic bounds, with its A/A difference", () => {
    // P95 of a run at us is us + 0.95; of the A/A arm twice that of the middle run.
    pretend(latencyPlan, (_, id, run) => ({ us: id === "helios" ? 10 + run : 24.05 - 0.05 }));
    const { commitP95 } = summarize(directory);
    assert.ok(commitP95.kind === "present", JSON.stringify(commitP95));
    const { p95, selfComparison } = commitP95.value;
    assert.deepEqual(
      [p95.lower, p95.value, p95.upper].map((us) => us.toFixed(2)),
      ["10.95", "12.95", "14.95"],
    );
    assert.deepEqual([p95.n, p95.nUnit, p95.unit, p95.confidence], [5, "process runs", "us", 31 / 32]);
    assert.match(p95.scope, /edits-1\/helios, class process/);
    assert.ok(Math.abs((selfComparison?.relativeDifference ?? 0) - (24.95 / 12.95 - 1)) < 1e-9);
  });

  test("is missing where a run failed, hung or did other work, and says which", () => {
    const wrongs: [Partial<RunRecord>, RegExp][] = [
      [
        { outcome: { kind: "failed", code: "DISK_FULL", message: "no room" } },
        /run 3 failed: DISK_FULL: no room/,
      ],
      [{ outcome: { kind: "timeout", limitSeconds: 9 } }, /run 3 was ended after its limit of 9 s/],
      [{ stateDigest: "sha256:wrong" }, /run 3 ended in another state/],
      [{ samples: [] }, /run 3 has no timed operation/],
    ];
    for (const [changes, expected] of wrongs) {
      rmSync(directory, { recursive: true });
      pretend(latencyPlan, (_, id, run) => (id === "helios" && run === 3 ? { changes } : {}));
      const { commitP95, cells } = summarize(directory);
      assert.ok(commitP95.kind === "missing" && expected.test(commitP95.reason), JSON.stringify(commitP95));
      assert.ok(commitP95.remedy.length > 0);
      const [first] = (cells[0] as CellSummary).arms;
      assert.deepEqual([first?.p95, first?.curve], [undefined, []]);
      assert.match(first?.problems[0] ?? "", expected);
    }
  });

  test("is missing where runs were not made, are fewer than five, or the cell was absent", () => {
    pretend(latencyPlan, (_, id, run) => (id === "helios" && run === 4 ? undefined : {}));
    let { commitP95 } = summarize(directory);
    assert.ok(commitP95.kind === "missing" && /1 of 5 runs were not made/.test(commitP95.reason));

    rmSync(directory, { recursive: true });
    pretend(planOf(cellOf("edits-1", ["latency"], [arm("helios", { runs: 4 })])), () => ({}));
    ({ commitP95 } = summarize(directory));
    assert.ok(
      commitP95.kind === "missing" && /4 runs give no 95 % bound; 5 are needed/.test(commitP95.reason),
    );

    rmSync(directory, { recursive: true });
    pretend(latencyPlan, () => undefined, "there is no history");
    ({ commitP95 } = summarize(directory));
    assert.ok(commitP95.kind === "missing" && /there is no history/.test(commitP95.reason));
  });

  test("is missing where the plan measures none", () => {
    pretend(planOf(cellOf("edits-1", ["context"], [arm("git")])), () => ({}));
    const { commitP95, ioReduction } = summarize(directory);
    assert.equal(commitP95.kind, "missing");
    assert.equal(ioReduction.kind, "missing");
  });

  test("of several cells is the worst one's", () => {
    const two = planOf(
      cellOf("fast", ["latency"], [arm("helios")]),
      cellOf("slow", ["latency"], [arm("helios")]),
    );
    pretend(two, (cell) => ({ us: cell === "slow" ? 50 : 5 }));
    const { commitP95 } = summarize(directory);
    assert.match(commitP95.kind === "present" ? commitP95.value.p95.scope : "", /^slow/);
    assert.equal(commitP95.kind === "present" && commitP95.value.selfComparison, undefined);
  });
});

const ioPlan = planOf(
  cellOf("small", ["io"], [arm("helios", { operations: 500 }), arm("helios-io"), arm("git")]),
  cellOf("large", ["io"], [arm("helios"), arm("git")]),
  cellOf("history", ["context"], [arm("helios"), arm("git")]),
);

describe("I/O reduction", () => {
  test("compares arms of equal length, by three measures, without what is only the user's own files", () => {
    pretend(ioPlan, (_, id) => ({ wcharBytes: id === "git" ? 1_000_000 : 9900 }));
    const { ioReduction, cells } = summarize(directory);
    assert.ok(ioReduction.kind === "present", JSON.stringify(ioReduction));
    assert.deepEqual(
      ioReduction.value.cells.map(({ cell }) => cell),
      ["small", "large"],
    );
    const small = ioReduction.value.cells[0]?.reduction;
    // 100 commits of 100 bytes are left out of Git's million: 1 - 9900 / 990000.
    assert.equal(small?.value.toFixed(6), "0.990000");
    assert.equal(small?.n, 5);
    assert.match(small?.scope ?? "", /helios-io against git, class process, wchar/);
    assert.deepEqual(
      cells[0]?.reduction.map(({ measure, estimate }) => [measure, estimate.value.toFixed(4)]),
      [
        ["wchar", "0.9900"],
        ["storage", (1 - 19_800 / (2_000_000 - 409_600)).toFixed(4)],
        ["allocated", (1 - 9900 / 1_000_000).toFixed(4)],
      ],
    );
    assert.deepEqual(ioReduction.value.absent, []);
    const [beside] = ioReduction.value.beside;
    assert.equal(beside?.cell, "history");
    assert.equal(beside.reduction?.value.toFixed(4), "0.9900");
    assert.match(beside.note, /100 commits, 5 runs per arm/);
  });

  test("lists a cell without a number as absent, with the reason, and keeps the others", () => {
    pretend(ioPlan, (cell, id, run) =>
      cell === "large" && id === "git" && run === 2
        ? { changes: { outcome: { kind: "timeout", limitSeconds: 9 } } }
        : { wcharBytes: id === "git" ? 1_000_000 : 9900 },
    );
    const { ioReduction, cells } = summarize(directory);
    assert.ok(ioReduction.kind === "present");
    assert.deepEqual(
      ioReduction.value.cells.map(({ cell }) => cell),
      ["small"],
    );
    assert.deepEqual(
      ioReduction.value.absent.map(({ cell }) => cell),
      ["large"],
    );
    assert.match(ioReduction.value.absent[0]?.reason ?? "", /git: run 2 was ended after its limit/);
    assert.deepEqual(cells[1]?.reduction, []);
  });

  test("gives no number for an arm that did other work, and leaves the others theirs", () => {
    pretend(ioPlan, (cell, id) =>
      cell === "large" && id === "git"
        ? { changes: { stateDigest: "sha256:other" } }
        : { wcharBytes: 1_000_000 },
    );
    const { ioReduction, cells } = summarize(directory);
    assert.ok(ioReduction.kind === "present");
    assert.match(ioReduction.value.absent[0]?.reason ?? "", /did other work; its numbers are left out/);
    const [small, large] = cells;
    assert.equal(large?.statesAgree, false);
    const [helios, git] = large.arms;
    assert.deepEqual([git?.p95, git?.ioPerCommit, git?.curve], [undefined, undefined, []]);
    assert.ok(git?.runs.every(({ isSound, p95Us }) => !isSound && p95Us === undefined));
    assert.ok(helios?.p95 !== undefined && helios.ioPerCommit !== undefined);
    assert.deepEqual([large.reduction, large.ratios], [[], []]);
    assert.equal(small?.statesAgree, true);
  });

  test("is missing, with the reason, where bytes could not be counted at all", () => {
    pretend(ioPlan, () => ({ io: undefined }));
    const { ioReduction, cells } = summarize(directory);
    assert.ok(ioReduction.kind === "missing" && /small: tmpfs; large: tmpfs/.test(ioReduction.reason));
    assert.equal(cells[0]?.arms[0]?.ioReason, "tmpfs");
    assert.notEqual(cells[0].arms[0].p95, undefined);
  });

  test("needs five runs of each arm, and arms of equal length", () => {
    const few = planOf(
      cellOf("few", ["io"], [arm("helios", { runs: 4 }), arm("git")]),
      cellOf("unequal", ["io"], [arm("helios", { operations: 99 }), arm("git")]),
    );
    pretend(few, () => ({}));
    const { ioReduction } = summarize(directory);
    assert.ok(ioReduction.kind === "missing");
    assert.match(ioReduction.reason, /few: 4 runs per arm; 5 are needed; unequal: .*of equal length/);
  });
});

describe("the ratio to the reference", () => {
  const ratioPlan = planOf(
    cellOf(
      "c",
      ["context"],
      [arm("helios", { operations: 500 }), arm("helios-io"), arm("git"), arm("map", { operations: 500 })],
    ),
  );

  test("is to the measured subject's arm of equal length, with an interval over runs", () => {
    const us = { helios: 10, "helios-io": 20, git: 2000, map: 5 } as Record<string, number>;
    pretend(ratioPlan, (_, id, run) => ({
      us: (us[id] ?? 0) * (1 + run / 100),
      wcharBytes: 10_000 * (us[id] ?? 0),
    }));
    const ratios = summarize(directory).cells[0]?.ratios ?? [];
    const p95 = (id: string) => ratios.find(({ arm: name, measure }) => name === id && measure === "p95");
    assert.deepEqual(
      ["helios-io", "git", "map"].map((id) => p95(id)?.against),
      [undefined, "helios-io", "helios"],
    );
    const { value, lower, upper, n, confidence } = p95("git")?.ratio ?? {
      value: 0,
      lower: 0,
      upper: 0,
      n: 0,
      confidence: 0,
    };
    assert.ok(
      Math.abs(value - 2001 / 20.95) < 5 && lower < value && value < upper,
      `${lower} ${value} ${upper}`,
    );
    assert.ok(n === 5 && confidence >= 0.95);
    const bytes = ratios.find(({ arm: name, measure }) => name === "git" && measure === "wchar")?.ratio.value;
    // 100 commits of 100 bytes are the user's own files in Git's directory.
    assert.equal(bytes?.toFixed(6), ((20_000_000 - 10_000) / 200_000).toFixed(6));
  });

  test("has no interval for two runs, and none at all of what did not run", () => {
    const two = planOf(
      cellOf("c", ["context"], [arm("git", { runs: 2 }), arm("map", { runs: 2 }), arm("x")]),
    );
    pretend(two, (_, id) => (id === "x" ? undefined : { wcharBytes: 100_000 }));
    const [only, bytes, ...others] = summarize(directory).cells[0]?.ratios ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual([only?.arm, only?.against, bytes?.measure], ["map", "git", "wchar"]);
    assert.deepEqual([only?.ratio.lower, only?.ratio.upper], [0, Infinity]);
  });
});

describe("the runs of an arm", () => {
  test("stand in the order they were made, with what disturbed them", () => {
    const machine = { othersShare: 0.4, stealShare: 0.01, loadAverage: 2 };
    pretend(latencyPlan, (_, id, run) => ({
      us: run,
      changes: {
        position: 9 - run,
        ...(id === "helios" && run === 1
          ? { machine, attempts: [{ startedAt: "1970", code: "ECONNRESET", message: "gone" }] }
          : {}),
      },
    }));
    const [helios] = summarize(directory).cells[0]?.arms ?? [];
    assert.deepEqual(
      helios?.runs.map(({ run, position }) => [run, position]),
      [4, 3, 2, 1, 0].map((run) => [run, 9 - run]),
    );
    const disturbed = helios.runs.find(({ run }) => run === 1);
    assert.deepEqual([disturbed?.othersShare, disturbed?.retries, disturbed?.p95Us], [0.4, 1, 1.95]);
  });
});

describe("the summary of a run directory", () => {
  test("is the same, bit for bit, each time it is computed", () => {
    pretend(ioPlan, (_, id, run) => ({
      us: 3 + run / 7,
      wcharBytes: id === "git" ? 1_000_000 + 77 * run : 9900 + run,
    }));
    const text = (): string =>
      JSON.stringify(summarize(directory), (_, value: unknown) =>
        value instanceof Map ? [...value] : value,
      );
    assert.equal(text(), text());
  });

  test("carries plan, hash, environment, guards' evidence and the hash of every file", () => {
    pretend(latencyPlan, () => ({}));
    writeEvidence(directory, "licences", { scanned: 3 });
    const { files } = sealRunDirectory(directory);
    const summary = summarize(directory);
    assert.deepEqual(summary.plan, latencyPlan);
    assert.equal(summary.planHash, planHash(latencyPlan));
    assert.equal(summary.environment.node, "v0");
    assert.deepEqual(summary.evidence.get("licences"), { scanned: 3 });
    assert.deepEqual(
      summary.rawData.map(({ file }) => file),
      files.map(({ file }) => file),
    );
    assert.equal(summary.timerCostNs, 30);
    assert.equal(summary.cells[0]?.parameters["commitsReplayed"], 7);
    assert.equal(summary.cells[0]?.arms[0]?.peakRssBytes, 1004);
    assert.equal(summary.cells[0]?.arms[0]?.userBytesPerCommit, 100);
  });

  test("has a curve that rises with the share and ends before a share nobody measured", () => {
    pretend(latencyPlan, () => ({}));
    const curve = summarize(directory).cells[0]?.arms[0]?.curve ?? [];
    assert.ok(curve.length > 35 && curve.length <= 61, String(curve.length));
    for (const [i, { q, us }] of curve.entries()) {
      assert.ok(i === 0 || (q > (curve[i - 1]?.q ?? 1) && us >= (curve[i - 1]?.us ?? 0)));
    }
    assert.ok((curve.at(-1)?.q ?? 1) <= 0.99);
  });

  test("is refused when a raw file was touched", () => {
    pretend(latencyPlan, () => ({}));
    const file = join(directory, "runs/edits-1/helios-2.step.f64");
    const bytes = readFileSync(file);
    bytes.writeDoubleLE(0.001, 0);
    writeFileSync(file, bytes);
    assert.throws(() => summarize(directory), { code: "RUN_TAMPERED", message: /helios-2\.step\.f64/ });
  });
});
