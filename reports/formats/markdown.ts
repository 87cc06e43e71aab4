/**
 * Markdown for pull requests, step summaries and terminals without colour. Everything from outside is escaped,
 * so a file name cannot open a table cell, a link or an element.
 */
import type { GateResult } from "@helios/policy";
import type { ArmReport, CellReport, Report } from "../report.ts";
import * as say from "../wording.ts";
import type { ReportFormat } from "./format.ts";
import { escapeMarkdown, markdownTable } from "./markdown-table.ts";

export const markdown: ReportFormat = {
  id: "markdown",
  title: "Markdown",
  mediaType: "text/markdown",
  fileName: "report.md",
  render: (report) =>
    `${[
      ...banner(report),
      ...gateSection(report.gates),
      ...comparisonSection(report.cells),
      ...skippedSection(report),
      ...cellsSection(report.cells),
      ...eventsSection(report),
      ...environmentSection(report),
      ...rawDataSection(report),
    ].join("\n")}\n`,
};

function banner(report: Report): string[] {
  const changes = report.whatWouldChangeIt.map((change, index) => `${index + 1}. ${escapeMarkdown(change)}`);
  return [
    `# Helios validation: ${report.verdict}`,
    "",
    `> **${report.verdict}** (${say.verdictMeaning[report.verdict]}). ${escapeMarkdown(say.headlineBesideVerdict(report))}`,
    "",
    `Plan: ${escapeMarkdown(say.planLine(report))}  `,
    `Plan hash: \`${report.plan.hash}\`, seed ${report.plan.seed}`,
    ...(changes.length > 0 ? ["", "**What would change the verdict**", "", ...changes] : []),
    "",
  ];
}

function gateSection(gates: readonly GateResult[]): string[] {
  const heading = ["Gate", "Outcome", "Value", "Bound", "Criterion", "Lines", "n", "Evidence", "Reason"];
  return ["## Gates", "", ...markdownTable(heading, gates.map(gateRow)), ""];
}

function gateRow(gate: GateResult): string[] {
  const outcome = `${say.outcomeMark[gate.outcome]} ${gate.outcome === "go" ? "go" : `**${gate.outcome}**`}`;
  const more = [
    escapeMarkdown(gate.reason),
    ...(gate.remedy === undefined ? [] : [`*To change it:* ${escapeMarkdown(gate.remedy)}`]),
    ...gate.beside.map((note) => `*Beside it:* ${escapeMarkdown(note)}`),
    ...(gate.source === "" ? [] : [`*Source:* ${escapeMarkdown(gate.source)}`]),
  ];
  return [
    `${escapeMarkdown(gate.title)} (${escapeMarkdown(gate.id)}${gate.required ? "" : ", not required"})`,
    outcome,
    escapeMarkdown(say.gateValue(gate)),
    escapeMarkdown(say.gateBound(gate)),
    escapeMarkdown(gate.criterion),
    escapeMarkdown(say.gateLines(gate)),
    escapeMarkdown(say.gateCount(gate)),
    gate.evidence === "measured" || gate.evidence === "recorded" ? gate.evidence : `**${gate.evidence}**`,
    more.join("<br>"),
  ];
}

function cellsSection(cells: readonly CellReport[]): string[] {
  if (cells.length === 0) return ["## Measurements", "", "No cell was measured.", ""];
  return ["## Measurements", "", ...cells.flatMap(cellSection)];
}

function cellSection(cell: CellReport): string[] {
  const heading = [
    "Arm",
    "Class",
    "Runs",
    "P50",
    "P95",
    "P95 bounds",
    "P99",
    "wchar / commit",
    "storage / commit",
    "allocated / commit",
    "user bytes / commit",
    "Peak memory",
  ];
  const warnings = say.cellWarnings(cell).map((warning) => `- **Note:** ${escapeMarkdown(warning)}`);
  const reductions = cell.reduction.map(
    ({ measure, estimate }) =>
      `- Less than Git, ${escapeMarkdown(say.measureTitle(measure))}, class ${cell.durability}: **${escapeMarkdown(say.estimateValue(estimate))}** (bounds ${escapeMarkdown(say.estimateRange(estimate))}, n = ${estimate.n} ${escapeMarkdown(estimate.nUnit)})`,
  );
  return [
    `### ${escapeMarkdown(cell.cell)}, class ${cell.durability}`,
    "",
    `${escapeMarkdown(say.parametersText(cell))}. For: ${escapeMarkdown(cell.purpose.join(", "))}. ${say.statesText(cell)}`,
    "",
    ...markdownTable(
      heading,
      cell.arms.map((arm) => armRow(arm, cell.durability)),
    ),
    "",
    ...reductions,
    ...warnings,
    "",
  ];
}

