/** Findings as `file:line:column`, which terminals and editors make clickable; then what was not looked at. */
import type { Finding, FindingLevel, GuardResult, GuardVerdict } from "@helios/policy";
import { Page, type Style } from "../formats/page.ts";
import type { AuditFormat } from "./audit-format.ts";
import { harmlessKinds } from "./harmless.ts";

const verdictStyle: Readonly<Record<GuardVerdict, Style>> = {
  pass: "green",
  fail: "red",
  "not-checked": "magenta",
};
const levelStyle: Readonly<Record<FindingLevel, Style>> = { error: "red", warning: "yellow", note: "dim" };

/** A terminal shows this many of a kind; `--format json` has them all. Notes decide nothing, so few are enough. */
const shownAtMost: Readonly<Record<FindingLevel | "not looked at", number>> = {
  error: 50,
  warning: 50,
  note: 5,
  "not looked at": 50,
};

export const auditTerminal: AuditFormat = {
  id: "terminal",
  render(report, options) {
    const page = new Page(options);
    for (const guard of report.guards) guardLines(page, guard);
    page.line(`audit: ${report.verdict}`, verdictStyle[report.verdict], "bold");
    return page.toString();
  },
};

function guardLines(page: Page, guard: GuardResult): void {
  page.line(`${guard.guard}: ${guard.verdict}`, verdictStyle[guard.verdict], "bold");
  page.paragraph("  ", `${guard.reason} (${guard.scanned} ${guard.scannedUnit} scanned)`);
  for (const level of ["error", "warning", "note"] as const) findingsOf(page, guard, level);
  const gaps = guard.notScanned.filter((each) => each.harmless !== true);
  if (gaps.length > 0) page.line(`  not looked at: ${gaps.length}`, "magenta");
  for (const { path, code, reason } of gaps.slice(0, shownAtMost["not looked at"])) {
    page.paragraph("    ", `${path}: ${code}: ${reason}`);
  }
  more(page, gaps.length, "not looked at");
  // One line for all of a kind: there may be thousands, and none of them stands in the way.
  for (const { path, code, reason, count } of harmlessKinds(guard.notScanned)) {
    const others = count === 1 ? "" : ` and ${count - 1} more`;
    page.paragraph("  ", `not parsed, found harmless: ${path}${others}: ${code}: ${reason}`, "dim");
  }
  if (guard.suppressed.length > 0)
    page.line(`  suppressed, with a recorded reason: ${guard.suppressed.length}`, "dim");
  page.blank();
}

function findingLines(page: Page, finding: Finding): void {
  page.line(`  ${finding.level} ${finding.ruleId}`, levelStyle[finding.level], "bold");
  page.whole(`    ${placeOf(finding)}`);
  page.paragraph("    ", finding.message);
}

function findingsOf(page: Page, guard: GuardResult, level: FindingLevel): void {
  const findings = guard.findings.filter((finding) => finding.level === level);
  for (const finding of findings.slice(0, shownAtMost[level])) findingLines(page, finding);
  more(page, findings.length, level);
}

function more(page: Page, count: number, kind: keyof typeof shownAtMost): void {
  const hidden = count - shownAtMost[kind];
  if (hidden > 0) page.line(`    and ${hidden} more: ${kind} (--format json shows all)`, "dim");
}

function placeOf(finding: Finding): string {
  const place = `${finding.file}:${finding.line}:${finding.column}`;
  return finding.package === undefined ? place : `${finding.package}, ${place}`;
}
