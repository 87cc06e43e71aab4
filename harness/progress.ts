/** How far the runs are: what is known so far of the arms at work, and how long it will still take. */
import type { RunJob } from "./job.ts";
import { medianBounds } from "./statistics/index.ts";

/** What the finished runs of an arm say. */
export interface ArmProgress {
  readonly arm: string;
  readonly runs: number;
  /** Median of the runs' P95s, microseconds, with one-sided bounds of exactly `confidence`. */
  readonly p95Us: number;
  readonly lowerUs: number;
  readonly upperUs: number;
  readonly confidence: number;
}

export interface RunProgress {
  readonly kind: "started" | "finished" | "waiting";
  /** Runs of the whole validation, and how many of them are over (those of an earlier start included). */
  readonly total: number;
  readonly done: number;
  readonly cell: string;
  readonly arm: string;
  readonly run: number;
  /** Of the run just finished. */
  readonly outcome?: "completed" | "failed" | "timeout";
  /** Why it did not complete. */
  readonly problem?: string;
  /** Arms of the cell at work that have finished runs, in order of their first. */
  readonly arms: readonly ArmProgress[];
  readonly elapsedSeconds: number;
  /** Undefined until a first run is over, unless earlier runs of this machine are known. */
  readonly secondsLeft: number | undefined;
}

export class Estimates {
  readonly #p95s = new Map<string, Map<string, number[]>>();

  observe({ cell, arm }: Pick<RunJob, "cell" | "arm">, p95Us: number): void {
    const ofCell = this.#p95s.get(cell) ?? new Map<string, number[]>();
    this.#p95s.set(cell, ofCell.set(arm, [...(ofCell.get(arm) ?? []), p95Us]));
  }

  of(cell: string): ArmProgress[] {
    return [...(this.#p95s.get(cell) ?? [])].map(([arm, p95s]) => {
      const { median, lower, upper, confidence, n } = medianBounds(p95s);
      return { arm, runs: n, p95Us: median, lowerUs: lower, upperUs: upper, confidence };
    });
  }
}

/**
 * Time left from the mean time of each arm's finished runs; until there are any, from what is expected; arms of which
 * nothing is known count as the mean of the others.
 */
export class RemainingTime {
  readonly #seen = new Map<string, { seconds: number; runs: number }>();
  readonly #expected: (job: RunJob) => number | undefined;

  constructor(expected: (job: RunJob) => number | undefined = () => undefined) {
    this.#expected = expected;
  }

  observe(job: RunJob, seconds: number): void {
    const key = `${job.cell}/${job.arm}`;
    const seen = this.#seen.get(key) ?? { seconds: 0, runs: 0 };
    this.#seen.set(key, { seconds: seen.seconds + seconds, runs: seen.runs + 1 });
  }

  estimateSeconds(jobs: readonly RunJob[]): number | undefined {
    const each = jobs.map((job) => {
      const seen = this.#seen.get(`${job.cell}/${job.arm}`);
      return seen ? seen.seconds / seen.runs : this.#expected(job);
    });
    const known = [
      ...each.filter((seconds) => seconds !== undefined),
      ...[...this.#seen.values()].map(({ seconds, runs }) => seconds / runs),
    ];
    if (jobs.length === 0) return 0;
    if (known.length === 0) return undefined;
    const mean = known.reduce((sum, seconds) => sum + seconds, 0) / known.length;
    return each.reduce<number>((sum, seconds) => sum + (seconds ?? mean), 0);
  }
}
