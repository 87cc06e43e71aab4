/** Every cell with its arms, and which of their runs can be believed. */
import {
  type Arm,
  type Cell,
  type CellRecord,
  type IoMeasures,
  type RunDirectory,
  type RunRecord,
  hodgesLehmannShift,
  median,
  medianBounds,
  percentileOfSorted,
  problemOf,
  reductionBounds,
  sorted,
} from "@helios/harness";
import type { ArmSummary, CellSummary, Estimate, RatioToReference, RunPoint } from "./types.ts";

/** The arm under test and the one it is held against. */
export const MEASURED_SUBJECT = "helios";
export const BASELINE_SUBJECT = "git";
export const CONFIDENCE = 0.95;

/** A cell with what the gates ask of it. */
export interface CellView {
  readonly cell: Cell;
  readonly summary: CellSummary;
  readonly arms: readonly ArmView[];
  /** Why the whole cell has no number; undefined where it was run. */
  readonly absent: string | undefined;
}

export interface ArmView {
  readonly arm: Arm;
  /** Of runs to be trusted: all completed, all in the expected state; otherwise empty. */
  readonly sound: readonly RunRecord[];
  readonly p95s: readonly number[];
  readonly summary: ArmSummary;
}

/**
 * Each arm is held against the state of the reference, not against the others: a subject that did other work loses
 * its own numbers and nobody else's.
 */
export function viewOf(run: RunDirectory, cell: Cell): CellView {
  const record = run.cells.get(cell.id);
  const ofCell = run.records.filter((one) => one.cell === cell.id);
  const completed = ofCell.filter(isCompleted);
  const agrees = (one: RunRecord): boolean => one.stateDigest === expectedDigest(record, cell, one);
  const statesAgree = completed.length === 0 ? undefined : completed.every(agrees);
  const arms = cell.arms.map((arm) => {
    const records = ofCell.filter((one) => one.arm === arm.id);
    const problems = [
      ...missingRuns(arm, records, record),
      ...records.flatMap((one) => problemOf(one) ?? []),
      ...records.filter((one) => isCompleted(one) && !agrees(one)).map(wrongState),
      ...records.filter((one) => isCompleted(one) && operationsOf(one) === 0).map(emptySample),
    ];
    return armView(run, cell, arm, records, problems);
  });
  return {
    cell,
    arms,
    absent: record === undefined ? "it was not reached" : record.absent,
    summary: {
      cell: cell.id,
      workload: cell.workload,
      parameters: { ...cell.parameters, ...record?.facts },
      durability: cell.durability,
      purpose: cell.purpose,
      arms: arms.map(({ summary }) => summary),
      statesAgree,
      reduction: reductions(run.plan.seed, cell, arms),
      ratios: ratios(cell, arms),
    },
  };
}

export function isCompleted(record: RunRecord): boolean {
  return record.outcome.kind === "completed";
}

function expectedDigest(record: CellRecord | undefined, cell: Cell, run: RunRecord): string | undefined {
  const arm = cell.arms.find(({ id }) => id === run.arm);
  return record?.expected.find((one) => one.warmup === arm?.warmup && one.operations === arm.operations)
    ?.stateDigest;
}

function missingRuns(arm: Arm, records: readonly RunRecord[], cell: CellRecord | undefined): string[] {
  if (cell?.absent !== undefined) return [`not run: ${cell.absent}`];
  const skipped = cell?.skipped?.find((one) => one.arm === arm.id);
  if (skipped) return [`skipped: ${skipped.reason}`];
  const made = new Set(records.map(({ run }) => run));
  const missing = Array.from({ length: arm.runs }, (_, i) => i).filter((run) => !made.has(run));
  return missing.length === 0 ? [] : [`${missing.length} of ${arm.runs} runs were not made`];
}

function wrongState({ run }: RunRecord): string {
  return `run ${run} ended in another state than the workload leads to, so it did other work; its numbers are left out`;
}

function emptySample({ run }: RunRecord): string {
  return `run ${run} has no timed operation, so it shows nothing`;
}

