/**
 * Markdown for pull requests, step summaries and terminals without colour. Everything from outside is escaped,
 * so a file name cannot open a table cell, a link or an element.
 */
import type { GateResult } from "@helios/policy";
import { proseUnits } from "../quantity.ts";
import type { ArmReport, CellReport, Report } from "../report.ts";
import * as say from "../wording.ts";
import type { ReportFormat } from "./format.ts";

export const markdown: ReportFormat = {
  id: "markdown",
  title: "Markdown",
  mediaType: "text/markdown",
  fileName: "report.md",
  render: (report) =>
    `${[
      ...banner(report),
      ...gateSection(report.gates),
      ...cellsSection(report.cells),
      ...environmentSection(report),
      ...rawDataSection(report),
    ].join("\n")}\n`,
};

function banner(report: Report): string[] {
  const changes = report.whatWouldChangeIt.map((change, index) => `${index + 1}. ${escape(change)}`);
  return [
    `# Helios validation: ${report.verdict}`,
    "",
    `> **${report.verdict}** (${say.verdictMeaning[report.verdict]}). ${escape(say.headlineBesideVerdict(report))}`,
    "",
    `Plan: ${escape(say.planLine(report))}  `,
    `Plan hash: \`${report.plan.hash}\`, seed ${report.plan.seed}`,
    ...(changes.length > 0 ? ["", "**What would change the verdict**", "", ...changes] : []),
    "",
  ];
}

function gateSection(gates: readonly GateResult[]): string[] {
  const heading = ["Gate", "Outcome", "Value", "Bound", "Criterion", "Lines", "n", "Evidence", "Reason"];
  return ["## Gates", "", ...table(heading, gates.map(gateRow)), ""];
}

function gateRow(gate: GateResult): string[] {
  const outcome = `${say.outcomeMark[gate.outcome]} ${gate.outcome === "go" ? "go" : `**${gate.outcome}**`}`;
  const more = [
    escape(gate.reason),
    ...(gate.remedy === undefined ? [] : [`*To change it:* ${escape(gate.remedy)}`]),
    ...gate.beside.map((note) => `*Beside it:* ${escape(note)}`),
    ...(gate.source === "" ? [] : [`*Source:* ${escape(gate.source)}`]),
  ];
  return [
    `${escape(gate.title)} (${escape(gate.id)}${gate.required ? "" : ", not required"})`,
    outcome,
    escape(say.gateValue(gate)),
    escape(say.gateBound(gate)),
    escape(gate.criterion),
    escape(say.gateLines(gate)),
    escape(say.gateCount(gate)),
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
  const warnings = say.cellWarnings(cell).map((warning) => `- **Note:** ${escape(warning)}`);
  const reductions = cell.reduction.map(
    ({ measure, estimate }) =>
      `- Less than Git, ${escape(say.measureTitle(measure))}, class ${cell.durability}: **${escape(say.estimateValue(estimate))}** (bounds ${escape(say.estimateRange(estimate))}, n = ${estimate.n} ${escape(estimate.nUnit)})`,
  );
  return [
    `### ${escape(cell.cell)}, class ${cell.durability}`,
    "",
    `${escape(say.parametersText(cell))}. For: ${escape(cell.purpose.join(", "))}. ${say.statesText(cell)}`,
    "",
    ...table(
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
    `${escape(arm.arm)} (${escape(arm.subject)} ${escape(arm.subjectVersion)})`,
    durability,
    `${say.runsText(arm)} x ${arm.operationsPerRun}`,
    escape(say.estimateValue(arm.p50)),
    escape(say.estimateValue(arm.p95)),
    arm.p95 === undefined ? say.absent : escape(say.estimateRange(arm.p95)),
    escape(say.estimateValue(arm.p99)),
    say.bytesOrAbsent(arm.ioPerCommit?.wcharBytes),
    say.bytesOrAbsent(arm.ioPerCommit?.storageBytes),
    say.bytesOrAbsent(arm.ioPerCommit?.allocatedBytes),
    say.bytesOrAbsent(arm.userBytesPerCommit),
    say.bytesOrAbsent(arm.peakRssBytes),
  ];
}

function environmentSection(report: Report): string[] {
  const rows = say.environmentRows(report).map(([name, value]) => [escape(name), escape(value)]);
  return ["## Environment", "", ...table(["What", "Value"], rows), ""];
}

function rawDataSection(report: Report): string[] {
  const rows = report.rawData.map(({ file, sha256 }) => [escape(file), `\`${sha256}\``]);
  return [
    "## Raw data",
    "",
    `<details><summary>${report.rawData.length} files this report was computed from</summary>`,
    "",
    ...table(["File", "SHA-256"], rows),
    "",
    "</details>",
  ];
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)];
}

/** Characters that mean something to Markdown or HTML, and line ends that would leave a table. */
function escape(text: string): string {
  return proseUnits(text)
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/[\\`*_[\]|~]/g, "\\$&");
}
