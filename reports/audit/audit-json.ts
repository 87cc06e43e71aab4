/** The value itself. One guard stands at the top level, several under `guards`. */
import type { AuditFormat } from "./audit-format.ts";
import type { AuditReport } from "./audit-report.ts";

export const auditJson: AuditFormat = {
  id: "json",
  render: (report) => `${JSON.stringify(auditValue(report), undefined, 2)}\n`,
};

/** What `--json` prints. */
export function auditValue(report: AuditReport): object {
  const { guards, rules: _documentedElsewhere, ...about } = report;
  return guards.length === 1 ? { ...about, ...guards[0] } : { ...about, guards };
}