function armView(
  run: RunDirectory,
  cell: Cell,
  arm: Arm,
  records: readonly RunRecord[],
  problems: readonly string[],
): ArmView {
  const sound = problems.length === 0 ? records : [];
  const samples = sound.map((record) => sorted(run.samples(record, "step") ?? []));
  const perRun = (q: number): number[] => samples.map((ascending) => percentileOfSorted(ascending, q));
  const counts = sound.map((record) => operationsOf(record));
  const perCommit = (bytes: (record: RunRecord) => number): number =>
    sound.length === 0 ? 0 : median(sound.map((record) => bytes(record) / operationsOf(record)));
  const scope = `${cell.id}/${arm.id}, class ${cell.durability}, apply + commit with id`;
  const estimate = (q: number): Estimate | undefined => latencyEstimate(perRun(q), scope);
  const completed = records.filter(isCompleted);
  const skipped = run.cells.get(cell.id)?.skipped?.find((one) => one.arm === arm.id);
  return {
    arm,
    sound,
    p95s: perRun(0.95),
    summary: {
      arm: arm.id,
      subject: arm.subject,
      subjectVersion: completed[0]?.subjectVersion ?? "unknown",
      runsPlanned: arm.runs,
      runsCompleted: completed.length,
      operationsPerRun: counts.length === 0 ? arm.operations : Math.min(...counts),
      problems,
      skipped: skipped && { reason: skipped.reason, remedy: skipped.remedy },
      p50: estimate(0.5),
      p95: estimate(0.95),
      p99: estimate(0.99),
      curve: sound.length === 0 ? [] : curve(perRun, Math.min(...counts)),
      ioPerCommit: ioPerCommit(sound),
      ioReason: records.find(({ ioReason }) => ioReason !== undefined)?.ioReason,
      userBytesPerCommit: perCommit(({ userBytes }) => userBytes),
      workingSetBytesPerCommit: perCommit(({ workingSetBytes }) => workingSetBytes),
      peakRssBytes: Math.max(0, ...completed.map(({ peakRssBytes }) => peakRssBytes)),
      runs: runPoints(records, sound, samples),
    },
  };
}

function runPoints(
  records: readonly RunRecord[],
  sound: readonly RunRecord[],
  samples: readonly Float64Array[],
): RunPoint[] {
  return records
    .map((record): RunPoint => {
      const place = sound.indexOf(record);
      const ascending = samples[place];
      const at = (q: number): number | undefined =>
        ascending?.length ? percentileOfSorted(ascending, q) : undefined;
      const { load, timed, settle } = record.wallSeconds;
      return {
        run: record.run,
        position: record.position,
        startedAt: record.startedAt,
        outcome: record.outcome.kind,
        retries: record.attempts?.length ?? 0,
        isSound: place !== -1,
        p50Us: at(0.5),
        p95Us: at(0.95),
        p99Us: at(0.99),
        wcharPerCommit: place !== -1 && record.io ? ownWchar(record) / operationsOf(record) : undefined,
        seconds: record.totalSeconds ?? load + timed + settle,
        othersShare: record.machine?.othersShare,
        stealShare: record.machine?.stealShare,
      };
    })
    .sort((a, b) => a.position - b.position);
}

/** Commits timed in a run; fewer than planned where the workload ended early. */
function operationsOf(record: RunRecord): number {
  return record.samples.find(({ series }) => series === "step")?.count ?? 0;
}

function latencyEstimate(perRun: readonly number[], scope: string): Estimate | undefined {
  if (perRun.length === 0) return undefined;
  const bounds = medianBounds(perRun, CONFIDENCE);
  return {
    value: bounds.median,
    lower: bounds.lower,
    upper: bounds.upper,
    confidence: bounds.confidence,
    n: bounds.n,
    nUnit: "process runs",
    unit: "us",
    scope,
  };
}

/** Shares of operations for the curve: even up to 0.9, then ever closer to 1, where the tail is. */
const CURVE_SHARES = [
  ...Array.from({ length: 31 }, (_, i) => (i * 0.03 * 100) / 100),
  ...Array.from({ length: 30 }, (_, i) => 1 - 10 ** (-1 - (i + 1) / 10)),
].map((q) => Number(q.toFixed(6)));

/** Median over runs at each share, as far as a run has a whole operation beyond it. */
function curve(perRun: (q: number) => number[], operations: number): ArmSummary["curve"] {
  return CURVE_SHARES.filter((q) => operations * (1 - q) >= 1).map((q) => ({ q, us: median(perRun(q)) }));
}

function ioPerCommit(sound: readonly RunRecord[]): IoMeasures | undefined {
  if (sound.length === 0 || sound.some(({ io }) => io === undefined)) return undefined;
  const perCommit = (measure: keyof IoMeasures): number =>
    median(sound.map((record) => (record.io?.[measure] ?? 0) / operationsOf(record)));
  return {
    wcharBytes: perCommit("wcharBytes"),
    rcharBytes: perCommit("rcharBytes"),
    storageBytes: perCommit("storageBytes"),
    allocatedBytes: perCommit("allocatedBytes"),
  };
}

interface Measure {
  readonly id: string;
  readonly bytes: (io: IoMeasures) => number;
  /** What a run wrote only because its working set is the user's directory. */
  readonly workingSet: (record: RunRecord) => number;
}

