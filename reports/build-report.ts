/**
 * Puts a report together from what was planned, measured and judged. Pure: no clock, no file, no environment,
 * so the same run directory gives the same bytes whenever and wherever it is judged again.
 */
import type { Environment, Plan } from "@helios/harness";
import type { GateResult, Verdict } from "@helios/policy";
import { ReportError } from "./errors.ts";
import type { CellReport, Report } from "./report.ts";

export interface ReportParts {
  readonly plan: Plan;
  /** `planHash(plan)`, taken before the run. */
  readonly planHash: string;
  readonly environment: Environment;
  readonly verdict: Verdict;
  /** In the order of the plan. */
  readonly gates: readonly GateResult[];
  readonly cells: readonly CellReport[];
  readonly timerCostNs: number;
  readonly rawData: readonly { readonly file: string; readonly sha256: string }[];
}

/** Throws REPORT_INVALID when the verdict contradicts the gates or the plan: such a report must not exist. */
export function buildReport(parts: ReportParts): Report {
  const gates = parts.gates.map(withoutEndlessNumbers);
  refuseContradiction(parts.verdict, gates, parts.plan.canGo);
  return {
    format: "helios-report/1",
    verdict: parts.verdict,
    headline: headlineOf(parts.verdict, gates, parts.plan.canGo),
    whatWouldChangeIt: whatWouldChange(parts.verdict, gates, parts.plan.canGo),
    gates,
    cells: parts.cells,
    environment: parts.environment,
    plan: {
      id: parts.plan.id,
      title: parts.plan.title,
      hash: parts.planHash,
      canGo: parts.plan.canGo,
      seed: parts.plan.seed,
    },
    timerCostNs: parts.timerCostNs,
    rawData: parts.rawData.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0)),
  };
}

/** JSON has no Infinity: a bound that is not finite is no bound, and the gate's reason says why. */
function withoutEndlessNumbers(gate: GateResult): GateResult {
  const finite = (value: number | undefined) => (Number.isFinite(value) ? value : undefined);
  return { ...gate, value: finite(gate.value), bound: finite(gate.bound) };
}

function refuseContradiction(verdict: Verdict, gates: readonly GateResult[], canGo: boolean): void {
  const required = gates.filter((gate) => gate.required);
  const refuse = (why: string) => {
    throw new ReportError(
      "REPORT_INVALID",
      `verdict ${verdict} contradicts the gates: ${why}`,
      "This is a defect of the judge, not of the measured system: please report it with the run directory.",
    );
  };
  const notGo = required.find((gate) => gate.outcome !== "go");
  const noGo = required.find((gate) => gate.outcome === "no-go");
  const unfounded = gates.find((gate) => gate.evidence === "missing" && gate.outcome !== "inconclusive");
  if (unfounded) refuse(`${unfounded.id} is ${unfounded.outcome} without evidence`);
  if (verdict === "GO" && !canGo) refuse("the plan cannot give GO");
  if (verdict === "GO" && required.length === 0) refuse("no required gate was judged");
  if (verdict === "GO" && notGo) refuse(`${notGo.id} is ${notGo.outcome}`);
  if (verdict !== "NO-GO" && noGo) refuse(`${noGo.id} is no-go`);
  if (verdict === "NO-GO" && !noGo) refuse("no required gate is no-go");
}

function headlineOf(verdict: Verdict, gates: readonly GateResult[], canGo: boolean): string {
  const required = gates.filter((gate) => gate.required);
  const named = (outcome: GateResult["outcome"]) => required.filter((gate) => gate.outcome === outcome);
  const estimated = required.filter((gate) => gate.evidence === "modelled" || gate.evidence === "declared");
  const caveat =
    estimated.length > 0
      ? `; ${estimated.map((gate) => `${gate.id} rests on ${gate.evidence} numbers`).join(", ")}`
      : "";
  if (required.length === 0) return "No required gate was judged, so nothing is decided.";
  const passed = `${named("go").length} of ${required.length} required gates pass`;
  switch (verdict) {
    case "GO":
      return `All ${required.length} required gates pass by their confidence bounds${caveat}.`;
    case "NO-GO":
      return `${passed}; beyond the No-Go line: ${ids(named("no-go"))}${caveat}.`;
    case "HOLD": {
      const open = [
        named("hold").length > 0 ? `between the lines: ${ids(named("hold"))}` : "",
        named("inconclusive").length > 0 ? `not decided by the evidence: ${ids(named("inconclusive"))}` : "",
        canGo ? "" : "a quick plan cannot say GO",
      ].filter((part) => part !== "");
      return `${passed}; ${open.join("; ")}${caveat}.`;
    }
  }
}

function whatWouldChange(verdict: Verdict, gates: readonly GateResult[], canGo: boolean): string[] {
  const remedies = gates
    .filter((gate) => gate.required && gate.outcome !== "go")
    .toSorted((a, b) => urgency(a) - urgency(b))
    .map((gate) => `${gate.id}: ${gate.remedy ?? gate.reason}`);
  if (verdict !== "GO" && !canGo)
    remedies.push("plan: run the full plan; a quick plan can say NO-GO or HOLD, never GO.");
  return remedies;
}

function urgency(gate: GateResult): number {
  return { "no-go": 0, inconclusive: 1, hold: 2, go: 3 }[gate.outcome];
}

function ids(gates: readonly GateResult[]): string {
  return gates.map((gate) => gate.id).join(", ");
}
