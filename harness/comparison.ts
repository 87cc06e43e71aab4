/**
 * Two sets of runs held against each other: has something become slower, or does it write more?
 *
 * The run is the unit. A difference is flagged when Mann and Whitney's test says that chance does not make it, and it
 * is larger than the least effect that anybody cares about. One that is not larger than what the same code differs from
 * itself (the A/A arm) or, between two validations, than what unchanged rivals differ by, is undecided: the machine is
 * noisy. A bare percentage of two means is never enough, and neither is a p alone.
 */
import { environmentDifferences } from "./environment.ts";
import { canonicalJson } from "./plan.ts";
import type { Environment } from "./results.ts";
import { hodgesLehmannShift, mannWhitney, median, signFlipTest, uTails } from "./statistics/index.ts";

export interface ComparableRun {
  readonly run: number;
  readonly isSound: boolean;
  readonly p95Us?: number | undefined;
  readonly wcharPerCommit?: number | undefined;
}

export interface ComparableArm {
  readonly arm: string;
  readonly subject: string;
  readonly operationsPerRun: number;
  readonly problems: readonly string[];
  readonly runs?: readonly ComparableRun[];
}

export interface ComparableCell {
  readonly cell: string;
  readonly workload: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly durability: string;
  readonly arms: readonly ComparableArm[];
}

/** A report, or the summary of a run directory. */
export interface Comparable {
  readonly environment: Environment;
  readonly cells: readonly ComparableCell[];
}

export type ComparisonMeasure = "p95" | "wchar";

export interface ComparisonOptions {
  /**
   * `interleaved`: both sides were made in one job, their runs taking turns. `cross-run`: at two times, so that the
   * machine may have changed between them.
   */
  readonly kind: "interleaved" | "cross-run";
  /** Level of each single test. */
  readonly alpha?: number;
  /** Least effect on the P95, 0.05 for 5 %. */
  readonly minimumEffect?: number;
  readonly seed?: number | string;
  /** Arms that nobody changed between the sides; what they differ by is the machine's doing. */
  readonly isControl?: (arm: ComparableArm) => boolean;
}

export interface Comparison {
  readonly cell: string;
  readonly durability: string;
  readonly arm: string;
  readonly measure: ComparisonMeasure;
  readonly verdict: "worse" | "better" | "no difference shown" | "undecided";
  /** One sentence. */
  readonly reason: string;
  /** Medians over runs, microseconds or bytes; undefined without sound runs. */
  readonly a: number | undefined;
  readonly b: number | undefined;
  readonly runs: readonly [number, number];
  /** b / a by Hodges and Lehmann, with its two-sided interval; 0 and infinite where the runs are too few for one. */
  readonly ratio?: {
    readonly value: number;
    readonly lower: number;
    readonly upper: number;
    readonly confidence: number;
  };
  readonly p?: number;
  /** Sign-flip test over rounds, where the runs of both sides were made in pairs; shown beside, never deciding. */
  readonly pairedP?: number;
  /** Smaller effects are none, whatever their p. */
  readonly leastEffect: number;
  /** What nobody changed and differs all the same, where it differs by more than that. */
  readonly noise?: { readonly effect: number; readonly source: "A/A arm" | "unchanged rival" };
}

export const COMPARISON_ALPHA = 0.01;
/** Runs of one job drift together; two validations of one machine lie further apart. */
export const LEAST_EFFECTS = { interleaved: 0.05, "cross-run": 0.15 } as const;
/** Bytes do not depend on who else is busy. */
const LEAST_WCHAR_EFFECT = 0.01;

/** Every arm that both sides have, by cell, arm and measure. */
export function compareSides(a: Comparable, b: Comparable, options: ComparisonOptions): Comparison[] {
  const machine = machineDifferences(a.environment, b.environment);
  return a.cells.flatMap((cellA) => {
    const cellB = b.cells.find((cell) => sameWork(cell) === sameWork(cellA));
    if (cellB === undefined) return [];
    return cellA.arms.flatMap((armA) => {
      const armB = cellB.arms.find(
        (arm) =>
          arm.arm === armA.arm &&
          arm.subject === armA.subject &&
          arm.operationsPerRun === armA.operationsPerRun,
      );
      return armB === undefined
        ? []
        : compareArms({ cell: cellA, arm: armA }, { cell: cellB, arm: armB }, options, machine);
    });
  });
}

