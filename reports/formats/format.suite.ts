/**
 * The law of a report format. Each format's test calls this once; whatever a format looks like, it must keep
 * what is here: the same bytes for the same value, the whole verdict, nothing blank, nothing let through.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { exampleReport } from "../example-report.ts";
import { parseReport } from "../parse-report.ts";
import type { Report } from "../report.ts";
import type { RenderOptions, ReportFormat } from "./format.ts";

export interface FormatSuite {
  readonly format: ReportFormat;
  /** Beside the test; `UPDATE_GOLDEN=1` writes it anew, for a person to read in the diff. */
  readonly golden: URL;
  /** What a text from outside must never become in this format. */
  readonly forbidden: readonly string[];
}

const plainOptions: RenderOptions = { colour: false, columns: 80 };

/** Opens an element, a table cell, a link and a terminal escape, if anything lets it. */
const hostile = '"><script>alert(1)</script>\u001b[31m|\n[x](y)`';

export function formatSuite({ format, golden, forbidden }: FormatSuite): void {
  const render = (report: Report) => format.render(report, plainOptions);

  test(`${format.id}: equals its golden file`, () => {
    const rendered = render(exampleReport);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, rendered);
    assert.equal(rendered, readFileSync(golden, "utf8"));
  });

  test(`${format.id}: the same value gives the same bytes, also after a round through JSON`, () => {
    assert.equal(render(parseReport(JSON.stringify(exampleReport))), render(exampleReport));
  });

  test(`${format.id}: says the verdict, every gate with its outcome and evidence, the plan and its hash`, () => {
    const rendered = render(exampleReport).replaceAll(/\s+/g, "");
    for (const part of [exampleReport.verdict, exampleReport.plan.id, exampleReport.plan.hash]) {
      assert.ok(rendered.includes(part), `lacks ${part}`);
    }
    for (const gate of exampleReport.gates) {
      for (const part of [gate.id, gate.outcome, gate.evidence])
        assert.ok(rendered.includes(part), `lacks ${part}`);
    }
    for (const cell of exampleReport.cells) assert.ok(rendered.includes(cell.cell), `lacks ${cell.cell}`);
  });

  test(`${format.id}: each verdict has its own word`, () => {
    for (const verdict of ["GO", "HOLD", "NO-GO"] as const) {
      assert.match(render({ ...exampleReport, verdict }), new RegExp(`\\b${verdict}\\b`));
    }
  });

  test(`${format.id}: no-go and inconclusive are both said in words`, () => {
    for (const outcome of ["no-go", "inconclusive"] as const) {
      const gates = exampleReport.gates.map((gate) => ({ ...gate, outcome }));
      assert.equal(count(render({ ...exampleReport, gates }), outcome) >= gates.length, true);
    }
  });

  test(`${format.id}: nothing leaks from the machine into the text`, () => {
    for (const report of [exampleReport, emptied(exampleReport)]) {
      assert.doesNotMatch(render(report), /\bundefined\b|\bNaN\b|\[object |\bInfinity\b/);
    }
  });

  test(`${format.id}: text from outside stays text`, () => {
    const rendered = render(poisoned(exampleReport, hostile));
    for (const part of forbidden) assert.ok(!rendered.includes(part), `let through ${JSON.stringify(part)}`);
  });

  test(`${format.id}: a report without cells, gates or raw data still renders`, () => {
    const rendered = render({ ...exampleReport, cells: [], gates: [], rawData: [], whatWouldChangeIt: [] });
    assert.ok(rendered.includes(exampleReport.verdict));
    assert.ok(rendered.endsWith("\n"));
  });
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Every number that may be absent is absent, and bounds are unlimited. */
function emptied(report: Report): Report {
  return {
    ...report,
    gates: report.gates.map((gate) => ({ ...gate, value: undefined, bound: undefined })),
    cells: report.cells.map((cell) => ({
      ...cell,
      arms: cell.arms.map((arm, index) => ({
        ...arm,
        p50: undefined,
        p95: index === 0 && arm.p95 ? { ...arm.p95, lower: -Infinity, upper: Infinity } : undefined,
        p99: undefined,
        curve: [],
        ioPerCommit: undefined,
        runs:
          arm.runs?.map((run) => ({ ...run, p50Us: undefined, p95Us: undefined, p99Us: undefined })) ?? [],
      })),
      ratios:
        cell.ratios?.map(({ ratio, ...rest }) => ({
          ...rest,
          ratio: { ...ratio, lower: 0, upper: Infinity },
        })) ?? [],
    })),
    environment: { ...report.environment, revision: undefined },
  };
}

/** The same report with `text` in every place that holds free text. */
function poisoned(report: Report, text: string): Report {
  const arms = (cell: Report["cells"][number]) =>
    cell.arms.map((arm) => ({
      ...arm,
      arm: arm.arm + text,
      subject: text,
      subjectVersion: text,
      problems: [text],
      ioReason: text,
      skipped: { reason: text, remedy: text },
    }));
  return {
    ...report,
    headline: text,
    whatWouldChangeIt: [text],
    gates: report.gates.map((gate) => ({
      ...gate,
      title: text,
      unit: text,
      criterion: text,
      nUnit: text,
      source: text,
      reason: text,
      remedy: text,
      beside: [text],
    })),
    cells: report.cells.map((cell) => ({
      ...cell,
      cell: cell.cell + text,
      workload: text,
      parameters: { [text]: text },
      purpose: [text, "latency"],
      arms: arms(cell),
      ratios: cell.ratios?.map((ratio) => ({ ...ratio, arm: ratio.arm + text, against: text })) ?? [],
      reduction: cell.reduction.map(({ estimate }) => ({
        measure: text,
        estimate: { ...estimate, unit: text, nUnit: text, scope: text },
      })),
    })),
    environment: {
      ...report.environment,
      revision: { commit: text, clean: false },
      cpuModel: text,
      kernel: text,
      filesystem: text,
      tools: { [text]: text },
    },
    events: [{ at: text, text }],
    plan: { ...report.plan, title: text },
    rawData: [{ file: text, sha256: "0".repeat(64) }],
  };
}
