/** What the statistics cost: a verdict is judged again from its samples, and nobody should wait for it. */
import { Bench } from "tinybench";
import { Random } from "../random.ts";
import {
  bcaBounds,
  detectSteps,
  drawNormal,
  hodgesLehmannShift,
  mannWhitney,
  mean,
  medianBounds,
  minimumDetectableRatio,
  percentileOfSorted,
  reductionBounds,
  signFlipTest,
  sorted,
  successScoreBounds,
} from "./index.ts";

export async function runStatisticsBench(timeMs: number): Promise<Bench> {
  const random = new Random(1, "statistics bench");
  const values = (count: number): number[] =>
    Array.from({ length: count }, () => Math.exp(drawNormal(random)));
  const [a, b] = [values(10), values(10)];
  const operations = values(10_000);
  const trials = Array.from({ length: 30 }, () => ({ green: 1, reviewMinutes: 2 + random.float() }));
  const series = values(100);
  const design = { runsA: 10, runsB: 10, spread: 0.15, alpha: 0.01, minimumEffect: 0.05, seed: 1 };
  const bench = new Bench({ time: timeMs, iterations: timeMs > 10 ? 16 : 1, warmup: timeMs > 10 });
  bench
    .add("P95 of 10,000 operations", () => void percentileOfSorted(sorted(operations), 0.95))
    .add("bounds of the median of 10 runs", () => void medianBounds(a))
    .add("Mann-Whitney, 10 against 10, exact", () => void mannWhitney(a, b))
    .add("Hodges-Lehmann, 10 against 10", () => void hodgesLehmannShift(a, b))
    .add("sign flips, 30 pairs, 10,000 flips", () => void signFlipTest(values(30), { seed: 1 }))
    .add(
      "reduction, 5 against 5, 10,000 resamples",
      () => void reductionBounds(a.slice(5), b.slice(5), { seed: 1 }),
    )
    .add(
      "BCa of a mean, 30 values, 10,000 resamples",
      () => void bcaBounds(values(30), (sample) => mean([...sample]), { seed: 1 }),
    )
    .add("success score, 30 trials, 20,000 draws", () => void successScoreBounds(trials, { seed: 1 }))
    .add("least detectable ratio, 10 against 10", () => void minimumDetectableRatio(design))
    .add("steps in 100 results", () => void detectSteps(series, { seed: 1 }));
  await bench.run();
  return bench;
}

if (import.meta.main) console.table((await runStatisticsBench(300)).table());
