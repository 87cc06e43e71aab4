/**
 * Carries out a plan: checks everything that can be checked before anything is written, prepares the cells, works
 * out what every run must end in, and makes the runs. What it leaves is a run directory without a manifest: guards
 * add their evidence, then `sealRunDirectory` closes it.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Arm,
  type Cell,
  type CellRecord,
  type Executor,
  HarnessError,
  type Plan,
  type RunJob,
  type RunProgress,
  type WorkloadParameters,
  childProcessExecutor,
  createRunDirectory,
  interleave,
  ioAvailability,
  parsePlan,
  recordEnvironment,
  requireIoAccounting,
  runFileStem,
  runJobs,
  writeJson,
  writeRunRecord,
} from "@helios/harness";
import { gitVersion, requireGit } from "./git-command.ts";
import { subjects } from "./subjects/index.ts";
import { heliosVersion, sourceRoot } from "./version.ts";
import { workloadNamed, workloads } from "./workloads/index.ts";
import { isPrepared } from "./workloads/prepared-workload.ts";

/** What is going on, for people to see. */
export type ValidationProgress =
  | { readonly kind: "preparing"; readonly cell: string; readonly cells: number; readonly done: number }
  | RunProgress;

export interface ValidationOptions {
  readonly plan: Plan;
  /** Git repository to replay. Without it this project's own, where there is one. */
  readonly repo?: string;
  /** The run directory: empty or not there yet, on a disk. */
  readonly out: string;
  readonly onProgress?: (progress: ValidationProgress) => void;
  readonly signal?: AbortSignal;
  /** How a job is executed; tests give their own. */
  readonly execute?: Executor;
}

/** Beside this file, in the sources as in what is built from them. */
const runChild = fileURLToPath(new URL(`run-child${extname(import.meta.url)}`, import.meta.url));

/** Below the run directory while runs are made, so on the same file system; removed at the end. */
const SCRATCH = "scratch";

/**
 * Makes all runs of a plan and returns the run directory's absolute path. Throws a HarnessError, with nothing
 * written, for an invalid plan, missing Git, an unusable repository or output directory, or an output directory on
 * a file system in memory. A failed run is no error: it is recorded. When aborted it rejects with the signal's
 * reason and keeps the finished runs.
 */
