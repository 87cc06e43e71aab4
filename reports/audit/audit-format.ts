/** The contract of an audit format: a pure function; unchecked and suppressed things are never left out. */
import type { RenderOptions } from "../formats/format.ts";
import type { AuditReport } from "./audit-report.ts";

export interface AuditFormat {
  /** What `--format` takes. */
  readonly id: string;
  render(report: AuditReport, options: RenderOptions): string;
}
