/** The door of the reports package. */
export { auditReport, type AuditReport } from "./audit/audit-report.ts";
export { auditValue } from "./audit/audit-json.ts";
export type { AuditFormat } from "./audit/audit-format.ts";
export { auditFormats, findAuditFormat } from "./audit/index.ts";
export { buildReport, type ReportParts } from "./build-report.ts";
export { ReportError, type ReportErrorCode } from "./errors.ts";
export { findFormat, formats } from "./formats/index.ts";
export type { RenderOptions, ReportFormat } from "./formats/format.ts";
export { formatBytes, formatMicroseconds, formatRatio } from "./quantity.ts";
export { parseReport, schemaProblems } from "./parse-report.ts";
export type { ArmReport, CellReport, LatencyPoint, Report } from "./report.ts";
