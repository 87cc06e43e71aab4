/**
 * The history file: one line of JSON for each finished validation, with the values of its runs. It answers two
 * questions that a single run directory cannot: how long will this plan take here, and has something become slower?
 *
 * Lines of other machines may stand in the same file; what is compared is always of one machine, one workload, one
 * class and one length of run.
 */
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { HarnessError } from "./errors.ts";
import { type Arm, type Cell, canonicalJson } from "./plan.ts";
import type { Environment } from "./results.ts";
import { type LevelStep, type StepOptions, detectSteps, median } from "./statistics/index.ts";

export interface HistoryEntry {
  readonly format: "helios-history/1";
  readonly recordedAt: string;
  readonly plan: { readonly id: string; readonly hash: string };
  readonly heliosVersion: string;
  readonly revision?: { readonly commit: string; readonly clean: boolean };
  /** {@link machineOf} the environment, and the Node it ran on. */
  readonly machine: string;
  readonly node: string;
  readonly arms: readonly HistoryArm[];
}

export interface HistoryArm {
  readonly cell: string;
  readonly arm: string;
  /** {@link seriesKey}: equal keys are the same measurement. */
  readonly key: string;
  /** What the workload found outside, e.g. a repository at a commit; results of different inputs are no series. */
  readonly input?: string;
  readonly runs: readonly HistoryRun[];
}

export interface HistoryRun {
  readonly seconds: number;
  readonly p95Us?: number;
  readonly wcharPerCommit?: number;
}

/** What must be equal for absolute times to be compared. */
export function machineOf(environment: Environment): string {
  const { cpuModel, cores, platform, filesystem } = environment;
  return `${cpuModel}, ${cores} cores, ${platform}, ${filesystem}`;
}

/** Names a measurement by what it does, not by what a plan calls it. */
export function seriesKey(
  cell: Pick<Cell, "workload" | "parameters" | "durability">,
  arm: Pick<Arm, "subject" | "warmup" | "operations" | "options" | "environment" | "nodeArguments">,
): string {
  const { workload, parameters, durability } = cell;
  const { subject, warmup, operations, options, environment, nodeArguments } = arm;
  const rest = { parameters, options, environment, nodeArguments };
  return `${subject} ${workload} ${durability} ${warmup}+${operations} ${canonicalJson(rest)}`;
}

/** Appends a line. Making the file is no error of the validation that is over: the caller may only warn. */
export function appendHistory(file: string, entry: HistoryEntry): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${canonicalJson(entry)}\n`);
}

export interface History {
  readonly entries: readonly HistoryEntry[];
  /** Lines that are no entry (cut short, of another version), by number from 1. They are left alone. */
  readonly unreadLines: readonly number[];
}

/** Reads the file; one that is not there is empty. */
export function readHistory(file: string): History {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { entries: [], unreadLines: [] };
    throw new HarnessError(
      "RUN_DIRECTORY",
      `Cannot read ${file}: ${code}`,
      "Give another file with --history.",
      {
        cause: error,
      },
    );
  }
  const entries: HistoryEntry[] = [];
  const unreadLines: number[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const entry = parseEntry(line);
    if (entry) entries.push(entry);
    else unreadLines.push(i + 1);
  }
  return { entries, unreadLines };
}

function parseEntry(line: string): HistoryEntry | undefined {
  try {
    const value = JSON.parse(line) as Partial<HistoryEntry> | null;
    const isEntry = value?.format === "helios-history/1" && Array.isArray(value.arms);
    return isEntry ? (value as HistoryEntry) : undefined;
  } catch {
    return undefined;
  }
}

export type HistoryMeasure = "p95Us" | "wcharPerCommit";

/** One measurement over time. */
export interface HistorySeries {
  readonly machine: string;
  readonly key: string;
  /** As the newest entry calls them. */
  readonly cell: string;
  readonly arm: string;
  readonly measure: HistoryMeasure;
  readonly points: readonly HistoryPoint[];
}

export interface HistoryPoint {
  readonly recordedAt: string;
  readonly commit: string | undefined;
  /** Median over runs. */
  readonly value: number;
  readonly runs: number;
}

/** All series, each in the order of time. An entry counts once per key: a second arm of the same is its A/A check. */
export function seriesOf(entries: readonly HistoryEntry[], measure: HistoryMeasure): HistorySeries[] {
  const found = new Map<string, HistorySeries & { readonly points: HistoryPoint[] }>();
  const inOrder = entries.toSorted((a, b) => (a.recordedAt < b.recordedAt ? -1 : 1));
  for (const { machine, recordedAt, revision, arms } of inOrder) {
    const seen = new Set<string>();
    for (const { cell, arm, key, input = "", runs } of arms) {
      const values = runs.flatMap((run) => run[measure] ?? []);
      const id = `${machine} ${key} ${input}`;
      if (values.length === 0 || seen.has(id)) continue;
      seen.add(id);
      const point = { recordedAt, commit: revision?.commit, value: median(values), runs: values.length };
      const points = [...(found.get(id)?.points ?? []), point];
      found.set(id, { machine, key, cell, arm, measure, points });
    }
  }
  return [...found.values()];
}

/** Where a series changed its level for good. */
export function stepsOf(series: HistorySeries, options: StepOptions): LevelStep[] {
  return detectSteps(
    series.points.map(({ value }) => value),
    options,
  );
}

/** What earlier runs of the same measurement on the same machine took and how they spread. */
export interface EarlierRuns {
  /** Median over all runs of the newest entries. */
  readonly secondsPerRun: number;
  /** Standard deviation of ln P95 between the runs of one validation, pooled; undefined for too few runs. */
  readonly spread: number | undefined;
  readonly runs: number;
}

const NEWEST_ENTRIES = 5;

export function earlierRuns(
  entries: readonly HistoryEntry[],
  machine: string,
  key: string,
): EarlierRuns | undefined {
  const groups = entries
    .filter((entry) => entry.machine === machine)
    .toSorted((a, b) => (a.recordedAt < b.recordedAt ? 1 : -1))
    .flatMap(({ arms }) => arms.filter((arm) => arm.key === key).slice(0, 1))
    .slice(0, NEWEST_ENTRIES)
    .map(({ runs }) => runs);
  const runs = groups.flat();
  if (runs.length === 0) return undefined;
  return {
    secondsPerRun: median(runs.map(({ seconds }) => seconds)),
    spread: pooledSpread(
      groups.map((group) => group.flatMap(({ p95Us }) => (p95Us ? [Math.log(p95Us)] : []))),
    ),
    runs: runs.length,
  };
}

/** Pooled standard deviation: squares around each group's own mean, over the degrees of freedom. */
function pooledSpread(groups: readonly (readonly number[])[]): number | undefined {
  let squares = 0;
  let freedom = 0;
  for (const group of groups) {
    const centre = group.reduce((sum, value) => sum + value, 0) / group.length;
    for (const value of group) squares += (value - centre) ** 2;
    freedom += Math.max(0, group.length - 1);
  }
  return freedom < 2 ? undefined : Math.sqrt(squares / freedom);
}
