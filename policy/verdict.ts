/**
 * From gate results to one verdict. All required gates go: GO. Any confident no-go, required or not: NO-GO.
 * Everything else: HOLD, with what would change it. A plan that cannot say GO (quick) is capped at HOLD.
 */
import { PolicyError } from "./errors.ts";
import type { EvidenceSet, Gate, GateResult, Verdict } from "./gate.ts";
import { gates as allGates } from "./gates/index.ts";
import { listed, withoutStop } from "./gates/row.ts";

/** A gate as a plan asks for it. */
export interface PlannedGate {
  readonly gate: string;
  readonly go: number;
  readonly noGo: number;
  readonly required: boolean;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence. */
  readonly headline: string;
  readonly gates: readonly GateResult[];
  /** One line per gate that keeps the verdict from GO; empty for GO. */
  readonly whatWouldChangeIt: readonly string[];
}

/**
 * Judges the gates that a plan asks for, in the order of the gate list.
 * @throws PolicyError `GATE_UNKNOWN` or `GATE_LINES_INVALID`: a mistake in the plan, never of the evidence.
 */
export function judge(
  evidence: EvidenceSet,
  planned: readonly PlannedGate[],
  options: { readonly canGo: boolean; readonly gates?: readonly Gate[] },
): Judgement {
  const known = options.gates ?? allGates;
  checkPlan(planned, known);
  const results = known.flatMap((gate) => {
    const lines = planned.find((line) => line.gate === gate.id);
    return lines === undefined
      ? []
      : [gate.evaluate(evidence, { go: lines.go, noGo: lines.noGo }, lines.required)];
  });
  const verdict = verdictFrom(results, options.canGo);
  return {
    verdict,
    headline: headlineFor(verdict, results),
    gates: results,
    whatWouldChangeIt: whatWouldChange(verdict, results),
  };
}

/** The lines that the gates come with, as a plan would ask for them. */
export function defaultPlan(required: (gate: Gate) => boolean = () => true): readonly PlannedGate[] {
  return allGates.map((gate) => ({ gate: gate.id, ...gate.defaultLines, required: required(gate) }));
}

export function verdictFrom(results: readonly GateResult[], canGo: boolean): Verdict {
  if (results.some(({ outcome }) => outcome === "no-go")) return "NO-GO";
  const required = results.filter((result) => result.required);
  // A plan that requires nothing has shown nothing.
  const allGo = required.length > 0 && required.every(({ outcome }) => outcome === "go");
  return allGo && canGo ? "GO" : "HOLD";
}

function checkPlan(planned: readonly PlannedGate[], known: readonly Gate[]): void {
  const seen = new Set<string>();
  for (const { gate: id, go, noGo } of planned) {
    const gate = known.find((candidate) => candidate.id === id);
    if (gate === undefined) {
      throw new PolicyError(
        "GATE_UNKNOWN",
        `the plan asks for gate ${JSON.stringify(id)}, which does not exist`,
        `use one of ${known.map((candidate) => candidate.id).join(", ")}`,
      );
    }
    if (seen.has(id)) throw linesInvalid(`the plan asks for gate ${id} twice`);
    seen.add(id);
    if (!Number.isFinite(go) || !Number.isFinite(noGo))
      throw linesInvalid(`the lines of ${id} are not numbers`);
    // The No-Go line may not lie on the good side of the Go line: then one value would be both.
    const crossed = gate.direction === "lower-is-better" ? noGo < go : noGo > go;
    if (crossed) throw linesInvalid(`the No-Go line of ${id} lies beyond its Go line`);
  }
}

function linesInvalid(message: string): PolicyError {
  return new PolicyError("GATE_LINES_INVALID", message, "correct the gates of the plan");
}

function headlineFor(verdict: Verdict, results: readonly GateResult[]): string {
  const weak = results.filter(({ evidence }) => evidence === "modelled" || evidence === "declared");
  // A number that nobody measured may not hide below the headline.
  const caveat = weak.map(({ title, evidence }) => `${title}: ${evidence}`);
  return `${coreOf(verdict, results)}${caveat.length > 0 ? ` (${listed(caveat)})` : ""}.`;
}

function coreOf(verdict: Verdict, results: readonly GateResult[]): string {
  const required = results.filter((result) => result.required);
  switch (verdict) {
    case "GO":
      return `GO: all ${required.length} required gates passed`;
    case "NO-GO": {
      const failed = results.filter(({ outcome }) => outcome === "no-go");
      const first = failed[0]!;
      const rest = failed.length > 1 ? `, and ${failed.length - 1} more gates say no-go` : "";
      return `NO-GO: ${first.title}: ${withoutStop(first.reason)}${rest}`;
    }
    case "HOLD": {
      if (required.length === 0) return "HOLD: the plan requires no gate, so nothing was decided";
      const open = required.filter(({ outcome }) => outcome !== "go");
      if (open.length === 0)
        return `HOLD: all ${required.length} required gates passed, but this plan cannot say GO`;
      const names = listed(open.map(({ title, outcome }) => `${title} ${outcome}`));
      return `HOLD: ${open.length} of ${required.length} required gates did not pass: ${names}`;
    }
  }
}

function whatWouldChange(verdict: Verdict, results: readonly GateResult[]): readonly string[] {
  if (verdict === "GO") return [];
  // A gate that is not required stands in the way of GO only by a no-go.
  const open = results.filter(
    ({ outcome, required }) => outcome === "no-go" || (required && outcome !== "go"),
  );
  const lines = open.map(
    ({ title, outcome, remedy, reason }) => `${title} (${outcome}): ${remedy ?? reason}`,
  );
  if (open.length > 0) return lines;
  return results.some(({ required }) => required)
    ? ["Run the full plan: a quick plan can say NO-GO, never GO"]
    : ["Use a plan that requires at least one gate"];
}
