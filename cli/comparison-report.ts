/**
 * A comparison of two stored runs, or of two arms of one: read from the raw samples where they are there, else from
 * report.json, as a value with a published schema and as a table.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { summarize } from "@helios/experiments";
import {
  type Comparable,
  type Comparison,
  type ComparisonOptions,
  LEAST_EFFECTS,
  comparePair,
  compareSides,
  environmentDifferences,
  holmAdjusted,
} from "@helios/harness";
import { formatBytes, formatMicroseconds, formatRatio } from "@helios/reports";
import { CliError } from "./errors.ts";
import { exitCodes, type ExitCode } from "./exit-codes.ts";
import { readReport } from "./stored-report.ts";

export interface ComparisonReport {
  readonly format: "helios-comparison/1";
  /** `interleaved`: in one job, the runs taking turns. `cross-run`: at two times. */
  readonly kind: ComparisonOptions["kind"];
  readonly a: ComparedSide;
  readonly b: ComparedSide;
  readonly alpha: number;
  /** In what the environments differ, code and packages included. */
  readonly differences: readonly string[];
  readonly comparisons: readonly (Comparison & { readonly adjustedP?: number })[];
}

export interface ComparedSide {
  /** Directory, report, arm, revision or configuration, as it was named. */
  readonly name: string;
  readonly planHash: string;
  readonly recordedAt: string;
  readonly revision?: string;
}

export interface CompareOptions {
  readonly alpha?: number | undefined;
  readonly minimumEffect?: number | undefined;
}

interface Stored extends Comparable {
  readonly planHash: string;
}

/** Everything that two runs have in common, made at two times. */
export async function compareStored(
  a: string,
  b: string,
  options: CompareOptions,
): Promise<ComparisonReport> {
  const [sideA, sideB] = [await readSide(a), await readSide(b)];
  const comparisons = compareSides(sideA, sideB, {
    kind: "cross-run",
    // What nobody here changed: a rival's difference is the machine's doing.
    isControl: ({ subject }) => subject !== "helios",
    ...chosen(options),
  });
  if (comparisons.length === 0) {
    throw new CliError(
      "USAGE_ARGUMENT",
      `${a} and ${b} have no arm in common: nothing can be compared`,
      "give two runs of the same plan; cells are the same when workload, parameters, class and length are",
    );
  }
  return report("cross-run", side(a, sideA), side(b, sideB), options, sideA, sideB, comparisons);
}

/** Pairs of arms inside one run, whose runs took turns. */
export async function compareArmsOf(
  directory: string,
  pairs: readonly { readonly cell: string; readonly a: string; readonly b: string }[],
  names: readonly [string, string],
  options: CompareOptions,
): Promise<ComparisonReport> {
  const stored = await readSide(directory);
  const comparisons = pairs.flatMap(({ cell: id, a, b }) => {
    const cell = stored.cells.find((one) => one.cell === id);
    const [armA, armB] = [a, b].map((name) => cell?.arms.find(({ arm }) => arm === name));
    return cell && armA && armB ? comparePair(cell, armA, armB, chosen(options)) : [];
  });
  const [a, b] = names;
  // One job has one environment; which code an arm ran is in its name and in the plan.
  const sideOf = (name: string): ComparedSide => {
    const { planHash, recordedAt } = side(name, stored);
    return { name, planHash, recordedAt };
  };
  return report("interleaved", sideOf(a), sideOf(b), options, stored, stored, comparisons);
}

/** All cells of a stored run that have both arms; USAGE_ARGUMENT where none has. */
export async function pairsNamed(
  directory: string,
  a: string,
  b: string,
): Promise<{ cell: string; a: string; b: string }[]> {
  const { cells } = await readSide(directory);
  const pairs = cells
    .filter(({ arms }) => [a, b].every((name) => arms.some(({ arm }) => arm === name)))
    .map(({ cell }) => ({ cell, a, b }));
  if (pairs.length > 0) return pairs;
  const known = [...new Set(cells.flatMap(({ arms }) => arms.map(({ arm }) => arm)))].join(", ");
  throw new CliError(
    "USAGE_FLAG",
    `${directory} has no cell with the arms ${a} and ${b}`,
    `its arms: ${known}`,
  );
}

function chosen({ alpha, minimumEffect }: CompareOptions): { alpha?: number; minimumEffect?: number } {
  return {
    ...(alpha === undefined ? {} : { alpha }),
    ...(minimumEffect === undefined ? {} : { minimumEffect }),
  };
}