function armRow(arm: ArmReport, durability: string): string[] {
  return [
    `${escapeMarkdown(arm.arm)} (${escapeMarkdown(arm.subject)} ${escapeMarkdown(arm.subjectVersion)})`,
    durability,
    `${say.runsText(arm)} x ${arm.operationsPerRun}`,
    escapeMarkdown(say.estimateValue(arm.p50)),
    escapeMarkdown(say.estimateValue(arm.p95)),
    arm.p95 === undefined ? say.absent : escapeMarkdown(say.estimateRange(arm.p95)),
    escapeMarkdown(say.estimateValue(arm.p99)),
    say.bytesOrAbsent(arm.ioPerCommit?.wcharBytes),
    say.bytesOrAbsent(arm.ioPerCommit?.storageBytes),
    say.bytesOrAbsent(arm.ioPerCommit?.allocatedBytes),
    say.bytesOrAbsent(arm.userBytesPerCommit),
    say.bytesOrAbsent(arm.peakRssBytes),
  ];
}

function comparisonSection(cells: readonly CellReport[]): string[] {
  const rows = cells.flatMap((cell) => {
    const arms = [...new Set((cell.ratios ?? []).map(({ arm }) => arm))];
    return arms.map((arm) => ratioRow(cell, arm));
  });
  if (rows.length === 0) return [];
  const titles = say.ratioMeasures.map(({ title }) => `${title}, times the reference`);
  return [
    "## Every arm against the reference",
    "",
    ...markdownTable(["Cell", "Class", "Arm", "Reference", ...titles], rows),
    "",
  ];
}

function ratioRow(cell: CellReport, arm: string): string[] {
  const ratios = (cell.ratios ?? []).filter((ratio) => ratio.arm === arm);
  const values = say.ratioMeasures.map(({ measure }) => {
    const found = ratios.find((ratio) => ratio.measure === measure);
    return found === undefined ? say.absent : `${say.ratioValue(found)} (${say.ratioRange(found)})`;
  });
  return [cell.cell, cell.durability, arm, ratios[0]?.against ?? "", ...values].map(escapeMarkdown);
}

function skippedSection(report: Report): string[] {
  const skipped = say.skippedArms(report);
  if (skipped.length === 0) return [];
  const rows = skipped.map(({ cell, arm, subject, reason, remedy }) =>
    [cell, `${arm} (${subject})`, `skipped: ${reason}`, remedy].map(escapeMarkdown),
  );
  return [
    "## Not measured here",
    "",
    ...markdownTable(["Cell", "Arm", "Why", "What would change it"], rows),
    "",
  ];
}

function eventsSection(report: Report): string[] {
  const events = report.events ?? [];
  if (events.length === 0) return [];
  return [
    "## While the runs were made",
    "",
    ...events.map(({ at, text }) => `- ${escapeMarkdown(at)}: ${escapeMarkdown(text)}`),
    "",
  ];
}

function environmentSection(report: Report): string[] {
  const rows = say
    .environmentRows(report)
    .map(([name, value]) => [escapeMarkdown(name), escapeMarkdown(value)]);
  return ["## Environment", "", ...markdownTable(["What", "Value"], rows), ""];
}

function rawDataSection(report: Report): string[] {
  const rows = report.rawData.map(({ file, sha256 }) => [escapeMarkdown(file), `\`${sha256}\``]);
  return [
    "## Raw data",
    "",
    `<details><summary>${report.rawData.length} files this report was computed from</summary>`,
    "",
    ...markdownTable(["File", "SHA-256"], rows),
    "",
    "</details>",
  ];
}
