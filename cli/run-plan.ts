/**
 * Carries out a plan from the command line: which plan, which directory, which collectors for its gates, what is shown
 * meanwhile. `validation.ts` has the road itself; here it is put together.
 */
import { dirname, join, resolve } from "node:path";
import {
  type Design,
  type RunSummary,
  type ValidationProgress,
  collectCoverage,
  designOf,
  historyEntryOf,
  loadPlan,
  runValidation,
  summarize,
} from "@helios/experiments";
import {
  type History,
  type Plan,
  type ShardRecord,
  appendHistory,
  machineOf,
  readHistory,
  readBegun,
  recordEnvironment,
} from "@helios/harness";
import { gates, guards, loadExceptions, type Guard } from "@helios/policy";
import { formatMicroseconds, type Report } from "@helios/reports";
import { designText } from "./design-text.ts";
import { CliError } from "./errors.ts";
import { formatSeconds, type LiveArea, Phases } from "./phases.ts";
import type { ProgressStream } from "./progress.ts";
import { type Collector, type EvidenceName, measureShard, phaseCount, validate } from "./validation.ts";

export interface RunPlanOptions {
  /** Not needed to go on with an interrupted run. */
  readonly plan: Plan | undefined;
  readonly resume: boolean;
  readonly shard: ShardRecord | undefined;
  readonly repo: string | undefined;
  /** The run directory; without it one with the time in its name. */
  readonly out: string | undefined;
  /** History file; without it the one in {@link RUNS_DIRECTORY}. */
  readonly history: string | undefined;
  /** Whether the tests may be run where no coverage of this revision is found. */
  readonly runTests: boolean;
  /** Entry modules of other revisions, by revision. */
  readonly revisions?: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  /** Progress goes there; results never do. */
  readonly progress: ProgressStream;
  readonly columns: number;
}

export type RanPlan =
  | { readonly kind: "judged"; readonly report: Report; readonly out: string }
  /** Nothing is judged until the other shards are there. */
  | { readonly kind: "shard"; readonly shard: ShardRecord; readonly out: string };

/** What is validated: the project this command line is part of. */
const projectRoot = dirname(import.meta.dirname);

/** A plan that comes along, or in a file, its gates checked against those that exist. */
export function planFor(nameOrFile: string): Plan {
  return loadPlan(nameOrFile, { gates: gates.map(({ id }) => id) });
}

/** The directory where runs are kept unless another one is named. */
export const RUNS_DIRECTORY = ".helios-runs";

/** One for a project, wherever a run's own directory lies. */
export const HISTORY_FILE = join(RUNS_DIRECTORY, "history.jsonl");

/** The design report of a plan on this machine. */
export async function designFor(plan: Plan, history: History, directory: string): Promise<Design> {
  const environment = recordEnvironment({ directory, heliosVersion: "" });
  return designOf(plan, { machine: machineOf(environment), history: history.entries });
}

export async function runPlan(options: RunPlanOptions): Promise<RanPlan> {
  const { repo, shard: wanted, resume, signal, progress, revisions } = options;
  const out = resolve(options.out ?? newRunDirectory(options.plan));
  const begun = resume ? readBegun(out) : undefined;
  const plan = options.plan ?? begun?.plan;
  if (plan === undefined) throw new CliError("USAGE_FLAG", "no plan was given", "name one with --plan");
  const shard = begun ? begun.shard : wanted;
  const historyFile = options.history ?? HISTORY_FILE;
  const history = readHistory(historyFile);
  const design = await designFor(plan, history, process.cwd());
  progress.write(`${designText(design, options.columns)}\n`);
  // The evidence beside the runs is collected once, by the first shard.
  const collectors = shard && shard.index > 1 ? [] : collectorsFor(plan, options.runTests);
  const phases = new Phases(progress, phaseCount(collectors), await liveAreaOf(progress));
  const measure = (): Promise<string> =>
    runValidation({
      plan,
      out,
      resume,
      signal,
      design,
      ...(shard ? { shard } : {}),
      ...(repo === undefined ? {} : { repo }),
      ...(revisions ? { revisions } : {}),
      expectedSeconds: (job) => expectedSeconds(design, job.cell, job.arm),
      onProgress: (event) => showRun(phases, event),
    });
  try {
    if (shard) {
      await measureShard({ out, signal, phases, measure, collectors });
      return { kind: "shard", shard, out };
    }
    const report = await validate({ out, signal, phases, measure, collectors });
    remember(historyFile, summarize(out), phases);
    return { kind: "judged", report, out };
  } catch (error) {
    throw withWayOn(error, out);
  }
}

