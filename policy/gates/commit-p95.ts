/**
 * Commit latency: P95 of apply + commit with the id read, by its upper confidence bound over process runs.
 *
 * The arm against itself belongs to the verdict: when two sets of equal runs lie further apart than the result lies
 * from the line it claims to have crossed, the machine could have produced either side.
 */
import type { Lines, Outcome, SelfComparison } from "../gate.ts";
import { decide, flawOf } from "./criterion.ts";
import { canCarryGo, gateOf, number, percent } from "./row.ts";

const rerun = "repeat the validation with more process runs on a quiet machine";

export const commitP95 = gateOf({
  id: "commit-p95",
  title: "Commit latency (P95)",
  unit: "us",
  nUnit: "process runs",
  defaultLines: { go: 70, noGo: 100 },
  direction: "lower-is-better",
  criterion: (lines) => `< ${number(lines.go)} us`,
  evidence: (set) => set.commitP95,
  judge({ value: { p95, selfComparison }, grade, source }, lines) {
    const common = { value: p95.value, n: p95.n, nUnit: p95.nUnit, grade, source };
    const flaw = flawOf(p95);
    if (flaw !== undefined) {
      return {
        ...common,
        outcome: "inconclusive",
        reason: `The P95 cannot be judged: ${flaw}.`,
        remedy: rerun,
      };
    }
    const { outcome, bound } = decide("lower-is-better", p95, lines);
    const interval = `P95 is ${number(p95.value)} us (95 % bounds ${number(p95.lower)} to ${number(p95.upper)} us)`;
    const noise = noiseOf(selfComparison, marginOf(outcome, p95.value, lines));
    if (noise !== undefined) {
      return {
        ...common,
        bound,
        outcome: "inconclusive",
        reason: `${interval}, but ${noise}.`,
        remedy: rerun,
      };
    }
    if (outcome === "go" && !canCarryGo(grade)) {
      return {
        ...common,
        bound,
        outcome: "hold",
        reason: `${interval}, but it is ${grade}, not measured.`,
        remedy: "measure it: run the latency cells of the plan",
      };
    }
    return {
      ...common,
      bound,
      outcome,
      reason: `${interval}, ${meaning(outcome, lines)}.`,
      remedy: remedyFor(outcome),
    };
  },
});

/** How far the point value lies from the line that the outcome claims, as a share of that line. */
function marginOf(outcome: Outcome, valueUs: number, lines: Lines): number {
  const line = outcome === "no-go" ? lines.noGo : lines.go;
  return Math.abs(valueUs - line) / line;
}

function noiseOf(self: SelfComparison | undefined, margin: number): string | undefined {
  if (self === undefined || !(self.n > 0) || !Number.isFinite(self.relativeDifference)) {
    return "the arm was not compared with itself, so noise cannot be told from a result";
  }
  const apart = Math.abs(self.relativeDifference);
  return apart > margin
    ? `the machine is noisy: the arm differs from itself by ${percent(apart)}, the result from its line by ${percent(margin)}`
    : undefined;
}

function meaning(outcome: Outcome, lines: Lines): string {
  switch (outcome) {
    case "go":
      return `below ${number(lines.go)} us with confidence`;
    case "no-go":
      return `above ${number(lines.noGo)} us with confidence`;
    case "hold":
      return `between the lines of ${number(lines.go)} and ${number(lines.noGo)} us with confidence`;
    case "inconclusive":
      return "too wide to say on which side of the line it lies";
  }
}

function remedyFor(outcome: Outcome): string | undefined {
  switch (outcome) {
    case "go":
      return undefined;
    case "inconclusive":
      return rerun;
    case "hold":
    case "no-go":
      return "make the commit path faster; the latency curve of the report shows where the tail begins";
  }
}
