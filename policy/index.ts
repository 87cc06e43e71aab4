/** The one door of `@helios/policy`: gates and the verdict, guards and exceptions. */
export type * from "./gate.ts";
export { gates } from "./gates/index.ts";
export { defaultPlan, judge } from "./verdict.ts";
export type { Judgement, PlannedGate } from "./verdict.ts";
export { PolicyError } from "./errors.ts";
export type { PolicyErrorCode } from "./errors.ts";
export {
  applyExceptions,
  exceptionFileNames,
  loadExceptions,
  noExceptions,
  parseExceptions,
} from "./exceptions.ts";
export type { Exception, ExceptionFile, ExceptionSet } from "./exceptions.ts";
export { compareFindings, verdictOf } from "./guards/guard.ts";
export type {
  Finding,
  FindingLevel,
  Guard,
  GuardOptions,
  GuardProgress,
  GuardResult,
  GuardVerdict,
  NotScanned,
  Pardon,
  Suppressed,
} from "./guards/guard.ts";
