/** The row a gate writes into the report: complete whatever the outcome, so no format has to guess a default. */
import type { Evidence, EvidenceGrade, Gate, GateResult, Lines, Outcome } from "../gate.ts";

/** What stays the same in every row of one gate. */
export interface GateFrame {
  readonly id: string;
  readonly title: string;
  /** `us`, `share` (0..1), `score`, `stars`, or what is counted. */
  readonly unit: string;
  readonly nUnit: string;
  criterion(lines: Lines): string;
}

/** What one judgement adds. */
export interface Judgement {
  readonly outcome: Outcome;
  readonly value?: number;
  readonly bound?: number;
  readonly n: number;
  readonly nUnit?: string;
  readonly grade: EvidenceGrade;
  readonly source: string;
  readonly reason: string;
  readonly remedy: string | undefined;
  readonly beside?: readonly string[];
}

/** A gate from its frame and the judgement of present evidence; missing evidence is handled here, for all. */
export function gateOf<T>(
  frame: GateFrame & {
    readonly defaultLines: Lines;
    readonly direction: Gate["direction"];
    evidence(set: Parameters<Gate["evaluate"]>[0]): Evidence<T>;
    judge(evidence: Extract<Evidence<T>, { kind: "present" }>, lines: Lines): Judgement;
  },
): Gate {
  return {
    id: frame.id,
    title: frame.title,
    defaultLines: frame.defaultLines,
    direction: frame.direction,
    evaluate(set, lines, required) {
      const evidence = frame.evidence(set);
      const judgement = evidence.kind === "missing" ? missing(evidence) : frame.judge(evidence, lines);
      return row(frame, lines, required, judgement);
    },
  };
}

function missing(evidence: { readonly reason: string; readonly remedy: string }): Judgement {
  return {
    outcome: "inconclusive",
    n: 0,
    grade: "missing",
    source: "none",
    reason: `No evidence: ${withoutStop(evidence.reason)}.`,
    remedy: evidence.remedy,
  };
}

function row(frame: GateFrame, lines: Lines, required: boolean, judgement: Judgement): GateResult {
  return {
    id: frame.id,
    title: frame.title,
    outcome: judgement.outcome,
    required,
    value: judgement.value,
    bound: judgement.bound,
    unit: frame.unit,
    go: lines.go,
    noGo: lines.noGo,
    criterion: frame.criterion(lines),
    n: judgement.n,
    nUnit: judgement.nUnit ?? frame.nUnit,
    evidence: judgement.grade,
    source: judgement.source,
    reason: judgement.reason,
    remedy: judgement.outcome === "go" ? undefined : judgement.remedy,
    beside: judgement.beside ?? [],
  };
}

/** Only what was measured, or recorded while it happened, can carry a GO. */
export function canCarryGo(grade: EvidenceGrade): boolean {
  return grade === "measured" || grade === "recorded";
}

/** Numbers as people read them: four significant digits, no trailing zeros. */
export function number(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** `0.9931` as `99.31 %`. Rounded to hundredths of a percent. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

export function withoutStop(sentence: string): string {
  return sentence.replace(/[.\s]+$/, "");
}

/** At most five names, then how many more: a reason stays one sentence. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
