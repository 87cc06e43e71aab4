/**
 * How an interval is held against two lines. Written once, so that every gate with a confidence interval means the
 * same by go, hold, no-go and inconclusive (source: the validation rules, "GO if upper bound < Go line; NO-GO if
 * lower bound > No-Go line; between the lines with confidence: hold; not enough evidence: inconclusive").
 */
import type { Estimate, Gate, Lines, Outcome } from "../gate.ts";

type Direction = Gate["direction"];

export interface Decision {
  readonly outcome: Outcome;
  /** The bound that decided: the pessimistic one, except for `no-go`, which needs the optimistic one. */
  readonly bound: number;
}

/** Both lines are strict: a bound exactly on a line has not crossed it. */
export function decide(
  direction: Direction,
  estimate: Pick<Estimate, "lower" | "upper">,
  lines: Lines,
): Decision {
  // Mirrored at zero, "higher is better" is the same rule.
  const sign = direction === "lower-is-better" ? 1 : -1;
  const worst = direction === "lower-is-better" ? estimate.upper : estimate.lower;
  const best = direction === "lower-is-better" ? estimate.lower : estimate.upper;
  if (sign * worst < sign * lines.go) return { outcome: "go", bound: worst };
  if (sign * best > sign * lines.noGo) return { outcome: "no-go", bound: best };
  const between = sign * best >= sign * lines.go && sign * worst <= sign * lines.noGo;
  return { outcome: between ? "hold" : "inconclusive", bound: worst };
}

/** What is wrong with an estimate as evidence; undefined when it can be judged. */
export function flawOf(estimate: Estimate): string | undefined {
  const { value, lower, upper, confidence, n } = estimate;
  if (![value, lower, upper].every(Number.isFinite)) return "the estimate is not a finite number";
  if (!(lower <= value && value <= upper)) return "the estimate lies outside its own bounds";
  if (!(n > 0)) return `it rests on no ${estimate.nUnit}`;
  if (!(confidence >= 0.95 && confidence < 1))
    return `its confidence is ${confidence}, at least 0.95 is needed`;
  return undefined;
}
