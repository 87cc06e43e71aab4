/**
 * What passes between the runner and the process of a run. Plain JSON both ways: the process knows nothing of
 * the plan, so it cannot behave differently for one arm than for another.
 */
import type { RunPhase, RunRecord } from "./results.ts";
import type { DurabilityClass, SubjectOptions } from "./subject.ts";
import type { WorkloadParameters } from "./workload.ts";

interface JobBase {
  readonly cell: string;
  readonly workload: string;
  readonly parameters: WorkloadParameters;
  readonly seed: number;
  readonly warmup: number;
  readonly operations: number;
  readonly timeoutSeconds: number;
}

/** Measure one arm once. */
export interface RunJob extends JobBase {
  readonly kind: "run";
  readonly arm: string;
  readonly subject: string;
  readonly durability: DurabilityClass;
  readonly run: number;
  readonly position: number;
  readonly runDirectory: string;
  /** Does not exist yet; the process makes it, the runner removes it. */
  readonly scratchDirectory: string;
  /** `baseCache` of the session options, of the subject in this cell. */
  readonly baseCache: string;
  /** Of the plan's arm; see there. */
  readonly options?: SubjectOptions;
  readonly revision?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

/** Work out the state that all arms of this length must reach. */
export interface ExpectJob extends JobBase {
  readonly kind: "expect";
}

export type Job = RunJob | ExpectJob;

/** Said on the way, so that whoever ends the run knows what it was at. */
export interface PhaseReport {
  readonly kind: "phase";
  readonly phase: RunPhase;
}

/** What the process answers; anything else, or nothing, is a crash. */
export type JobAnswer =
  | {
      readonly kind: "record";
      readonly record: RunRecord;
      /** P95 of the `step` series, for progress lines only; undefined without samples. */
      readonly p95Us: number | undefined;
    }
  | { readonly kind: "expected"; readonly stateDigest: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/** Where a run's files go, relative to the run directory and without the ending. */
export function runFileStem(job: Pick<RunJob, "cell" | "arm" | "run">): string {
  return `runs/${job.cell}/${job.arm}-${job.run}`;
}
