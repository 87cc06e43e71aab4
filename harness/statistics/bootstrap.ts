/** Seeded bootstraps. Runs (or tasks) are the unit; what is resampled is never an operation inside a run. */
import { mean } from "simple-statistics";
import { Random } from "../random.ts";
import { percentileOfSorted } from "./quantiles.ts";
import { normalCdf, normalQuantile } from "./special-functions.ts";

export interface ReductionBounds {
  /** 1 - mean(a) / mean(b). */
  readonly reduction: number;
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
}

export interface BootstrapOptions {
  readonly seed: number | string;
  readonly confidence?: number;
  readonly resamples?: number;
}

/**
 * How much less `a` is than `b`: R = 1 - sum(a) / sum(b), the sums brought to equal counts of runs, with
 * one-sided percentile-bootstrap bounds (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter
 * 13). Runs are the unit and are resampled within each arm. A ratio of sums, not a mean of ratios: a run in
 * which little happened has little weight. Undefined where either is empty or `b` sums to nothing.
 */
export function reductionBounds(
  a: readonly number[],
  b: readonly number[],
  options: BootstrapOptions,
): ReductionBounds | undefined {
  const { seed, confidence = 0.95, resamples = 10_000 } = options;
  if (a.length === 0 || b.length === 0 || !(mean([...b]) > 0)) return undefined;
  const random = new Random(seed, "reduction bootstrap");
  const draws = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) draws[i] = 1 - resampledMean(a, random) / resampledMean(b, random);
  draws.sort();
  return {
    reduction: 1 - mean([...a]) / mean([...b]),
    lower: percentileOfSorted(draws, 1 - confidence),
    upper: percentileOfSorted(draws, confidence),
    confidence,
  };
}

function resampledMean(values: readonly number[], random: Random): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += random.pick(values);
  return sum / values.length;
}

export interface StatisticBounds {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
}

/**
 * One-sided BCa bootstrap bounds of a statistic of one sample (Efron, "Better bootstrap confidence intervals", JASA
 * 82(397), 1987; acceleration by the jackknife). Needs at least two values. With few values or a statistic near the
 * edge of its range it covers much less than its name says (60 % instead of 95 % for a success score at n = 30), so
 * it is shown beside the bound that decides. Cost: `resamples` calls of `statistic`, plus n.
 */
export function bcaBounds(
  values: readonly number[],
  statistic: (sample: readonly number[]) => number,
  options: BootstrapOptions,
): StatisticBounds {
  const { seed, confidence = 0.95, resamples = 10_000 } = options;
  const n = values.length;
  if (n < 2) throw new RangeError(`at least two values are needed, not ${n}`);
  const value = statistic(values);
  const random = new Random(seed, "BCa bootstrap");
  const draws = new Float64Array(resamples);
  const sample = Array.from({ length: n }, () => 0);
  for (let i = 0; i < resamples; i++) {
    for (let j = 0; j < n; j++) sample[j] = random.pick(values);
    draws[i] = statistic(sample);
  }
  draws.sort();
  const bias = biasOf(draws, value);
  const acceleration = accelerationOf(values, statistic);
  const bound = (share: number): number => {
    if (!Number.isFinite(bias)) return value;
    const z = bias + normalQuantile(share);
    return percentileOfSorted(draws, normalCdf(bias + z / (1 - acceleration * z)));
  };
  return { value, lower: bound(1 - confidence), upper: bound(confidence), confidence };
}

/** Infinite where every draw lies on one side: the statistic does not vary, and is its own bound. */
function biasOf(draws: Float64Array, value: number): number {
  let below = 0;
  for (const draw of draws) below += draw < value ? 1 : draw === value ? 0.5 : 0;
  return normalQuantile(below / draws.length);
}

function accelerationOf(values: readonly number[], statistic: (sample: readonly number[]) => number): number {
  const left = values.map((_, i) => statistic(values.toSpliced(i, 1)));
  const centre = mean(left);
  let squares = 0;
  let cubes = 0;
  for (const one of left) {
    squares += (centre - one) ** 2;
    cubes += (centre - one) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}
