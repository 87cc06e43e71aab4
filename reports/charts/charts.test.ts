import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bars } from "./bars.ts";
import { dotPlot } from "./dot-plot.ts";
import { gateStrip } from "./gate-strip.ts";
import { percentileCurve } from "./percentile-curve.ts";
import { runSequence, type SequenceRun } from "./run-sequence.ts";
import { linearScale, logScale, ninesScale, rangeScale } from "./scale.ts";
import { sizeLines } from "./size-lines.ts";
import { element, escapeMarkup } from "./svg.ts";

const pixels = { from: 0, to: 100 };

test("a log scale keeps order, stays inside its pixels and frames its values with ticks", () => {
  const positive = fc.double({ min: 1e-6, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(fc.array(positive, { minLength: 1, maxLength: 8 }), (values) => {
      const scale = logScale(values, pixels);
      const sorted = values.toSorted((a, b) => a - b).map((value) => scale.at(value));
      assert.deepEqual(
        sorted,
        sorted.toSorted((a, b) => a - b),
      );
      assert.ok(sorted.every((at) => at >= 0 && at <= 100));
      assert.ok(scale.ticks.length >= 2 && scale.ticks.length <= 25, `${scale.ticks.length} ticks`);
      assert.ok((scale.ticks[0] ?? 0) <= Math.min(...values) * (1 + 1e-9));
      assert.ok((scale.ticks.at(-1) ?? 0) >= Math.max(...values) * (1 - 1e-9));
    }),
  );
});

test("a log scale has a place for zero, for nothing and for what is not finite: its lower edge", () => {
  for (const values of [[0], [], [Number.POSITIVE_INFINITY], [5, 0, -1]]) {
    const scale = logScale(values, pixels);
    assert.equal(scale.at(0), 0);
    assert.ok(Number.isFinite(scale.at(3)));
  }
});

test("decades lie at equal distances", () => {
  const scale = logScale([1, 1000], pixels);
  assert.deepEqual(scale.ticks, [1, 10, 100, 1000]);
  assert.ok(Math.abs(scale.at(10) - 100 / 3) < 1e-9);
});

test("a linear scale starts at zero, or below it for negative values", () => {
  assert.equal(linearScale([10, 20], pixels).at(0), 0);
  assert.equal(linearScale([10, 20], pixels).at(10), 50);
  assert.equal(linearScale([-10, 10], pixels).at(0), 50);
  assert.ok(Number.isFinite(linearScale([0, 0], pixels).at(0)));
});

test("each nine takes the same room", () => {
  const scale = ninesScale(0.999, pixels);
  assert.ok(Math.abs(scale.at(0.9) - 100 / 3) < 1e-9);
  assert.ok(Math.abs(scale.at(0.99) - 200 / 3) < 1e-9);
  assert.equal(scale.at(1), 100);
});

test("attributes and text cannot leave their place", () => {
  assert.equal(escapeMarkup(`<a href="x">'&\u001b`), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\ufffd");
  assert.equal(element("g", { class: '"><script>' }), '<g class="&quot;&gt;&lt;script&gt;"/>');
});

const curve = (points: { q: number; us: number }[]) =>
  percentileCurve({ id: "c", title: "t", lines: [{ name: "helios", colour: 0, points }] });

test("a curve leaves out the maximum, which has no place on a nines axis, and never draws NaN", () => {
  const drawn = curve([
    { q: 0.5, us: 10 },
    { q: 0.99, us: 20 },
    { q: 1, us: 5000 },
  ]);
  assert.equal(/points="([^"]*)"/.exec(drawn)?.[1]?.split(" ").length, 2);
  for (const points of [[], [{ q: 0, us: 0 }], [{ q: 1, us: 3 }]])
    assert.doesNotMatch(curve(points), /NaN|Infinity/);
});

test("a curve says in words what it shows", () => {
  assert.match(curve([{ q: 0.95, us: 18.1 }]), /helios: 95 percent of operations within 18\.1 µs/);
  assert.match(curve([]), /No completed run/);
});

test("bars are as long as their bytes, and absent bytes are words", () => {
  const drawn = bars({
    id: "b",
    title: "t",
    groups: [
      {
        title: "wchar",
        bars: [
          { name: "half", colour: 0, bytes: 500 },
          { name: "whole", colour: 1, bytes: 1000 },
          { name: "none", colour: 2, bytes: undefined },
        ],
      },
    ],
  });
  const widths = [...drawn.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map((match) => Number(match[1]));
  assert.equal(widths.length, 2);
  assert.equal((widths[1] ?? 0) / (widths[0] ?? 1), 2);
  assert.match(drawn, />not measured</);
});

test("a dot plot draws every arm, and says where nothing was measured", () => {
  const dot = { name: "helios", colour: 0, us: 18, lower: 17, upper: Number.POSITIVE_INFINITY };
  const drawn = dotPlot({
    id: "d",
    title: "t",
    rows: [
      { name: "edits", note: "class process", dots: [dot, { ...dot, name: "git", colour: 1, us: 150_000 }] },
      { name: "history", note: "class process", dots: [] },
    ],
  });
  assert.equal([...drawn.matchAll(/class="dot /g)].length, 2);
  assert.match(drawn, />not measured</);
  assert.doesNotMatch(drawn, /NaN|Infinity/);
});

test("the Go side of a strip lies where the criterion says", () => {
  const zones = (go: number, noGo: number) => {
    const drawn = gateStrip({ id: "s", title: "t", description: "d", value: 1, bound: undefined, go, noGo });
    return [...drawn.matchAll(/class="zone ([a-z-]+)"/g)].map((match) => match[1]);
  };
  assert.deepEqual(zones(70, 100), ["go", "hold", "no-go"]);
  assert.deepEqual(zones(0.99, 0.9), ["no-go", "hold", "go"]);
});

test("a range scale frames its values with whole steps, and has a place for none and for one", () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 8 }), (values) => {
      const scale = rangeScale(values, pixels);
      assert.ok(scale.ticks.length >= 2 && scale.ticks.length <= 9, `${scale.ticks.length} ticks`);
      for (const one of values) assert.ok(scale.at(one) >= 0 && scale.at(one) <= 100);
      const [low = NaN, high = NaN] = [scale.ticks[0], scale.ticks.at(-1)];
      const slack = 1e-6 * Math.max(1, ...values.map(Math.abs));
      assert.ok(values.every((one) => one >= low - slack && one <= high + slack));
    }),
  );
});

