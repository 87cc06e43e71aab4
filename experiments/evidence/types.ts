/**
 * What a run directory says, as values.
 *
 * The shapes are those of the gates' evidence and of the report's cells. They are written down here a second time
 * because the measuring side knows neither the judge nor the printer; the command line hands them over, and the
 * compiler sees there that they fit.
 */
import type { Environment, IoMeasures, Plan, RunEvent } from "@helios/harness";

/** A number with its one-sided confidence bounds. */
export interface Estimate {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
  readonly n: number;
  readonly nUnit: string;
  readonly unit: string;
  readonly scope: string;
}

/** Present with its source, or missing with what would supply it. */
export type Evidence<T> =
  | { readonly kind: "present"; readonly grade: "measured"; readonly source: string; readonly value: T }
  | { readonly kind: "missing"; readonly reason: string; readonly remedy: string };

export interface CommitLatency {
  readonly p95: Estimate;
  readonly selfComparison: { readonly relativeDifference: number; readonly n: number } | undefined;
}

export interface IoReduction {
  readonly cells: readonly { readonly cell: string; readonly reduction: Estimate }[];
  readonly absent: readonly { readonly cell: string; readonly reason: string }[];
  readonly beside: readonly {
    readonly cell: string;
    readonly reduction: Estimate | undefined;
    readonly note: string;
  }[];
}

export interface ArmSummary {
  readonly arm: string;
  readonly subject: string;
  readonly subjectVersion: string;
  readonly runsPlanned: number;
  readonly runsCompleted: number;
  readonly operationsPerRun: number;
  readonly problems: readonly string[];
  /** Not run here, e.g. because no server answers; the problem says why and this what would change it. */
  readonly skipped: { readonly reason: string; readonly remedy: string } | undefined;
  readonly p50: Estimate | undefined;
  readonly p95: Estimate | undefined;
  readonly p99: Estimate | undefined;
  readonly curve: readonly { readonly q: number; readonly us: number }[];
  readonly ioPerCommit: IoMeasures | undefined;
  readonly ioReason: string | undefined;
  readonly userBytesPerCommit: number;
  readonly workingSetBytesPerCommit: number;
  readonly peakRssBytes: number;
  /** Every run that was made, in the order of their making. */
  readonly runs: readonly RunPoint[];
}

/** One run, to be seen in the sequence of all and compared with runs of another time. */
export interface RunPoint {
  readonly run: number;
  readonly position: number;
  readonly startedAt: string;
  readonly outcome: "completed" | "failed" | "timeout";
  /** Tries before it that failed through the environment. */
  readonly retries: number;
  /** Whether its numbers count. */
  readonly isSound: boolean;
  readonly p50Us: number | undefined;
  readonly p95Us: number | undefined;
  readonly p99Us: number | undefined;
  /** Bytes by write calls per commit, without what only wrote the user's own files. */
  readonly wcharPerCommit: number | undefined;
  /** Of the run's process, from its start to its end. */
  readonly seconds: number;
  readonly othersShare: number | undefined;
  readonly stealShare: number | undefined;
}

/** How many times as long (or as much) as the reference arm of the same cell and class. */
export interface RatioToReference {
  readonly arm: string;
  readonly against: string;
  readonly measure: "p95" | "wchar";
  /** Infinite bounds: too few runs. `n` is the smaller count of runs. */
  readonly ratio: Estimate;
}

export interface CellSummary {
  readonly cell: string;
  readonly workload: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly durability: string;
  readonly purpose: readonly string[];
  readonly arms: readonly ArmSummary[];
  readonly statesAgree: boolean | undefined;
  readonly reduction: readonly { readonly measure: string; readonly estimate: Estimate }[];
  readonly ratios: readonly RatioToReference[];
}

/** Everything a report needs that comes from the run directory. */
export interface RunSummary {
  readonly directory: string;
  readonly plan: Plan;
  readonly planHash: string;
  readonly environment: Environment;
  readonly cells: readonly CellSummary[];
  readonly commitP95: Evidence<CommitLatency>;
  readonly ioReduction: Evidence<IoReduction>;
  /** What guards left in `evidence/`, by name. */
  readonly evidence: ReadonlyMap<string, unknown>;
  readonly timerCostNs: number;
  /** Interruptions, repetitions and disturbances while the runs were made. */
  readonly events: readonly RunEvent[];
  readonly rawData: readonly { readonly file: string; readonly sha256: string }[];
}
