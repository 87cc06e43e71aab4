/**
 * One report with every kind of row: each outcome, each evidence grade, a cell with a failed arm, numbers that
 * are absent. The golden files and the suite of the format contract are made from it. Its numbers are invented.
 */
import type { Environment, Plan } from "@helios/harness";
import type { Estimate, GateResult } from "@helios/policy";
import { buildReport } from "./build-report.ts";
import type { ArmReport, CellReport, LatencyPoint, RatioReport, Report, RunReport } from "./report.ts";

const sha = (digit: string) => digit.repeat(64);

function runs(value: number, lower: number, upper: number, unit: string, scope: string): Estimate {
  return { value, lower, upper, confidence: 0.95, n: 10, nUnit: "process runs", unit, scope };
}

/** A plausible percentile curve: flat body, then a tail of `tail` times the median at 99.99 %. */
function curve(p50: number, tail: number): LatencyPoint[] {
  const shares = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999];
  return shares.map((q) => {
    const nines = -Math.log10(1 - q);
    return { q, us: Math.round(p50 * (0.72 + nines * 0.55 + (tail - 3) * (nines / 4) ** 3) * 100) / 100 };
  });
}

/** Ten runs around a P95, spread by a few percent; the fourth was disturbed, the ninth made twice. */
function runPoints(p50: number, p95: number, p99: number, wchar: number, first: number): RunReport[] {
  return Array.from({ length: 10 }, (_, run) => {
    const factor = 1 + 0.02 * Math.sin(3 * run);
    return {
      run,
      position: 3 * run + first,
      startedAt: `2025-01-01T12:0${run}:00.000Z`,
      outcome: "completed",
      retries: run === 8 ? 1 : 0,
      isSound: true,
      p50Us: p50 * factor,
      p95Us: p95 * factor,
      p99Us: p99 * factor,
      wcharPerCommit: wchar,
      seconds: 3.5,
      othersShare: run === 3 ? 0.31 : 0.01,
      stealShare: 0.002,
    };
  });
}

function ratio(name: string, measure: RatioReport["measure"], value: number, scope: string): RatioReport {
  const estimate = runs(value, value * 0.97, value * 1.04, "x", scope);
  return { arm: name, against: "helios", measure, ratio: estimate };
}

function arm(
  name: string,
  subject: string,
  latency: readonly [number, number, number],
  io: readonly [number, number, number, number],
  scope: string,
): ArmReport {
  const [p50, p95, p99] = latency;
  const [wcharBytes, rcharBytes, storageBytes, allocatedBytes] = io;
  return {
    arm: name,
    subject,
    subjectVersion: subject === "git" ? "2.39.5" : "0.1.0",
    runsPlanned: 10,
    runsCompleted: 10,
    operationsPerRun: subject === "git" ? 40 : 10_000,
    problems: [],
    p50: runs(p50, p50 * 0.97, p50 * 1.02, "us", scope),
    p95: runs(p95, p95 * 0.96, p95 * 1.03, "us", scope),
    p99: runs(p99, p99 * 0.93, p99 * 1.08, "us", scope),
    curve: curve(p50, p99 / p50 + 4),
    ioPerCommit: { wcharBytes, rcharBytes, storageBytes, allocatedBytes },
    ioReason: undefined,
    userBytesPerCommit: 1024,
    workingSetBytesPerCommit: subject === "git" ? 1024 : 0,
    peakRssBytes: subject === "git" ? 61_000_000 : 214_000_000,
    runs: runPoints(p50, p95, p99, wcharBytes, subject === "git" ? 2 : name.length % 2),
  };
}

const editsScope = "edits-100000, class process";

const edits: CellReport = {
  cell: "edits-100000",
  workload: "edits",
  parameters: { entries: 100_000, fileBytes: 1024 },
  durability: "process",
  purpose: ["latency", "io"],
  arms: [
    arm("helios", "helios", [13.4, 18.1, 34.2], [1124, 310, 1290, 1311], editsScope),
    arm("helios-again", "helios", [13.6, 18.4, 36.0], [1124, 310, 1302, 1311], editsScope),
    arm(
      "git",
      "git",
      [148_200, 171_900, 188_000],
      [14_310_000, 15_120_000, 14_522_000, 4_300_000],
      editsScope,
    ),
  ],
  statesAgree: true,
  reduction: [
    { measure: "wchar", estimate: runs(0.999921, 0.999913, 0.999929, "share", editsScope) },
    { measure: "storage", estimate: runs(0.999911, 0.999902, 0.99992, "share", editsScope) },
    { measure: "allocated", estimate: runs(0.9997, 0.99958, 0.9998, "share", editsScope) },
  ],
  ratios: [
    ratio("helios-again", "p95", 1.017, editsScope),
    ratio("helios-again", "wchar", 1, editsScope),
    ratio("git", "p95", 9497, editsScope),
    ratio("git", "wchar", 12_731, editsScope),
  ],
};

