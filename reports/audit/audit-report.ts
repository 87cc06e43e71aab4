/** What one audit found: the value behind every audit format. */
import type { GuardResult, GuardVerdict, RuleDescription } from "@helios/policy";

export interface AuditReport {
  readonly format: "helios-audit/1";
  readonly verdict: GuardVerdict;
  readonly heliosVersion: string;
  readonly guards: readonly GuardResult[];
  /** Descriptions of the rules, as far as their guards give them; not part of the JSON value. */
  readonly rules: readonly RuleDescription[];
}

/** One failed guard fails the audit; one that is not checked, or no guard at all, keeps it from passing. */
export function auditReport(
  guards: readonly GuardResult[],
  heliosVersion: string,
  rules: readonly RuleDescription[] = [],
): AuditReport {
  return { format: "helios-audit/1", verdict: verdictOver(guards), heliosVersion, guards, rules };
}

function verdictOver(guards: readonly GuardResult[]): GuardVerdict {
  if (guards.some((guard) => guard.verdict === "fail")) return "fail";
  if (guards.length === 0 || guards.some((guard) => guard.verdict === "not-checked")) return "not-checked";
  return "pass";
}
