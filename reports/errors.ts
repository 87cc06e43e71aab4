/** Errors of the reports package. The code is stable; `remedy` says what to do next. */
export type ReportErrorCode =
  "REPORT_INVALID" | "REPORT_VERSION" | "REPORT_MISSING" | "REPORT_DIFFERS" | "FORMAT_UNKNOWN";

export class ReportError extends Error {
  override readonly name = "ReportError";
  readonly code: ReportErrorCode;
  readonly remedy: string;
  constructor(code: ReportErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
