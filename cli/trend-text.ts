/** Series of the history as lines: a small picture, and each step in words. */
import type { HistorySeries, LevelStep } from "@helios/harness";
import { formatBytes, formatMicroseconds, formatRatio } from "@helios/reports";

export interface SeriesWithSteps extends HistorySeries {
  readonly steps: readonly (LevelStep & { readonly recordedAt: string; readonly commit?: string })[];
}

const BARS = "▁▂▃▄▅▆▇█";
const MOST_BARS = 60;

export function trendText(all: readonly SeriesWithSteps[], validations: number, file: string): string {
  if (all.length === 0) {
    return validations === 0
      ? `${file} holds no results yet: every finished validation adds a line`
      : `${file} has no series of this measure`;
  }
  const lines = [`${validations} validations in ${file}`];
  for (const series of all) {
    const format = series.measure === "p95Us" ? formatMicroseconds : formatBytes;
    const values = series.points.map(({ value }) => value);
    const last = series.points.at(-1);
    lines.push(
      "",
      `${series.cell}/${series.arm}  ${last ? format(last.value) : ""}`,
      `  ${series.machine}`,
      `  ${sparkline(values.slice(-MOST_BARS))}  ${series.points.length} results`,
    );
    for (const { recordedAt, commit, before, after, ratio, p } of series.steps) {
      const direction = ratio > 1 ? "worse" : "better";
      const where = commit === undefined ? recordedAt : `${commit.slice(0, 12)} (${recordedAt})`;
      lines.push(
        `  ${direction} from ${where} on: ${format(before)} -> ${format(after)}, ${formatRatio(ratio)}, p = ${p}`,
      );
    }
    if (series.steps.length === 0) {
      lines.push(
        series.points.length < 8 ? "  too few results to tell a step: 8 are the least" : "  no step",
      );
    }
  }
  return lines.join("\n");
}

/** From the least to the largest; all on one level where they are equal. */
function sparkline(values: readonly number[]): string {
  const least = Math.min(...values);
  const span = Math.max(...values) - least;
  return values
    .map((value) => BARS[span === 0 ? 3 : Math.min(7, Math.floor(((value - least) / span) * 8))])
    .join("");
}
