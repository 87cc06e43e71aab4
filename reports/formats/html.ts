/**
 * The report as one HTML file: no script, no network, no font to fetch; its content security policy says so to
 * the browser too. Order of the page: what was decided, why, what was measured, where, from which files.
 */
import type { Estimate, GateResult, Outcome } from "@helios/policy";
import { bars } from "../charts/bars.ts";
import { dotPlot, mark, type DotRow } from "../charts/dot-plot.ts";
import { gateStrip } from "../charts/gate-strip.ts";
import { percentileCurve, type Curve } from "../charts/percentile-curve.ts";
import { formatRatio, proseUnits } from "../quantity.ts";
import type { ArmReport, CellReport, Report } from "../report.ts";
import * as say from "../wording.ts";
import type { ReportFormat } from "./format.ts";
import {
  comparisonSection,
  eventsSection,
  sequenceFigure,
  sizeSection,
  skippedSection,
} from "./html-comparison.ts";
import { style } from "./html-style.ts";
import { type Colours, classChip, orAbsent, sentence, words } from "./html-text.ts";

export const html: ReportFormat = {
  id: "html",
  title: "HTML, self-contained",
  mediaType: "text/html",
  fileName: "report.html",
  render(report) {
    const colours = colourOfArms(report.cells);
    return `${[
      head(report),
      "<body>",
      pageHeader(report),
      "<main>",
      banner(report),
      gateSection(report.gates),
      overview(report.cells, colours),
      comparisonSection(report.cells),
      sizeSection(report.cells, colours),
      skippedSection(report),
      cellsSection(report, colours),
      eventsSection(report),
      environmentSection(report),
      rawDataSection(report),
      "</main>",
      `<footer>Rendered from report.json (${report.format}), the value behind every format. <code>helios-cli report recheck</code> judges again from the raw samples.</footer>`,
      "</body>",
      "</html>",
    ].join("\n")}\n`;
  },
};

/** An arm keeps its colour and mark through the whole page; six, then from the first again. */
function colourOfArms(cells: readonly CellReport[]): Colours {
  const names = [...new Set(cells.flatMap((cell) => cell.arms.map((arm) => arm.arm)))];
  return new Map(names.map((name, index) => [name, index % 6]));
}