export const GATE_MEASURE = "wchar";
const MEASURES: readonly Measure[] = [
  { id: GATE_MEASURE, bytes: (io) => io.wcharBytes, workingSet: (record) => record.workingSetBytes },
  { id: "storage", bytes: (io) => io.storageBytes, workingSet: (record) => record.workingSetStorageBytes },
  // Files changed in place allocate nothing new, so nothing is left out here.
  { id: "allocated", bytes: (io) => io.allocatedBytes, workingSet: () => 0 },
];

/** Bytes by write calls, without the user's own files: they are written whatever keeps the history. */
function ownWchar(record: RunRecord): number {
  return (record.io as IoMeasures).wcharBytes - record.workingSetBytes;
}

/** The measured subject's arm and the baseline's of equal length. */
export function comparedArms(arms: readonly ArmView[]): { measured: ArmView; baseline: ArmView } | undefined {
  const baseline = arms.find(({ arm }) => arm.subject === BASELINE_SUBJECT);
  const measured = baseline && arms.find((one) => isMeasured(one) && isEquallyLong(one, baseline));
  return baseline && measured ? { measured, baseline } : undefined;
}

function isMeasured({ arm }: ArmView): boolean {
  return arm.subject === MEASURED_SUBJECT;
}

export function isEquallyLong(a: ArmView, b: ArmView): boolean {
  return a.arm.warmup === b.arm.warmup && a.arm.operations === b.arm.operations;
}

function reductions(seed: number, cell: Cell, arms: readonly ArmView[]): CellSummary["reduction"] {
  const compared = comparedArms(arms);
  if (!compared) return [];
  const { measured, baseline } = compared;
  const both = [...measured.sound, ...baseline.sound];
  if (both.some(({ io }) => io === undefined)) return [];
  return MEASURES.flatMap(({ id, bytes, workingSet }) => {
    // Without the user's own files: they are written whatever keeps the history, and leaving them in would
    // flatter the engine.
    const own = (record: RunRecord): number => bytes(record.io as IoMeasures) - workingSet(record);
    const bounds = reductionBounds(measured.sound.map(own), baseline.sound.map(own), {
      seed: `${seed} ${cell.id} ${id}`,
      confidence: CONFIDENCE,
    });
    if (!bounds) return [];
    const { reduction: value, lower, upper, confidence } = bounds;
    const n = Math.min(measured.sound.length, baseline.sound.length);
    const scope = `${cell.id}, ${measured.arm.id} against ${baseline.arm.id}, class ${cell.durability}, ${id}`;
    return [
      {
        measure: id,
        estimate: { value, lower, upper, confidence, n, nUnit: "process runs", unit: "share", scope },
      },
    ];
  });
}

/**
 * Every arm against the reference of its cell: the measured subject's arm of equal length, else its first, else the
 * cell's first arm. Hodges and Lehmann's shift of the logarithms of runs is a ratio, with an exact interval.
 */
function ratios(cell: Cell, arms: readonly ArmView[]): RatioToReference[] {
  return arms.flatMap((one) => {
    const measured = arms.filter(isMeasured);
    const reference = measured.find((other) => isEquallyLong(other, one)) ?? measured[0] ?? arms[0];
    if (reference === undefined || reference === one) return [];
    return [
      ...ratio(cell, "p95", one, reference, ({ p95s }) => p95s),
      ...ratio(cell, "wchar", one, reference, ({ sound }) =>
        sound.flatMap((record) => (record.io ? ownWchar(record) / operationsOf(record) : [])),
      ),
    ];
  });
}

function ratio(
  cell: Cell,
  measure: RatioToReference["measure"],
  one: ArmView,
  reference: ArmView,
  valuesOf: (view: ArmView) => readonly number[],
): RatioToReference[] {
  const [a, b] = [valuesOf(one), valuesOf(reference)];
  const canBeDivided = [...a, ...b].every((value) => value > 0 && Number.isFinite(value));
  if (a.length === 0 || b.length === 0 || !canBeDivided) return [];
  const { shift, lower, upper, confidence } = hodgesLehmannShift(
    a.map(Math.log),
    b.map(Math.log),
    CONFIDENCE,
  );
  const n = Math.min(a.length, b.length);
  const scope = `${cell.id}, ${one.arm.id} against ${reference.arm.id}, class ${cell.durability}, ${measure}`;
  return [
    {
      arm: one.arm.id,
      against: reference.arm.id,
      measure,
      ratio: {
        value: Math.exp(shift),
        lower: Math.exp(lower),
        upper: Math.exp(upper),
        confidence,
        n,
        nUnit: "process runs",
        unit: "x",
        scope,
      },
    },
  ];
}
