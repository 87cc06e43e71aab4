/** The door of the reports package. */
export { buildReport, type ReportParts } from "./build-report.ts";
export { ReportError, type ReportErrorCode } from "./errors.ts";
export { findFormat, formats } from "./formats/index.ts";
export type { RenderOptions, ReportFormat } from "./formats/format.ts";
export { parseReport, schemaProblems } from "./parse-report.ts";
export type { ArmReport, CellReport, LatencyPoint, Report } from "./report.ts";
