/** Markdown for step summaries and pull requests. */
import type { GuardResult } from "@helios/policy";
import { escapeMarkdown, markdownTable } from "../formats/markdown-table.ts";
import type { AuditFormat } from "./audit-format.ts";
import { harmlessKinds } from "./harmless.ts";

export const auditMarkdown: AuditFormat = {
  id: "markdown",
  render: (report) => [`# Audit: ${report.verdict}`, "", ...report.guards.flatMap(guardSection)].join("\n"),
};

function guardSection(guard: GuardResult): string[] {
  return [
    `## ${escapeMarkdown(guard.guard)}: **${guard.verdict}**`,
    "",
    `${escapeMarkdown(guard.reason)} Scanned: ${guard.scanned} ${escapeMarkdown(guard.scannedUnit)}.`,
    "",
    ...findings(guard),
    ...notScanned(guard),
    ...suppressed(guard),
  ];
}

function findings(guard: GuardResult): string[] {
  if (guard.findings.length === 0) return [];
  const rows = guard.findings.map((finding) => [
    finding.level === "error" ? "**error**" : finding.level,
    escapeMarkdown(finding.ruleId),
    escapeMarkdown(`${finding.file}:${finding.line}`),
    escapeMarkdown(finding.package ?? "(none)"),
    escapeMarkdown(finding.message),
  ]);
  return [...markdownTable(["Level", "Rule", "Where", "Package", "What"], rows), ""];
}

function notScanned(guard: GuardResult): string[] {
  if (guard.notScanned.length === 0) return [];
  const gaps = guard.notScanned.filter((each) => each.harmless !== true);
  // One row for all of a kind: there may be thousands, and none of them stands in the way.
  const harmless = harmlessKinds(guard.notScanned).map(({ path, code, reason, count }) => ({
    path: count === 1 ? path : `${path} and ${count - 1} more`,
    code,
    reason: `${reason} (harmless)`,
  }));
  const rows = [...gaps, ...harmless].map((each) => [each.path, each.code, each.reason].map(escapeMarkdown));
  return ["### Not looked at", "", ...markdownTable(["Path", "Code", "Reason"], rows), ""];
}

function suppressed(guard: GuardResult): string[] {
  if (guard.suppressed.length === 0) return [];
  const rows = guard.suppressed.map(({ finding, by }) => [
    escapeMarkdown(finding.ruleId),
    escapeMarkdown(`${finding.file}:${finding.line}`),
    by.kind === "exception"
      ? escapeMarkdown(`${by.exception.id}, until ${by.exception.expires}`)
      : "in the source",
    escapeMarkdown(by.kind === "exception" ? by.exception.reason : by.reason),
  ]);
  return ["### Suppressed", "", ...markdownTable(["Rule", "Where", "By", "Reason"], rows), ""];
}
