/**
 * The words of a report, said once so that every format says the same. An absent number always becomes words
 * with the reason, never an empty place.
 */
import type { RunEvent } from "@helios/harness";
import type { Estimate, GateResult, Outcome } from "@helios/policy";
import { formatBytes, formatNumber, formatQuantity, formatRatio, formatShare } from "./quantity.ts";
import type { ArmReport, CellReport, RatioReport, Report, RunReport } from "./report.ts";

/** A mark beside each outcome's name, for those who do not see its colour. */
export const outcomeMark: Readonly<Record<Outcome, string>> = {
  go: "✓",
  hold: "‖",
  "no-go": "✗",
  inconclusive: "?",
};

export const verdictMeaning: Readonly<Record<Report["verdict"], string>> = {
  GO: "every required gate passed by its confidence bound",
  HOLD: "nothing is refuted, but not everything is shown",
  "NO-GO": "at least one required gate is beyond its No-Go line",
};

/** The headline beside a banner that already says the verdict. */
export function headlineBesideVerdict(report: Report): string {
  const prefix = `${report.verdict}: `;
  return report.headline.startsWith(prefix) ? report.headline.slice(prefix.length) : report.headline;
}

export const absent = "not measured";

export function gateValue(gate: GateResult): string {
  return gate.value === undefined ? absent : gateNumber(gate.value, gate);
}

export function gateBound(gate: GateResult): string {
  return gate.bound === undefined ? "no bound" : gateNumber(gate.bound, gate);
}

/** What is counted stands in the criterion; units of measurement stand beside the number. */
function gateNumber(value: number, { unit }: GateResult): string {
  return measured.has(unit) ? formatQuantity(value, unit) : formatNumber(value);
}

const measured: ReadonlySet<string> = new Set(["us", "share", "bytes", "%"]);

export function gateLines(gate: GateResult): string {
  return `go ${gateNumber(gate.go, gate)}, no-go ${gateNumber(gate.noGo, gate)}`;
}

export function gateCount(gate: GateResult): string {
  return gate.n === 0 ? "0" : `${gate.n} ${gate.nUnit}`;
}

/** `17.9 µs`, or why there is none. */
export function estimateValue(estimate: Estimate | undefined): string {
  return estimate === undefined ? absent : formatQuantity(estimate.value, estimate.unit);
}

/** `16.9 µs to 18.4 µs`; says so where there are too few runs for a bound. */
export function estimateRange(estimate: Estimate): string {
  const bound = (value: number, without: string) =>
    Number.isFinite(value) ? formatQuantity(value, estimate.unit) : without;
  const range = `${bound(estimate.lower, "no lower bound")} to ${bound(estimate.upper, "no upper bound")}`;
  // Five runs carry a 95 % bound of a median; fewer do not, and a reader must not take it for one.
  return estimate.confidence < 0.95
    ? `${range} at only ${formatShare(estimate.confidence)} confidence`
    : range;
}

export function bytesOrAbsent(bytes: number | undefined): string {
  return bytes === undefined ? absent : formatBytes(bytes);
}

export const ioMeasures = [
  { key: "wcharBytes", measure: "wchar", title: "Written by write calls (wchar)" },
  { key: "storageBytes", measure: "storage", title: "Pages sent to storage (write_bytes)" },
  { key: "allocatedBytes", measure: "allocated", title: "Blocks allocated on disk" },
  { key: "rcharBytes", measure: "rchar", title: "Read by read calls (rchar)" },
] as const;

export function measureTitle(measure: string): string {
  return ioMeasures.find((known) => known.measure === measure || known.key === measure)?.title ?? measure;
}

export function parametersText(cell: CellReport): string {
  const parts = Object.entries(cell.parameters).map(([name, value]) => `${name} ${value}`);
  return parts.length === 0 ? cell.workload : `${cell.workload}: ${parts.join(", ")}`;
}

export function runsText(arm: ArmReport): string {
  return `${arm.runsCompleted} of ${arm.runsPlanned}`;
}

export function statesText(cell: CellReport): string {
  if (cell.statesAgree === undefined) return "Not known whether all arms ended in the same state.";
  return cell.statesAgree
    ? "All arms ended in the same state, byte for byte."
    : "The arms ended in different states: they did not do the same work, and their numbers cannot be compared.";
}

