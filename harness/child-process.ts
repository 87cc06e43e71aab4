/**
 * The outer end of a run: one child process per job, and a limit on it. The child leads its own process group, so
 * that ending a run also ends whatever it started.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import type { Job, JobAnswer, PhaseReport } from "./job.ts";
import type { RunPhase } from "./results.ts";

/** What a job came to, as the executor saw it. */
export type JobOutcome =
  | JobAnswer
  | {
      readonly kind: "timeout";
      readonly limitSeconds: number;
      /** `run`: the plan's limit. `exit`: it had answered, but its process did not end. */
      readonly limit?: "run" | "exit";
      readonly phase?: RunPhase;
    };

/** Executes one job. Rejects only when `signal` is aborted. */
export type Executor = (job: Job, signal: AbortSignal | undefined) => Promise<JobOutcome>;

export interface ChildProcessOptions {
  /** Module that calls `serveJob`; with several revisions of the code, the one that a job belongs to. */
  readonly entry: string | ((job: Job) => string);
  readonly nodeArguments?: readonly string[];
  /** Added to the environment of this process; a job's own goes over it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long a process may take to end after its answer. */
  readonly exitSeconds?: number;
}

const STDERR_KEPT_CHARACTERS = 2000;
const EXIT_SECONDS = 30;

/** Starts a process for each job and removes the job's scratch directory afterwards, whatever happened. */
export function childProcessExecutor(options: ChildProcessOptions): Executor {
  const { entry, nodeArguments = [], environment = {}, exitSeconds = EXIT_SECONDS } = options;
  return async (job, signal) => {
    signal?.throwIfAborted();
    const own = job.kind === "run" ? job : undefined;
    const child = spawn(
      process.execPath,
      [...nodeArguments, ...(own?.nodeArguments ?? []), typeof entry === "string" ? entry : entry(job)],
      {
        detached: true,
        env: { ...process.env, ...environment, ...own?.environment },
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      },
    );
    try {
      return await answerOf(child, job, exitSeconds, signal);
    } finally {
      endProcessGroup(child);
      if (own) rmSync(own.scratchDirectory, { recursive: true, force: true, maxRetries: 5 });
    }
  };
}

function answerOf(
  child: ChildProcess,
  job: Job,
  exitSeconds: number,
  signal: AbortSignal | undefined,
): Promise<JobOutcome> {
  return new Promise((resolve, reject) => {
    let answer: JobOutcome | undefined;
    let phase: RunPhase = "starting";
    let stderr = "";
    const endAfter = (limit: "run" | "exit", limitSeconds: number): NodeJS.Timeout =>
      setTimeout(() => {
        answer = { kind: "timeout", limit, limitSeconds, phase };
        endProcessGroup(child);
      }, limitSeconds * 1000);
    let limit = endAfter("run", job.timeoutSeconds);
    const abort = (): void => endProcessGroup(child);
    signal?.addEventListener("abort", abort, { once: true });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT_CHARACTERS);
    });
    child.on("message", (message: PhaseReport | JobAnswer) => {
      if (message.kind === "phase") phase = message.phase;
      else if (answer === undefined) {
        answer = message;
        clearTimeout(limit);
        limit = endAfter("exit", exitSeconds);
      }
    });
    child.on("error", (error) => {
      const message = `the run's process did not start: ${error.message}`;
      answer ??= { kind: "failed", code: "RUN_NOT_STARTED", message };
    });
    child.on("close", (code, killedBy) => {
      clearTimeout(limit);
      signal?.removeEventListener("abort", abort);
      if (signal?.aborted) return reject(signal.reason as Error);
      resolve(answer ?? crash(code, killedBy, phase, stderr));
    });
    child.send(job, (error) => {
      // A process that died before it could listen is reported by its close event, with its exit code.
      if (error) stderr ||= error.message;
    });
  });
}

/** Signals that a program does not send itself: the out-of-memory killer's and an administrator's. */
const ENDED_BY_OTHERS = new Set<NodeJS.Signals>(["SIGKILL", "SIGTERM", "SIGHUP"]);

function crash(
  code: number | null,
  killedBy: NodeJS.Signals | null,
  phase: RunPhase,
  stderr: string,
): JobOutcome {
  const how = killedBy ? `was killed by ${killedBy}` : `ended with exit code ${code}`;
  const said = stderr.trim();
  return {
    kind: "failed",
    code: killedBy && ENDED_BY_OTHERS.has(killedBy) ? "RUN_KILLED" : "RUN_FAILED",
    message: `the run's process ${how} before it answered, while ${phase}${said ? `: ${said}` : ""}`,
  };
}

function endProcessGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // ESRCH: nobody of the group is left.
  }
}
