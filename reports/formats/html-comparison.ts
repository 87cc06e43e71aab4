/** The parts of the HTML report that set arms side by side: ratios, growth with size, order of runs, what was left out. */
import { runSequence } from "../charts/run-sequence.ts";
import { sizeLines, type SizeLine } from "../charts/size-lines.ts";
import type { CellReport, Report } from "../report.ts";
import * as say from "../wording.ts";
import { type Colours, orAbsent, words } from "./html-text.ts";

/** Every arm against the reference of its cell, one table for each measure and class: only equals stand in one row. */
export function comparisonSection(cells: readonly CellReport[]): string {
  const compared = cells.filter(({ ratios = [] }) => ratios.length > 0);
  if (compared.length === 0) return "";
  const classes = [...new Set(compared.map(({ durability }) => durability))];
  const references = [
    ...new Set(compared.flatMap(({ ratios = [] }) => ratios.map(({ against }) => against))),
  ];
  const tables = classes.flatMap((durability) =>
    say.ratioMeasures.map(({ measure, title }) =>
      ratioTable(
        compared.filter((cell) => cell.durability === durability),
        measure,
        `${title}, class ${durability}`,
      ),
    ),
  );
  return `<section aria-labelledby="comparison">
<h2 id="comparison">Every arm against the reference</h2>
<p class="lead">How many times as long, or as much, as ${words(references.join(", "))} in the same cell, by the median of all ratios of runs, with its two-sided 95 % interval. Above 1x: the arm is slower, or writes more.</p>
${tables.join("\n")}
</section>`;
}

function ratioTable(cells: readonly CellReport[], measure: "p95" | "wchar", caption: string): string {
  const arms = [...new Set(cells.flatMap((cell) => cell.arms.map(({ arm }) => arm)))];
  const rows = arms
    .map((arm) => ({ arm, entries: cells.map((cell) => ratioEntry(cell, arm, measure)) }))
    .filter(({ entries }) => entries.some((entry) => entry !== undefined))
    .map(
      ({ arm, entries }) =>
        `<tr><th scope="row" class="arm">${words(arm)}</th>${entries.map((entry) => `<td class="number">${entry ?? "<small>not in this cell</small>"}</td>`).join("")}</tr>`,
    );
  if (rows.length === 0) return "";
  const heads = cells.map(({ cell }) => `<th scope="col" class="number">${words(cell)}</th>`).join("");
  return `<div class="card scroll" tabindex="0" role="region" aria-label="${words(caption)}">
<table class="rows"><caption>${words(caption)}</caption><thead><tr><th scope="col">Arm</th>${heads}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

/** Undefined where the cell has no such arm. */
function ratioEntry(cell: CellReport, arm: string, measure: "p95" | "wchar"): string | undefined {
  const found = cell.arms.find((one) => one.arm === arm);
  if (found === undefined) return undefined;
  const ratio = cell.ratios?.find((one) => one.arm === arm && one.measure === measure);
  if (ratio) {
    return `<b>${words(say.ratioValue(ratio))}</b><small>${words(say.ratioRange(ratio))}<br>n = ${ratio.ratio.n}, against ${words(ratio.against)}</small>`;
  }
  if (found.skipped) return orAbsent(true, "skipped");
  if (found.problems.length > 0) return orAbsent(true, "no number");
  return cell.ratios?.some((one) => one.against === arm) === true ? "1x" : orAbsent(true, say.absent);
}

/** Where a workload was measured at several sizes of the tree. */
export function sizeSection(cells: readonly CellReport[], colours: Colours): string {
  const lines = sizesOf(cells, colours);
  if (lines.length === 0) return "";
  const rows = cells.flatMap((cell) => {
    const entries = entriesOf(cell);
    const wchar = cell.reduction.find(({ measure }) => measure === "wchar")?.estimate;
    return entries === undefined || wchar === undefined
      ? []
      : [
          `<tr><th scope="row">${words(cell.cell)}</th><td class="number">${words(entries.toLocaleString("en"))}</td><td class="number">${words(say.estimateValue(wchar))}<small>${words(say.estimateRange(wchar))}</small></td></tr>`,
        ];
  });
  const table =
    rows.length === 0
      ? ""
      : `<div class="scroll" tabindex="0" role="region" aria-label="Reduction by size"><table class="rows"><caption>Share of Git’s bytes that Helios did not write, by size (wchar)</caption><thead><tr><th scope="col">Cell</th><th scope="col" class="number">Entries</th><th scope="col" class="number">Less than Git</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
  return `<section aria-labelledby="sizes">
<h2 id="sizes">Bytes over the size of the tree</h2>
<p class="lead">Bytes handed to write calls for each commit, median over runs, the user’s own files left out; both axes logarithmic.</p>
<div class="card"><div class="figures"><figure><figcaption><b>Bytes written per commit</b></figcaption>${sizeLines({ id: "size-lines", title: "Bytes written per commit against entries in the tree, logarithmic", lines })}</figure><div>${table}</div></div></div>
</section>`;
}

