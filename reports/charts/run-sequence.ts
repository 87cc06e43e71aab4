/**
 * Every run in the order it was made, as its distance from the median of its own arm: what drifts, jumps or was
 * disturbed is seen here and nowhere else. A median hides that its runs fell all the time; interleaving makes them fall
 * for all arms alike, and this picture shows whether they did. Relative, because arms differ by powers of ten and a
 * drift is a matter of percents.
 */
import { formatMicroseconds } from "../quantity.ts";
import { axisTitle, horizontalGrid } from "./axes.ts";
import { mark } from "./dot-plot.ts";
import { rangeScale, type Scale } from "./scale.ts";
import { drawing, element, text } from "./svg.ts";

export interface SequenceRun {
  readonly arm: string;
  readonly colour: number;
  /** Place in the order of all runs. */
  readonly position: number;
  /** Undefined: the run gave no number, and is drawn as a cross at the upper edge. */
  readonly us: number | undefined;
  /** Another program, or the host, took a good part of the processors. */
  readonly isDisturbed: boolean;
}

export interface RunSequence {
  readonly id: string;
  readonly title: string;
  readonly runs: readonly SequenceRun[];
}

const width = 600;
const height = 290;
const frame = { left: 62, right: 580, top: 24, bottom: 250 };

export function runSequence(chart: RunSequence): string {
  const runs = chart.runs.toSorted((a, b) => a.position - b.position);
  const relative = relativeToMedian(runs);
  const known = relative.filter((share) => share !== undefined);
  const y = rangeScale([-0.01, 0.01, ...known], { from: frame.bottom, to: frame.top });
  const step = (frame.right - frame.left) / Math.max(1, runs.length);
  const marks = runs.map((run, i) => runMark(run, relative[i], frame.left + step * (i + 0.5), y));
  const axis = `${runs.length} runs in the order they were made`;
  return drawing({
    id: chart.id,
    width,
    height,
    title: chart.title,
    description: describe(runs),
    body: [
      horizontalGrid(y, frame, percentApart),
      element("line", { class: "middle", x1: frame.left, x2: frame.right, y1: y.at(0), y2: y.at(0) }),
      axisTitle({ ...frame, bottom: frame.bottom - 14 }, axis),
      ...marks,
    ].join(""),
  });
}

/** How far each run lies from the median of its arm, as a share; undefined where it gave no number. */
function relativeToMedian(runs: readonly SequenceRun[]): (number | undefined)[] {
  const medians = new Map(
    [...new Set(runs.map(({ arm }) => arm))].map((arm) => {
      const values = runs.filter((run) => run.arm === arm).flatMap(({ us }) => us ?? []);
      const ascending = values.toSorted((a, b) => a - b);
      const [low, high] = [ascending[(values.length - 1) >> 1] ?? 0, ascending[values.length >> 1] ?? 0];
      return [arm, (low + high) / 2] as const;
    }),
  );
  return runs.map(({ arm, us }) => {
    const median = medians.get(arm) ?? 0;
    return us === undefined || median <= 0 ? undefined : us / median - 1;
  });
}

function percentApart(share: number): string {
  const percent = Number((share * 100).toPrecision(6));
  return percent === 0 ? "median" : `${percent > 0 ? "+" : "−"}${Math.abs(percent)} %`;
}

function runMark(run: SequenceRun, share: number | undefined, x: number, y: Scale): string {
  if (share === undefined) return text(x, frame.top - 6, "✗", { class: "absent", "text-anchor": "middle" });
  const at = y.at(share);
  const ring = run.isDisturbed ? element("circle", { class: "disturbed", cx: x, cy: at, r: 10 }) : "";
  return ring + mark(run.colour, x, at);
}

function describe(runs: readonly SequenceRun[]): string {
  const arms = [...new Set(runs.map(({ arm }) => arm))];
  return arms
    .map((arm) => {
      const values = runs.filter((run) => run.arm === arm).flatMap(({ us }) => us ?? []);
      const [first, last] = [values[0], values.at(-1)];
      return first === undefined || last === undefined
        ? `${arm}: no run gave a number`
        : `${arm}: ${values.length} runs, the first ${formatMicroseconds(first)}, the last ${formatMicroseconds(last)}`;
    })
    .join("; ");
}