export async function runValidation(options: ValidationOptions): Promise<string> {
  const { onProgress, signal } = options;
  const plan = parsePlan(options.plan, {
    subjects: subjects.map(({ id }) => id),
    workloads: workloads.map(({ id }) => id),
  });
  const out = resolve(options.out);
  const scratch = join(out, SCRATCH);
  const { execute = childProcessExecutor(runChild, [], compileCache(scratch)) } = options;
  await checkSubjects(plan);
  checkStorage(plan, out);
  const repo = options.repo === undefined ? sourceRoot : resolve(options.repo);
  const unusable = await checkRepository(plan, repo, options.repo !== undefined, signal);

  createRunDirectory(out);
  try {
    const git = await gitVersion();
    const tools: Record<string, string> = git === undefined ? {} : { git };
    writeJson(out, "plan.json", plan);
    const source = sourceRoot === undefined ? {} : { sourceRoot };
    writeJson(
      out,
      "environment.json",
      recordEnvironment({ directory: out, heliosVersion, tools, ...source }),
    );
    const jobs: RunJob[] = [];
    for (const [done, cell] of plan.cells.entries()) {
      onProgress?.({ kind: "preparing", cell: cell.id, cells: plan.cells.length, done });
      signal?.throwIfAborted();
      const prepared = await prepareCell(plan, cell, {
        repo: repo ?? "",
        directory: join(scratch, "prepared", cell.id),
        unusable,
        execute,
        signal,
      });
      writeJson(out, `runs/${cell.id}/cell.json`, prepared.record);
      if (prepared.record.absent === undefined) {
        jobs.push(...jobsOf(plan, cell, prepared.parameters, out, scratch, jobs.length));
      }
    }
    await runJobs({
      jobs,
      execute,
      onRecord: (record) => writeRunRecord(out, runFileStem(record), record),
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
  return out;
}

/**
 * Runs share compiled sources: it takes 0.15 s from a process's start, of which there are some ninety, and touches
 * nothing that is timed or charged, as Node reads them before the base is loaded and writes them when it ends.
 * Coverage would be imprecise in functions that come out of the cache (Node's manual, module.enableCompileCache).
 */
function compileCache(scratch: string): Readonly<Record<string, string>> {
  return process.env["NODE_V8_COVERAGE"] === undefined
    ? { NODE_COMPILE_CACHE: join(scratch, "compiled") }
    : {};
}

async function checkSubjects(plan: Plan): Promise<void> {
  const used = new Set(plan.cells.flatMap(({ arms }) => arms.map(({ subject }) => subject)));
  if (used.has("git")) await requireGit();
  for (const cell of plan.cells) {
    for (const arm of cell.arms) {
      const subject = subjects.find(({ id }) => id === arm.subject);
      if (subject?.durabilityClasses.includes(cell.durability)) continue;
      throw new HarnessError(
        "PLAN_INVALID",
        `Cell ${cell.id}: subject ${arm.subject} has no class ${cell.durability}`,
        `Classes of ${arm.subject}: ${subject?.durabilityClasses.join(", ")}.`,
      );
    }
  }
}

/** A file system in memory is refused at once; without /proc the runs are made and say that they lack I/O. */
function checkStorage(plan: Plan, out: string): void {
  if (!plan.cells.some(({ purpose }) => purpose.includes("io")) || !existsSync("/proc/self/io")) return;
  let existing = out;
  while (!existsSync(existing)) existing = dirname(existing);
  if (ioAvailability(existing).kind === "unavailable") requireIoAccounting(existing);
}

/**
 * Why there is nothing to replay, by workload, where the user named no repository and this project's own is not
 * there or not usable. One that he named must be usable.
 */
async function checkRepository(
  plan: Plan,
  repo: string | undefined,
  wasNamed: boolean,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const unusable = new Map<string, string>();
  for (const id of new Set(plan.cells.map(({ workload }) => workload))) {
    const workload = workloadNamed(id);
    if (!isPrepared(workload)) continue;
    if (repo === undefined) {
      unusable.set(id, "no repository was given; name one with --repo");
      continue;
    }
    try {
      await workload.check({ repo, ...(signal ? { signal } : {}) });
    } catch (error) {
      if (wasNamed || !(error instanceof HarnessError)) throw error;
      unusable.set(id, `${error.message}; give another repository with --repo`);
    }
  }
  return unusable;
}

interface PrepareOptions {
  readonly repo: string;
  readonly directory: string;
  readonly unusable: ReadonlyMap<string, string>;
  readonly execute: Executor;
  readonly signal: AbortSignal | undefined;
}

async function prepareCell(
  plan: Plan,
  cell: Cell,
  options: PrepareOptions,
): Promise<{ record: CellRecord; parameters: WorkloadParameters }> {
  const { repo, directory, unusable, execute, signal } = options;
  const about = { format: "helios-cell/1", cell: cell.id } as const;
  const absent = (reason: string, facts = {}) => ({
    record: { ...about, absent: reason, facts, expected: [] },
    parameters: {},
  });
  const workload = workloadNamed(cell.workload);
  const reason = unusable.get(cell.workload);
  if (reason !== undefined) return absent(reason);
  let { parameters } = cell;
  let facts: CellRecord["facts"] = {};
  if (isPrepared(workload)) {
    mkdirSync(directory, { recursive: true });
    const prepared = await workload.prepare(parameters, { repo, directory, ...(signal ? { signal } : {}) });
    if (prepared.kind === "absent") return absent(prepared.reason, prepared.facts);
    parameters = { ...parameters, ...prepared.parameters };
    ({ facts } = prepared);
  }
  const expected: CellRecord["expected"][number][] = [];
  for (const { warmup, operations, timeoutSeconds } of distinctLengths(cell.arms)) {
    const job = {
      kind: "expect",
      cell: cell.id,
      workload: cell.workload,
      parameters,
      seed: plan.seed,
    } as const;
    const answer = await execute({ ...job, warmup, operations, timeoutSeconds }, signal);
    if (answer.kind !== "expected") {
      const why = answer.kind === "failed" ? `${answer.code}: ${answer.message}` : answer.kind;
      return absent(`its final state could not be worked out: ${why}`, facts);
    }
    expected.push({ warmup, operations, stateDigest: answer.stateDigest });
  }
  return { record: { ...about, facts, expected }, parameters };
}

function distinctLengths(arms: readonly Arm[]): Arm[] {
  return [...new Map(arms.map((arm) => [`${arm.warmup}+${arm.operations}`, arm])).values()];
}

function jobsOf(
  plan: Plan,
  cell: Cell,
  parameters: WorkloadParameters,
  runDirectory: string,
  scratch: string,
  firstPosition: number,
): RunJob[] {
  const arms = new Map(cell.arms.map((arm) => [arm.id, arm]));
  return interleave(cell, plan.seed).map((turn, i) => {
    const arm = arms.get(turn.arm) as Arm;
    return {
      kind: "run",
      cell: cell.id,
      arm: arm.id,
      subject: arm.subject,
      workload: cell.workload,
      parameters,
      durability: cell.durability,
      seed: plan.seed,
      run: turn.run,
      position: firstPosition + i,
      warmup: arm.warmup,
      operations: arm.operations,
      timeoutSeconds: arm.timeoutSeconds,
      runDirectory,
      scratchDirectory: join(scratch, `${cell.id}-${arm.id}-${turn.run}`),
      baseCache: join(scratch, "bases", `${cell.id}-${arm.subject}`),
    };
  });
}
