import assert from "node:assert/strict";
import { test } from "node:test";
import type { CoverageEvidence, GuardEvidence, IoReductionEvidence, LatencyEvidence } from "../gate.ts";
import { commitP95 } from "./commit-p95.ts";
import { community } from "./community.ts";
import { coverage } from "./coverage.ts";
import { estimate, gateSuite, goodValues, setWith } from "./gate.suite.ts";
import { gates } from "./index.ts";
import { ioReduction } from "./io-reduction.ts";
import { licences } from "./licences.ts";
import { successScore } from "./success-score.ts";
import { userSpaceOnly } from "./user-space-only.ts";
import { vulnerabilities } from "./vulnerabilities.ts";

test("the list holds every gate of the contract once, in the order of the report", () => {
  assert.deepEqual(
    gates.map(({ id }) => id),
    [
      "commit-p95",
      "io-reduction",
      "coverage",
      "licences",
      "user-space-only",
      "vulnerabilities",
      "success-score",
      "community",
    ],
  );
});

const latency = (lower: number, value: number, upper: number, apart = 0.001): LatencyEvidence => ({
  p95: estimate(lower, value, upper),
  selfComparison: { relativeDifference: apart, n: 5 },
});

gateSuite({
  gate: commitP95,
  evidence: "commitP95",
  good: goodValues.commitP95,
  bad: latency(140, 150, 160),
  cases: [
    { name: "upper bound just below the Go line", value: latency(60, 65, 69.99), expected: "go" },
    {
      name: "upper bound on the Go line has not crossed it",
      value: latency(60, 65, 70),
      expected: "inconclusive",
    },
    { name: "lower bound on the Go line is between", value: latency(70, 80, 90), expected: "hold" },
    { name: "both bounds between the lines", value: latency(75, 80, 100), expected: "hold" },
    {
      name: "lower bound on the No-Go line has not crossed it",
      value: latency(100, 105, 110),
      expected: "inconclusive",
    },
    { name: "lower bound just beyond the No-Go line", value: latency(100.01, 105, 110), expected: "no-go" },
    {
      name: "an interval over both lines",
      value: latency(50, 85, 130),
      expected: "inconclusive",
      reason: /too wide/,
    },
    {
      name: "no self comparison",
      value: { p95: estimate(19, 20, 21), selfComparison: undefined },
      expected: "inconclusive",
      reason: /not compared with itself/,
    },
    {
      name: "a self comparison of nothing",
      value: { p95: estimate(19, 20, 21), selfComparison: { relativeDifference: 0, n: 0 } },
      expected: "inconclusive",
    },
    { name: "noise as large as the margin is allowed", value: latency(34, 35, 36, 0.5), expected: "go" },
    {
      name: "noise larger than the margin to the Go line",
      value: latency(34, 35, 36, 0.51),
      expected: "inconclusive",
      reason: /noisy/,
    },
    {
      name: "noise in the other direction counts the same",
      value: latency(34, 35, 36, -0.51),
      expected: "inconclusive",
      reason: /noisy/,
    },
    {
      name: "a no-go claims its distance to the No-Go line",
      value: latency(101, 104, 107, 0.1),
      expected: "inconclusive",
      reason: /noisy/,
    },
    { name: "a value that is no number", value: latency(1, Number.NaN, 2), expected: "inconclusive" },
    {
      name: "a value outside its bounds",
      value: latency(30, 20, 40),
      expected: "inconclusive",
      reason: /outside/,
    },
    {
      name: "no runs",
      value: { ...latency(1, 2, 3), p95: { ...estimate(1, 2, 3), n: 0 } },
      expected: "inconclusive",
    },
    {
      name: "bounds of too low confidence",
      value: { ...latency(1, 2, 3), p95: { ...estimate(1, 2, 3), confidence: 0.5 } },
      expected: "inconclusive",
      reason: /confidence/,
    },
  ],
});