/** Everything about a cell that a reader must know before believing its numbers. */
export function cellWarnings(cell: CellReport): string[] {
  const problems = cell.arms.flatMap((arm) => [
    ...arm.problems.map((problem) => `${arm.arm}: ${problem}`),
    // An arm without runs has its problem said above; bytes are a matter of their own only where runs were made.
    ...(arm.ioPerCommit === undefined &&
    (arm.problems.length === 0 || arm.ioReason !== undefined) &&
    !arm.skipped
      ? [`${arm.arm}: bytes not measured: ${arm.ioReason ?? "no reason recorded"}`]
      : []),
  ]);
  return cell.statesAgree === true ? problems : [statesText(cell), ...problems];
}

export function environmentRows(report: Report): readonly (readonly [string, string])[] {
  const it = report.environment;
  const gib = (it.memoryBytes / 2 ** 30).toFixed(1);
  return [
    ["Helios", it.heliosVersion],
    [
      "Revision",
      it.revision
        ? `${it.revision.commit}${it.revision.clean ? "" : " (with uncommitted changes)"}`
        : "not known (not a checkout)",
    ],
    ["Recorded", it.recordedAt],
    ["Node", it.node],
    ["Platform", it.platform],
    ["Kernel", it.kernel],
    ["Processor", `${it.cpuModel}, ${it.cores} ${it.cores === 1 ? "core" : "cores"}`],
    ["Memory", `${gib} GiB`],
    ["File system", it.filesystem],
    ["Load at start", it.loadAverage.join(", ")],
    ...(it.frequency === undefined ? [] : [["Frequency", it.frequency] as const]),
    ["Clock", `${report.timerCostNs} ns a reading (printed, not subtracted)`],
    ...Object.entries(it.tools).map(([tool, version]) => [tool, version] as const),
  ];
}

export function planLine(report: Report): string {
  const kind = report.plan.canGo ? "" : " (quick plan: can say NO-GO or HOLD, never GO)";
  return `${report.plan.id}, ${report.plan.title}${kind}`;
}

/** An event of the runs as a sentence; undefined for what every run has. */
export function eventText(event: RunEvent): string | undefined {
  switch (event.kind) {
    case "begun":
      return undefined;
    case "resumed":
      return `gone on with after an interruption: ${event.finishedRuns} of ${event.runs} runs were there already`;
    case "stopped":
      return `stopped: ${event.reason}`;
    case "retried":
      return `run ${event.run} of ${event.cell}/${event.arm} was made again, because of its environment: ${event.code}: ${event.message}`;
    case "quiet-unknown":
      return `not known whether the machine was quiet: ${event.reason}`;
    case "waited": {
      const { waitedSeconds, isQuiet, othersShare, stealShare, loadAverage, frequency } = event;
      const state = `other programs took ${formatShare(othersShare)} of the processors, the host kept back ${formatShare(stealShare)}, load ${formatNumber(loadAverage)}${frequency === undefined ? "" : `, ${frequency}`}`;
      return isQuiet
        ? `waited ${formatNumber(waitedSeconds)} s until the machine was quiet`
        : `the machine was not quiet after ${formatNumber(waitedSeconds)} s, and the run was made all the same: ${state}`;
    }
  }
}

/** Other programs took more than a tenth of the processors during the run, or the host more than a fiftieth. */
export function isDisturbed(run: RunReport): boolean {
  return (run.othersShare ?? 0) > 0.1 || (run.stealShare ?? 0) > 0.02;
}

export const ratioMeasures = [
  { measure: "p95", title: "P95 latency" },
  { measure: "wchar", title: "Bytes written per commit" },
] as const;

/** `8.1x`. */
export function ratioValue({ ratio }: RatioReport): string {
  return formatRatio(ratio.value);
}

/** `7.9x to 8.4x`, or that there are too few runs. */
export function ratioRange({ ratio }: RatioReport): string {
  const isBounded = Number.isFinite(ratio.lower) && Number.isFinite(ratio.upper) && ratio.lower > 0;
  return isBounded
    ? `${formatRatio(ratio.lower)} to ${formatRatio(ratio.upper)}`
    : "too few runs for an interval";
}

/** Arms that could not be run, of all cells. */
export function skippedArms(
  report: Report,
): { cell: string; arm: string; subject: string; reason: string; remedy: string }[] {
  return report.cells.flatMap(({ cell, arms }) =>
    arms.flatMap(({ arm, subject, skipped }) => (skipped ? [{ cell, arm, subject, ...skipped }] : [])),
  );
}

/** Bytes sent to storage for each byte the user changed; undefined where either was not measured. */
export function writeAmplification(arm: ArmReport): number | undefined {
  const stored = arm.ioPerCommit?.storageBytes;
  return stored === undefined || !(arm.userBytesPerCommit > 0) ? undefined : stored / arm.userBytesPerCommit;
}