function sizesOf(cells: readonly CellReport[], colours: Colours): SizeLine[] {
  const lines = new Map<string, { subject: string; points: { entries: number; bytes: number }[] }>();
  for (const cell of cells) {
    const entries = entriesOf(cell);
    // Cells for latency alone make more commits in a run, which share their settling: not the same measurement.
    if (entries === undefined || cell.purpose.every((purpose) => purpose === "latency")) continue;
    const seen = new Set<string>();
    for (const arm of cell.arms.toReversed()) {
      // Of several arms of one subject the last is the one that was held against the others.
      if (seen.has(arm.subject) || arm.ioPerCommit === undefined) continue;
      seen.add(arm.subject);
      const bytes = arm.ioPerCommit.wcharBytes - arm.workingSetBytesPerCommit;
      const name = `${arm.subject}, ${cell.workload}`;
      const line = lines.get(name) ?? { subject: arm.subject, points: [] };
      line.points.push({ entries, bytes });
      lines.set(name, line);
    }
  }
  const names = [...lines].filter(([, { points }]) => new Set(points.map(({ entries }) => entries)).size > 1);
  // A subject has the colour of its first arm, as everywhere on the page.
  const firstArm = (subject: string): string | undefined =>
    cells.flatMap(({ arms }) => arms).find((arm) => arm.subject === subject)?.arm;
  return names.map(([name, { subject, points }]) => ({
    name,
    colour: colours.get(firstArm(subject) ?? "") ?? 0,
    points,
  }));
}

function entriesOf(cell: CellReport): number | undefined {
  const entries = cell.parameters["entries"];
  return typeof entries === "number" ? entries : undefined;
}

/** What could not be measured here, so that nobody takes its absence for a result. */
export function skippedSection(report: Report): string {
  const skipped = say.skippedArms(report);
  if (skipped.length === 0) return "";
  const rows = skipped.map(
    ({ cell, arm, subject, reason, remedy }) =>
      `<tr><th scope="row">${words(cell)}</th><td>${words(arm)} (${words(subject)})</td><td>skipped: ${words(reason)}</td><td>${words(remedy)}</td></tr>`,
  );
  return `<section aria-labelledby="skipped">
<h2 id="skipped">Not measured here</h2>
<div class="card scroll" tabindex="0" role="region" aria-label="Skipped arms"><table class="rows"><caption>Arms that could not be run on this machine</caption><thead><tr><th scope="col">Cell</th><th scope="col">Arm</th><th scope="col">Why</th><th scope="col">What would change it</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>
</section>`;
}

/** P95 of each run in the order of the runs. */
export function sequenceFigure(cell: CellReport, id: string, colours: Colours): string {
  const runs = cell.arms.flatMap((arm) =>
    (arm.runs ?? []).map((run) => ({
      arm: arm.arm,
      colour: colours.get(arm.arm) ?? 0,
      position: run.position,
      us: run.p95Us,
      isDisturbed: say.isDisturbed(run),
    })),
  );
  if (runs.length === 0) return "";
  const disturbed = runs.filter((run) => run.isDisturbed).length;
  const ring = disturbed === 0 ? "" : `; ringed: ${disturbed} disturbed by other programs or by the host`;
  const title = `P95 of each run in order, ${cell.cell}, class ${cell.durability}`;
  return `<figure><figcaption><b>Sequence of runs</b>: P95 of each process run against the median of its arm${ring}</figcaption>${runSequence({ id: `${id}-sequence`, title, runs })}</figure>`;
}

export function eventsSection(report: Report): string {
  const events = report.events ?? [];
  if (events.length === 0) return "";
  const items = events.map(({ at, text }) => `<dt>${words(at)}</dt><dd>${words(text)}</dd>`);
  return `<section aria-labelledby="events">
<h2 id="events">While the runs were made</h2>
<div class="card"><dl class="facts">${items.join("")}</dl></div>
</section>`;
}
