import assert from "node:assert/strict";
import { test } from "node:test";
import { clockAnomaly, elapsedSeconds, elapsedUs, monotonicClock, timerCostNs } from "./clock.ts";

test("the timer's cost is the median distance of two readings", () => {
  let now = 0n;
  let reading = 0;
  // Distances of 30 ns, with one of 5,000 ns that a mean would show.
  const clock = (): bigint => (now += reading++ === 7 ? 5000n : 30n);
  assert.equal(timerCostNs(clock, 101), 30);
});

test("the monotonic clock does not go back", () => {
  const from = monotonicClock();
  assert.ok(monotonicClock() >= from);
});

test("distances are in microseconds and seconds", () => {
  assert.equal(elapsedUs(1_000n, 3_500n), 2.5);
  assert.equal(elapsedSeconds(0n, 1_500_000_000n), 1.5);
});

test("a clock that goes back, and a machine that slept, are told from a busy machine", () => {
  assert.equal(clockAnomaly(5.7, 6.4), undefined);
  assert.equal(clockAnomaly(600, 602.5), undefined);
  assert.match(clockAnomaly(-0.001, 1) ?? "", /monotonic clock went back/);
  assert.match(clockAnomaly(10, 70) ?? "", /ran ahead by 60\.000 s/);
  assert.match(clockAnomaly(10, -3590) ?? "", /went back by 3600\.000 s/);
});
