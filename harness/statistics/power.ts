/**
 * What a design can show, said before it is run. Runs are taken as lognormal: their P95s differ by factors, and the
 * standard deviation of their logarithm is close to their coefficient of variation.
 */
import { Random } from "../random.ts";
import { binomialCdf } from "./binomial.ts";
import { drawNormal } from "./draws.ts";
import { median, quantileUpperRank } from "./quantiles.ts";
import { uTails } from "./rank-tests.ts";
import { bisect, normalCdf } from "./special-functions.ts";

/**
 * Probability that the order-statistic upper bound of the median of `runs` lies below a line, if their true median is
 * `medianShare` of that line. Exact: the bound is the r-th smallest run, so at least r of them must be below, and
 * each one is with probability Phi(ln(1 / medianShare) / spread). 0 where the runs give no such bound.
 */
export function medianBoundPower(
  runs: number,
  medianShare: number,
  spread: number,
  confidence = 0.95,
): number {
  const rank = quantileUpperRank(runs, 0.5, confidence);
  if (rank === undefined) return 0;
  const margin = -Math.log(medianShare);
  const below = spread === 0 ? (margin > 0 ? 1 : 0) : normalCdf(margin / spread);
  return 1 - binomialCdf(rank - 1, runs, below);
}

/** The highest true median, as a share of the line, that passes with probability `power`; undefined for too few runs. */
export function medianShareWithPower(
  runs: number,
  spread: number,
  power: number,
  confidence = 0.95,
): number | undefined {
  if (quantileUpperRank(runs, 0.5, confidence) === undefined) return undefined;
  return bisect((share) => medianBoundPower(runs, share, spread, confidence) >= power, 1e-6, 1);
}

export interface DetectionDesign {
  /** Runs of each arm. */
  readonly runsA: number;
  readonly runsB: number;
  /** Standard deviation of the logarithm of a run's value. */
  readonly spread: number;
  /** Two-sided level of the Mann-Whitney test. */
  readonly alpha: number;
  /** Effects smaller than this are never flagged: 0.05 for 5 %. */
  readonly minimumEffect: number;
  readonly seed: number | string;
}

/** Probability that a true ratio between the arms is flagged, by 1,000 seeded experiments. About 20 ms at 10 runs. */
export function detectionPower(design: DetectionDesign, ratio: number, simulations = 1000): number {
  const { runsA, runsB, spread, alpha, minimumEffect, seed } = design;
  const critical = criticalU(runsA, runsB, alpha);
  if (critical < 0) return 0;
  // The same standard draws at every ratio, so that power grows with the ratio without jumps.
  const random = new Random(seed, "detection power");
  const shift = Math.log(ratio);
  let flagged = 0;
  for (let i = 0; i < simulations; i++) {
    const a = Array.from({ length: runsA }, () => spread * drawNormal(random));
    const b = Array.from({ length: runsB }, () => shift + spread * drawNormal(random));
    let u = 0;
    for (const x of a) for (const y of b) if (x > y) u++;
    const isSignificant = u <= critical || u >= runsA * runsB - critical;
    if (isSignificant && Math.abs(median(b) - median(a)) >= Math.log1p(minimumEffect)) flagged++;
  }
  return flagged / simulations;
}

/**
 * The smallest ratio above 1 that is flagged with probability `power` (0.8 by custom); undefined where the runs are so
 * few that no outcome is significant: 4 against 4 at 0.01, 3 against 3 at 0.05.
 */
export function minimumDetectableRatio(design: DetectionDesign, power = 0.8): number | undefined {
  if (criticalU(design.runsA, design.runsB, design.alpha) < 0) return undefined;
  let high = 1.02;
  while (detectionPower(design, high) < power) {
    high = 1 + (high - 1) * 2;
    if (high > 1000) return undefined;
  }
  let low = 1;
  while (high - low > 0.002 * high) {
    const middle = (low + high) / 2;
    if (detectionPower(design, middle) < power) low = middle;
    else high = middle;
  }
  return high;
}

/** The largest u with 2 P(U <= u) <= alpha; -1 where even the most extreme outcome is not significant. */
function criticalU(n: number, m: number, alpha: number): number {
  let critical = -1;
  for (const [u, tail] of uTails(n, m).entries()) {
    if (2 * tail > alpha) break;
    critical = u;
  }
  return critical;
}
