/**
 * The statistics a verdict rests on, each with its source. Everything is exact or seeded, so a report computed
 * again from the same samples is the same to the last byte.
 *
 * Basics (mean, median) come from simple-statistics; what is here is what it does not have: order-statistic
 * bounds, exact binomial bounds and a seeded bootstrap.
 */
import { mean, medianSorted } from "simple-statistics";
import { Random } from "./random.ts";

export { mean };

/** Ascending copy; numbers as numbers. */
export function sorted(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** Middle value; mean of the two middle values for an even count. NaN for no values. */
export function median(values: ArrayLike<number>): number {
  return values.length === 0 ? NaN : medianSorted([...sorted(values)]);
}

/**
 * Nearest-rank percentile x[ceil(q n)] of ascending values (Hyndman and Fan, "Sample quantiles in statistical
 * packages", The American Statistician 50(4), 1996, definition 1). Always a value that was really observed.
 */
export function percentileOfSorted(ascending: ArrayLike<number>, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`q must be in [0, 1], is ${q}`);
  if (ascending.length === 0) return NaN;
  return ascending[rankOf(q, ascending.length) - 1] as number;
}

/** ceil(q n), with the product rounded to 12 digits first: 0.07 * 100 is 7.000000000000001 in binary. */
function rankOf(q: number, n: number): number {
  const exact = Number((q * n).toPrecision(12));
  return Math.min(n, Math.max(1, Math.ceil(exact)));
}

/**
 * P(X <= k) for X ~ Binomial(n, p). Sums the mass outwards from the mode in ratio form, so it neither under- nor
 * overflows; absolute error below 1e-11 up to n = 100,000. O(n).
 */
export function binomialCdf(k: number, n: number, p: number): number {
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`n must be a whole number, is ${n}`);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p must be in [0, 1], is ${p}`);
  if (k < 0) return 0;
  if (k >= n) return 1;
  if (p === 0) return 1;
  if (p === 1) return 0;
  const last = Math.floor(k);
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const odds = p / (1 - p);
  let below = 0;
  let above = 0;
  // Masses relative to the mode's; their sum normalises them.
  let mass = 1;
  for (let i = mode; i >= 0 && mass > 0; i--) {
    if (i <= last) below += mass;
    else above += mass;
    mass *= i / (n - i + 1) / odds;
  }
  mass = 1;
  for (let i = mode + 1; i <= n && mass > 0; i++) {
    mass *= ((n - i + 1) / i) * odds;
    if (i <= last) below += mass;
    else above += mass;
  }
  return below / (below + above);
}

/**
 * Rank (1-based) of a distribution-free upper confidence bound of the q-quantile inside one sample: the smallest
 * u with BinomCDF(u - 1; n, q) >= confidence (Hahn and Meeker, "Statistical Intervals", 1991, section 5.2).
 * Undefined where n is too small for any bound: n < 59 at q = confidence = 0.95. The samples of one process are
 * correlated, so this bound informs and never decides.
 */
export function quantileUpperRank(n: number, q: number, confidence = 0.95): number | undefined {
  let low = 1;
  let high = n + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    // For rank n the bound holds with 1 - q^n; BinomCDF(n - 1) is exactly that.
    if (binomialCdf(middle - 1, n, q) >= confidence) high = middle;
    else low = middle + 1;
  }
  return low > n || binomialCdf(low - 1, n, q) < confidence ? undefined : low;
}

export interface MedianBounds {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
  /** Exact confidence of each one-sided bound; below the wanted one where the runs are too few to reach it. */
  readonly confidence: number;
  readonly n: number;
}

/**
 * Median over independent runs with one-sided order-statistic bounds: the upper is the r-th smallest for the
 * smallest r with BinomCDF(r - 1; n, 1/2) >= confidence, the lower its mirror image (David and Nagaraja, "Order
 * Statistics", 3rd ed. 2003, section 7.1). n = 10: 9th smallest, exact confidence 0.989. n = 5: the maximum,
 * 0.969. n < 5 cannot reach 0.95: extremes are returned with the confidence they do have, 1 - 2^-n.
 */
export function medianBounds(values: ArrayLike<number>, confidence = 0.95): MedianBounds {
  const ascending = sorted(values);
  const n = ascending.length;
  if (n === 0) throw new RangeError("no values");
  const rank = quantileUpperRank(n, 0.5, confidence) ?? n;
  return {
    median: median(ascending),
    lower: ascending[n - rank] as number,
    upper: ascending[rank - 1] as number,
    confidence: binomialCdf(rank - 1, n, 0.5),
    n,
  };
}

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

/**
 * Exact one-sided bounds of a proportion, k successes of n (Clopper and Pearson, Biometrika 26(4), 1934), by
 * bisection on the binomial distribution instead of a beta quantile. Error below 1e-12.
 */
export function clopperPearson(k: number, n: number, confidence = 0.95): { lower: number; upper: number } {
  if (!Number.isInteger(k) || !Number.isInteger(n) || k < 0 || n < 1 || k > n) {
    throw new RangeError(`not k of n: ${k} of ${n}`);
  }
  const alpha = 1 - confidence;
  return {
    // Largest p at which seeing k or more has probability at most alpha.
    lower: k === 0 ? 0 : bisect((p) => 1 - binomialCdf(k - 1, n, p) < alpha),
    // Smallest p at which seeing k or fewer has probability at most alpha.
    upper: k === n ? 1 : bisect((p) => binomialCdf(k, n, p) > alpha),
  };
}

/** The p in [0, 1] where `isBelow` turns from true to false. */
function bisect(isBelow: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * How far two sets of runs of the same arm lie apart: the difference of their medians as a share of the smaller
 * one. The smaller, so that the answer does not depend on which is named first and errs towards "noisy".
 */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const first = median(a);
  const second = median(b);
  const smaller = Math.min(Math.abs(first), Math.abs(second));
  return smaller === 0 ? (first === second ? 0 : Infinity) : Math.abs(first - second) / smaller;
}
