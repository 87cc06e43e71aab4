/**
 * What a validation leaves on disk, and the only thing a verdict may be computed from.
 *
 *     RUN_DIR/
 *       plan.json                     the plan, as hashed
 *       environment.json              Environment
 *       runs/<cell>/cell.json         CellRecord
 *       runs/<cell>/<arm>-<n>.json    RunRecord
 *       runs/<cell>/<arm>-<n>.<series>.f64   raw samples, microseconds, little-endian float64
 *       evidence/<name>.json          what guards and gates found that is not a run
 *       events.jsonl                  RunEvent a line: interruptions, repetitions, disturbances
 *       shard.json                    ShardRecord, where the directory holds a part of the runs
 *       manifest.json                 sha256 of each file above; written last
 *       report.json  report.md  report.html
 */
import type { DurabilityClass } from "./subject.ts";

/** Bytes by the three measures of I/O, over the timed operations and the settling after them. */
export interface IoMeasures {
  /** Bytes through write calls of the process and its waited-for children (`/proc/<pid>/io`). */
  readonly wcharBytes: number;
  readonly rcharBytes: number;
  /** `write_bytes - cancelled_write_bytes`: pages sent to storage. */
  readonly storageBytes: number;
  /** Growth of allocated blocks below the run's directory. */
  readonly allocatedBytes: number;
}

/** What is known of a cell beside its runs. */
export interface CellRecord {
  readonly format: "helios-cell/1";
  readonly cell: string;
  /** Why the cell was not run; its runs are then missing on purpose. */
  readonly absent?: string;
  /** What the workload turned out to be, e.g. the commits found in the given repository. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Arms that cannot be run here, e.g. because no server answers. */
  readonly skipped?: readonly SkippedArm[];
  /**
   * The state digest of a model that does nothing but keep a map, for each length of run in the cell. A subject
   * that ends in another state did other work, and its numbers are not shown.
   */
  readonly expected: readonly {
    readonly warmup: number;
    readonly operations: number;
    readonly stateDigest: string;
  }[];
}

export interface SkippedArm {
  readonly arm: string;
  readonly subject: string;
  readonly reason: string;
  readonly remedy: string;
}

export interface SampleSeries {
  /** `apply`, `commit`, `step` (apply + commit) or `checkout`. */
  readonly series: string;
  /** Path below the run directory. */
  readonly file: string;
  readonly count: number;
  readonly sha256: string;
}

/** In this order. What is timed and what settles is one phase: to tell them apart a write would have to be counted. */
export type RunPhase = "starting" | "loading" | "warming up" | "timing and settling" | "proving";

/** Shares of all processors over some time. */
export interface MachineShares {
  /** Taken by programs that are not part of this validation. */
  readonly othersShare: number;
  /** Kept back by the host of a virtual machine. */
  readonly stealShare: number;
  /** Over one minute, at the end. */
  readonly loadAverage: number;
}

/** Something about the making of the runs that a reader of their numbers should know. */
export type RunEvent = { readonly at: string } & (
  | { readonly kind: "begun"; readonly runs: number }
  | { readonly kind: "resumed"; readonly runs: number; readonly finishedRuns: number }
  | {
      readonly kind: "retried";
      readonly cell: string;
      readonly arm: string;
      readonly run: number;
      readonly code: string;
      readonly message: string;
    }
  | ({
      readonly kind: "waited";
      readonly waitedSeconds: number;
      /** False: the time to wait was used up, and the run was made all the same. */
      readonly isQuiet: boolean;
      readonly frequency?: string;
    } & MachineShares)
  | { readonly kind: "quiet-unknown"; readonly reason: string }
  | { readonly kind: "stopped"; readonly reason: string }
);

/** Which part of the runs a directory holds. */
export interface ShardRecord {
  readonly format: "helios-shard/1";
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

export interface RunRecord {
  readonly format: "helios-run/1";
  readonly cell: string;
  readonly arm: string;
  readonly subject: string;
  readonly subjectVersion: string;
  readonly durability: DurabilityClass;
  /** 0-based within the arm. */
  readonly run: number;
  /** Position in the interleaved order of the whole validation. */
  readonly position: number;
  readonly startedAt: string;
  readonly outcome:
    | { readonly kind: "completed" }
    | {
        readonly kind: "failed";
        readonly code: string;
        readonly message: string;
        /** Set where it was not the subject's fault. */
        readonly cause?: "environment";
      }
    | {
        readonly kind: "timeout";
        readonly limitSeconds: number;
        /** `run`: the plan's limit of the run. `exit`: it had answered, but its process did not end. */
        readonly limit?: "run" | "exit";
        /** What the run was at when it was ended. */
        readonly phase?: RunPhase;
      };
  /** Earlier tries that failed for a reason of the environment, oldest first. */
  readonly attempts?: readonly {
    readonly startedAt: string;
    readonly code: string;
    readonly message: string;
  }[];
  /** What else the machine did during the run; undefined where the system does not say. */
  readonly machine?: MachineShares;
  readonly samples: readonly SampleSeries[];
  /** Undefined where it could not be measured; `ioReason` then says why (tmpfs, no /proc). */
  readonly io?: IoMeasures;
  readonly ioReason?: string;
  /** Bytes of the edits' contents over the timed operations. */
  readonly userBytes: number;
  /** Part of wcharBytes that only wrote the user's own files into a directory working set. */
  readonly workingSetBytes: number;
  /** The same in whole pages of 4,096 bytes, as it counts in storageBytes. */
  readonly workingSetStorageBytes: number;
  /** Of the run's process and its waited-for children, from the first timed operation to after settling. */
  readonly cpuSeconds: { readonly user: number; readonly system: number };
  /** Of the run's own process, over its whole life; child processes have theirs. */
  readonly peakRssBytes: number;
  readonly wallSeconds: { readonly load: number; readonly timed: number; readonly settle: number };
  /** From the start of the run's process to its end, as the runner saw it: what the next run will take, too. */
  readonly totalSeconds?: number;
  /** sha256 over path count and sampled contents of the final state; equal for all subjects of a cell. */
  readonly stateDigest: string;
  readonly timerCostNs: number;
}

export interface Environment {
  readonly format: "helios-environment/1";
  readonly recordedAt: string;
  readonly heliosVersion: string;
  /** Revision of the measured source and whether the tree was clean; undefined outside a checkout. */
  readonly revision?: { readonly commit: string; readonly clean: boolean };
  readonly node: string;
  readonly platform: string;
  readonly kernel: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly filesystem: string;
  readonly loadAverage: readonly [number, number, number];
  /** Governor and frequency of the processors, where the system tells. */
  readonly frequency?: string;
  readonly tools: Readonly<Record<string, string>>;
}