const io = (...cells: readonly (readonly [number, number, number])[]): IoReductionEvidence => ({
  cells: cells.map(([lower, value, upper], index) => ({
    cell: `cell-${index}`,
    reduction: estimate(lower, value, upper, "share"),
  })),
  absent: [],
  beside: [],
});

gateSuite({
  gate: ioReduction,
  evidence: "ioReduction",
  good: goodValues.ioReduction,
  bad: io([0.995, 0.996, 0.997], [0.5, 0.6, 0.7]),
  cases: [
    { name: "lower bound just above the Go line", value: io([0.9901, 0.995, 0.999]), expected: "go" },
    {
      name: "lower bound on the Go line has not crossed it",
      value: io([0.99, 0.995, 0.999]),
      expected: "inconclusive",
    },
    { name: "between the lines", value: io([0.9, 0.95, 0.99]), expected: "hold" },
    {
      name: "upper bound on the No-Go line has not crossed it",
      value: io([0.8, 0.85, 0.9]),
      expected: "inconclusive",
    },
    { name: "upper bound just below the No-Go line", value: io([0.8, 0.85, 0.8999]), expected: "no-go" },
    {
      name: "the worst cell decides",
      value: io([0.999, 0.999, 0.999], [0.95, 0.96, 0.97]),
      expected: "hold",
      reason: /worst of 2 cells, cell-1/,
    },
    {
      name: "an uncertain cell beside a held one leaves it open",
      value: io([0.95, 0.96, 0.97], [0.96, 0.99, 0.999]),
      expected: "inconclusive",
    },
    {
      name: "a no-go cell is shown even when another has a lower bound",
      value: io([0.1, 0.5, 0.999], [0.8, 0.85, 0.88]),
      expected: "no-go",
      reason: /cell-1/,
    },
    { name: "no cells", value: io(), expected: "inconclusive", reason: /No declared cell/ },
    {
      name: "an absent cell keeps it from go",
      value: { ...goodValues.ioReduction, absent: [{ cell: "exploration-1000", reason: "git timed out." }] },
      expected: "inconclusive",
      reason: /exploration-1000 \(git timed out\)/,
    },
    {
      name: "an absent cell does not excuse a no-go",
      value: { ...io([0.5, 0.6, 0.7]), absent: [{ cell: "x", reason: "y" }] },
      expected: "no-go",
    },
    {
      name: "all cells absent",
      value: { cells: [], absent: [{ cell: "x", reason: "tmpfs" }], beside: [] },
      expected: "inconclusive",
      reason: /tmpfs/,
    },
    {
      name: "a cell that is no number counts as absent",
      value: io([0.995, 0.996, 0.997], [Number.NaN, 0.9, 1]),
      expected: "inconclusive",
      reason: /cell-1/,
    },
  ],
});

test("what stands beside the I/O gate is shown and does not decide", () => {
  const value: IoReductionEvidence = {
    ...goodValues.ioReduction,
    beside: [
      { cell: "history", reduction: estimate(0.1, 0.2, 0.3, "share"), note: "replay of 500 commits" },
      { cell: "history-b", reduction: undefined, note: "no repository" },
    ],
  };
  const set = setWith("ioReduction", { kind: "present", grade: "measured", source: "x", value });
  const result = ioReduction.evaluate(set, ioReduction.defaultLines, true);
  assert.equal(result.outcome, "go");
  assert.deepEqual(result.beside, [
    "history: 20 % less (10 % to 30 %; replay of 500 commits)",
    "history-b: not measured (no repository)",
  ]);
  assert.equal(result.value, 0.994);
  assert.equal(result.bound, 0.993);
});

const covered = (lines: number, rest: Partial<CoverageEvidence> = {}): CoverageEvidence => ({
  ...goodValues.coverage,
  lines,
  ...rest,
});