/** Two arms of one cell, made in one job. */
export function comparePair(
  cell: ComparableCell,
  a: ComparableArm,
  b: ComparableArm,
  options: Omit<ComparisonOptions, "kind">,
): Comparison[] {
  return compareArms({ cell, arm: a }, { cell, arm: b }, { ...options, kind: "interleaved" }, []);
}

/** Why absolute times of two environments cannot be compared; code and packages may differ, they are what is compared. */
function machineDifferences(a: Environment, b: Environment): string[] {
  return environmentDifferences(a, b, ["Helios", "revision", "tools", "kernel"]);
}

function sameWork({ cell, workload, parameters, durability }: ComparableCell): string {
  return canonicalJson([cell, workload, parameters, durability]);
}

interface Place {
  readonly cell: ComparableCell;
  readonly arm: ComparableArm;
}

function compareArms(
  a: Place,
  b: Place,
  options: ComparisonOptions,
  machine: readonly string[],
): Comparison[] {
  const measures = (["p95", "wchar"] as const).filter(
    (measure) =>
      measure === "p95" || valuesOf(a.arm, measure).length > 0 || valuesOf(b.arm, measure).length > 0,
  );
  return measures.map((measure) => compareMeasure(measure, a, b, options, measure === "p95" ? machine : []));
}

function compareMeasure(
  measure: ComparisonMeasure,
  a: Place,
  b: Place,
  options: ComparisonOptions,
  machine: readonly string[],
): Comparison {
  const { alpha = COMPARISON_ALPHA, seed = 1 } = options;
  const valuesA = valuesOf(a.arm, measure);
  const valuesB = valuesOf(b.arm, measure);
  const leastEffect = leastEffectOf(measure, options);
  const noise = noiseOf(measure, a, b, options);
  const about = {
    cell: a.cell.cell,
    durability: a.cell.durability,
    arm: a.arm.arm,
    measure,
    a: valuesA.length > 0 ? median(valuesA) : undefined,
    b: valuesB.length > 0 ? median(valuesB) : undefined,
    runs: [valuesA.length, valuesB.length] as const,
    leastEffect,
    ...(noise && noise.effect > leastEffect ? { noise } : {}),
  };
  const problem = problemOf(a, b, valuesA, valuesB);
  if (problem !== undefined) return { ...about, verdict: "undecided", reason: problem };
  const logA = valuesA.map(Math.log);
  const logB = valuesB.map(Math.log);
  const { shift, lower, upper, confidence } = hodgesLehmannShift(logB, logA);
  const ratio = { value: Math.exp(shift), lower: Math.exp(lower), upper: Math.exp(upper), confidence };
  const { pTwoSided: p } = mannWhitney(valuesA, valuesB);
  const paired = options.kind === "interleaved" ? pairedP(measure, a.arm, b.arm, seed) : undefined;
  const found = { ...about, ratio, p, ...(paired === undefined ? {} : { pairedP: paired }) };
  const leastP = 2 * (uTails(valuesA.length, valuesB.length)[0] as number);
  if (leastP > alpha) {
    const counts = `${valuesA.length} against ${valuesB.length} runs`;
    return {
      ...found,
      verdict: "undecided",
      reason: `${counts} are too few: no outcome is significant at ${alpha}`,
    };
  }
  if (machine.length > 0) {
    return { ...found, verdict: "undecided", reason: `made on different machines: ${machine.join("; ")}` };
  }
  return { ...found, ...judged(ratio.value, p, alpha, about) };
}

function judged(
  ratio: number,
  p: number,
  alpha: number,
  { leastEffect, noise }: Pick<Comparison, "leastEffect" | "noise">,
): Pick<Comparison, "verdict" | "reason"> {
  const effect = Math.max(ratio, 1 / ratio) - 1;
  const size = `${percent(effect)} ${ratio > 1 ? "more" : "less"}`;
  if (p > alpha) {
    return { verdict: "no difference shown", reason: `chance makes such a difference (p = ${shortP(p)})` };
  }
  if (effect < leastEffect) {
    const reason = `${size} is below the least effect, ${percent(leastEffect)}`;
    return { verdict: "no difference shown", reason };
  }
  if (noise && effect < noise.effect) {
    const reason = `noisy machine: ${size}, but the ${noise.source} differs by ${percent(noise.effect)}`;
    return { verdict: "undecided", reason };
  }
  return { verdict: ratio > 1 ? "worse" : "better", reason: `${size}, p = ${shortP(p)}` };
}

