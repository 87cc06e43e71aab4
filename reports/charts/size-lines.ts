/**
 * Bytes written per commit against the size of the tree, both axes logarithmic: whoever rewrites an index grows with
 * the tree, whoever writes what changed does not. One line per arm and workload.
 */
import { formatBytes, formatNumber } from "../quantity.ts";
import { axisTitle, endLabels, horizontalGrid, verticalGrid } from "./axes.ts";
import { mark } from "./dot-plot.ts";
import { logScale, type Scale } from "./scale.ts";
import { drawing, element } from "./svg.ts";

export interface SizeLine {
  readonly name: string;
  readonly colour: number;
  readonly points: readonly { readonly entries: number; readonly bytes: number }[];
}

export interface SizeLines {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly SizeLine[];
}

const width = 600;
const height = 300;
const frame = { left: 72, right: 440, top: 16, bottom: 244 };

export function sizeLines(chart: SizeLines): string {
  const points = chart.lines.flatMap((line) => line.points);
  const x = logScale(
    points.map(({ entries }) => entries),
    { from: frame.left, to: frame.right },
  );
  const y = logScale(
    points.map(({ bytes }) => bytes),
    { from: frame.bottom, to: frame.top },
  );
  const body = [
    verticalGrid(x, frame, formatNumber),
    horizontalGrid(y, frame, formatBytes),
    axisTitle(frame, "entries in the tree"),
    ...chart.lines.map((line) => lineOf(line, x, y)),
    endLabels(
      chart.lines.flatMap((line) => {
        const last = bySize(line).at(-1);
        return last === undefined ? [] : [{ ...line, y: y.at(last.bytes) }];
      }),
      frame,
    ),
  ];
  return drawing({
    id: chart.id,
    width,
    height,
    title: chart.title,
    description: describe(chart.lines),
    body: body.join(""),
  });
}

function bySize({ points }: SizeLine): SizeLine["points"] {
  return points.toSorted((a, b) => a.entries - b.entries);
}

function lineOf(line: SizeLine, x: Scale, y: Scale): string {
  const places = bySize(line).map(({ entries, bytes }) => ({ x: x.at(entries), y: y.at(bytes) }));
  const points = places.map((place) => `${place.x.toFixed(2)},${place.y.toFixed(2)}`).join(" ");
  return (
    element("polyline", { class: `line arm-${line.colour}`, points }) +
    places.map((place) => mark(line.colour, place.x, place.y)).join("")
  );
}

function describe(lines: readonly SizeLine[]): string {
  return lines
    .map((line) => {
      const said = bySize(line).map(
        ({ entries, bytes }) => `${formatBytes(bytes)} at ${formatNumber(entries)} entries`,
      );
      return `${line.name}: ${said.join(", ")}`;
    })
    .join("; ");
}
