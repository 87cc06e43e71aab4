/** Counts: the binomial distribution, bounds of a proportion, and the exact paired test of two proportions. */
import { betaQuantile, bisect } from "./special-functions.ts";

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

export interface ProportionBounds {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Exact one-sided bounds of a proportion, k successes of n (Clopper and Pearson, Biometrika 26(4), 1934), by
 * bisection on the binomial distribution instead of a beta quantile. Error below 1e-12.
 */
export function clopperPearson(k: number, n: number, confidence = 0.95): ProportionBounds {
  requireCount(k, n);
  const alpha = 1 - confidence;
  return {
    // Largest p at which seeing k or more has probability at most alpha.
    lower: k === 0 ? 0 : bisect((p) => 1 - binomialCdf(k - 1, n, p) < alpha),
    // Smallest p at which seeing k or fewer has probability at most alpha.
    upper: k === n ? 1 : bisect((p) => binomialCdf(k, n, p) > alpha),
  };
}

/**
 * One-sided bounds of a proportion by Jeffreys' prior, Beta(k + 1/2, n - k + 1/2), with the ends set to 0 and 1
 * where nothing or everything succeeded (Brown, Cai and DasGupta, "Interval estimation for a binomial proportion",
 * Statistical Science 16(2), 2001). Covers its confidence on average, not always: it informs and never decides.
 */
export function jeffreysBounds(k: number, n: number, confidence = 0.95): ProportionBounds {
  requireCount(k, n);
  return {
    lower: k === 0 ? 0 : betaQuantile(1 - confidence, k + 0.5, n - k + 0.5),
    upper: k === n ? 1 : betaQuantile(confidence, k + 0.5, n - k + 0.5),
  };
}

/**
 * Two-sided p of McNemar's test, exact: among the pairs that disagree, each direction is a fair coin (McNemar,
 * Psychometrika 12(2), 1947; exact form: Fagerland, Lydersen and Laake, BMC Med. Res. Methodol. 13:91, 2013).
 * `onlyFirst` pairs succeeded in the first arm alone, `onlySecond` in the second alone.
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  return n === 0 ? 1 : Math.min(1, 2 * binomialCdf(Math.min(onlyFirst, onlySecond), n, 0.5));
}

function requireCount(k: number, n: number): void {
  if (!Number.isInteger(k) || !Number.isInteger(n) || k < 0 || n < 1 || k > n) {
    throw new RangeError(`not k of n: ${k} of ${n}`);
  }
}
