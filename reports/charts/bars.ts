/**
 * Bytes per commit: one group per measure, one bar per arm. The axis is linear from zero, because a bar's
 * length says "so many times more", and a logarithmic bar would say it falsely. Every bar carries its number.
 */
import { formatBytes } from "../quantity.ts";
import { linearScale, type Scale } from "./scale.ts";
import { drawing, element, text } from "./svg.ts";

export interface BarGroup {
  readonly title: string;
  /** `bytes` undefined: not measured; drawn as words, never as an empty bar. */
  readonly bars: readonly {
    readonly name: string;
    readonly colour: number;
    readonly bytes: number | undefined;
  }[];
}

export interface Bars {
  readonly id: string;
  readonly title: string;
  readonly groups: readonly BarGroup[];
}

const width = 600;
const nameWidth = 130;
const valueWidth = 80;
const rowHeight = 22;
const groupGap = 34;

export function bars(chart: Bars): string {
  let top = 0;
  const body = chart.groups.map((group) => {
    const drawn = groupOf(group, top);
    top += groupGap + group.bars.length * rowHeight;
    return drawn;
  });
  return drawing({
    id: chart.id,
    width,
    height: top + 8,
    title: chart.title,
    description: describe(chart),
    body: body.join(""),
  });
}

/** Each measure has its own scale: bytes of calls and bytes of blocks are not the same thing. */
function groupOf(group: BarGroup, top: number): string {
  const values = group.bars.map((bar) => bar.bytes ?? 0);
  const scale = linearScale(values, { from: nameWidth, to: width - valueWidth });
  const rows = group.bars.map((bar, index) => row(bar, top + groupGap - 8 + index * rowHeight, scale));
  return text(0, top + 18, group.title, { class: "group" }) + rows.join("");
}

function row(bar: BarGroup["bars"][number], top: number, scale: Scale): string {
  const name = text(nameWidth - 8, top + 15, bar.name, { class: "tick", "text-anchor": "end" });
  if (bar.bytes === undefined) return name + text(nameWidth, top + 15, "not measured", { class: "absent" });
  const zero = scale.at(0);
  const end = scale.at(bar.bytes);
  const from = Math.min(zero, end);
  const length = Math.max(2, Math.abs(end - zero));
  return (
    name +
    element("rect", {
      class: `bar arm-fill-${bar.colour}`,
      x: from,
      y: top + 3,
      width: length,
      height: 15,
      rx: 2,
    }) +
    text(from + length + 6, top + 15, formatBytes(bar.bytes), { class: "value" })
  );
}

function describe(chart: Bars): string {
  return chart.groups
    .map((group) => {
      const said = group.bars.map(
        (bar) => `${bar.name} ${bar.bytes === undefined ? "not measured" : formatBytes(bar.bytes)}`,
      );
      return `${group.title}: ${said.join(", ")}`;
    })
    .join(". ");
}
