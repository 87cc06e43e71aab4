/**
 * From a sealed run directory to numbers: what each cell showed, and the evidence of the two gates that rest on
 * runs. A pure function of the directory's content: the same files give the same values, bit for bit.
 *
 * The shapes are those of the gates' evidence and of the report's cells. They are written down here a second time
 * because the measuring side knows neither the judge nor the printer; the command line hands them over, and the
 * compiler sees there that they fit.
 */
import {
  type Arm,
  type Cell,
  type CellRecord,
  type Environment,
  type IoMeasures,
  type Plan,
  type RunDirectory,
  type RunRecord,
  median,
  medianBounds,
  percentileOfSorted,
  planHash,
  problemOf,
  readRunDirectory,
  reductionBounds,
  relativeDifference,
  sorted,
} from "@helios/harness";

/** A number with its one-sided confidence bounds. */
export interface Estimate {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
  readonly n: number;
  readonly nUnit: string;
  readonly unit: string;
  readonly scope: string;
}

/** Present with its source, or missing with what would supply it. */
export type Evidence<T> =
  | { readonly kind: "present"; readonly grade: "measured"; readonly source: string; readonly value: T }
  | { readonly kind: "missing"; readonly reason: string; readonly remedy: string };

export interface CommitLatency {
  readonly p95: Estimate;
  readonly selfComparison: { readonly relativeDifference: number; readonly n: number } | undefined;
}

export interface IoReduction {
  readonly cells: readonly { readonly cell: string; readonly reduction: Estimate }[];
  readonly absent: readonly { readonly cell: string; readonly reason: string }[];
  readonly beside: readonly {
    readonly cell: string;
    readonly reduction: Estimate | undefined;
    readonly note: string;
  }[];
}

export interface ArmSummary {
  readonly arm: string;
  readonly subject: string;
  readonly subjectVersion: string;
  readonly runsPlanned: number;
  readonly runsCompleted: number;
  readonly operationsPerRun: number;
  readonly problems: readonly string[];
  readonly p50: Estimate | undefined;
  readonly p95: Estimate | undefined;
  readonly p99: Estimate | undefined;
  readonly curve: readonly { readonly q: number; readonly us: number }[];
  readonly ioPerCommit: IoMeasures | undefined;
  readonly ioReason: string | undefined;
  readonly userBytesPerCommit: number;
  readonly workingSetBytesPerCommit: number;
  readonly peakRssBytes: number;
}

export interface CellSummary {
  readonly cell: string;
  readonly workload: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly durability: string;
  readonly purpose: readonly string[];
  readonly arms: readonly ArmSummary[];
  readonly statesAgree: boolean | undefined;
  readonly reduction: readonly { readonly measure: string; readonly estimate: Estimate }[];
}

/** Everything a report needs that comes from the run directory. */
export interface RunSummary {
  readonly directory: string;
  readonly plan: Plan;
  readonly planHash: string;
  readonly environment: Environment;
  readonly cells: readonly CellSummary[];
  readonly commitP95: Evidence<CommitLatency>;
  readonly ioReduction: Evidence<IoReduction>;
  /** What guards left in `evidence/`, by name. */
  readonly evidence: ReadonlyMap<string, unknown>;
  readonly timerCostNs: number;
  readonly rawData: readonly { readonly file: string; readonly sha256: string }[];
}

/** The arm under test and the one it is held against. */
const MEASURED_SUBJECT = "helios";
const BASELINE_SUBJECT = "git";
const CONFIDENCE = 0.95;
/** Fewer runs give no 95 % bound of a median (order statistics: 1 - 2^-n >= 0.95 needs n = 5). */
const LEAST_RUNS = 5;
const RUN_AGAIN =
  "Run the validation again on a quiet machine; the report's cell table says what went wrong.";

/** Reads a sealed run directory, verifying every file, and sums it up. */
export function summarize(directory: string): RunSummary {
  const run = readRunDirectory(directory);
  const views = run.plan.cells.map((cell) => viewOf(run, cell));
  return {
    directory,
    plan: run.plan,
    planHash: planHash(run.plan),
    environment: run.environment,
    cells: views.map(({ summary }) => summary),
    commitP95: commitLatency(views),
    ioReduction: ioReduction(views),
    evidence: run.evidence,
    timerCostNs: median(run.records.filter(isCompleted).map(({ timerCostNs }) => timerCostNs)) || 0,
    rawData: run.manifest.files.map(({ file, sha256 }) => ({ file, sha256 })),
  };
}

/** A cell with what the gates ask of it. */
interface CellView {
  readonly cell: Cell;
  readonly summary: CellSummary;
  readonly arms: readonly ArmView[];
  /** Why the cell has no number; undefined where it has. */
  readonly absent: string | undefined;
}

interface ArmView {
  readonly arm: Arm;
  readonly records: readonly RunRecord[];
  /** Of runs to be trusted: all completed, all in the expected state; otherwise empty. */
  readonly sound: readonly RunRecord[];
  readonly p95s: readonly number[];
  readonly summary: ArmSummary;
}