async function readSide(path: string): Promise<Stored> {
  if (existsSync(join(path, "manifest.json"))) return summarize(path);
  const stored = await readReport(path);
  return { environment: stored.environment, cells: stored.cells, planHash: stored.plan.hash };
}

function side(name: string, { environment, planHash }: Stored): ComparedSide {
  const revision = environment.revision;
  const commit = revision && `${revision.commit}${revision.clean ? "" : " with changes"}`;
  return {
    name,
    planHash,
    recordedAt: environment.recordedAt,
    ...(commit === undefined ? {} : { revision: commit }),
  };
}

function report(
  kind: ComparisonReport["kind"],
  a: ComparedSide,
  b: ComparedSide,
  { alpha = 0.01 }: CompareOptions,
  sideA: Comparable,
  sideB: Comparable,
  comparisons: readonly Comparison[],
): ComparisonReport {
  const adjusted = holmAdjusted(comparisons.map(({ p }) => p ?? 1));
  return {
    format: "helios-comparison/1",
    kind,
    a,
    b,
    alpha,
    differences: environmentDifferences(sideA.environment, sideB.environment),
    comparisons: comparisons.map((one, i) => ({
      ...one,
      ...(one.p === undefined ? {} : { adjustedP: adjusted[i] }),
    })),
  };
}

/** Something is worse: 1. Nothing is, but something could not be decided: 3. */
export function exitOfComparison({ comparisons }: ComparisonReport): ExitCode {
  if (comparisons.some(({ verdict }) => verdict === "worse")) return exitCodes.noGo;
  return comparisons.some(({ verdict }) => verdict === "undecided") ? exitCodes.hold : exitCodes.ok;
}

const order = ["worse", "undecided", "better", "no difference shown"] as const;

export function comparisonText(found: ComparisonReport, columns = 80): string {
  const { kind, a, b, differences, comparisons } = found;
  const lines = [
    `A  ${sideText(a)}`,
    `B  ${sideText(b)}`,
    ...(kind === "cross-run"
      ? [
          "Made at two times: the machine may have changed in between, so differences below",
          `${LEAST_EFFECTS["cross-run"] * 100} % are not flagged. --revisions compares in one job.`,
        ]
      : ["Made in one job, the runs of both taking turns."]),
    ...differences.map((difference) => `Differs: ${difference}`),
    "",
  ];
  for (const verdict of order) {
    const group = comparisons.filter((one) => one.verdict === verdict);
    if (group.length === 0) continue;
    lines.push(`${verdict} (${group.length})`);
    for (const one of group) lines.push(...comparisonLines(one));
  }
  return lines.map((line) => clip(line, Math.max(60, columns))).join("\n");
}

function sideText({ name, recordedAt, revision }: ComparedSide): string {
  return `${name}, ${recordedAt}${revision === undefined ? "" : `, ${revision.slice(0, 12)}${revision.includes(" ") ? " with changes" : ""}`}`;
}

function comparisonLines(one: Comparison): string[] {
  const { cell, arm, measure, a, b, ratio, runs, reason, pairedP } = one;
  const format = measure === "p95" ? formatMicroseconds : formatBytes;
  const value = (of: number | undefined): string => (of === undefined ? "no number" : format(of));
  const range =
    ratio && Number.isFinite(ratio.upper) && ratio.lower > 0
      ? ` (${formatRatio(ratio.lower)} to ${formatRatio(ratio.upper)})`
      : "";
  const times = ratio ? `, ${formatRatio(ratio.value)}${range}` : "";
  const paired = pairedP === undefined ? "" : `; in pairs p = ${Number(pairedP.toPrecision(2))}`;
  return [
    `  ${cell}/${arm} ${measure === "p95" ? "P95" : "bytes per commit"}: ${value(a)} -> ${value(b)}${times}`,
    `      ${reason}; ${runs[0]} against ${runs[1]} runs${paired}`,
  ];
}

/** Long lines are broken at a space; what follows is indented. */
function clip(line: string, width: number): string {
  if (line.length <= width) return line;
  const at = line.lastIndexOf(" ", width);
  const indent = " ".repeat((/^ */.exec(line)?.[0].length ?? 0) + 2);
  return at <= indent.length ? line : `${line.slice(0, at)}\n${clip(indent + line.slice(at + 1), width)}`;
}
