/**
 * Runs the jobs of a plan, one at a time, each in a child process of its own: the process is the unit of
 * replication, and memory, processor time and bytes are then accounted by the kernel per run.
 *
 * A run that crashes or hangs is recorded as such and the next one starts; finished runs are always kept. A
 * child leads its own process group, so that ending a run also ends whatever it started.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { HarnessError } from "./errors.ts";
import type { Job, JobAnswer, RunJob } from "./job.ts";
import type { RunRecord } from "./results.ts";

/** What a job came to, as the executor saw it. */
export type JobOutcome = JobAnswer | { readonly kind: "timeout"; readonly limitSeconds: number };

/** Executes one job. Rejects only when `signal` is aborted. */
export type Executor = (job: Job, signal: AbortSignal | undefined) => Promise<JobOutcome>;

export interface RunProgress {
  readonly kind: "started" | "finished";
  /** Runs of the whole validation, and how many of them are over. */
  readonly total: number;
  readonly done: number;
  readonly cell: string;
  readonly arm: string;
  readonly run: number;
  /** Of the run just finished. */
  readonly outcome?: "completed" | "failed" | "timeout";
  /** Why it did not complete. */
  readonly problem?: string;
  /** Median P95 of the arm's finished runs so far, microseconds. */
  readonly p95Us?: number;
  readonly elapsedSeconds: number;
  /** Undefined until a first run is over. */
  readonly secondsLeft: number | undefined;
}

export interface RunnerOptions {
  readonly jobs: readonly RunJob[];
  readonly execute: Executor;
  /** Called once per run, in order, before the next one starts. */
  readonly onRecord: (record: RunRecord) => void;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds; made-up in tests. */
  readonly now?: () => number;
}

/** Runs all jobs in order. Rejects with the signal's reason when aborted; records made until then stand. */
export async function runJobs(options: RunnerOptions): Promise<void> {
  const { jobs, execute, onRecord, onProgress, signal, now = () => performance.now() } = options;
  const startedAt = now();
  const remaining = new RemainingTime();
  const p95s = new Map<string, number[]>();
  for (const [done, job] of jobs.entries()) {
    signal?.throwIfAborted();
    const about = { total: jobs.length, cell: job.cell, arm: job.arm, run: job.run };
    const from = now();
    onProgress?.({
      ...about,
      kind: "started",
      done,
      elapsedSeconds: (from - startedAt) / 1000,
      secondsLeft: remaining.estimateSeconds(jobs.slice(done)),
    });
    const outcome = await execute(job, signal);
    const record = recordOf(job, outcome, new Date().toISOString());
    onRecord(record);
    remaining.observe(job, (now() - from) / 1000);
    const arm = `${job.cell}/${job.arm}`;
    if (outcome.kind === "record" && outcome.p95Us !== undefined) {
      p95s.set(
        arm,
        [...(p95s.get(arm) ?? []), outcome.p95Us].sort((a, b) => a - b),
      );
    }
    const finished = p95s.get(arm) ?? [];
    const p95Us = finished[finished.length >> 1];
    const problem = problemOf(record);
    onProgress?.({
      ...about,
      kind: "finished",
      done: done + 1,
      outcome: record.outcome.kind,
      ...(problem === undefined ? {} : { problem }),
      ...(p95Us === undefined ? {} : { p95Us }),
      elapsedSeconds: (now() - startedAt) / 1000,
      secondsLeft: remaining.estimateSeconds(jobs.slice(done + 1)),
    });
  }
}

/** Why a run gave no numbers, in one line; undefined for a completed run. */
export function problemOf(record: RunRecord): string | undefined {
  const { outcome } = record;
  switch (outcome.kind) {
    case "completed":
      return undefined;
    case "failed":
      return `run ${record.run} failed: ${outcome.code}: ${outcome.message}`;
    case "timeout":
      return `run ${record.run} was ended after its limit of ${outcome.limitSeconds} s`;
  }
}

/** Time left from the mean time of each arm's finished runs; arms not seen yet count as the mean of all. */
class RemainingTime {
  readonly #seen = new Map<string, { seconds: number; runs: number }>();

  observe(job: RunJob, seconds: number): void {
    const key = `${job.cell}/${job.arm}`;
    const seen = this.#seen.get(key) ?? { seconds: 0, runs: 0 };
    this.#seen.set(key, { seconds: seen.seconds + seconds, runs: seen.runs + 1 });
  }