function head(report: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${report.verdict}: Helios validation, ${words(report.plan.id)}</title>
<style>${style}</style>
</head>`;
}

function pageHeader(report: Report): string {
  return `<header>
<p class="brand">Helios validation report</p>
<p>Plan <b>${words(report.plan.id)}</b> · ${words(report.environment.recordedAt)} · Helios ${words(report.environment.heliosVersion)}</p>
</header>`;
}

function banner(report: Report): string {
  const changes = report.whatWouldChangeIt.map((change) => `<li>${withLeadingName(change)}</li>`).join("");
  return `<section class="banner ${report.verdict}" aria-labelledby="verdict">
<h1 id="verdict">${report.verdict}</h1>
<p class="meaning">${say.verdictMeaning[report.verdict]}</p>
<p class="headline">${sentence(say.headlineBesideVerdict(report))}</p>
${tally(report.gates)}
${changes === "" ? "" : `<h2>What would change the verdict</h2>\n<ol>${changes}</ol>`}
</section>
${report.plan.canGo ? "" : `<p class="quick" role="note">Quick plan “${words(report.plan.id)}”: fewer runs and smaller trees. It can say NO-GO or HOLD, never GO.</p>`}`;
}

/** Counts of outcomes, the ones that stand in the way first. */
function tally(gates: readonly GateResult[]): string {
  const order: Outcome[] = ["no-go", "inconclusive", "hold", "go"];
  const items = order
    .map((outcome) => ({ outcome, count: gates.filter((gate) => gate.outcome === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `<li>${badge(outcome, `${count} ${outcome}`)}</li>`);
  return `<ul class="tally" aria-label="Gates by outcome">${items.join("")}</ul>`;
}

function badge(outcome: Outcome, label: string = outcome): string {
  const quiet = outcome === "go" ? " quiet" : "";
  return `<span class="badge ${outcome}${quiet}"><span aria-hidden="true">${say.outcomeMark[outcome]}</span> ${label}</span>`;
}

function gateSection(gates: readonly GateResult[]): string {
  return `<section aria-labelledby="gates">
<h2 id="gates">Gates</h2>
<p class="lead">A gate goes by the confidence bound of its value, not by the value. Missing evidence is inconclusive and never passes.</p>
<div class="card scroll" tabindex="0" role="region" aria-label="Gate table">
<table class="gates">
<caption>Every gate with its value, the bound that was judged, the lines it was held against, and the evidence.</caption>
<thead><tr><th scope="col">Gate</th><th scope="col">Outcome</th><th scope="col">Value</th><th scope="col">Bound judged</th><th scope="col">Criterion and lines</th><th scope="col">Against the lines</th><th scope="col">n</th><th scope="col">Evidence</th></tr></thead>
${gates.map(gateRows).join("\n")}
</table>
</div>
</section>`;
}

function gateRows(gate: GateResult): string {
  const extra = [
    gate.remedy === undefined ? "" : `<p><b>What would change it:</b> ${sentence(gate.remedy)}</p>`,
    ...gate.beside.map((note) => `<p class="fine">Beside it, not gating: ${sentence(note)}</p>`),
    gate.source === "" ? "" : `<p class="fine">Source: ${sentence(gate.source)}</p>`,
  ].join("");
  const weak = gate.evidence === "measured" || gate.evidence === "recorded" ? "" : " weak";
  return `<tbody>
<tr><th class="gate-name" scope="rowgroup" rowspan="2">${words(gate.title)}<small>${words(gate.id)}${gate.required ? "" : ", not required"}</small></th>
<td>${badge(gate.outcome)}</td>
<td class="nowrap"><b>${orAbsent(gate.value === undefined, say.gateValue(gate))}</b></td>
<td class="nowrap">${orAbsent(gate.value === undefined && gate.bound === undefined, say.gateBound(gate))}</td>
<td>${words(gate.criterion)}<br><small>${words(say.gateLines(gate))}</small></td>
<td>${stripOf(gate)}</td>
<td>${words(say.gateCount(gate))}</td>
<td><span class="chip${weak}">${gate.evidence}</span></td></tr>
<tr class="why"><td colspan="7"><p>${sentence(gate.reason)}</p>${extra}</td></tr>
</tbody>`;
}

function stripOf(gate: GateResult): string {
  if (gate.value === undefined) return `<span class="absent-words">nothing to draw</span>`;
  if (gate.go === gate.noGo) return `<small>one line only</small>`;
  return gateStrip({
    id: `strip-${gate.id}`,
    title: `${gate.title} against its lines`,
    description: `value ${say.gateValue(gate)}, bound ${say.gateBound(gate)}, ${say.gateLines(gate)}`,
    value: gate.value,
    bound: gate.bound,
    go: gate.go,
    noGo: gate.noGo,
  });
}

function overview(cells: readonly CellReport[], colours: Colours): string {
  if (cells.length === 0) {
    return `<section aria-labelledby="overview"><h2 id="overview">Measurements</h2><p class="note">No cell was measured.</p></section>`;
  }
  const rows: DotRow[] = cells.map((cell) => ({
    name: cell.cell,
    note: `class ${cell.durability}`,
    dots: cell.arms.flatMap((arm) =>
      arm.p95 === undefined
        ? []
        : [
            {
              name: arm.arm,
              colour: colours.get(arm.arm) ?? 0,
              us: arm.p95.value,
              lower: arm.p95.lower,
              upper: arm.p95.upper,
            },
          ],
    ),
  }));
  return `<section aria-labelledby="overview">
<h2 id="overview">Measurements at a glance</h2>
<p class="lead">Change applied and committed, one operation, 95th percentile. Each dot is the median over process runs, its bar the one-sided bounds. The axis is logarithmic.</p>
<figure class="card"><figcaption><b>P95 per cell and arm</b></figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="P95 per cell and arm">${dotPlot({ id: "overview-p95", title: "P95 latency per cell and arm, logarithmic", rows })}</div>
${legend(colours)}
</figure>
${reductionTable(cells)}
</section>`;
}

function legend(colours: Colours): string {
  const items = [...colours].map(
    ([name, colour]) =>
      `<li><svg viewBox="0 0 16 16" aria-hidden="true">${mark(colour, 8, 8)}</svg>${words(name)}</li>`,
  );
  return `<ul class="legend" aria-label="Arms">${items.join("")}</ul>`;
}

function reductionTable(cells: readonly CellReport[]): string {
  const measures = [...new Set(cells.flatMap((cell) => cell.reduction.map((entry) => entry.measure)))];
  if (measures.length === 0) return `<p class="note">No cell compares bytes written with Git.</p>`;
  const heading = measures
    .map((measure) => `<th scope="col" class="number">${words(say.measureTitle(measure))}</th>`)
    .join("");
  const rows = cells.map((cell) => {
    const found = (measure: string) => cell.reduction.find((entry) => entry.measure === measure)?.estimate;
    return `<tr><th scope="row">${words(cell.cell)}</th><td>${classChip(cell)}</td><td>${words(cell.purpose.join(", "))}</td>${measures.map((measure) => `<td class="number">${reductionCell(found(measure))}</td>`).join("")}</tr>`;
  });
  return `<div class="card scroll" tabindex="0" role="region" aria-label="Bytes not written, per cell">
<table class="rows"><caption>Share of Git’s bytes that Helios did not write or read, with one-sided bounds; the three measures of writing never stand alone.</caption>
<thead><tr><th scope="col">Cell</th><th scope="col">Durability</th><th scope="col">For</th>${heading}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

/** A cell without a number has no arm of Git, or its own card says what went wrong. */
function reductionCell(estimate: Estimate | undefined): string {
  return estimate === undefined ? orAbsent(true, "not compared") : estimateCell(estimate);
}

function cellsSection(report: Report, colours: Colours): string {
  if (report.cells.length === 0) return "";
  const cards = report.cells.map((cell, index) => cellCard(cell, `cell-${index + 1}`, report.gates, colours));
  return `<section aria-labelledby="cells">
<h2 id="cells">Cell by cell</h2>
<p class="lead">Arms of a cell ran the same workload in the same durability class, interleaved, each run in its own process.</p>
${cards.join("\n")}
</section>`;
}

function cellCard(cell: CellReport, id: string, gates: readonly GateResult[], colours: Colours): string {
  const warnings = say.cellWarnings(cell).map((warning) => `<p class="note">${sentence(warning)}</p>`);
  return `<article class="card long" aria-labelledby="${id}">
<div class="cell-head"><h3 id="${id}">${words(cell.cell)}</h3>${classChip(cell)}${cell.purpose.map((purpose) => `<span class="chip">for ${words(purpose)}</span>`).join("")}</div>
<p class="lead">${words(say.parametersText(cell))}.${cell.statesAgree === true ? ` ${words(say.statesText(cell))}` : ""}</p>
${warnings.join("\n")}
${armTable(cell)}
${reductionList(cell)}
<div class="figures">${curveFigure(cell, id, gates, colours)}${ioFigure(cell, id, colours)}${sequenceFigure(cell, id, colours)}</div>
</article>`;
}

function armTable(cell: CellReport): string {
  const first = cell.arms[0];
  const columns = [
    "Runs",
    "P50",
    "P95",
    "P99",
    "P95 ratio",
    "wchar per commit",
    "Storage per commit",
    "Blocks per commit",
    "Peak memory",
  ];
  const rows = cell.arms.map((arm) =>
    arm.skipped ? skippedRow(arm, columns.length) : armRow(arm, first, cell.durability),
  );
  return `<div class="scroll" tabindex="0" role="region" aria-label="Arms of ${words(cell.cell)}">
<table class="rows"><caption>Median over runs with one-sided bounds; ratio to ${words(first?.arm ?? "the first arm")}. All numbers in class ${words(cell.durability)}.</caption>
<thead><tr><th scope="col">Arm, class</th>${columns.map((column) => `<th scope="col" class="number">${column}</th>`).join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

function skippedRow(arm: ArmReport, columns: number): string {
  return `<tr><th scope="row" class="arm">${words(arm.arm)}<small>${words(arm.subject)}</small></th><td colspan="${columns}">${orAbsent(true, "skipped")}: ${words(arm.skipped?.reason ?? "")}</td></tr>`;
}

function armRow(arm: ArmReport, first: ArmReport | undefined, durability: string): string {
  const io = arm.ioPerCommit;
  const number = (markup: string) => `<td class="number">${markup}</td>`;
  const bytes = (value: number | undefined) =>
    number(orAbsent(value === undefined, say.bytesOrAbsent(value)));
  return `<tr><th scope="row" class="arm">${words(arm.arm)}<small>${words(arm.subject)} ${words(arm.subjectVersion)}<br>class ${words(durability)}</small></th>${[
    number(`${say.runsText(arm)}<small>${arm.operationsPerRun} operations</small>`),
    number(estimateCell(arm.p50, "no bounds")),
    number(estimateCell(arm.p95)),
    number(estimateCell(arm.p99, "no bounds")),
    number(ratioCell(arm, first)),
    bytes(io?.wcharBytes),
    number(storageCell(arm)),
    bytes(io?.allocatedBytes),
    bytes(arm.peakRssBytes),
  ].join("")}</tr>`;
}

function estimateCell(estimate: Estimate | undefined, bounds: "bounds" | "no bounds" = "bounds"): string {
  if (estimate === undefined) return orAbsent(true, say.absent);
  const range = bounds === "bounds" ? `<small>${words(say.estimateRange(estimate))}</small>` : "";
  return `${words(say.estimateValue(estimate))}${range}`;
}

function ratioCell(arm: ArmReport, first: ArmReport | undefined): string {
  if (arm.p95 === undefined || first?.p95 === undefined || first.p95.value <= 0)
    return orAbsent(true, say.absent);
  return formatRatio(arm.p95.value / first.p95.value);
}

/** With its write amplification: bytes sent to storage for each byte changed, which is what the disk has to bear. */
function storageCell(arm: ArmReport): string {
  const bytes = arm.ioPerCommit?.storageBytes;
  const amplification = say.writeAmplification(arm);
  const beside = amplification === undefined ? "" : `<small>${formatRatio(amplification)} the change</small>`;
  return `${orAbsent(bytes === undefined, say.bytesOrAbsent(bytes))}${beside}`;
}

function reductionList(cell: CellReport): string {
  if (cell.reduction.length === 0) return "";
  const items = cell.reduction.map(
    ({ measure, estimate }) =>
      `<li><b>${words(say.estimateValue(estimate))}</b>less than Git: ${words(say.measureTitle(measure))}, class ${words(cell.durability)}; ${words(say.estimateRange(estimate))}, n = ${estimate.n} ${words(estimate.nUnit)}</li>`,
  );
  return `<ul class="reductions" aria-label="Bytes not written">${items.join("")}</ul>`;
}

function curveFigure(cell: CellReport, id: string, gates: readonly GateResult[], colours: Colours): string {
  const lines = cell.arms.map((arm) => ({
    name: arm.arm,
    colour: colours.get(arm.arm) ?? 0,
    points: arm.curve,
  }));
  const caption = `<figcaption><b>Latency by percentile</b>, class ${words(cell.durability)}; median over runs, both axes logarithmic</figcaption>`;
  if (lines.every((line) => line.points.length === 0)) {
    return `<figure>${caption}<p class="note">No completed run, so there is no curve.</p></figure>`;
  }
  const limit = limitOf(cell, gates);
  const curve: Curve = {
    id: `${id}-curve`,
    title: `Latency by percentile, ${cell.cell}, class ${cell.durability}`,
    lines,
  };
  return `<figure>${caption}${percentileCurve(limit === undefined ? curve : { ...curve, limit })}</figure>`;
}

/** The Go line of the gate on the 95th percentile, drawn only where the gate reads the cell. */
function limitOf(cell: CellReport, gates: readonly GateResult[]): Curve["limit"] {
  const gate = gates.find((candidate) => candidate.id === "commit-p95");
  if (gate === undefined || !cell.purpose.includes("latency")) return undefined;
  return { q: 0.95, us: gate.go, label: `Go line for P95: ${proseUnits(gate.criterion)}` };
}

function ioFigure(cell: CellReport, id: string, colours: Colours): string {
  const groups = say.ioMeasures.map(({ key, title }) => ({
    title,
    bars: cell.arms.map((arm) => ({
      name: arm.arm,
      colour: colours.get(arm.arm) ?? 0,
      bytes: arm.ioPerCommit?.[key],
    })),
  }));
  return `<figure><figcaption><b>Bytes per commit</b>, class ${words(cell.durability)}; median over runs, settling included; linear from zero, each measure on its own scale</figcaption>${bars({ id: `${id}-io`, title: `Bytes per commit, ${cell.cell}, class ${cell.durability}`, groups })}</figure>`;
}

function environmentSection(report: Report): string {
  const facts = (rows: readonly (readonly [string, string])[]) =>
    `<dl class="facts">${rows.map(([name, value]) => `<dt>${words(name)}</dt><dd>${words(value)}</dd>`).join("")}</dl>`;
  return `<section aria-labelledby="environment">
<h2 id="environment">Plan and environment</h2>
<p class="lead">The plan was hashed before the first run. Absolute times hold for this machine; ratios between arms travel better.</p>
<div class="card">${facts([
    ["Plan", say.planLine(report)],
    ["Plan hash", report.plan.hash],
    ["Seed", String(report.plan.seed)],
  ])}</div>
<div class="card">${facts(say.environmentRows(report))}</div>
</section>`;
}

function rawDataSection(report: Report): string {
  const rows = report.rawData.map(
    ({ file, sha256 }) =>
      `<tr><th scope="row"><code>${words(file)}</code></th><td><code>${sha256}</code></td></tr>`,
  );
  return `<section aria-labelledby="raw-data">
<h2 id="raw-data">Raw data</h2>
<p class="lead">The verdict can be computed again, offline, from these files alone.</p>
<details class="card long"><summary>${report.rawData.length} files with their SHA-256</summary>
<div class="scroll"><table class="rows"><caption>Files below the run directory</caption><thead><tr><th scope="col">File</th><th scope="col">SHA-256</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>
</details>
</section>`;
}

/** `Title (outcome): what to do`, the part before the colon set in bold. */
function withLeadingName(text: string): string {
  const match = /^([^:]{1,80} \([a-z-]+\)): (.*)$/s.exec(text);
  return match ? `<b>${words(match[1] ?? "")}</b>: ${sentence(match[2] ?? "")}` : sentence(text);
}
