/**
 * The report is one value. Every format renders this value and nothing else, so no format can say more, or
 * something else, than another. `report.schema.json` beside this file is its published JSON Schema.
 */
import type { Environment, IoMeasures } from "@helios/harness";
import type { Estimate, GateResult, Verdict } from "@helios/policy";

export interface LatencyPoint {
  /** Share of operations, 0..1. */
  readonly q: number;
  /** Median over process runs, microseconds. */
  readonly us: number;
}

/** What one arm of a cell did. */
export interface ArmReport {
  readonly arm: string;
  readonly subject: string;
  readonly subjectVersion: string;
  readonly runsPlanned: number;
  readonly runsCompleted: number;
  readonly operationsPerRun: number;
  /** Why runs are missing; empty when all completed. */
  readonly problems: readonly string[];
  /** apply + commit with the id read, microseconds; undefined without completed runs. */
  readonly p50: Estimate | undefined;
  readonly p95: Estimate | undefined;
  readonly p99: Estimate | undefined;
  readonly curve: readonly LatencyPoint[];
  /** Per timed commit, median over runs. */
  readonly ioPerCommit: IoMeasures | undefined;
  readonly ioReason: string | undefined;
  readonly userBytesPerCommit: number;
  readonly workingSetBytesPerCommit: number;
  readonly peakRssBytes: number;
  /** Present where the arm could not be run here, with what would change it; the reason is its problem. */
  readonly skipped?: { readonly reason: string; readonly remedy: string } | undefined;
  /** In the order of their making; absent in reports of earlier versions. */
  readonly runs?: readonly RunReport[];
}

/** One process run. */
export interface RunReport {
  readonly run: number;
  /** Place in the interleaved order of all runs. */
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
  /** By write calls, per commit, without what only wrote the user's own files. */
  readonly wcharPerCommit: number | undefined;
  readonly seconds: number;
  /** Shares of all processors during the run, taken by other programs and kept back by the host. */
  readonly othersShare: number | undefined;
  readonly stealShare: number | undefined;
}

/** How many times as long (`p95`) or as much (`wchar`) as the reference arm of the same cell and class. */
export interface RatioReport {
  readonly arm: string;
  readonly against: string;
  readonly measure: "p95" | "wchar";
  /** Two-sided interval; bounds that are not finite, or 0: too few runs. */
  readonly ratio: Estimate;
}

export interface CellReport {
  readonly cell: string;
  readonly workload: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly durability: string;
  readonly purpose: readonly string[];
  readonly arms: readonly ArmReport[];
  /** All subjects ended in the same state. */
  readonly statesAgree: boolean | undefined;
  /** Share of Git's bytes that Helios did not write, by each measure. */
  readonly reduction: readonly { readonly measure: string; readonly estimate: Estimate }[];
  readonly ratios?: readonly RatioReport[];
}

export interface Report {
  readonly format: "helios-report/1";
  readonly verdict: Verdict;
  /** One sentence. */
  readonly headline: string;
  readonly whatWouldChangeIt: readonly string[];
  readonly gates: readonly GateResult[];
  readonly cells: readonly CellReport[];
  readonly environment: Environment;
  readonly plan: {
    readonly id: string;
    readonly title: string;
    readonly hash: string;
    readonly canGo: boolean;
    readonly seed: number;
  };
  readonly timerCostNs: number;
  /** What happened while the runs were made and a reader should know, in order; empty where nothing did. */
  readonly events?: readonly { readonly at: string; readonly text: string }[];
  /** sha256 of every raw file the report was computed from. */
  readonly rawData: readonly { readonly file: string; readonly sha256: string }[];
}
