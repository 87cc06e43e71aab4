/**
 * One gate as a strip: the No-Go side, the space between, the Go side, the measured value as a mark and the
 * whisker to the bound that was judged. Colour repeats what the row says in words.
 */
import { drawing, element } from "./svg.ts";

export interface GateStrip {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly value: number;
  readonly bound: number | undefined;
  readonly go: number;
  readonly noGo: number;
}

const width = 150;
const height = 26;

export function gateStrip(strip: GateStrip): string {
  const points = [strip.value, strip.bound ?? strip.value, strip.go, strip.noGo];
  const least = Math.min(...points);
  const most = Math.max(...points);
  const margin = (most - least) * 0.18 || Math.abs(most) * 0.1 || 1;
  const at = (value: number) => ((value - least + margin) / (most - least + 2 * margin)) * width;
  const [goX, noGoX] = [at(strip.go), at(strip.noGo)];
  const goLeft = strip.go <= strip.noGo;
  const zone = (kind: string, from: number, to: number) =>
    element("rect", { class: `zone ${kind}`, x: from, y: 7, width: Math.max(0, to - from), height: 12 });
  const zones = goLeft
    ? zone("go", 0, goX) + zone("hold", goX, noGoX) + zone("no-go", noGoX, width)
    : zone("no-go", 0, noGoX) + zone("hold", noGoX, goX) + zone("go", goX, width);
  const boundX = at(strip.bound ?? strip.value);
  const valueX = at(strip.value);
  const whisker =
    element("line", { class: "whisker", x1: valueX, x2: boundX, y1: 13, y2: 13 }) +
    element("line", { class: "whisker", x1: boundX, x2: boundX, y1: 8, y2: 18 });
  const needle = element("rect", { class: "needle", x: valueX - 1.5, y: 2, width: 3, height: 22 });
  return drawing({
    id: strip.id,
    width,
    height,
    title: strip.title,
    description: strip.description,
    body: zones + whisker + needle,
  });
}
