/**
 * The summary a person sees when the run ends: verdict first, at most `columns` wide, readable without colour.
 */
import type { GateResult, Outcome } from "@helios/policy";
import { formatRatio } from "../quantity.ts";
import type { ArmReport, CellReport, Report } from "../report.ts";
import * as say from "../wording.ts";
import type { ReportFormat } from "./format.ts";
import { Page, type Style } from "./page.ts";

export const terminal: ReportFormat = {
  id: "terminal",
  title: "Terminal summary",
  mediaType: "text/plain",
  fileName: undefined,
  render(report, options) {
    const page = new Page(options);
    banner(page, report);
    gates(page, report);
    changes(page, report);
    cells(page, report);
    events(page, report);
    footer(page, report);
    return page.toString();
  },
};

const outcomeStyle: Readonly<Record<Outcome, Style>> = {
  go: "green",
  hold: "yellow",
  "no-go": "red",
  inconclusive: "magenta",
};
const verdictStyle: Readonly<Record<Report["verdict"], Style>> = {
  GO: "green",
  HOLD: "yellow",
  "NO-GO": "red",
};

function banner(page: Page, report: Report): void {
  const rule = "━".repeat(page.columns);
  const style = verdictStyle[report.verdict];
  page.line(rule, style);
  page.line(`  ${report.verdict}`, style, "bold");
  page.paragraph("  ", say.headlineBesideVerdict(report));
  page.line(rule, style);
  page.paragraph(
    "plan  ",
    `${say.planLine(report)}, seed ${report.plan.seed}`,
    ...(report.plan.canGo ? [] : (["bold"] as const)),
  );
  page.paragraph("      ", report.plan.hash, "dim");
}

function gates(page: Page, report: Report): void {
  page.heading("Gates");
  page.line(columnsOf(["", "gate", "outcome", "value", "bound", "evidence"]), "dim");
  for (const gate of report.gates) gateLines(page, gate);
}

function gateLines(page: Page, gate: GateResult): void {
  const mark = say.outcomeMark[gate.outcome];
  const name = gate.required ? gate.id : `${gate.id}*`;
  page.line(
    columnsOf([mark, name, gate.outcome, say.gateValue(gate), say.gateBound(gate), gate.evidence]),
    outcomeStyle[gate.outcome],
    ...(gate.outcome === "go" ? [] : (["bold"] as const)),
  );
  const required = gate.required ? "required" : "* not required";
  page.paragraph("    ", `${required}: ${gate.criterion}; n = ${say.gateCount(gate)}. ${gate.reason}`, "dim");
  for (const note of gate.beside) page.paragraph("    beside: ", note, "dim");
}

const widths = [1, 18, 13, 15, 15, 9];

function columnsOf(parts: readonly string[]): string {
  return parts.map((part, index) => part.padEnd(widths[index] ?? 0)).join(" ");
}

function changes(page: Page, report: Report): void {
  if (report.whatWouldChangeIt.length === 0) return;
  page.heading("What would change the verdict");
  for (const [index, change] of report.whatWouldChangeIt.entries())
    page.paragraph(`  ${index + 1}. `, change);
}

function cells(page: Page, report: Report): void {
  page.heading("Measurements (median over runs; bytes per commit by write calls)");
  if (report.cells.length === 0) page.line("  no cell was measured", "bold");
  for (const cell of report.cells) cellLines(page, cell);
}

function cellLines(page: Page, cell: CellReport): void {
  page.line(`  ${cell.cell}, class ${cell.durability}`, "bold");
  page.line(armColumns("arm", "P50", "P95", "P99", "written", "P95 ratio"), "dim");
  const first = cell.arms[0];
  for (const arm of cell.arms) {
    const ratio = arm === first ? "1x" : ratioTo(arm, first);
    page.line(
      armColumns(
        arm.arm,
        say.estimateValue(arm.p50),
        say.estimateValue(arm.p95),
        say.estimateValue(arm.p99),
        say.bytesOrAbsent(arm.ioPerCommit?.wcharBytes),
        ratio,
      ),
    );
  }
  for (const { measure, estimate } of cell.reduction) {
    page.paragraph(
      "    less than git: ",
      `${say.estimateValue(estimate)} by ${measure} (${say.estimateRange(estimate)})`,
    );
  }
  for (const ratio of cell.ratios ?? []) {
    const what = ratio.measure === "p95" ? "P95" : "bytes";
    page.paragraph(
      "    ",
      `${ratio.arm}: ${say.ratioValue(ratio)} the ${what} of ${ratio.against} (${say.ratioRange(ratio)})`,
      "dim",
    );
  }
  for (const warning of say.cellWarnings(cell)) page.paragraph("    ! ", warning, "magenta");
}

function ratioTo(arm: ArmReport, first: ArmReport | undefined): string {
  if (arm.p95 === undefined || first?.p95 === undefined || first.p95.value <= 0) return "-";
  return formatRatio(arm.p95.value / first.p95.value);
}

function armColumns(name: string, ...values: string[]): string {
  const shown = values.map((value) => (value === say.absent ? "no data" : value).padStart(12));
  return `    ${name.padEnd(16)}${shown.join("")}`;
}

/** The newest few; the files have them all. */
const MOST_EVENTS = 6;

function events(page: Page, report: Report): void {
  const all = report.events ?? [];
  if (all.length === 0) return;
  page.heading("While the runs were made");
  for (const { text } of all.slice(-MOST_EVENTS)) page.paragraph("  - ", text);
  if (all.length > MOST_EVENTS) page.paragraph("  - ", `and ${all.length - MOST_EVENTS} earlier (report.md)`);
}

function footer(page: Page, report: Report): void {
  const it = report.environment;
  page.blank();
  page.paragraph(
    "  ",
    `${it.cpuModel}, ${it.cores} cores, ${it.filesystem}, Node ${it.node}; ${report.rawData.length} raw files hashed in the report.`,
    "dim",
  );
}
