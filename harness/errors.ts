/** Errors of the harness. The code is stable; `remedy` says what to do next. */
export type HarnessErrorCode =
  | "PLAN_INVALID"
  | "SUBJECT_UNKNOWN"
  | "WORKLOAD_UNKNOWN"
  | "WORKLOAD_PARAMETERS"
  | "RUN_FAILED"
  | "RUN_TIMEOUT"
  | "SUBJECT_UNAVAILABLE"
  | "CLOCK_ANOMALY"
  | "DISK_FULL"
  | "RUN_DIRECTORY"
  | "RUN_TAMPERED"
  | "MERGE_REFUSED"
  | "REVISION_UNUSABLE"
  | "IO_ACCOUNTING_UNAVAILABLE"
  | "NOT_A_GIT_REPOSITORY"
  | "EMPTY_REPOSITORY"
  | "GIT_MISSING";

export class HarnessError extends Error {
  override readonly name = "HarnessError";
  readonly code: HarnessErrorCode;
  readonly remedy: string;
  constructor(code: HarnessErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
