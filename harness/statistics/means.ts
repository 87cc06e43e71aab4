/** The mean of few independent values, with Student's bounds. */
import { mean, sampleStandardDeviation } from "simple-statistics";
import { studentTQuantile } from "./special-functions.ts";

export { mean };

export interface MeanBounds {
  readonly mean: number;
  /** Of the sample, n - 1 in the denominator; 0 for one value. */
  readonly standardDeviation: number;
  /** One-sided. Infinite for a single value: one says nothing of spread. */
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
  readonly n: number;
}

/** Student ("The probable error of a mean", Biometrika 6(1), 1908): mean -+ t_{n-1} s / sqrt(n), one-sided. */
export function meanBounds(values: readonly number[], confidence = 0.95): MeanBounds {
  const n = values.length;
  if (n === 0) throw new RangeError("no values");
  const centre = mean([...values]);
  if (n === 1)
    return { mean: centre, standardDeviation: 0, lower: -Infinity, upper: Infinity, confidence, n };
  const standardDeviation = sampleStandardDeviation([...values]);
  const half = (studentTQuantile(confidence, n - 1) * standardDeviation) / Math.sqrt(n);
  return { mean: centre, standardDeviation, lower: centre - half, upper: centre + half, confidence, n };
}
