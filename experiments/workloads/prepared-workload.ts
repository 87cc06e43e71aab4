/**
 * A workload that must look at something outside before the runs, such as a repository. The looking happens once,
 * in the parent, so that no run is charged for it and every run sees the same.
 */
import type { Workload, WorkloadParameters } from "@helios/harness";

export interface PrepareContext {
  /** The Git repository the user gave, or the current directory. */
  readonly repo: string;
  /** Where prepared files may be written; removed after the runs. */
  readonly directory: string;
  readonly signal?: AbortSignal;
}

export type Prepared =
  | {
      readonly kind: "ready";
      /** Added to the cell's parameters for the runs, never to the plan. */
      readonly parameters: WorkloadParameters;
      /** What was found, for the report. */
      readonly facts: Readonly<Record<string, string | number>>;
    }
  /** This input gives no such cell; the report says why. */
  | {
      readonly kind: "absent";
      readonly reason: string;
      readonly facts: Readonly<Record<string, string | number>>;
    };

export interface PreparedWorkload extends Workload {
  /** Throws a HarnessError where the input is unusable at all, before anything is written. */
  check(context: Pick<PrepareContext, "repo" | "signal">): Promise<void>;
  prepare(parameters: WorkloadParameters, context: PrepareContext): Promise<Prepared>;
}

export function isPrepared(workload: Workload): workload is PreparedWorkload {
  return "prepare" in workload;
}
