/** The one door of `@helios/policy`: gates and the verdict, guards, exceptions and the evidence between them. */
export type * from "./gate.ts";
export { gates } from "./gates/index.ts";
export { defaultPlan, judge } from "./verdict.ts";
export type { Judgement, PlannedGate } from "./verdict.ts";
export { guardEvidence, vulnerabilityEvidence } from "./evidence.ts";
export { PolicyError } from "./errors.ts";
export type { PolicyErrorCode } from "./errors.ts";
export { exceptionFileNames, loadExceptions, noExceptions, parseExceptions } from "./exceptions.ts";
export type { Exception, ExceptionFile, ExceptionSet } from "./exceptions.ts";
export { guards } from "./guards/index.ts";
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
  RuleDescription,
  Suppressed,
} from "./guards/guard.ts";
export { licenceGuard, licences } from "./guards/licences.ts";
export type { LicenceResult, LicenceSettings, PackageLicence } from "./guards/licences.ts";
export { noticeText } from "./guards/licences/notice-file.ts";
export { licencePolicyText, loadLicencePolicy } from "./guards/licences/policy-file.ts";
export { sbomText } from "./guards/licences/sbom.ts";
export { policyTable } from "./guards/licences/table.ts";
export type { ExceptionRow, LicenceClass, LicenceRow, PolicyTable } from "./guards/licences/table.ts";
export { traceCommand, userSpaceGuard, userSpaceOnly } from "./guards/user-space-only.ts";
export type {
  ForbiddenSystemCall,
  LanguageCoverage,
  TraceOptions,
  TraceResult,
  UserSpaceResult,
  UserSpaceSettings,
} from "./guards/user-space-only.ts";
export { boundReport, vulnerabilities, vulnerabilityGuard } from "./guards/vulnerabilities.ts";
export type { ImportedReport, VulnerabilityResult, VulnerabilitySettings } from "./guards/vulnerabilities.ts";
