/** The evidence of the two gates that rest on runs: commit latency and bytes written. */
import { relativeDifference } from "@helios/harness";
import {
  type ArmView,
  BASELINE_SUBJECT,
  type CellView,
  GATE_MEASURE,
  MEASURED_SUBJECT,
  comparedArms,
  isEquallyLong,
} from "./cell-views.ts";
import type { CommitLatency, Estimate, Evidence, IoReduction } from "./types.ts";

/** Fewer runs give no 95 % bound of a median (order statistics: 1 - 2^-n >= 0.95 needs n = 5). */
export const LEAST_RUNS = 5;
const RUN_AGAIN =
  "Run the validation again on a quiet machine; the report's cell table says what went wrong.";

/** Why these arms of a cell give no number; undefined where they do. Other arms' failures are not theirs. */
function absenceOf({ absent }: CellView, arms: readonly ArmView[]): string | undefined {
  if (absent !== undefined) return absent;
  return arms.flatMap(({ summary }) => summary.problems.map((text) => `${summary.arm}: ${text}`))[0];
}

export function commitLatency(views: readonly CellView[]): Evidence<CommitLatency> {
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
        other !== measured && other.arm.subject === MEASURED_SUBJECT && isEquallyLong(other, measured),
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
  const absence = absenceOf(view, measured ? [measured] : []);
  if (absence !== undefined) return absence;
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

export function ioReduction(views: readonly CellView[]): Evidence<IoReduction> {
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

function ioAbsence(view: CellView): string | undefined {
  const compared = comparedArms(view.arms);
  if (!compared) {
    return (
      view.absent ?? `the plan has no arms of ${MEASURED_SUBJECT} and ${BASELINE_SUBJECT} of equal length`
    );
  }
  const { measured, baseline } = compared;
  const absence = absenceOf(view, [measured, baseline]);
  if (absence !== undefined) return absence;
  const reason = [...measured.sound, ...baseline.sound].find(({ io }) => io === undefined)?.ioReason;
  if (reason !== undefined) return reason;
  const runs = Math.min(measured.sound.length, baseline.sound.length);
  return runs < LEAST_RUNS ? `${runs} runs per arm; ${LEAST_RUNS} are needed` : undefined;
}

/** What a reader must know to weigh a cell that does not gate. */
function besideNote(view: CellView): string {
  const { summary } = view;
  const compared = comparedArms(view.arms);
  const arms = compared ? [compared.measured, compared.baseline] : view.arms;
  const absence = absenceOf(view, arms);
  if (absence !== undefined) return absence;
  const commits = arms[0]?.summary.operationsPerRun ?? 0;
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