  estimateSeconds(jobs: readonly RunJob[]): number | undefined {
    const all = [...this.#seen.values()];
    if (all.length === 0) return undefined;
    const overall = all.reduce((sum, one) => sum + one.seconds / one.runs, 0) / all.length;
    return jobs.reduce((sum, job) => {
      const seen = this.#seen.get(`${job.cell}/${job.arm}`);
      return sum + (seen ? seen.seconds / seen.runs : overall);
    }, 0);
  }
}

function recordOf(job: RunJob, outcome: JobOutcome, at: string): RunRecord {
  switch (outcome.kind) {
    case "record":
      return outcome.record;
    case "timeout":
      return withoutNumbers(job, at, outcome);
    case "failed":
      return withoutNumbers(job, at, outcome);
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

const STDERR_KEPT_CHARACTERS = 2000;

/**
 * An executor that starts `entry` (a module that calls {@link serveJob}) for each job and removes the job's
 * scratch directory afterwards, whatever happened. `environment` is added to that of this process.
 */
export function childProcessExecutor(
  entry: string,
  nodeArguments: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Executor {
  return async (job, signal) => {
    signal?.throwIfAborted();
    const child = spawn(process.execPath, [...nodeArguments, entry], {
      detached: true,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    try {
      return await answerOf(child, job, signal);
    } finally {
      endProcessGroup(child);
      if (job.kind === "run") rmSync(job.scratchDirectory, { recursive: true, force: true, maxRetries: 5 });
    }
  };
}

function answerOf(child: ChildProcess, job: Job, signal: AbortSignal | undefined): Promise<JobOutcome> {
  return new Promise((resolve, reject) => {
    let answer: JobOutcome | undefined;
    let stderr = "";
    const limit = setTimeout(() => {
      answer = { kind: "timeout", limitSeconds: job.timeoutSeconds };
      endProcessGroup(child);
    }, job.timeoutSeconds * 1000);
    const abort = (): void => endProcessGroup(child);
    signal?.addEventListener("abort", abort, { once: true });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT_CHARACTERS);
    });
    child.on("message", (message) => {
      answer ??= message as JobAnswer;
    });
    child.on("error", (error) => {
      answer ??= {
        kind: "failed",
        code: "RUN_FAILED",
        message: `the run's process did not start: ${error.message}`,
      };
    });
    child.on("close", (code, killedBy) => {
      clearTimeout(limit);
      signal?.removeEventListener("abort", abort);
      if (signal?.aborted) return reject(signal.reason as Error);
      resolve(
        answer ?? { kind: "failed", code: "RUN_FAILED", message: crashMessage(code, killedBy, stderr) },
      );
    });
    child.send(job, (error) => {
      // A process that died before it could listen is reported by its close event, with its exit code.
      if (error) stderr ||= error.message;
    });
  });
}

function crashMessage(code: number | null, killedBy: NodeJS.Signals | null, stderr: string): string {
  const how = killedBy ? `was killed by ${killedBy}` : `ended with exit code ${code}`;
  const said = stderr.trim();
  return `the run's process ${how} before it answered${said ? `: ${said}` : ""}`;
}

function endProcessGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // ESRCH: nobody of the group is left.
  }
}

/**
 * The other end, called by the entry module of the child process: takes one job, works it off, answers, and lets
 * the process end. If the runner goes away the process ends itself with all it started.
 */
export function serveJob(work: (job: Job) => Promise<JobAnswer>): void {
  const endWithRunner = (): void => {
    process.kill(-process.pid, "SIGKILL");
  };
  process.once("disconnect", endWithRunner);
  process.once("message", (job: Job) => {
    void answer(job);
  });

  async function answer(job: Job): Promise<void> {
    const said = await work(job).catch((error: unknown) => failedAnswer(error));
    process.send?.(said, () => {
      process.off("disconnect", endWithRunner);
      process.disconnect();
      // A subject that left a timer or a handle open must not keep the run from ending.
      process.exit(0);
    });
  }
}

function failedAnswer(error: unknown): JobAnswer {
  const code = (error as { code?: unknown } | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof HarnessError ? ` ${error.remedy}` : "";
  return { kind: "failed", code: typeof code === "string" ? code : "RUN_FAILED", message: message + remedy };
}
