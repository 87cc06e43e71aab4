/** Every cell on one logarithmic axis, one dot per arm with its interval: the whole comparison at a glance. */
import { formatMicroseconds } from "../quantity.ts";
import { logScale, type Scale } from "./scale.ts";
import { drawing, element, text } from "./svg.ts";

export interface DotRow {
  readonly name: string;
  /** Small print under the name, e.g. the durability class. */
  readonly note: string;
  readonly dots: readonly {
    readonly name: string;
    readonly colour: number;
    readonly us: number;
    /** One-sided bounds; not finite where there are too few runs. */
    readonly lower: number;
    readonly upper: number;
  }[];
}

export interface DotPlot {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly DotRow[];
}

const width = 1080;
const nameWidth = 210;
const rowHeight = 40;
const top = 8;
/** Equal arms, as in an A/A check, would hide each other on one line. */
const dotOffset = 8;

export function dotPlot(plot: DotPlot): string {
  const bottom = top + plot.rows.length * rowHeight;
  const values = plot.rows.flatMap((row) => row.dots.flatMap((dot) => [dot.us, dot.lower, dot.upper]));
  const scale = logScale(values, { from: nameWidth, to: width - 30 });
  const ticks = scale.ticks.map(
    (us) =>
      element("line", { class: "grid", x1: scale.at(us), x2: scale.at(us), y1: top, y2: bottom }) +
      text(scale.at(us), bottom + 18, formatMicroseconds(us), { class: "tick", "text-anchor": "middle" }),
  );
  const rows = plot.rows.map((row, index) => rowOf(row, top + index * rowHeight, scale));
  return drawing({
    id: plot.id,
    width,
    height: bottom + 28,
    title: plot.title,
    description: describe(plot),
    body: [...ticks, ...rows].join(""),
  });
}

function rowOf(row: DotRow, y: number, scale: Scale): string {
  const middle = y + rowHeight / 2;
  const rule = element("line", { class: "grid", x1: nameWidth, x2: width - 30, y1: middle, y2: middle });
  const name =
    text(0, middle - 1, row.name, { class: "name" }) + text(0, middle + 14, row.note, { class: "tick" });
  if (row.dots.length === 0) {
    return rule + name + text(nameWidth + 6, middle - 5, "not measured", { class: "absent" });
  }
  const dots = row.dots.map((dot, index) => {
    const y = middle + (index - (row.dots.length - 1) / 2) * dotOffset;
    const from = Number.isFinite(dot.lower) ? scale.at(dot.lower) : scale.at(dot.us);
    const to = Number.isFinite(dot.upper) ? scale.at(dot.upper) : scale.at(dot.us);
    return (
      element("line", { class: `interval arm-${dot.colour}`, x1: from, x2: to, y1: y, y2: y }) +
      mark(dot.colour, scale.at(dot.us), y)
    );
  });
  return rule + name + dots.join("");
}

/** A shape per arm beside its colour: circle, square, diamond, triangle, then again. */
export function mark(colour: number, x: number, y: number): string {
  const look = { class: `dot arm-fill-${colour}` };
  switch (colour % 4) {
    case 0:
      return element("circle", { ...look, cx: x, cy: y, r: 6 });
    case 1:
      return element("rect", { ...look, x: x - 5.5, y: y - 5.5, width: 11, height: 11 });
    case 2:
      return element("path", {
        ...look,
        d: `M${path(x, y - 7.5)}L${path(x + 7.5, y)}L${path(x, y + 7.5)}L${path(x - 7.5, y)}Z`,
      });
    default:
      return element("path", {
        ...look,
        d: `M${path(x, y - 7)}L${path(x + 7, y + 6)}L${path(x - 7, y + 6)}Z`,
      });
  }
}

function describe(plot: DotPlot): string {
  return plot.rows
    .map((row) => {
      const said = row.dots.map((dot) => `${dot.name} ${formatMicroseconds(dot.us)}`);
      return `${row.name} (${row.note}): ${said.length > 0 ? said.join(", ") : "not measured"}`;
    })
    .join("; ");
}

function path(x: number, y: number): string {
  return `${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`;
}