function expectedSeconds(design: Design, cell: string, arm: string): number | undefined {
  return design.cells.find((one) => one.cell === cell)?.arms.find((one) => one.arm === arm)?.secondsPerRun;
}

/** The runs are over and judged; a history that cannot be written costs nothing but itself. */
function remember(file: string, summary: RunSummary, phases: Phases): void {
  const entry = historyEntryOf(summary);
  if (entry.arms.length === 0) return;
  try {
    appendHistory(file, entry);
  } catch (error) {
    phases.note(`the history ${file} could not be written: ${(error as Error).message}`);
  }
}

/** An interruption says how to go on; finished runs were kept. */
function withWayOn(error: unknown, out: string): unknown {
  if (!(error instanceof CliError) || error.code !== "INTERRUPTED") return error;
  return new CliError(
    "INTERRUPTED",
    `interrupted; the finished runs are kept in ${out}`,
    `helios-cli benchmark --resume ${out} goes on with the others`,
    { cause: error },
  );
}

/** Collectors of the evidence that the plan's gates ask for. */
function collectorsFor(plan: Plan, runTests: boolean): readonly Collector[] {
  const coverage: Collector = {
    name: "coverage",
    title: "Test coverage",
    collect: (signal) => collectCoverage(projectRoot, { run: runTests, signal }),
  };
  const asked = new Set(plan.gates.map(({ gate }) => gate));
  return [coverage, ...guards.map(collectorOf)].filter(({ name }) => asked.has(name));
}

function collectorOf(guard: Guard): Collector {
  return {
    name: guard.id as EvidenceName,
    title: guard.title,
    async collect(signal) {
      const exceptions = await loadExceptions(projectRoot, { now: new Date() });
      return guard.run({ root: projectRoot, exceptions, signal });
    },
  };
}

/** Several lines that rewrite themselves, on a terminal; loaded only there. */
async function liveAreaOf(stream: ProgressStream): Promise<LiveArea | undefined> {
  const isWindow = (process.stderr.columns ?? 0) > 0 && (process.stderr.rows ?? 0) > 0;
  if (stream !== process.stderr || !process.stderr.isTTY || !isWindow) return undefined;
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(process.stderr, { showCursor: true });
  return { show: (text) => update(text), clear: () => update.clear() };
}

/** How far, how long still, and what the arms of the cell at work have shown so far. */
function showRun(phases: Phases, progress: ValidationProgress): void {
  if (progress.kind === "preparing") {
    phases.status(`preparing cell ${progress.done + 1} of ${progress.cells}: ${progress.cell}`);
    return;
  }
  if (progress.kind === "event") return;
  const { cell, arm, done, total, secondsLeft, arms, problem, kind } = progress;
  if (problem !== undefined) phases.note(`${cell} ${arm}: ${problem}`);
  const left = secondsLeft === undefined ? "" : `, about ${formatSeconds(secondsLeft)} left`;
  const at = kind === "waiting" ? `waiting for a quiet machine, then ${cell} ${arm}` : `${cell} ${arm}`;
  const known = arms.find((one) => one.arm === arm);
  const p95 = known === undefined ? "" : `, P95 ${formatMicroseconds(known.p95Us)}`;
  const width = Math.max(...arms.map((one) => one.arm.length), 0);
  phases.status(
    `${done} of ${total} runs${left}: ${at}${p95}`,
    arms.map(({ arm: name, runs, p95Us, lowerUs, upperUs, confidence }) => {
      // Fewer than five runs carry no 95 % bound yet.
      const only = confidence < 0.95 ? ` at ${Math.floor(confidence * 100)} %` : "";
      const range =
        runs < 2 ? "" : ` (${formatMicroseconds(lowerUs)} to ${formatMicroseconds(upperUs)}${only})`;
      return `${name.padEnd(width)}  P95 ${formatMicroseconds(p95Us)}${range}, ${runs} ${runs === 1 ? "run" : "runs"}`;
    }),
  );
}

function newRunDirectory(plan: Plan | undefined): string {
  // `20250101T120000Z`: sorts by time, and is a file name everywhere.
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return join(RUNS_DIRECTORY, `${time}-${plan?.id ?? "run"}`);
}
