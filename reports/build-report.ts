/**
 * Puts a report together from what was planned, measured and judged. Pure: no clock, no file, no environment,
 * so the same run directory gives the same bytes whenever and wherever it is judged again.
 */
import type { Environment, Plan, RunEvent } from "@helios/harness";
import type { GateResult, Verdict } from "@helios/policy";
import { ReportError } from "./errors.ts";
import type { CellReport, Report } from "./report.ts";
import { eventText } from "./wording.ts";

export interface ReportParts {
  readonly plan: Plan;
  /** `planHash(plan)`, taken before the run. */
  readonly planHash: string;
  readonly environment: Environment;
  readonly judgement: {
    readonly verdict: Verdict;
    readonly headline: string;
    readonly gates: readonly GateResult[];
    readonly whatWouldChangeIt: readonly string[];
  };
  readonly cells: readonly CellReport[];
  readonly timerCostNs: number;
  readonly events?: readonly RunEvent[];
  readonly rawData: readonly { readonly file: string; readonly sha256: string }[];
}

/** Throws REPORT_INVALID when the verdict contradicts the gates or the plan: such a report must not exist. */
export function buildReport(parts: ReportParts): Report {
  const { judgement, plan } = parts;
  const { verdict, gates } = judgement;
  const contradiction = contradictionIn({ verdict, gates, canGo: plan.canGo });
  if (contradiction !== undefined) {
    throw new ReportError(
      "REPORT_INVALID",
      `verdict ${verdict} contradicts the gates: ${contradiction}`,
      "this is a defect of the judge, not of the measured system: report it with the run directory",
    );
  }
  return {
    format: "helios-report/1",
    verdict: judgement.verdict,
    headline: judgement.headline,
    whatWouldChangeIt: judgement.whatWouldChangeIt,
    gates: judgement.gates.map(withoutEndlessNumbers),
    cells: parts.cells,
    environment: parts.environment,
    plan: { id: plan.id, title: plan.title, hash: parts.planHash, canGo: plan.canGo, seed: plan.seed },
    timerCostNs: parts.timerCostNs,
    events: (parts.events ?? []).flatMap((event) => {
      const text = eventText(event);
      return text === undefined ? [] : [{ at: event.at, text }];
    }),
    rawData: parts.rawData.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0)),
  };
}

/** JSON has no Infinity: a bound that is not finite is no bound, and the gate's reason says why. */
function withoutEndlessNumbers(gate: GateResult): GateResult {
  const finite = (value: number | undefined) => (Number.isFinite(value) ? value : undefined);
  return { ...gate, value: finite(gate.value), bound: finite(gate.bound) };
}

/** Why such a report must not exist: whatever the judge did, a GO over a gate that did not pass is never shown. */
export function contradictionIn(report: {
  readonly verdict: Verdict;
  readonly gates: readonly GateResult[];
  readonly canGo: boolean;
}): string | undefined {
  const { verdict, gates, canGo } = report;
  const required = gates.filter((gate) => gate.required);
  const notGo = required.find((gate) => gate.outcome !== "go");
  const noGo = gates.find((gate) => gate.outcome === "no-go");
  const unfounded = gates.find((gate) => gate.evidence === "missing" && gate.outcome !== "inconclusive");
  if (unfounded) return `${unfounded.id} is ${unfounded.outcome} without evidence`;
  if (verdict === "GO" && !canGo) return "the plan cannot give GO";
  if (verdict === "GO" && required.length === 0) return "no required gate was judged";
  if (verdict === "GO" && notGo) return `${notGo.id} is ${notGo.outcome}`;
  if (verdict !== "NO-GO" && noGo) return `${noGo.id} is no-go`;
  if (verdict === "NO-GO" && !noGo) return "no gate is no-go";
  return undefined;
}
