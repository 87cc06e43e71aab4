/** Errors of policy: misuse and unreadable policy files. What a guard finds is a value, never an error. */
export type PolicyErrorCode =
  | "EXCEPTIONS_UNREADABLE"
  | "EXCEPTIONS_INVALID"
  | "LICENCE_POLICY_UNREADABLE"
  | "LICENCE_POLICY_INVALID"
  | "GATE_UNKNOWN"
  | "GATE_LINES_INVALID"
  | "REPORT_UNREADABLE"
  | "GUARD_ROOT"
  | "GUARD_ABORTED";

export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly code: PolicyErrorCode;
  /** What to do next. */
  readonly remedy: string;
  constructor(code: PolicyErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