const smallScope = "edits-1000, class process";

/** The same workload on a smaller tree, and a subject that is not there. */
const small: CellReport = {
  ...edits,
  cell: "edits-1000",
  parameters: { entries: 1000, fileBytes: 1024 },
  purpose: ["io"],
  arms: [
    arm("helios", "helios", [9.8, 14.2, 25.1], [1120, 300, 1280, 1300], smallScope),
    arm("git", "git", [8200, 9900, 12_100], [172_000, 160_000, 190_000, 61_440], smallScope),
    {
      arm: "redis",
      subject: "redis",
      subjectVersion: "unknown",
      runsPlanned: 10,
      runsCompleted: 0,
      operationsPerRun: 10_000,
      problems: ["skipped: no server answers at HELIOS_REDIS_URL"],
      skipped: {
        reason: "no server answers at HELIOS_REDIS_URL",
        remedy: "start one and set HELIOS_REDIS_URL",
      },
      p50: undefined,
      p95: undefined,
      p99: undefined,
      curve: [],
      ioPerCommit: undefined,
      ioReason: undefined,
      userBytesPerCommit: 0,
      workingSetBytesPerCommit: 0,
      peakRssBytes: 0,
      runs: [],
    },
  ],
  reduction: [{ measure: "wchar", estimate: runs(0.99345, 0.9931, 0.9938, "share", smallScope) }],
  ratios: [
    ratio("git", "p95", 697, smallScope),
    { ...ratio("git", "wchar", 152.7, smallScope), ratio: runs(152.7, 0, Infinity, "x", smallScope) },
  ],
};

const historyScope = "history, class process";

const history: CellReport = {
  cell: "history",
  workload: "history",
  parameters: { repository: "example <main> & co" },
  durability: "process",
  purpose: ["context"],
  arms: [
    arm("helios", "helios", [24.8, 61.3, 140], [9400, 700, 12_100, 12_288], historyScope),
    {
      ...arm("git", "git", [9200, 12_900, 20_100], [31_400, 52_000, 62_000, 40_960], historyScope),
      runsCompleted: 9,
      problems: ["run 4 reached its limit of 60 s and was ended"],
      ioPerCommit: undefined,
      runs: runPoints(9200, 12_900, 20_100, 31_400, 2).map((run) =>
        run.run === 4
          ? {
              ...run,
              outcome: "timeout",
              isSound: false,
              p50Us: undefined,
              p95Us: undefined,
              p99Us: undefined,
            }
          : run,
      ),
      ioReason: "the run directory lies on tmpfs, where write_bytes is always 0",
    },
  ],
  statesAgree: undefined,
  reduction: [],
};

const cells: readonly CellReport[] = [small, edits, history];

