import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatBytes,
  formatMicroseconds,
  formatNumber,
  formatQuantity,
  formatRatio,
  formatShare,
  proseUnits,
} from "./quantity.ts";

test("durations take the unit that keeps three digits, on both sides of each boundary", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0 µs"],
    [0.0312, "31.2 ns"],
    [0.9994, "999 ns"],
    [0.9996, "1.00 µs"],
    [1, "1 µs"],
    [18.13, "18.1 µs"],
    [70, "70 µs"],
    [999.4, "999 µs"],
    [999.6, "1.00 ms"],
    [152_900, "153 ms"],
    [999_600, "1.00 s"],
    [60e6, "60 s"],
    [180e6, "3 min"],
  ];
  for (const [us, text] of cases) assert.equal(formatMicroseconds(us), text);
});

test("bytes are decimal and keep their sign", () => {
  assert.equal(formatBytes(0), "0 B");
  assert.equal(formatBytes(999), "999 B");
  assert.equal(formatBytes(1124), "1.12 kB");
  assert.equal(formatBytes(14_310_000), "14.3 MB");
  assert.equal(formatBytes(2_000_000_000), "2 GB");
  assert.equal(formatBytes(-4096), "-4.10 kB");
});

test("a share below 1 never reads as 100 %", () => {
  assert.equal(formatShare(1), "100 %");
  assert.equal(formatShare(0.99999999), "99.9999 %");
  assert.equal(formatShare(0.99996), "99.9960 %");
  assert.equal(formatShare(0.9931), "99.31 %");
  assert.equal(formatShare(0.85), "85 %");
  assert.equal(formatShare(-0.25), "-25 %");
  fc.assert(
    fc.property(fc.double({ min: 0.99, max: 1, maxExcluded: true, noNaN: true }), (share) => {
      assert.ok(Math.abs(Number.parseFloat(formatShare(share)) - share * 100) <= 0.0051);
      assert.notEqual(formatShare(share), "100 %");
    }),
  );
});

test("a number reads back within half a percent of itself", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1e15, noNaN: true }), (value) => {
      const read = Number(formatNumber(value).replaceAll(",", ""));
      assert.ok(Math.abs(read - value) <= value * 0.00501, `${value} -> ${formatNumber(value)}`);
    }),
  );
});

test("a quantity follows its declared unit", () => {
  assert.equal(formatQuantity(18.1, "us"), "18.1 µs");
  assert.equal(formatQuantity(0.9931, "share"), "99.31 %");
  assert.equal(formatQuantity(1024, "bytes"), "1.02 kB");
  assert.equal(formatQuantity(85, "%"), "85 %");
  assert.equal(formatQuantity(0.79, "score"), "0.79 score");
  assert.equal(formatQuantity(0.79, ""), "0.79");
  assert.equal(formatQuantity(0, "denied packages"), "0 denied packages");
});

test("ratios keep the digits that matter", () => {
  assert.equal(formatRatio(1.0166), "1.02x");
  assert.equal(formatRatio(72.4), "72x");
  assert.equal(formatRatio(9497.2), "9,497x");
});

test("sentences get people's units without touching words that end alike", () => {
  assert.equal(proseUnits("below 70 us, in 3 usual runs"), "below 70 µs, in 3 usual runs");
});
