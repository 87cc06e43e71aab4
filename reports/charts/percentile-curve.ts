/**
 * Latency by percentile, one line per arm. Both axes are logarithmic: arms differ by powers of ten, and a tail
 * of one operation in a thousand would be one pixel wide on a linear axis. Lines differ by dash as well as by
 * colour and carry their names, so nothing depends on seeing colour.
 */
import { formatMicroseconds } from "../quantity.ts";
import { axisTitle, endLabels, horizontalGrid, verticalGrid } from "./axes.ts";
import { logScale, ninesScale, type Scale } from "./scale.ts";
import { drawing, element, text } from "./svg.ts";

export interface CurveLine {
  readonly name: string;
  /** Index into the page's palette. */
  readonly colour: number;
  readonly points: readonly { readonly q: number; readonly us: number }[];
}

export interface Curve {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly CurveLine[];
  /** A limit on one percentile, e.g. the Go line of a gate. */
  readonly limit?: { readonly q: number; readonly us: number; readonly label: string };
}

const width = 600;
const height = 320;
const frame = { left: 62, right: 470, top: 16, bottom: 270 };

export function percentileCurve(curve: Curve): string {
  const lines = curve.lines.map((line) => ({ ...line, points: line.points.filter((point) => point.q < 1) }));
  const drawn = lines.filter((line) => line.points.length > 0);
  const points = drawn.flatMap((line) => line.points);
  const latencies = [...points.map((point) => point.us), ...(curve.limit ? [curve.limit.us] : [])];
  const x = ninesScale(Math.max(0.99, ...points.map((point) => point.q)), {
    from: frame.left,
    to: frame.right,
  });
  const y = logScale(latencies, { from: frame.bottom, to: frame.top });
  const body = [
    verticalGrid(x, frame, percentLabel),
    horizontalGrid(y, frame, formatMicroseconds),
    axisTitle(frame, "share of operations at or below (each step: one nine more)"),
    curve.limit ? limitLine(curve.limit, x, y) : "",
    ...drawn.map((line) => lineOf(line, x, y)),
    endLabels(
      drawn.map((line) => ({ ...line, y: y.at(line.points.at(-1)?.us ?? 0) })),
      frame,
    ),
  ].join("");
  return drawing({ id: curve.id, width, height, title: curve.title, description: describe(drawn), body });
}

function lineOf(line: CurveLine, x: Scale, y: Scale): string {
  const path = line.points.map((point) => `${pixel(x.at(point.q))},${pixel(y.at(point.us))}`).join(" ");
  return element("polyline", { class: `line arm-${line.colour}`, points: path });
}

function limitLine(limit: NonNullable<Curve["limit"]>, x: Scale, y: Scale): string {
  const at = { x: x.at(limit.q), y: y.at(limit.us) };
  return (
    element("line", { class: "limit", x1: frame.left, x2: frame.right, y1: at.y, y2: at.y }) +
    element("circle", { class: "limit-point", cx: at.x, cy: at.y, r: 4 }) +
    text(frame.left + 6, at.y - 6, limit.label, { class: "limit-label" })
  );
}

function describe(lines: readonly CurveLine[]): string {
  if (lines.length === 0) return "No completed run, so no curve.";
  return lines
    .map((line) => {
      const p95 = line.points.find((point) => point.q >= 0.95);
      return `${line.name}: 95 percent of operations within ${p95 ? formatMicroseconds(p95.us) : "an unknown time"}`;
    })
    .join("; ");
}

function percentLabel(q: number): string {
  return q === 0 ? "0 %" : `${Number((q * 100).toPrecision(6))} %`;
}

function pixel(value: number): number {
  return Math.round(value * 100) / 100;
}