gateSuite({
  gate: coverage,
  evidence: "coverage",
  good: goodValues.coverage,
  bad: covered(0.3),
  cases: [
    { name: "just above the Go line", value: covered(0.8501), expected: "go" },
    { name: "on the Go line", value: covered(0.85), expected: "hold" },
    { name: "on the No-Go line", value: covered(0.8), expected: "hold" },
    { name: "just below the No-Go line", value: covered(0.7999), expected: "no-go" },
    {
      name: "a summary of another revision",
      value: covered(0.99, { matchesRevision: false }),
      expected: "inconclusive",
      reason: /revision abc/,
    },
    {
      name: "no tests ran",
      value: covered(0.99, { testsRun: 0 }),
      expected: "inconclusive",
      reason: /No test ran/,
    },
    {
      name: "a test failed",
      value: covered(0.99, { testsFailed: 1 }),
      expected: "inconclusive",
      reason: /1 of 300/,
    },
    {
      name: "tests failed that have names",
      value: covered(0.99, { testsFailed: 5, failedTests: ["x: a", "x: b", "x: c", "x: d", "x: e"] }),
      expected: "inconclusive",
      reason: /5 of 300.*\(x: a; x: b; x: c; and 2 more\)/,
    },
    { name: "a share above one", value: covered(93), expected: "inconclusive" },
    { name: "no number", value: covered(Number.NaN), expected: "inconclusive" },
  ],
});

for (const [gate, evidence] of [
  [licences, "licences"],
  [userSpaceOnly, "userSpaceOnly"],
] as const) {
  const found = (rest: Partial<GuardEvidence>): GuardEvidence => ({ ...goodValues.licences, ...rest });
  gateSuite({
    gate,
    evidence,
    good: goodValues.licences,
    bad: found({ denied: ["evil@1.0.0 (AGPL-3.0-only)"] }),
    cases: [
      {
        name: "one denied is beyond the line",
        value: found({ denied: ["a"] }),
        expected: "no-go",
        reason: /: a\.$/,
      },
      {
        name: "many denied are listed in one sentence",
        value: found({ denied: ["a", "b", "c", "d", "e", "f", "g"] }),
        expected: "no-go",
        reason: /a, b, c, d, e and 2 more/,
      },
      {
        name: "nothing scanned",
        value: found({ scanned: 0 }),
        expected: "inconclusive",
        reason: /looked at/,
      },
      { name: "an open review", value: found({ review: ["b"] }), expected: "hold", reason: /decision: b/ },
      {
        name: "something not scanned",
        value: found({ notScanned: ["c (broken)"], review: ["b"] }),
        expected: "inconclusive",
        reason: /c \(broken\)/,
      },
      {
        name: "what was not scanned does not excuse what is denied",
        value: found({ denied: ["a"], notScanned: ["c"] }),
        expected: "no-go",
      },
    ],
  });
}

test("a plan may tolerate some denied findings, and they then hold or pass by its lines", () => {
  const value: GuardEvidence = { ...goodValues.licences, denied: ["a", "b"] };
  const set = setWith("licences", { kind: "present", grade: "measured", source: "x", value });
  assert.equal(licences.evaluate(set, { go: 1, noGo: 2 }, true).outcome, "hold");
  assert.equal(licences.evaluate(set, { go: 2, noGo: 2 }, true).outcome, "go");
});

gateSuite({
  gate: vulnerabilities,
  evidence: "vulnerabilities",
  good: goodValues.vulnerabilities,
  bad: { ...goodValues.vulnerabilities, critical: 3 },
  cases: [
    { name: "one critical", value: { ...goodValues.vulnerabilities, critical: 1 }, expected: "no-go" },
    {
      name: "high ones are shown, not judged",
      value: { ...goodValues.vulnerabilities, high: 9 },
      expected: "go",
    },
    {
      name: "no dependencies",
      value: { ...goodValues.vulnerabilities, dependencies: 0 },
      expected: "inconclusive",
    },
    {
      name: "no count",
      value: { ...goodValues.vulnerabilities, critical: Number.NaN },
      expected: "inconclusive",
    },
  ],
});

