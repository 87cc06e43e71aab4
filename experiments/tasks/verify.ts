/**
 * Runs a task's tests over a program, in a clean directory, and says what they came to. The same function judges for
 * every arm of an experiment, for validation and for a search's own evaluations from files.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ContainedRun,
  type ContainmentLimits,
  type FiredLimit,
  runContained,
} from "./contained-process.ts";
import type { Change, SuiteName, Task } from "./task.ts";
import { writeProgram, writeSuite } from "./task-files.ts";
import { type TestCounts, countsIn } from "./test-evidence.ts";

/**
 * `green`: all tests passed, and there is evidence that they ran. `no-tests`: it ended well without that evidence.
 * `environment`: says nothing about the program (a program that is missing, a kill from outside).
 */
export type Outcome = "green" | "red" | "timeout" | "no-tests" | "environment";

export interface Verification {
  readonly suite: SuiteName;
  readonly outcome: Outcome;
  /** A sentence for people. */
  readonly reason: string;
  /** Where the output told them. */
  readonly counts?: TestCounts;
  readonly limit?: FiredLimit;
  /** Which command it was that ended so. */
  readonly phase: "setup" | "tests";
  readonly exitCode: number | null;
  readonly leftBehind: number;
  /** Bounded. */
  readonly log: string;
  readonly durationMs: number;
}

export interface VerifyOptions {
  readonly suite: SuiteName;
  /** Default: none, the program as it is given. */
  readonly change?: Change;
  /** Wall clock apart, which is the task's. */
  readonly limits?: Partial<ContainmentLimits>;
  /** Where the clean directory is made, and removed again. Default: the system's temporary directory. */
  readonly scratch?: string;
  readonly signal?: AbortSignal;
}

/** TASK_CHANGE for a change that is not allowed. What the tests do is an outcome, never an error. */
export async function verifyTask(task: Task, options: VerifyOptions): Promise<Verification> {
  const clean = mkdtempSync(join(options.scratch ?? tmpdir(), "helios-task-"));
  try {
    const directory = join(clean, "program");
    mkdirSync(directory);
    writeProgram(task, options.change ?? new Map(), directory);
    return await runSuite(task, directory, options);
  } finally {
    rmSync(clean, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * The same over a directory that holds the program already. The suite's files are put into it; without any besides it
 * is the caller's to clean.
 */
export async function runSuite(
  task: Task,
  directory: string,
  options: Omit<VerifyOptions, "change">,
): Promise<Verification> {
  const { suite, signal } = options;
  const { setupSeconds, verificationSeconds } = task.timeouts;
  const home = mkdtempSync(join(options.scratch ?? tmpdir(), "helios-home-"));
  const call = (command: readonly string[], wallClockSeconds: number): Promise<ContainedRun> =>
    runContained(command, {
      cwd: directory,
      homeDirectory: home,
      environment: { ...task.environment, HELIOS_TASK_SEED: String(task.seed) },
      limits: { ...options.limits, wallClockSeconds },
      ...(signal === undefined ? {} : { signal }),
    });
  try {
    if (task.setup) {
      const run = await call(task.setup.command, setupSeconds);
      const wrong = setupProblem(run, setupSeconds);
      if (wrong) return { suite, phase: "setup", ...wrong, ...facts(run) };
    }
    writeSuite(task, suite, directory);
    const run = await call(task[suite].command, verificationSeconds);
    const counts = countsIn(run.output, task[suite].evidence);
    const judged = judge(run, counts, verificationSeconds);
    const gone = !existsSync(directory);
    return {
      suite,
      phase: "tests",
      ...(gone ? withoutDirectory(judged) : judged),
      ...(counts === undefined ? {} : { counts }),
      ...facts(run),
    };
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Judged = Pick<Verification, "outcome" | "reason" | "limit">;

function judge(run: ContainedRun, counts: TestCounts | undefined, seconds: number): Judged {
  const ended = limitOutcome(run, "the tests", seconds) ?? environmentOutcome(run);
  if (ended) return ended;
  if (counts?.tests === 0) return { outcome: "no-tests", reason: "no test ran" };
  if (run.exitCode !== 0) {
    const how = run.signal === null ? `exit code ${run.exitCode}` : run.signal;
    const failed = counts === undefined ? "" : `${counts.failed} of ${counts.tests} tests failed, `;
    return { outcome: "red", reason: `${failed}${how}` };
  }
  if (counts === undefined)
    return { outcome: "no-tests", reason: "exit code 0, but nothing in the output shows that tests ran" };
  if (counts.failed > 0 || counts.passed < counts.tests) {
    return {
      outcome: "red",
      reason: `exit code 0, but only ${counts.passed} of ${counts.tests} tests passed`,
    };
  }
  return { outcome: "green", reason: `${counts.tests} tests passed` };
}

function limitOutcome({ fired }: ContainedRun, what: string, seconds: number): Judged | undefined {
  switch (fired) {
    case undefined:
      return undefined;
    case "wall-clock":
      return { outcome: "timeout", limit: fired, reason: `${what} took longer than ${seconds} s` };
    case "cpu":
      return { outcome: "timeout", limit: fired, reason: `${what} used up their processor time` };
    case "output":
      return { outcome: "red", limit: fired, reason: `${what} flooded the output` };
  }
}

/** 126 and 127 are the shell's: the program cannot be called, or is not there. SIGKILL is nobody's own. */
function environmentOutcome({ notStarted, exitCode, signal, output }: ContainedRun): Judged | undefined {
  if (notStarted !== undefined) return { outcome: "environment", reason: `not started: ${notStarted}` };
  if ((exitCode === 126 || exitCode === 127) && /^sh: |^\/bin\/sh: /m.test(output))
    return { outcome: "environment", reason: output.trim().split("\n")[0] ?? "" };
  if (signal === "SIGKILL" || signal === "SIGTERM" || signal === "SIGHUP")
    return { outcome: "environment", reason: `ended from outside by ${signal}` };
  return undefined;
}

function setupProblem(run: ContainedRun, seconds: number): Judged | undefined {
  const ended = limitOutcome(run, "the setup", seconds) ?? environmentOutcome(run);
  if (ended) return ended;
  if (run.exitCode === 0) return undefined;
  return { outcome: "red", reason: `the setup failed: ${run.signal ?? `exit code ${run.exitCode}`}` };
}

/** What ran where nothing is left proves nothing. */
function withoutDirectory(judged: Judged): Judged {
  const reason = `${judged.reason}; it deleted its own directory`;
  return { ...judged, outcome: judged.outcome === "green" ? "red" : judged.outcome, reason };
}

function facts(run: ContainedRun): Pick<Verification, "exitCode" | "leftBehind" | "log" | "durationMs"> {
  const { exitCode, leftBehind, output, durationMs } = run;
  return { exitCode, leftBehind, log: output, durationMs };
}