function valuesOf({ runs = [] }: ComparableArm, measure: ComparisonMeasure): number[] {
  return runs.filter(({ isSound }) => isSound).flatMap((run) => valueOf(run, measure) ?? []);
}

function valueOf(run: ComparableRun, measure: ComparisonMeasure): number | undefined {
  const value = measure === "p95" ? run.p95Us : run.wcharPerCommit;
  // Logarithms are taken; an arm that writes nothing of its own has no ratio.
  return value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined;
}

function problemOf(
  a: Place,
  b: Place,
  valuesA: readonly number[],
  valuesB: readonly number[],
): string | undefined {
  for (const [side, { arm }, values] of [
    ["A", a, valuesA],
    ["B", b, valuesB],
  ] as const) {
    if (arm.problems[0] !== undefined) return `${side}: ${arm.problems[0]}`;
    if (arm.runs === undefined) return `${side} was made by a version that kept no values of runs`;
    if (values.length === 0) return `${side} has no sound run with a number`;
  }
  return undefined;
}

function leastEffectOf(measure: ComparisonMeasure, options: ComparisonOptions): number {
  const asked = options.minimumEffect ?? LEAST_EFFECTS[options.kind];
  return measure === "wchar" ? Math.min(asked, LEAST_WCHAR_EFFECT) : asked;
}

/** The largest difference between what nobody changed: an arm and its A/A arm, a rival then and now. */
function noiseOf(
  measure: ComparisonMeasure,
  a: Place,
  b: Place,
  options: ComparisonOptions,
): Comparison["noise"] {
  const found: NonNullable<Comparison["noise"]>[] = [];
  for (const { cell, arm } of [a, b]) {
    for (const other of cell.arms.filter((one) => one !== a.arm && one !== b.arm && isAgain(one, arm))) {
      found.push({ effect: effectBetween(measure, arm, other), source: "A/A arm" });
    }
  }
  if (options.kind === "cross-run" && options.isControl?.(a.arm) !== true) {
    for (const control of a.cell.arms.filter((arm) => options.isControl?.(arm) === true)) {
      const now = b.cell.arms.find(
        (arm) => arm.arm === control.arm && arm.operationsPerRun === control.operationsPerRun,
      );
      if (now) found.push({ effect: effectBetween(measure, control, now), source: "unchanged rival" });
    }
  }
  return found.toSorted((one, other) => other.effect - one.effect)[0];
}

/** `helios-again` is the A/A arm of `helios`, and `a-again` of `a`; other arms of a subject may be configured otherwise. */
function isAgain(one: ComparableArm, of: ComparableArm): boolean {
  const isAlike = one.subject === of.subject && one.operationsPerRun === of.operationsPerRun;
  return isAlike && (one.arm === `${of.arm}-again` || of.arm === `${one.arm}-again`);
}

/** As a share of the smaller; 0 where either has no number. */
function effectBetween(measure: ComparisonMeasure, a: ComparableArm, b: ComparableArm): number {
  const [valuesA, valuesB] = [valuesOf(a, measure), valuesOf(b, measure)];
  if (valuesA.length === 0 || valuesB.length === 0) return 0;
  return Math.exp(Math.abs(hodgesLehmannShift(valuesA.map(Math.log), valuesB.map(Math.log)).shift)) - 1;
}

/** Runs with the same number stood next to each other in time. */
function pairedP(
  measure: ComparisonMeasure,
  a: ComparableArm,
  b: ComparableArm,
  seed: number | string,
): number | undefined {
  const differences = (a.runs ?? []).flatMap((runA) => {
    const runB = b.runs?.find(({ run }) => run === runA.run);
    const [valueA, valueB] = [valueOf(runA, measure), runB && valueOf(runB, measure)];
    return valueA === undefined || valueB === undefined ? [] : [Math.log(valueB / valueA)];
  });
  return differences.length < 2 ? undefined : signFlipTest(differences, { seed }).pTwoSided;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

function shortP(p: number): string {
  return p < 0.0001 ? p.toExponential(0) : String(Number(p.toPrecision(2)));
}
