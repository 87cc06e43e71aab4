/** Two samples of runs compared by ranks: no assumption about how run times are distributed. */
import { normalCdf, normalQuantile } from "./special-functions.ts";
import { median, sorted } from "./quantiles.ts";
import { midRanks, tiedGroups } from "./ranks.ts";

export interface MannWhitney {
  /** Pairs (a, b) with a > b, ties counted half. */
  readonly u: number;
  /** P(a > b) + P(a = b) / 2 in the samples; 0.5 where they do not differ. */
  readonly superiority: number;
  readonly pTwoSided: number;
  /** Of `a` being smaller, and of `a` being larger. */
  readonly pLess: number;
  readonly pGreater: number;
  readonly method: "exact" | "normal";
}

/** Exact up to so many values in all; beyond, the normal approximation is good to three digits. */
const MOST_EXACT = 60;

/**
 * Mann and Whitney, "On a test of whether one of two random variables is stochastically larger", Ann. Math. Stat.
 * 18(1), 1947. Exact by counting all ways to divide the pooled mid-ranks (ties included, so the p is that of the
 * permutation test); above 60 values the normal approximation with tie and continuity correction (Hollander, Wolfe
 * and Chicken, "Nonparametric Statistical Methods", 3rd ed. 2014, section 4.1).
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): MannWhitney {
  requireValues(a, b);
  const pool = [...a, ...b];
  // Times two, so that the shared ranks of ties are whole.
  const doubledRanks = [...midRanks(pool)].map((rank) => 2 * rank);
  const n = a.length;
  const m = b.length;
  const doubledRankSum = doubledRanks.slice(0, n).reduce((sum, rank) => sum + rank, 0);
  const u = doubledRankSum / 2 - (n * (n + 1)) / 2;
  const superiority = u / (n * m);
  const isExact = n + m <= MOST_EXACT;
  const [pLess, pGreater] = isExact
    ? exactTails(doubledRanks, n, doubledRankSum)
    : normalTails(u, n, m, tieSumOf(pool));
  return {
    u,
    superiority,
    pTwoSided: Math.min(1, 2 * Math.min(pLess, pGreater)),
    pLess,
    pGreater,
    method: isExact ? "exact" : "normal",
  };
}

/** P(sum <= observed) and P(sum >= observed) over all choices of n ranks: subsets counted by size and sum. */
function exactTails(doubledRanks: readonly number[], n: number, observed: number): [number, number] {
  const total = doubledRanks.reduce((sum, rank) => sum + rank, 0);
  // ways[k][s]: subsets of k ranks with sum s, as shares, so that nothing overflows.
  const ways = Array.from({ length: n + 1 }, () => new Float64Array(total + 1));
  (ways[0] as Float64Array)[0] = 1;
  for (const rank of doubledRanks) {
    for (let k = n; k >= 1; k--) {
      const from = ways[k - 1] as Float64Array;
      const to = ways[k] as Float64Array;
      for (let s = total; s >= rank; s--) to[s] = (to[s] as number) + (from[s - rank] as number);
    }
  }
  let all = 0;
  let atMost = 0;
  let atLeast = 0;
  for (const [sum, count] of (ways[n] as Float64Array).entries()) {
    all += count;
    if (sum <= observed) atMost += count;
    if (sum >= observed) atLeast += count;
  }
  return [atMost / all, atLeast / all];
}

/** Sum of t^3 - t over the groups of t equal values. */
function tieSumOf(pool: readonly number[]): number {
  return tiedGroups(sorted(pool)).reduce((sum, { from, to }) => sum + (to - from) ** 3 - (to - from), 0);
}

function normalTails(u: number, n: number, m: number, tieSum: number): [number, number] {
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - tieSum / (total * (total - 1)));
  if (variance === 0) return [1, 1];
  const z = (shift: number): number => (u - (n * m) / 2 + shift) / Math.sqrt(variance);
  return [normalCdf(z(0.5)), normalCdf(-z(-0.5))];
}

export interface ShiftBounds {
  /** Median of all differences a - b. */
  readonly shift: number;
  /** Two-sided interval. Infinite where the runs are too few for the confidence. */
  readonly lower: number;
  readonly upper: number;
  /** The confidence that the interval really has. */
  readonly confidence: number;
}

/**
 * Hodges and Lehmann's estimate of how far `a` lies from `b`, with Moses' interval from the distribution of U
 * (Hodges and Lehmann, Ann. Math. Stat. 34(2), 1963; Hollander, Wolfe and Chicken, section 4.3).
 */
export function hodgesLehmannShift(
  a: readonly number[],
  b: readonly number[],
  confidence = 0.95,
): ShiftBounds {
  requireValues(a, b);
  const differences = sorted(a.flatMap((x) => b.map((y) => x - y)));
  const shift = median(differences);
  const { rank, confidence: reached } = mosesRank(a.length, b.length, confidence);
  if (rank === 0) return { shift, lower: -Infinity, upper: Infinity, confidence: 1 };
  return {
    shift,
    lower: differences[rank - 1] as number,
    upper: differences[differences.length - rank] as number,
    confidence: reached,
  };
}

/** The largest r such that the r-th smallest and r-th largest difference enclose the shift; 0 where none does. */
function mosesRank(n: number, m: number, confidence: number): { rank: number; confidence: number } {
  const alpha = 1 - confidence;
  if (n + m > MOST_EXACT) {
    const spread = normalQuantile(1 - alpha / 2) * Math.sqrt((n * m * (n + m + 1)) / 12);
    return { rank: Math.max(0, Math.floor((n * m) / 2 - spread)), confidence };
  }
  const tails = uTails(n, m);
  let rank = 0;
  while (rank < tails.length && 2 * (tails[rank] as number) <= alpha) rank++;
  return { rank, confidence: rank === 0 ? 1 : 1 - 2 * (tails[rank - 1] as number) };
}

/** P(U <= k) for k = 0, 1, ..., without ties. */
export function uTails(n: number, m: number): Float64Array {
  // Subsets of n out of 1..n+m by sum, moved so that the smallest sum is 0.
  const most = n * m;
  const ways = Array.from({ length: n + 1 }, () => new Float64Array(most + 1));
  (ways[0] as Float64Array)[0] = 1;
  for (let rank = 1; rank <= n + m; rank++) {
    for (let k = Math.min(n, rank); k >= 1; k--) {
      const from = ways[k - 1] as Float64Array;
      const to = ways[k] as Float64Array;
      // The k-th smallest of a subset adds rank - k to U.
      for (let u = most; u >= rank - k; u--) to[u] = (to[u] as number) + (from[u - rank + k] as number);
    }
  }
  const counts = ways[n] as Float64Array;
  const all = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  return counts.map((count) => (sum += count) / all);
}

/** Hodges and Lehmann's centre of one sample: the median of all means of two (Walsh averages). */
export function hodgesLehmannCentre(values: readonly number[]): number {
  const averages = values.flatMap((x, i) => values.slice(i).map((y) => (x + y) / 2));
  return median(averages);
}

function requireValues(a: readonly number[], b: readonly number[]): void {
  if (a.length === 0 || b.length === 0) throw new RangeError("both samples must have values");
  if (![...a, ...b].every(Number.isFinite)) throw new RangeError("the values must be finite numbers");
}
