/**
 * Latency by percentile, one line per arm. Both axes are logarithmic: arms differ by powers of ten, and a tail
 * of one operation in a thousand would be one pixel wide on a linear axis. Lines differ by dash as well as by
 * colour and carry their names, so nothing depends on seeing colour.
 */
import { formatMicroseconds } from "../quantity.ts";
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
    grid(x, y),
    curve.limit ? limitLine(curve.limit, x, y) : "",
    ...drawn.map((line) => lineOf(line, x, y)),
    ...endLabels(drawn, y),
  ].join("");
  return drawing({ id: curve.id, width, height, title: curve.title, description: describe(drawn), body });
}

function grid(x: Scale, y: Scale): string {
  const vertical = x.ticks.map(
    (q) =>
      element("line", { class: "grid", x1: x.at(q), x2: x.at(q), y1: frame.top, y2: frame.bottom }) +
      text(x.at(q), frame.bottom + 18, percentLabel(q), { class: "tick", "text-anchor": "middle" }),
  );
  const horizontal = y.ticks.map(
    (us) =>
      element("line", { class: "grid", x1: frame.left, x2: frame.right, y1: y.at(us), y2: y.at(us) }) +
      text(frame.left - 8, y.at(us) + 4, formatMicroseconds(us), { class: "tick", "text-anchor": "end" }),
  );
  const axis = text(
    (frame.left + frame.right) / 2,
    height - 12,
    "share of operations at or below (each step: one nine more)",
    {
      class: "tick",
      "text-anchor": "middle",
    },
  );
  return [...vertical, ...horizontal, axis].join("");
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

/** Names at the right end, pushed apart so that close lines stay readable. */
function endLabels(lines: readonly CurveLine[], y: Scale): string[] {
  const wanted = lines
    .map((line) => ({ line, y: y.at(line.points.at(-1)?.us ?? 0) }))
    .toSorted((a, b) => a.y - b.y);
  let free = frame.top;
  return wanted.map(({ line, y: at }) => {
    const placed = Math.max(at, free);
    free = placed + 16;
    return text(frame.right + 8, placed + 4, line.name, { class: `name arm-text-${line.colour}` });
  });
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