test("a plan may tolerate a critical advisory, which then holds", () => {
  const value = { ...goodValues.vulnerabilities, critical: 1 };
  const set = setWith("vulnerabilities", { kind: "present", grade: "measured", source: "x", value });
  assert.equal(vulnerabilities.evaluate(set, { go: 0, noGo: 1 }, true).outcome, "hold");
});

gateSuite({
  gate: successScore,
  evidence: "successScore",
  good: goodValues.successScore,
  bad: { score: estimate(0.3, 0.4, 0.5, "score"), minutes: "recorded" },
  cases: [
    {
      name: "lower bound just above the line",
      value: { score: estimate(0.801, 0.9, 0.95), minutes: "recorded" },
      expected: "go",
    },
    {
      name: "lower bound on the line has not crossed it",
      value: { score: estimate(0.8, 0.9, 0.95), minutes: "recorded" },
      expected: "inconclusive",
    },
    {
      name: "upper bound on the line has not crossed it",
      value: { score: estimate(0.6, 0.7, 0.8), minutes: "recorded" },
      expected: "inconclusive",
    },
    {
      name: "upper bound just below the line",
      value: { score: estimate(0.6, 0.7, 0.799), minutes: "recorded" },
      expected: "no-go",
    },
    {
      name: "modelled minutes cap at hold",
      value: { score: estimate(0.9, 0.95, 1), minutes: "modelled" },
      expected: "hold",
      reason: /modelled/,
    },
    {
      name: "declared minutes cap at hold",
      value: { score: estimate(0.9, 0.95, 1), minutes: "declared" },
      expected: "hold",
    },
    {
      name: "missing minutes cap at hold",
      value: { score: estimate(0.9, 0.95, 1), minutes: "missing" },
      expected: "hold",
    },
    {
      name: "modelled minutes still convict",
      value: { score: estimate(0.1, 0.2, 0.3), minutes: "modelled" },
      expected: "no-go",
    },
    {
      name: "no number",
      value: { score: estimate(0, Number.NaN, 1), minutes: "recorded" },
      expected: "inconclusive",
    },
  ],
});

test("the row of the score shows the weaker grade of score and minutes", () => {
  const value = { score: estimate(0.9, 0.95, 1), minutes: "modelled" } as const;
  const set = setWith("successScore", { kind: "present", grade: "measured", source: "x", value });
  assert.equal(successScore.evaluate(set, successScore.defaultLines, true).evidence, "modelled");
  // With room between the lines, a confident score between them is a hold.
  const between = { score: estimate(0.75, 0.77, 0.79), minutes: "recorded" } as const;
  const held = setWith("successScore", { kind: "present", grade: "measured", source: "x", value: between });
  assert.equal(successScore.evaluate(held, { go: 0.8, noGo: 0.7 }, true).outcome, "hold");
});

gateSuite({
  gate: community,
  evidence: "community",
  good: goodValues.community,
  bad: { stars: 3, negativeFeedback: false },
  cases: [
    { name: "on the line", value: { stars: 50, negativeFeedback: false }, expected: "go" },
    { name: "just below the line", value: { stars: 49, negativeFeedback: false }, expected: "no-go" },
    {
      name: "negative feedback whatever the stars",
      value: { stars: 5000, negativeFeedback: true },
      expected: "no-go",
    },
    { name: "no count", value: { stars: Number.NaN, negativeFeedback: false }, expected: "inconclusive" },
  ],
});

test("between the lines of a plan the community gate holds", () => {
  const value = { stars: 60, negativeFeedback: false };
  const set = setWith("community", { kind: "present", grade: "measured", source: "x", value });
  assert.equal(community.evaluate(set, { go: 100, noGo: 50 }, false).outcome, "hold");
});
