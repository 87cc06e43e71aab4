/**
 * Time, as the runner sees it. A clock is an argument everywhere, so that tests use made-up time and a run
 * cannot mix two sources.
 */

/** Monotonic nanoseconds from an arbitrary origin. */
export type Clock = () => bigint;

/** The monotonic clock of the process; one reading costs some tens of nanoseconds, see {@link timerCostNs}. */
export const monotonicClock: Clock = () => process.hrtime.bigint();

/**
 * What one reading costs: the median distance of consecutive readings, nanoseconds. It is printed beside every
 * latency and never subtracted, because subtracting a median from each sample would invent precision.
 */
export function timerCostNs(clock: Clock = monotonicClock, readings = 10_001): number {
  const distances = new Float64Array(readings);
  for (let i = 0; i < readings; i++) {
    const from = clock();
    distances[i] = Number(clock() - from);
  }
  distances.sort();
  return distances[readings >> 1] ?? 0;
}

/** Microseconds between two readings. */
export function elapsedUs(from: bigint, to: bigint): number {
  return Number(to - from) / 1000;
}

/** Seconds between two readings. */
export function elapsedSeconds(from: bigint, to: bigint): number {
  return Number(to - from) / 1e9;
}

/**
 * Below this stay smearing and slewing (at most 500 ppm, adjtimex(2)), the coarseness of the wall clock, and what a busy
 * machine puts between reading the one clock and the other: 0.6 s were seen at a load of ten on two processors. Times
 * are taken from the monotonic clock alone, so that a small step of the other does no harm.
 */
const DRIFT_SECONDS = 2;
const DRIFT_SHARE = 0.001;

/**
 * Why a time cannot be trusted: the monotonic clock went backwards, or it and the wall clock disagree, because
 * somebody set the latter or the machine slept in between (the monotonic clock of Linux does not count sleep).
 */
export function clockAnomaly(monotonicSeconds: number, wallSeconds: number): string | undefined {
  if (monotonicSeconds < 0) return `the monotonic clock went back by ${-monotonicSeconds} s`;
  const drift = wallSeconds - monotonicSeconds;
  if (Math.abs(drift) <= DRIFT_SECONDS + DRIFT_SHARE * monotonicSeconds) return undefined;
  const direction = drift < 0 ? "went back" : "ran ahead";
  return `the wall clock ${direction} by ${Math.abs(drift).toFixed(3)} s within ${monotonicSeconds.toFixed(3)} s: it was set, or the machine slept`;
}
