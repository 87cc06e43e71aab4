/** The value itself, two spaces deep, so that a person can read it and `diff` shows one fact per line. */
import type { ReportFormat } from "./format.ts";

export const json: ReportFormat = {
  id: "json",
  title: "JSON, by report.schema.json",
  mediaType: "application/json",
  fileName: "report.json",
  render: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
};