const gates: readonly GateResult[] = [
  {
    id: "commit-p95",
    title: "Commit latency, P95",
    outcome: "go",
    required: true,
    value: 18.1,
    bound: 18.64,
    unit: "us",
    go: 70,
    noGo: 100,
    criterion: "upper bound < 70 us",
    n: 10,
    nUnit: "process runs",
    evidence: "measured",
    source: "edits-100000, arm helios, class process",
    reason: "With 95 % confidence the median P95 of a run is below 18.64 us.",
    remedy: undefined,
    beside: ["The same arm against itself differs by 1.7 %."],
  },
  {
    id: "io-reduction",
    title: "I/O reduction against Git",
    outcome: "go",
    required: true,
    value: 0.999921,
    bound: 0.999913,
    unit: "share",
    go: 0.99,
    noGo: 0.95,
    criterion: "lower bound > 99 % in the worst cell",
    n: 10,
    nUnit: "process runs",
    evidence: "measured",
    source: "worst declared cell edits-100000, class process, wchar",
    reason: "In the worst declared cell Helios wrote at least 99.9913 % fewer bytes than git add and commit.",
    remedy: undefined,
    beside: ["history, class process: not measured on this file system"],
  },
  {
    id: "coverage",
    title: "Test coverage",
    outcome: "hold",
    required: false,
    value: 0.812,
    bound: 0.812,
    unit: "share",
    go: 0.85,
    noGo: 0.75,
    criterion: "lines > 85 %",
    n: 1,
    nUnit: "test run",
    evidence: "recorded",
    source: "coverage summary for this revision",
    reason: "The tests reach 81.2 % of the lines.",
    remedy: "Cover the files at the end of the coverage table first.",
    beside: ["statements 81.0 %, branches 76.3 %, functions 88.1 %"],
  },
  {
    id: "licences",
    title: "No AGPL, no denied licence",
    outcome: "go",
    required: true,
    value: 0,
    bound: undefined,
    unit: "findings",
    go: 0,
    noGo: 1,
    criterion: "0 denied, 0 to review",
    n: 222,
    nUnit: "packages",
    evidence: "measured",
    source: "package-lock.json and the installed tree",
    reason: "222 packages were read and none carries a denied licence.",
    remedy: undefined,
    beside: [],
  },
  {
    id: "vulnerabilities",
    title: "No critical vulnerability",
    outcome: "inconclusive",
    required: true,
    value: undefined,
    bound: undefined,
    unit: "findings",
    go: 0,
    noGo: 1,
    criterion: "0 critical in production dependencies",
    n: 0,
    nUnit: "dependencies",
    evidence: "missing",
    source: "",
    reason: "The registry did not answer, so nothing was checked.",
    remedy: "Run `helios-cli audit vulnerabilities` where the registry can be reached.",
    beside: [],
  },
  {
    id: "success-score",
    title: "SuccessScore",
    outcome: "hold",
    required: true,
    value: 0.86,
    bound: 0.79,
    unit: "",
    go: 0.8,
    noGo: 0.6,
    criterion: "lower bound > 0.8",
    n: 30,
    nUnit: "trials",
    evidence: "modelled",
    source: "trials.jsonl",
    reason: "Review minutes are modelled from the size of the change, so the gate cannot go beyond hold.",
    remedy: "Record review minutes for the 30 trials.",
    beside: [],
  },
];

const plan: Plan = {
  format: "helios-plan/1",
  id: "phase0-quick",
  title: "Phase 0 in short",
  canGo: false,
  seed: 20_250_101,
  cells: [],
  gates: [],
};

const environment: Environment = {
  format: "helios-environment/1",
  recordedAt: "2025-01-01T12:00:00.000Z",
  heliosVersion: "0.1.0",
  revision: { commit: "0123456789abcdef0123456789abcdef01234567", clean: false },
  node: "v24.18.1",
  platform: "linux-x64",
  kernel: "6.1.0",
  cpuModel: "Example CPU @ 2.60GHz",
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
  filesystem: "ext4",
  loadAverage: [0.12, 0.3, 0.28],
  tools: { git: "2.39.5" },
};

export const exampleReport: Report = buildReport({
  plan,
  planHash: `sha256:${sha("a")}`,
  environment,
  judgement: {
    verdict: "HOLD",
    headline:
      "HOLD: 2 of 5 required gates did not pass: No critical vulnerability inconclusive, SuccessScore hold (SuccessScore: modelled).",
    gates,
    whatWouldChangeIt: [
      "No critical vulnerability (inconclusive): Run `helios-cli audit vulnerabilities` where the registry can be reached.",
      "SuccessScore (hold): Record review minutes for the 30 trials.",
    ],
  },
  cells,
  timerCostNs: 31,
  events: [
    { at: "2025-01-01T12:00:00.000Z", kind: "begun", runs: 60 },
    {
      at: "2025-01-01T12:03:00.000Z",
      kind: "waited",
      waitedSeconds: 30,
      isQuiet: false,
      othersShare: 0.31,
      stealShare: 0.002,
      loadAverage: 1.4,
    },
    {
      at: "2025-01-01T12:08:00.000Z",
      kind: "retried",
      cell: "edits-100000",
      arm: "git",
      run: 8,
      code: "ECONNRESET",
      message: "the <server> went away",
    },
    { at: "2025-01-01T12:09:00.000Z", kind: "resumed", runs: 60, finishedRuns: 41 },
  ],
  rawData: [
    { file: "runs/edits-100000/helios-0.json", sha256: sha("b") },
    { file: "plan.json", sha256: sha("c") },
    { file: "runs/edits-100000/helios-0.step.f64", sha256: sha("d") },
  ],
});