test("a sequence of runs stands in the order of making, each against the median of its own arm", () => {
  const run = (arm: string, position: number, us: number | undefined, isDisturbed = false): SequenceRun => ({
    arm,
    colour: arm === "git" ? 1 : 0,
    position,
    us,
    isDisturbed,
  });
  // Both arms get slower by the same share: the marks lie on one line.
  const runs = [
    run("git", 3, 1200),
    run("helios", 0, 9),
    run("git", 1, 1000),
    run("helios", 2, 11, true),
    run("git", 4, undefined),
  ];
  const drawn = runSequence({ id: "s", title: "t", runs });
  const circles = [...drawn.matchAll(/<circle class="dot[^>]*cx="([\d.]+)" cy="([\d.]+)"/g)].map((match) =>
    match.slice(1, 3).map(Number),
  );
  assert.equal(circles.length, 2);
  assert.ok(
    (circles[0]?.[0] ?? 0) < (circles[1]?.[0] ?? 0) && (circles[0]?.[1] ?? 0) > (circles[1]?.[1] ?? 0),
  );
  assert.equal([...drawn.matchAll(/class="disturbed"/g)].length, 1);
  assert.equal([...drawn.matchAll(/✗/g)].length, 1);
  assert.match(drawn, /helios: 2 runs, the first 9 µs, the last 11 µs/);
  assert.doesNotMatch(runSequence({ id: "s", title: "t", runs: [] }), /NaN|Infinity/);
});

test("lines over size run from the smallest tree to the largest, with their names", () => {
  const points = [
    { entries: 100_000, bytes: 14e6 },
    { entries: 1000, bytes: 170e3 },
  ];
  const drawn = sizeLines({
    id: "l",
    title: "t",
    lines: [
      { name: "git, edits", colour: 1, points },
      { name: "none", colour: 0, points: [] },
    ],
  });
  assert.match(drawn, /170 kB at 1000 entries, 14 MB at 100,000 entries/);
  const [from, to] = (/points="([^"]*)"/.exec(drawn)?.[1] ?? "")
    .split(" ")
    .map((point) => point.split(",").map(Number));
  assert.ok((from?.[0] ?? NaN) < (to?.[0] ?? NaN) && (from?.[1] ?? NaN) > (to?.[1] ?? NaN));
  assert.doesNotMatch(drawn, /NaN|Infinity/);
});
