/**
 * Line coverage of the revision that is judged. The number is exact for that revision, so it is its own bound. A
 * summary of another revision, or of a test run that failed or ran nothing, says nothing about this one.
 */
import type { CoverageEvidence, Lines, Outcome } from "../gate.ts";
import { decide } from "./criterion.ts";
import { canCarryGo, gateOf, percent } from "./row.ts";

/** Failed tests named in the reason; the evidence names more. */
const MOST_NAMED = 3;

const rerun = "run the tests with coverage for this revision (npm run cover) until all pass";

export const coverage = gateOf({
  id: "coverage",
  title: "Test coverage (lines)",
  unit: "share",
  nUnit: "tests",
  defaultLines: { go: 0.85, noGo: 0.8 },
  direction: "higher-is-better",
  criterion: (lines) => `> ${percent(lines.go)}`,
  evidence: (set) => set.coverage,
  judge({ value, grade, source }, lines) {
    const common = { value: value.lines, n: value.testsRun, grade, source, beside: besideOf(value) };
    const flaw = flawOf(value);
    if (flaw !== undefined) return { ...common, outcome: "inconclusive", reason: `${flaw}.`, remedy: rerun };
    const { outcome, bound } = decide("higher-is-better", { lower: value.lines, upper: value.lines }, lines);
    const covered = `${percent(value.lines)} of lines are covered by ${value.testsRun} tests`;
    if (outcome === "go" && !canCarryGo(grade)) {
      return {
        ...common,
        bound,
        outcome: "hold",
        reason: `${covered}, but that is ${grade}, not measured.`,
        remedy: rerun,
      };
    }
    return {
      ...common,
      bound,
      outcome,
      reason: `${covered}${meaning(outcome, lines)}.`,
      remedy: "test the lines that the coverage report lists as not reached",
    };
  },
});

function flawOf(value: CoverageEvidence): string | undefined {
  if (!(value.lines >= 0 && value.lines <= 1))
    return "The coverage summary holds no share of lines between 0 and 1";
  if (!value.matchesRevision) {
    return `The coverage summary belongs to revision ${value.revision}, not to the one being judged`;
  }
  if (!(value.testsRun > 0)) return "No test ran, so coverage means nothing";
  if (value.testsFailed !== 0)
    return `${value.testsFailed} of ${value.testsRun} tests failed, so coverage proves nothing${failuresOf(value)}`;
  return undefined;
}

function failuresOf({ failedTests = [], testsFailed }: CoverageEvidence): string {
  if (failedTests.length === 0) return "";
  const named = failedTests.slice(0, MOST_NAMED);
  const others = testsFailed - named.length;
  return ` (${named.join("; ")}${others > 0 ? `; and ${others} more` : ""})`;
}

function meaning(outcome: Outcome, lines: Lines): string {
  switch (outcome) {
    case "go":
      return `, more than ${percent(lines.go)}`;
    case "no-go":
      return `, less than ${percent(lines.noGo)}`;
    case "hold":
    case "inconclusive":
      return `, between ${percent(lines.noGo)} and ${percent(lines.go)}`;
  }
}

function besideOf(value: CoverageEvidence): readonly string[] {
  const others = { statements: value.statements, branches: value.branches, functions: value.functions };
  return Object.entries(others).map(([name, share]) => `${name}: ${percent(share)}`);
}
