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

export function exitOfVerdict(verdict: Verdict): ExitCode {
  return ofVerdict[verdict];
}

export function exitOfGuard(verdict: GuardVerdict): ExitCode {
  return ofGuard[verdict];
}
