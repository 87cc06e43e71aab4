/**
 * Steps in a series of results over time: where did it become slower, and by how much? A moving average would blur
 * the place, a threshold would cry at every noisy day.
 */
import { Random } from "../random.ts";
import { median } from "./quantiles.ts";
import { midRanks } from "./ranks.ts";

export interface StepOptions {
  readonly seed: number | string;
  /** Highest p of a step, by permutations. */
  readonly alpha?: number;
  /** Smaller changes of the median are no step: 0.05 for 5 %. */
  readonly minimumEffect?: number;
  /** Least number of results on either side. */
  readonly leastSegment?: number;
  readonly permutations?: number;
}

export interface LevelStep {
  /** Index of the first value after the step. */
  readonly at: number;
  readonly before: number;
  readonly after: number;
  /** after / before. */
  readonly ratio: number;
  readonly p: number;
}

/**
 * All steps, in order, by Pettitt's rank statistic ("A non-parametric approach to the change-point problem", Applied
 * Statistics 28(2), 1979) applied to the series and then to the parts on either side of each step (binary
 * segmentation). p is by seeded permutations, because Pettitt's formula is too careful for short series. A step needs
 * at least four results on either side to be significant at 0.05. O(permutations x n) for each part.
 */
export function detectSteps(values: readonly number[], options: StepOptions): LevelStep[] {
  const { alpha = 0.01, minimumEffect = 0.05, leastSegment = 4, permutations = 1999, seed } = options;
  const found: number[] = [];
  const ps = new Map<number, number>();
  const search = (from: number, to: number): void => {
    const part = values.slice(from, to);
    if (part.length < 2 * leastSegment) return;
    const observed = pettitt(part, leastSegment);
    const random = new Random(`${seed}`, `steps ${from}-${to}`);
    let asExtreme = 1;
    for (let i = 0; i < permutations; i++) {
      if (pettitt(random.shuffle(part), leastSegment).statistic >= observed.statistic) asExtreme++;
    }
    const p = asExtreme / (permutations + 1);
    if (p > alpha) return;
    const at = from + observed.at;
    found.push(at);
    ps.set(at, p);
    search(from, at);
    search(at, to);
  };
  search(0, values.length);
  placeAnew(values, found, ps, leastSegment);
  return kept(values, found, ps, minimumEffect);
}

/** The first cuts were made while later steps still blurred them: each is moved to the best place between its neighbours. */
function placeAnew(
  values: readonly number[],
  found: number[],
  ps: Map<number, number>,
  leastSegment: number,
): void {
  found.sort((a, b) => a - b);
  for (const [i, at] of found.entries()) {
    const from = found[i - 1] ?? 0;
    const better = from + pettitt(values.slice(from, found[i + 1] ?? values.length), leastSegment).at;
    ps.set(better, ps.get(at) as number);
    found[i] = better;
  }
}

/** Steps whose medians differ enough, judged from step to step; the smallest goes first and joins its neighbours. */
function kept(
  values: readonly number[],
  places: readonly number[],
  ps: ReadonlyMap<number, number>,
  minimumEffect: number,
): LevelStep[] {
  const edges = [0, ...places, values.length];
  const steps = places.map((at, i): LevelStep => {
    const before = median(values.slice(edges[i], at));
    const after = median(values.slice(at, edges[i + 2]));
    return { at, before, after, ratio: after / before, p: ps.get(at) as number };
  });
  const size = ({ ratio }: LevelStep): number => Math.abs(Math.log(ratio));
  const smallest = steps.toSorted((a, b) => size(a) - size(b))[0];
  if (smallest === undefined || size(smallest) >= Math.log1p(minimumEffect)) return steps;
  return kept(
    values,
    places.filter((at) => at !== smallest.at),
    ps,
    minimumEffect,
  );
}

/** Pettitt's K = max |2 sum of the first t ranks - t (n + 1)| and the place t where it is reached. */
export function pettitt(values: readonly number[], leastSegment = 1): { at: number; statistic: number } {
  const n = values.length;
  const ranks = midRanks(values);
  let sum = 0;
  let best = { at: leastSegment, statistic: -1 };
  for (let t = 1; t < n; t++) {
    sum += ranks[t - 1] as number;
    const statistic = Math.abs(2 * sum - t * (n + 1));
    if (t >= leastSegment && t <= n - leastSegment && statistic > best.statistic) best = { at: t, statistic };
  }
  return best;
}
