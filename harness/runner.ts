/**
 * Runs the jobs of a plan, one at a time, each in a child process of its own: the process is the unit of
 * replication, and memory, processor time and bytes are then accounted by the kernel per run.
 *
 * A run that crashes or hangs is recorded as such and the next one starts; finished runs are always kept. A run that
 * failed for a reason of its environment is made again, a bounded number of times, and every try is listed.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Executor, JobOutcome } from "./child-process.ts";
import { HarnessError } from "./errors.ts";
import { causeOf } from "./failure.ts";
import type { RunJob } from "./job.ts";
import { readMachineTimes, sharesBetween } from "./machine.ts";
import { Estimates, RemainingTime, type RunProgress } from "./progress.ts";
import type { RunEvent, RunRecord } from "./results.ts";

export interface RunnerOptions {
  readonly jobs: readonly RunJob[];
  readonly execute: Executor;
  /** Called once per run, in order, before the next one starts. */
  readonly onRecord: (record: RunRecord) => void;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly onEvent?: (event: RunEvent) => void;
  /** Repetitions of a run that failed for a reason of its environment. */
  readonly retries?: number;
  /** Awaited before each run that it concerns, e.g. until the machine is quiet. */
  readonly beforeRun?: (job: RunJob, signal: AbortSignal | undefined) => Promise<void> | undefined;
  /** Runs that an earlier start of the same validation finished; they count as done. */
  readonly finished?: readonly { readonly record: RunRecord; readonly p95Us: number | undefined }[];
  /** Seconds one run of a job is expected to take, as long as none is over. */
  readonly expectedSeconds?: (job: RunJob) => number | undefined;
  readonly signal?: AbortSignal;
  /** Milliseconds; made-up in tests. */
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** A server that restarts needs a moment; each further try waits twice as long. */
const FIRST_RETRY_MS = 1000;

/**
 * Runs all jobs in order. Rejects with the signal's reason when aborted, and with DISK_FULL when there is no room
 * left, for then every further run would fail too; records made until then stand.
 */
export async function runJobs(options: RunnerOptions): Promise<void> {
  const {
    jobs,
    onRecord,
    onProgress,
    beforeRun,
    finished = [],
    signal,
    now = () => performance.now(),
  } = options;
  const startedAt = now();
  const remaining = new RemainingTime(options.expectedSeconds);
  const estimates = new Estimates();
  for (const { record, p95Us } of finished) if (p95Us !== undefined) estimates.observe(record, p95Us);
  const total = finished.length + jobs.length;
  for (const [i, job] of jobs.entries()) {
    signal?.throwIfAborted();
    const say = (kind: RunProgress["kind"], over: number, more: Partial<RunProgress> = {}): void =>
      onProgress?.({
        kind,
        total,
        done: finished.length + over,
        cell: job.cell,
        arm: job.arm,
        run: job.run,
        arms: estimates.of(job.cell),
        elapsedSeconds: (now() - startedAt) / 1000,
        secondsLeft: remaining.estimateSeconds(jobs.slice(over)),
        ...more,
      });
    const ready = beforeRun?.(job, signal);
    if (ready) {
      say("waiting", i);
      await ready;
    }
    say("started", i);
    const from = now();
    const { record, p95Us } = await runUntilDecided(job, options);
    onRecord(record);
    remaining.observe(job, (now() - from) / 1000);
    if (p95Us !== undefined) estimates.observe(job, p95Us);
    const problem = problemOf(record);
    say("finished", i + 1, { outcome: record.outcome.kind, ...(problem === undefined ? {} : { problem }) });
  }
}