function viewOf(run: RunDirectory, cell: Cell): CellView {
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
    ];
    const isSound = problems.length === 0 && statesAgree === true;
    return armView(run, cell, arm, records, isSound ? records : [], problems);
  });
  const problem = arms.flatMap(({ summary }) => summary.problems.map((text) => `${summary.arm}: ${text}`))[0];
  const absent = record === undefined ? "it was not reached" : (record.absent ?? problem);
  return {
    cell,
    arms,
    absent,
    summary: {
      cell: cell.id,
      workload: cell.workload,
      parameters: { ...cell.parameters, ...record?.facts },
      durability: cell.durability,
      purpose: cell.purpose,
      arms: arms.map(({ summary }) => summary),
      statesAgree,
      reduction: reductions(run.plan, cell, arms),
    },
  };
}

function isCompleted(record: RunRecord): boolean {
  return record.outcome.kind === "completed";
}

function expectedDigest(record: CellRecord | undefined, cell: Cell, run: RunRecord): string | undefined {
  const arm = cell.arms.find(({ id }) => id === run.arm);
  return record?.expected.find((one) => one.warmup === arm?.warmup && one.operations === arm.operations)
    ?.stateDigest;
}

function missingRuns(arm: Arm, records: readonly RunRecord[], cell: CellRecord | undefined): string[] {
  if (cell?.absent !== undefined) return [`not run: ${cell.absent}`];
  const made = new Set(records.map(({ run }) => run));
  const missing = Array.from({ length: arm.runs }, (_, i) => i).filter((run) => !made.has(run));
  return missing.length === 0 ? [] : [`${missing.length} of ${arm.runs} runs were not made`];
}

function wrongState({ run }: RunRecord): string {
  return `run ${run} ended in another state than the workload leads to, so it did other work`;
}

function armView(
  run: RunDirectory,
  cell: Cell,
  arm: Arm,
  records: readonly RunRecord[],
  sound: readonly RunRecord[],
  problems: readonly string[],
): ArmView {
  const samples = sound.map((record) => sorted(run.samples(record, "step") ?? []));
  const perRun = (q: number): number[] => samples.map((ascending) => percentileOfSorted(ascending, q));
  const counts = sound.map((record) => operationsOf(record));
  const perCommit = (bytes: (record: RunRecord) => number): number =>
    sound.length === 0 ? 0 : median(sound.map((record) => bytes(record) / operationsOf(record)));
  const scope = `${cell.id}/${arm.id}, class ${cell.durability}, apply + commit with id`;
  const estimate = (q: number): Estimate | undefined => latencyEstimate(perRun(q), scope);
  const completed = records.filter(isCompleted);
  return {
    arm,
    records,
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
      p50: estimate(0.5),
      p95: estimate(0.95),
      p99: estimate(0.99),
      curve: sound.length === 0 ? [] : curve(perRun, Math.min(...counts)),
      ioPerCommit: ioPerCommit(sound),
      ioReason: records.find(({ ioReason }) => ioReason !== undefined)?.ioReason,
      userBytesPerCommit: perCommit(({ userBytes }) => userBytes),
      workingSetBytesPerCommit: perCommit(({ workingSetBytes }) => workingSetBytes),
      peakRssBytes: Math.max(0, ...completed.map(({ peakRssBytes }) => peakRssBytes)),
    },
  };
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

const GATE_MEASURE = "wchar";
const MEASURES: readonly Measure[] = [
  { id: GATE_MEASURE, bytes: (io) => io.wcharBytes, workingSet: (record) => record.workingSetBytes },
  { id: "storage", bytes: (io) => io.storageBytes, workingSet: (record) => record.workingSetStorageBytes },
  // Files changed in place allocate nothing new, so nothing is left out here.
  { id: "allocated", bytes: (io) => io.allocatedBytes, workingSet: () => 0 },
];

/** The measured subject's arm and the baseline's of equal length. */
function comparedArms(arms: readonly ArmView[]): { measured: ArmView; baseline: ArmView } | undefined {
  const baseline = arms.find(({ arm }) => arm.subject === BASELINE_SUBJECT);
  const measured = arms.find(
    ({ arm }) =>
      arm.subject === MEASURED_SUBJECT &&
      arm.warmup === baseline?.arm.warmup &&
      arm.operations === baseline.arm.operations,
  );
  return baseline && measured ? { measured, baseline } : undefined;
}

