/**
 * Carries out a plan: checks everything that can be checked before anything is written, prepares the cells, works
 * out what every run must end in, and makes the runs. What it leaves is a run directory without a manifest: guards
 * add their evidence, then `sealRunDirectory` closes it.
 *
 * A directory without a manifest can be gone on with (`resume`): finished runs stand, and the rest is made.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Executor,
  HarnessError,
  type Job,
  type Plan,
  QuietMachine,
  RETRIES,
  type RunEvent,
  type RunFiles,
  type RunJob,
  type RunProgress,
  type RunRecord,
  SHARD,
  type ShardRecord,
  appendEvent,
  canonicalJson,
  childProcessExecutor,
  createRunDirectory,
  environmentDifferences,
  ioAvailability,
  isInShard,
  parsePlan,
  percentileOfSorted,
  planHash,
  quietWaitSecondsOf,
  readUnfinishedDirectory,
  recordEnvironment,
  requireIoAccounting,
  runFileStem,
  runJobs,
  sorted,
  writeJson,
  writeRunRecord,
} from "@helios/harness";
import { jobsOf } from "./cell-jobs.ts";
import { gitVersion } from "./git-command.ts";
import { checkRepository, checkSubjects, prepareCell, skippedArms } from "./prepare-cells.ts";
import { subjects } from "./subjects/index.ts";
import { heliosVersion, sourceRoot } from "./version.ts";
import { workloads } from "./workloads/index.ts";

/** What is going on, for people to see. */
export type ValidationProgress =
  | { readonly kind: "preparing"; readonly cell: string; readonly cells: number; readonly done: number }
  | { readonly kind: "event"; readonly event: RunEvent }
  | RunProgress;

