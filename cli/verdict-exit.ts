/** Verdicts of every kind as exit status, in one place. */
import type { GuardVerdict, Verdict } from "@helios/policy";
import { exitCodes, type ExitCode } from "./exit-codes.ts";

const ofVerdict: Readonly<Record<Verdict, ExitCode>> = {
  GO: exitCodes.ok,
  "NO-GO": exitCodes.noGo,
  HOLD: exitCodes.hold,
};

const ofGuard: Readonly<Record<GuardVerdict, ExitCode>> = {
  pass: exitCodes.ok,
  fail: exitCodes.noGo,
  "not-checked": exitCodes.hold,
};

function exitOfVerdict(verdict: Verdict): ExitCode {
  return ofVerdict[verdict];
}

/** Of a finished run: where the plan has no gates nothing was to be judged, and measuring it has succeeded. */
export function exitOfReport(report: {
  readonly verdict: Verdict;
  readonly gates: readonly unknown[];
}): ExitCode {
  return report.gates.length === 0 ? exitCodes.ok : exitOfVerdict(report.verdict);
}

export function exitOfGuard(verdict: GuardVerdict): ExitCode {
  return ofGuard[verdict];
}