function reductions(plan: Plan, cell: Cell, arms: readonly ArmView[]): CellSummary["reduction"] {
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
      seed: `${plan.seed} ${cell.id} ${id}`,
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

function commitLatency(views: readonly CellView[]): Evidence<CommitLatency> {
  const declared = views.filter(({ cell }) => cell.purpose.includes("latency"));
  if (declared.length === 0) {
    return missing("the plan has no cell for latency", "Use a plan with a latency cell.");
  }
  const found: { source: string; value: CommitLatency }[] = [];
  for (const view of declared) {
    const measured = view.arms.find(({ arm }) => arm.subject === MEASURED_SUBJECT);
    const reason = latencyAbsence(view, measured);
    if (reason !== undefined || !measured?.summary.p95) {
      return missing(`${view.cell.id}: ${reason ?? "no samples"}`, RUN_AGAIN);
    }
    const again = view.arms.find(
      (other) =>
        other !== measured &&
        other.arm.subject === MEASURED_SUBJECT &&
        other.arm.warmup === measured.arm.warmup &&
        other.arm.operations === measured.arm.operations,
    );
    found.push({
      source: `runs/${view.cell.id}/${measured.arm.id}-*.step.f64`,
      value: { p95: measured.summary.p95, selfComparison: again && selfComparison(measured, again) },
    });
  }
  // Where several cells are declared the worst decides.
  found.sort((a, b) => b.value.p95.upper - a.value.p95.upper);
  const [worst] = found as [(typeof found)[number]];
  return { kind: "present", grade: "measured", source: worst.source, value: worst.value };
}

function latencyAbsence(view: CellView, measured: ArmView | undefined): string | undefined {
  if (view.absent !== undefined) return view.absent;
  if (measured === undefined) return `the plan has no arm of ${MEASURED_SUBJECT}`;
  const runs = measured.sound.length;
  return runs < LEAST_RUNS ? `${runs} runs give no 95 % bound; ${LEAST_RUNS} are needed` : undefined;
}

function selfComparison(measured: ArmView, again: ArmView): CommitLatency["selfComparison"] {
  if (again.p95s.length === 0) return undefined;
  return {
    relativeDifference: relativeDifference(measured.p95s, again.p95s),
    n: Math.min(measured.p95s.length, again.p95s.length),
  };
}

function ioReduction(views: readonly CellView[]): Evidence<IoReduction> {
  const declared = views.filter(({ cell }) => cell.purpose.includes("io"));
  if (declared.length === 0) return missing("the plan has no cell for I/O", "Use a plan with I/O cells.");
  const judged = declared.map((view) => ({ view, reduction: gateReduction(view), reason: ioAbsence(view) }));
  const cells = judged.flatMap(({ view, reduction, reason }) =>
    reduction && reason === undefined ? [{ cell: view.cell.id, reduction }] : [],
  );
  const absent = judged.flatMap(({ view, reduction, reason }) =>
    reduction && reason === undefined ? [] : [{ cell: view.cell.id, reason: reason ?? "Git wrote nothing" }],
  );
  if (cells.length === 0) {
    return missing(absent.map(({ cell, reason }) => `${cell}: ${reason}`).join("; "), RUN_AGAIN);
  }
  const beside = views
    .filter(({ cell, arms }) => !cell.purpose.includes("io") && comparedArms(arms) !== undefined)
    .map((view) => ({ cell: view.cell.id, reduction: gateReduction(view), note: besideNote(view) }));
  return {
    kind: "present",
    grade: "measured",
    source: "runs/*/*.json: io",
    value: { cells, absent, beside },
  };
}

function gateReduction({ summary }: CellView): Estimate | undefined {
  return summary.reduction.find(({ measure }) => measure === GATE_MEASURE)?.estimate;
}

function ioAbsence({ absent, arms }: CellView): string | undefined {
  if (absent !== undefined) return absent;
  const compared = comparedArms(arms);
  if (!compared) return `the plan has no arms of ${MEASURED_SUBJECT} and ${BASELINE_SUBJECT} of equal length`;
  const { measured, baseline } = compared;
  const reason = [...measured.sound, ...baseline.sound].find(({ io }) => io === undefined)?.ioReason;
  if (reason !== undefined) return reason;
  const runs = Math.min(measured.sound.length, baseline.sound.length);
  return runs < LEAST_RUNS ? `${runs} runs per arm; ${LEAST_RUNS} are needed` : undefined;
}

/** What a reader must know to weigh a cell that does not gate. */
function besideNote(view: CellView): string {
  const { absent, arms, summary } = view;
  if (absent !== undefined) return absent;
  const [first] = arms;
  const commits = first?.summary.operationsPerRun ?? 0;
  const runs = Math.min(...arms.map(({ sound }) => sound.length));
  const others = summary.reduction
    .filter(({ measure }) => measure !== GATE_MEASURE)
    .map(({ measure, estimate }) => `${measure} ${(estimate.value * 100).toFixed(1)} %`);
  const entries = summary.parameters["baseEntries"] ?? summary.parameters["entries"];
  return [
    `${summary.workload}: ${commits} commits, ${runs} runs per arm`,
    ...(entries === undefined ? [] : [`${entries} entries`]),
    ...others,
  ].join(", ");
}

function missing(reason: string, remedy: string): { kind: "missing"; reason: string; remedy: string } {
  return { kind: "missing", reason, remedy };
}
