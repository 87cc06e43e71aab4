/**
 * A workload is a deterministic sequence of steps. The same parameters and seed give the same steps, byte for
 * byte, for every subject; steps are streamed, never held in one array.
 */
import type { Edit } from "./subject.ts";

export type Step =
  /** Apply the edits, then commit: one timed operation. `stateOf` later steps may name it by its ordinal. */
  | { readonly kind: "commit"; readonly edits: readonly Edit[] }
  /** Return to the state of an earlier commit step (ordinal from 0; -1 is the base). Timed apart. */
  | { readonly kind: "checkout"; readonly ordinal: number };

export type WorkloadParameters = Readonly<Record<string, string | number>>;

export interface Workload {
  readonly id: string;
  readonly title: string;
  /** Refuses parameters it cannot run, with a HarnessError that says what to do. */
  base(parameters: WorkloadParameters, seed: number): Iterable<Edit>;
  /** Endless where it can be; the runner takes `warmup + operations` commits. */
  steps(parameters: WorkloadParameters, seed: number): Iterable<Step>;
}