export interface ValidationOptions {
  /** Not needed to go on with an interrupted run; if given, it must be the plan of that run. */
  readonly plan?: Plan;
  /** Git repository to replay. Without it this project's own, where there is one. */
  readonly repo?: string;
  /** The run directory: empty or not there yet, on a disk; to go on, the directory of the interrupted run. */
  readonly out: string;
  readonly resume?: boolean;
  /** Make these runs only; `mergeRunDirectories` puts the shards together. */
  readonly shard?: ShardRecord;
  /** Entry modules (`run-child.ts`) of other revisions of the code, by the revision that arms name. */
  readonly revisions?: ReadonlyMap<string, string>;
  readonly onProgress?: (progress: ValidationProgress) => void;
  /** The design report as it was shown before the run; stored with it. */
  readonly design?: unknown;
  /** Seconds one run of a job took before, on this machine. */
  readonly expectedSeconds?: (job: RunJob) => number | undefined;
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
 * reason, and when the disk is full with DISK_FULL; either way finished runs are kept and can be gone on with.
 */
export async function runValidation(options: ValidationOptions): Promise<string> {
  const { signal } = options;
  const out = resolve(options.out);
  const begun = options.resume === true ? takeUp(out, options) : undefined;
  const plan = checkedPlan(begun?.plan ?? options.plan);
  const shard = begun ? begun.shard : options.shard;
  const scratch = join(out, SCRATCH);
  await checkSubjects(plan);
  checkRevisions(plan, options.revisions);
  checkStorage(plan, out);
  const repo = options.repo === undefined ? sourceRoot : resolve(options.repo);
  const unusable = await checkRepository(plan, repo, options.repo !== undefined, signal);
  const skipped = await skippedArms(plan);
  const environment = await environmentOf(out, begun);

  if (!begun) createRunDirectory(out);
  try {
    mkdirSync(scratch, { recursive: true });
    writeFileSync(join(scratch, OWNER), canonicalJson(ownerNow()));
    if (!begun) {
      writeJson(out, "plan.json", plan);
      writeJson(out, "environment.json", environment);
      if (shard) writeJson(out, SHARD, shard);
      if (options.design !== undefined) writeJson(out, "design.json", options.design);
    }
    const execute = options.execute ?? executorFor(scratch, options.revisions);
    const jobs: RunJob[] = [];
    let position = 0;
    for (const [done, cell] of plan.cells.entries()) {
      options.onProgress?.({ kind: "preparing", cell: cell.id, cells: plan.cells.length, done });
      signal?.throwIfAborted();
      const prepared = await prepareCell(plan, cell, {
        repo: repo ?? "",
        directory: join(scratch, "prepared", cell.id),
        unusable,
        skipped: skipped.get(cell.id) ?? [],
        known: begun?.cells.get(cell.id),
        execute,
        signal,
      });
      writeJson(out, `runs/${cell.id}/cell.json`, prepared.record);
      jobs.push(...jobsOf(plan, cell, prepared, { runDirectory: out, scratch, firstPosition: position }));
      position += cell.arms.reduce((sum, { runs }) => sum + runs, 0);
    }
    await makeRuns(
      plan,
      out,
      jobs.filter(({ run }) => isInShard(run, shard)),
      begun,
      execute,
      options,
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
  return out;
}

async function makeRuns(
  plan: Plan,
  out: string,
  jobs: readonly RunJob[],
  begun: RunFiles | undefined,
  execute: Executor,
  { onProgress, expectedSeconds, signal }: ValidationOptions,
): Promise<void> {
  const onEvent = (event: RunEvent): void => {
    appendEvent(out, event);
    onProgress?.({ kind: "event", event });
  };
  const at = (): string => new Date().toISOString();
  const finished = finishedRuns(begun, jobs);
  const isFinished = new Set(finished.map(({ record }) => runFileStem(record)));
  const left = jobs.filter((job) => !isFinished.has(runFileStem(job)));
  onEvent(
    begun
      ? { at: at(), kind: "resumed", runs: jobs.length, finishedRuns: finished.length }
      : { at: at(), kind: "begun", runs: jobs.length },
  );
  const quiet = new QuietMachine({ budgetSeconds: quietWaitSecondsOf(plan), onEvent });
  const latencyCells = new Set(
    plan.cells.filter(({ purpose }) => purpose.includes("latency")).map(({ id }) => id),
  );
  try {
    await runJobs({
      jobs: left,
      finished,
      execute,
      onEvent,
      retries: plan.retries ?? RETRIES,
      beforeRun: (job, aborted) => (latencyCells.has(job.cell) ? quiet.wait(aborted) : undefined),
      onRecord: (record) => writeRunRecord(out, runFileStem(record), record),
      ...(onProgress ? { onProgress } : {}),
      ...(expectedSeconds ? { expectedSeconds } : {}),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // On a full disk not even this line may fit; the error itself is what matters.
    ignoreFailure(() => onEvent({ at: at(), kind: "stopped", reason }));
    throw error;
  }
}

function ignoreFailure(work: () => void): void {
  try {
    work();
  } catch {
    // Said by the caller.
  }
}

/** Runs that need not be made again. One that failed through its environment gets another chance. */
function finishedRuns(
  begun: RunFiles | undefined,
  jobs: readonly RunJob[],
): { record: RunRecord; p95Us: number | undefined }[] {
  if (!begun) return [];
  const wanted = new Set(jobs.map((job) => runFileStem(job)));
  return begun.records
    .filter((record) => wanted.has(runFileStem(record)))
    .filter(({ outcome }) => !(outcome.kind === "failed" && outcome.cause === "environment"))
    .map((record) => {
      const steps = begun.samples(record, "step");
      return { record, p95Us: steps?.length ? percentileOfSorted(sorted(steps), 0.95) : undefined };
    });
}

const OWNER = "owner.json";

/** A process by its number and start, so that another one with the same number is not taken for it. */
interface Owner {
  readonly pid: number;
  readonly startTicks: string | undefined;
}

function ownerNow(): Owner {
  return { pid: process.pid, startTicks: startTicksOf(process.pid) };
}

/** Field 22 of /proc/<pid>/stat: ticks from boot to the process's start. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** What an interrupted run left. RUN_DIRECTORY where it is still at work, finished, or of another plan. */
function takeUp(out: string, { plan, shard }: ValidationOptions): RunFiles {
  refuseAtWork(out);
  rmSync(join(out, SCRATCH), { recursive: true, force: true, maxRetries: 5 });
  const begun = readUnfinishedDirectory(out);
  if (plan && planHash(plan) !== planHash(begun.plan)) {
    throw new HarnessError(
      "RUN_DIRECTORY",
      `${out} was begun with another plan: ${begun.plan.id}, ${planHash(begun.plan)}`,
      "Go on without --plan: the plan of the run lies in its directory. Or begin a new run.",
    );
  }
  if (shard && canonicalJson(shard) !== canonicalJson(begun.shard ?? null)) {
    const was = begun.shard ? `shard ${begun.shard.index}/${begun.shard.count}` : "a run without shards";
    throw new HarnessError(
      "RUN_DIRECTORY",
      `${out} is ${was}`,
      "Go on without --shard: the directory knows.",
    );
  }
  return begun;
}

function refuseAtWork(out: string): void {
  let owner: Owner;
  try {
    owner = JSON.parse(readFileSync(join(out, SCRATCH, OWNER), "utf8")) as Owner;
  } catch {
    return; // nobody, or one that ended while it wrote its name
  }
  const isAlive = startTicksOf(owner.pid) !== undefined && startTicksOf(owner.pid) === owner.startTicks;
  if (!isAlive) return;
  throw new HarnessError(
    "RUN_DIRECTORY",
    `${out} is being worked on by process ${owner.pid}`,
    "Wait until it has ended, or end it.",
  );
}

function checkedPlan(plan: Plan | undefined): Plan {
  if (plan === undefined)
    throw new HarnessError("PLAN_INVALID", "No plan was given", "Name one with --plan.");
  return parsePlan(plan, {
    subjects: subjects.map(({ id }) => id),
    workloads: workloads.map(({ id }) => id),
  });
}

function checkRevisions(plan: Plan, revisions: ValidationOptions["revisions"] = new Map()): void {
  const named = plan.cells.flatMap(({ arms }) => arms.flatMap(({ revision }) => revision ?? []));
  const unknown = named.find((revision) => !revisions.has(revision));
  if (unknown === undefined) return;
  throw new HarnessError(
    "PLAN_INVALID",
    `The plan has an arm of revision ${unknown}, which is not checked out`,
    "Compare revisions with `helios-cli benchmark compare --revisions A B`, which checks them out.",
  );
}

/** The environment of this run; it must be that of the runs already made. */
async function environmentOf(out: string, begun: RunFiles | undefined): Promise<RunFiles["environment"]> {
  const git = await gitVersion();
  const tools: Record<string, string> = git === undefined ? {} : { git };
  const source = sourceRoot === undefined ? {} : { sourceRoot };
  const directory = existingAbove(out);
  const environment = recordEnvironment({ directory, heliosVersion, tools, ...source });
  const differences = begun ? environmentDifferences(begun.environment, environment) : [];
  if (differences.length === 0) return environment;
  throw new HarnessError(
    "RUN_DIRECTORY",
    `${out} was begun in another environment: ${differences.join("; ")}`,
    "Go on with the same code on the same machine, or begin a new run: runs of two environments are never mixed.",
  );
}

function existingAbove(path: string): string {
  return existsSync(path) ? path : existingAbove(dirname(path));
}

/** A file system in memory is refused at once; without /proc the runs are made and say that they lack I/O. */
function checkStorage(plan: Plan, out: string): void {
  if (!plan.cells.some(({ purpose }) => purpose.includes("io")) || !existsSync("/proc/self/io")) return;
  const existing = existingAbove(out);
  if (ioAvailability(existing).kind === "unavailable") requireIoAccounting(existing);
}

function executorFor(scratch: string, revisions: ValidationOptions["revisions"]): Executor {
  const entry = (job: Job): string =>
    (job.kind === "run" && job.revision !== undefined ? revisions?.get(job.revision) : undefined) ?? runChild;
  return childProcessExecutor({ entry, environment: compileCache(scratch) });
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
