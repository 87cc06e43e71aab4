/**
 * SuccessScore = green - review minutes / 60, by its lower 95 % bound. Both lines are the same number: GO when the
 * bound is above it, NO-GO when even the upper bound is below it, undecided in between. Review minutes that were
 * not recorded by a clock cap the gate at hold, whatever the score: the formula is only as good as its minutes.
 */
import type { EvidenceGrade, Lines, Outcome } from "../gate.ts";
import { decide, flawOf } from "./criterion.ts";
import { canCarryGo, gateOf, number } from "./row.ts";

const moreTrials = "run more trials, declared in the plan before the run";

export const successScore = gateOf({
  id: "success-score",
  title: "SuccessScore",
  unit: "score",
  nUnit: "trials",
  defaultLines: { go: 0.8, noGo: 0.8 },
  direction: "higher-is-better",
  criterion: (lines) => `> ${number(lines.go)}`,
  evidence: (set) => set.successScore,
  judge({ value: { score, minutes }, grade, source }, lines) {
    const weakest = weaker(grade, minutes);
    const common = { value: score.value, n: score.n, nUnit: score.nUnit, grade: weakest, source };
    const flaw = flawOf(score);
    if (flaw !== undefined) {
      return {
        ...common,
        outcome: "inconclusive",
        reason: `The score cannot be judged: ${flaw}.`,
        remedy: moreTrials,
      };
    }
    const { outcome, bound } = decide("higher-is-better", score, lines);
    const interval = `The score is ${number(score.value)} (95 % bounds ${number(score.lower)} to ${number(score.upper)}, review minutes ${minutes})`;
    if (outcome === "go" && (minutes !== "recorded" || !canCarryGo(grade))) {
      return {
        ...common,
        bound,
        outcome: "hold",
        reason: `${interval}, but only recorded review minutes can give GO.`,
        remedy: "record the review minutes: helios-cli review start, then helios-cli review stop",
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

/** From the strongest to the weakest; the row shows the weakest of what it rests on. */
const strength: readonly EvidenceGrade[] = ["measured", "recorded", "modelled", "declared", "missing"];

function weaker(a: EvidenceGrade, b: EvidenceGrade): EvidenceGrade {
  return strength.indexOf(a) > strength.indexOf(b) ? a : b;
}

function meaning(outcome: Outcome, lines: Lines): string {
  switch (outcome) {
    case "go":
      return `above ${number(lines.go)} with confidence`;
    case "no-go":
      return `below ${number(lines.noGo)} with confidence`;
    case "hold":
      return "between the lines with confidence";
    case "inconclusive":
      return `too uncertain to say on which side of ${number(lines.go)} it lies`;
  }
}

function remedyFor(outcome: Outcome): string {
  return outcome === "inconclusive" ? moreTrials : "raise the share of green trials or shorten the reviews";
}
