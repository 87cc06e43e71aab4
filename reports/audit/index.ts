/** Every audit format, by hand: one line per file. */
import { ReportError } from "../errors.ts";
import type { AuditFormat } from "./audit-format.ts";
import { auditJson } from "./audit-json.ts";
import { auditMarkdown } from "./audit-markdown.ts";
import { auditSarif } from "./audit-sarif.ts";
import { auditTerminal } from "./audit-terminal.ts";

export const auditFormats: readonly AuditFormat[] = [auditTerminal, auditJson, auditMarkdown, auditSarif];

/** Throws FORMAT_UNKNOWN, naming the formats there are. */
export function findAuditFormat(id: string): AuditFormat {
  const found = auditFormats.find((format) => format.id === id);
  if (found) return found;
  throw new ReportError(
    "FORMAT_UNKNOWN",
    `there is no audit format "${id}"`,
    `use one of: ${auditFormats.map((format) => format.id).join(", ")}`,
  );
}
