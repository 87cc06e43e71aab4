/**
 * What the gates on guards have in common: zero denied is the line, and zero denied means something only when
 * everything was looked at and nothing waits for a person.
 */
import type { Evidence, EvidenceSet, Gate, GuardEvidence } from "../gate.ts";
import { canCarryGo, gateOf, listed } from "./row.ts";

export function guardedGate(description: {
  readonly id: string;
  readonly title: string;
  /** What is counted: `packages`, `files`. */
  readonly things: string;
  /** How a denied one is called: `carry a denied licence`. */
  readonly denied: string;
  /** What to do about denied ones, and about ones waiting for a decision. */
  readonly remedy: string;
  readonly command: string;
  evidence(set: EvidenceSet): Evidence<GuardEvidence>;
}): Gate {
  const { things, command } = description;
  return gateOf({
    id: description.id,
    title: description.title,
    unit: `denied ${things}`,
    nUnit: things,
    defaultLines: { go: 0, noGo: 0 },
    direction: "lower-is-better",
    criterion: (lines) => `at most ${lines.go} denied`,
    evidence: description.evidence,
    judge({ value, grade, source }, lines) {
      const { scanned, denied, review, notScanned } = value;
      const common = { value: denied.length, bound: denied.length, n: scanned, grade, source };
      if (denied.length > lines.noGo) {
        return {
          ...common,
          outcome: "no-go",
          reason: `${denied.length} of ${scanned} ${things} ${description.denied}: ${listed(denied)}.`,
          remedy: description.remedy,
        };
      }
      if (!(scanned > 0)) {
        return {
          ...common,
          outcome: "inconclusive",
          reason: `No ${things} were looked at.`,
          remedy: `run ${command} where there is something to look at`,
        };
      }
      if (notScanned.length > 0) {
        return {
          ...common,
          outcome: "inconclusive",
          reason: `Not everything was looked at: ${listed(notScanned)}.`,
          remedy: `make it readable, then run ${command}`,
        };
      }
      if (review.length > 0) {
        return {
          ...common,
          outcome: "hold",
          reason: `${review.length} findings in ${scanned} ${things} need a person's decision: ${listed(review)}.`,
          remedy: `decide each and record it in the exceptions file, or remove it (${command})`,
        };
      }
      if (denied.length > lines.go) {
        return {
          ...common,
          outcome: "hold",
          reason: `${denied.length} of ${scanned} ${things} ${description.denied}: ${listed(denied)}.`,
          remedy: description.remedy,
        };
      }
      if (!canCarryGo(grade)) {
        return {
          ...common,
          outcome: "hold",
          reason: `Nothing is denied in ${scanned} ${things}, but that is ${grade}, not measured.`,
          remedy: `run ${command} on the tree itself`,
        };
      }
      return {
        ...common,
        outcome: "go",
        reason: `${scanned} ${things} looked at, ${denied.length === 0 ? "none" : denied.length} denied.`,
        remedy: undefined,
      };
    },
  });
}
