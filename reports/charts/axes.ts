/** What charts of lines and dots have in common: their grid and the names at the ends of their lines. */
import type { Scale } from "./scale.ts";
import { element, text } from "./svg.ts";

/** Pixels of the plotting area; labels lie outside it. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A vertical line with its label below for each tick. */
export function verticalGrid(x: Scale, { top, bottom }: Frame, label: (value: number) => string): string {
  const lines = x.ticks.map(
    (value) =>
      element("line", { class: "grid", x1: x.at(value), x2: x.at(value), y1: top, y2: bottom }) +
      text(x.at(value), bottom + 18, label(value), { class: "tick", "text-anchor": "middle" }),
  );
  return lines.join("");
}

/** A horizontal line with its label to the left for each tick. */
export function horizontalGrid(y: Scale, { left, right }: Frame, label: (value: number) => string): string {
  const lines = y.ticks.map(
    (value) =>
      element("line", { class: "grid", x1: left, x2: right, y1: y.at(value), y2: y.at(value) }) +
      text(left - 8, y.at(value) + 4, label(value), { class: "tick", "text-anchor": "end" }),
  );
  return lines.join("");
}

/** What the horizontal axis shows, below its labels. */
export function axisTitle({ left, right, bottom }: Frame, title: string): string {
  return text((left + right) / 2, bottom + 38, title, { class: "tick", "text-anchor": "middle" });
}

/** Names at the right end, pushed apart so that close lines stay readable. */
export function endLabels(
  lines: readonly { readonly name: string; readonly colour: number; readonly y: number }[],
  { right, top }: Frame,
): string {
  let free = top;
  return lines
    .toSorted((a, b) => a.y - b.y)
    .map(({ name, colour, y }) => {
      const placed = Math.max(y, free);
      free = placed + 16;
      return text(right + 12, placed + 4, name, { class: `name arm-text-${colour}` });
    })
    .join("");
}
