/**
 * A plan says before the run what will be measured and how it will be judged. Its hash is in every report, so
 * a verdict cannot be fitted to its data afterwards.
 */
import { createHash } from "node:crypto";
import type { DurabilityClass } from "./subject.ts";
import type { WorkloadParameters } from "./workload.ts";

/** One comparison: the same workload, parameters and class for every arm. */
export interface Cell {
  /** e.g. `edits-100000`; unique in the plan, used in file names. */
  readonly id: string;
  readonly workload: string;
  readonly parameters: WorkloadParameters;
  readonly durability: DurabilityClass;
  readonly arms: readonly Arm[];
  /** What the cell is for; a gate reads only cells that declared it. */
  readonly purpose: readonly ("latency" | "io" | "context")[];
}

export interface Arm {
  /** e.g. `helios`, `helios-again` (the A/A arm), `git`; unique in the cell. */
  readonly id: string;
  readonly subject: string;
  /** Process runs of this arm. */
  readonly runs: number;
  /** Commits not counted, then commits timed, in each run. */
  readonly warmup: number;
  readonly operations: number;
  /** Ends the run's process group; the run is then recorded as `timeout`. */
  readonly timeoutSeconds: number;
}

export interface GateLines {
  readonly gate: string;
  /** What must hold for GO and what makes NO-GO; the numbers mean what the gate's docstring says. */
  readonly go: number;
  readonly noGo: number;
  readonly required: boolean;
}

export interface Plan {
  readonly format: "helios-plan/1";
  readonly id: string;
  readonly title: string;
  /** A quick plan can say NO-GO, never GO. */
  readonly canGo: boolean;
  readonly seed: number;
  readonly cells: readonly Cell[];
  readonly gates: readonly GateLines[];
}

/** JSON with sorted keys and no spaces: equal values, equal bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** `sha256:<hex>` of the plan's canonical JSON. */
export function planHash(plan: Plan): string {
  return `sha256:${createHash("sha256").update(canonicalJson(plan)).digest("hex")}`;
}
