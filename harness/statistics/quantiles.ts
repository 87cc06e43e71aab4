/** Percentiles and medians with distribution-free bounds from order statistics. */
import { medianSorted } from "simple-statistics";
import { binomialCdf } from "./binomial.ts";

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
