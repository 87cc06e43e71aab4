/** What one audit found: the value behind every audit format. */
import type { GuardResult, GuardVerdict } from "@helios/policy";

export interface AuditReport {
  readonly format: "helios-audit/1";
  readonly verdict: GuardVerdict;
  readonly heliosVersion: string;
  readonly guards: readonly GuardResult[];
}

/** One failed guard fails the audit; one that is not checked, or no guard at all, keeps it from passing. */
export function auditReport(guards: readonly GuardResult[], heliosVersion: string): AuditReport {
  return { format: "helios-audit/1", verdict: verdictOver(guards), heliosVersion, guards };
}

function verdictOver(guards: readonly GuardResult[]): GuardVerdict {
  if (guards.some((guard) => guard.verdict === "fail")) return "fail";
  if (guards.length === 0 || guards.some((guard) => guard.verdict === "not-checked")) return "not-checked";
  return "pass";
}