/** One run, repeated while its environment is at fault and repetitions are left. */
async function runUntilDecided(
  job: RunJob,
  {
    execute,
    onEvent,
    retries = 0,
    signal,
    sleep = abortableDelay,
    now = () => performance.now(),
  }: RunnerOptions,
): Promise<{ record: RunRecord; p95Us: number | undefined }> {
  const attempts: NonNullable<RunRecord["attempts"]>[number][] = [];
  for (;;) {
    const startedAt = new Date().toISOString();
    const before = readMachineTimes();
    const from = now();
    const outcome = await execute(job, signal);
    const totalSeconds = (now() - from) / 1000;
    const machine = sharesBetween(before, readMachineTimes());
    if (outcome.kind === "failed") {
      const { code, message } = outcome;
      const cause = causeOf(code);
      if (cause === "disk-full") throw diskFull(job, message);
      if (cause === "environment" && attempts.length < retries) {
        onEvent?.({
          at: startedAt,
          kind: "retried",
          cell: job.cell,
          arm: job.arm,
          run: job.run,
          code,
          message,
        });
        await sleep(FIRST_RETRY_MS * 2 ** attempts.length, signal);
        attempts.push({ startedAt, code, message });
        continue;
      }
    }
    const record = {
      ...recordOf(job, outcome, startedAt),
      totalSeconds,
      ...(attempts.length > 0 ? { attempts } : {}),
      ...(machine ? { machine } : {}),
    };
    return { record, p95Us: outcome.kind === "record" ? outcome.p95Us : undefined };
  }
}

function abortableDelay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return delay(ms, undefined, signal ? { signal } : {});
}

function diskFull(job: RunJob, message: string): HarnessError {
  return new HarnessError(
    "DISK_FULL",
    `No room is left on the disk: run ${job.run} of ${job.cell}/${job.arm} stopped (${message})`,
    `Make room on the disk of ${job.runDirectory}, then go on where it stopped with --resume; finished runs are kept.`,
  );
}

/** Why a run gave no numbers, in one line; undefined for a completed run. */
export function problemOf(record: RunRecord): string | undefined {
  const { outcome, attempts = [] } = record;
  const tries = attempts.length === 0 ? "" : ` (after ${attempts.length} more tries)`;
  switch (outcome.kind) {
    case "completed":
      return undefined;
    case "failed": {
      const how = outcome.cause === "environment" ? "failed for a reason of its environment" : "failed";
      return `run ${record.run} ${how}${tries}: ${outcome.code}: ${outcome.message}`;
    }
    case "timeout": {
      if (outcome.limit === "exit")
        return `run ${record.run} answered, but its process did not end within ${outcome.limitSeconds} s`;
      const phase = outcome.phase === undefined ? "" : `, while ${outcome.phase}`;
      return `run ${record.run} was ended after its limit of ${outcome.limitSeconds} s${phase}`;
    }
  }
}

function recordOf(job: RunJob, outcome: JobOutcome, at: string): RunRecord {
  switch (outcome.kind) {
    case "record":
      return outcome.record;
    case "timeout":
      return withoutNumbers(job, at, outcome);
    case "failed": {
      const cause = causeOf(outcome.code) === "environment" ? ({ cause: "environment" } as const) : {};
      return withoutNumbers(job, at, { ...outcome, ...cause });
    }
    case "expected":
      return withoutNumbers(job, at, { kind: "failed", code: "RUN_FAILED", message: "answered another job" });
  }
}

function withoutNumbers(job: RunJob, startedAt: string, outcome: RunRecord["outcome"]): RunRecord {
  return {
    format: "helios-run/1",
    cell: job.cell,
    arm: job.arm,
    subject: job.subject,
    subjectVersion: "unknown",
    durability: job.durability,
    run: job.run,
    position: job.position,
    startedAt,
    outcome,
    samples: [],
    ioReason: "the run did not complete",
    userBytes: 0,
    workingSetBytes: 0,
    workingSetStorageBytes: 0,
    cpuSeconds: { user: 0, system: 0 },
    peakRssBytes: 0,
    wallSeconds: { load: 0, timed: 0, settle: 0 },
    stateDigest: "",
    timerCostNs: 0,
  };
}
