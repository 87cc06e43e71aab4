import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  type MachineTimes,
  describeFrequency,
  parseOwnStat,
  parseProcStat,
  sharesBetween,
} from "./machine.ts";
import { QuietMachine } from "./quiet-machine.ts";
import type { RunEvent } from "./results.ts";

describe("what the machine does", () => {
  test("is read from the first line of /proc/stat, guest time counted once", () => {
    const text = "cpu  100 20 30 400 50 6 7 8 99 1\ncpu0 1 2 3 4 5 6 7 8 0 0\nintr 1\n";
    const times = parseProcStat(text);
    assert.deepEqual(times, { totalSeconds: 6.21, busySeconds: 1.63, stealSeconds: 0.08 });
    assert.equal(parseProcStat("intr 1\n"), undefined);
    assert.equal(parseProcStat("cpu  1 2 x\n"), undefined);
  });

  test("own time is that of the process and its children, whatever its name", () => {
    const stat = `7 (a) b (c) ${["S", ...Array.from({ length: 40 }, (_, i) => i + 4)].join(" ")}`;
    assert.deepEqual(parseOwnStat(stat), { user: 0.3, system: 0.32 });
  });

  test("is what others took, neither idle time nor one's own", () => {
    const at = (total: number, busy: number, steal: number, own: number): MachineTimes => ({
      totalSeconds: total,
      busySeconds: busy,
      stealSeconds: steal,
      ownSeconds: own,
    });
    const shares = sharesBetween(at(100, 50, 1, 20), at(110, 56, 1.5, 25));
    assert.ok(Math.abs((shares?.othersShare ?? NaN) - 0.1) < 1e-9);
    assert.ok(Math.abs((shares?.stealShare ?? NaN) - 0.05) < 1e-9);
    assert.equal(sharesBetween(at(100, 50, 1, 20), at(100.01, 50, 1, 20)), undefined);
    assert.equal(sharesBetween(undefined, at(1, 1, 1, 1)), undefined);
    // A child is booked when it is waited for, so its time may seem to exceed the machine's.
    assert.equal(sharesBetween(at(100, 50, 1, 20), at(101, 51, 1, 25))?.othersShare, 0);
  });
});

test("the frequency is that of the slowest processor, or not known", () => {
  const root = mkdtempSync(join(tmpdir(), "helios-cpufreq-"));
  try {
    assert.equal(describeFrequency(root), undefined);
    for (const [cpu, current, governor] of [
      ["cpu0", 2_900_000, "performance"],
      ["cpu1", 1_200_000, "powersave"],
    ] as const) {
      const place = join(root, cpu, "cpufreq");
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, "scaling_cur_freq"), `${current}\n`);
      writeFileSync(join(place, "cpuinfo_max_freq"), "3000000\n");
      writeFileSync(join(place, "scaling_governor"), `${governor}\n`);
    }
    mkdirSync(join(root, "cpuidle"));
    assert.equal(describeFrequency(root), "1200 of 3000 MHz, governor performance, powersave");
    rmSync(join(root, "cpu1/cpufreq/scaling_governor"));
    assert.equal(describeFrequency(root), undefined);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

describe("waiting for a quiet machine", () => {
  /** A machine of two processors on which others take `shares`, one after the other, then the last for ever. */
  function machine(budgetSeconds: number, shares: readonly number[], stealShare = 0) {
    const events: RunEvent[] = [];
    const times = { totalSeconds: 0, busySeconds: 0, stealSeconds: 0, ownSeconds: 0 };
    let looks = 0;
    let sleptMs = 0;
    const quiet = new QuietMachine({
      budgetSeconds,
      onEvent: (event) => events.push(event),
      read: () => ({ ...times }),
      sleep: (ms) => {
        sleptMs += ms;
        const share = shares[Math.min(looks, shares.length - 1)] ?? 0;
        if (ms === 200) looks++;
        times.totalSeconds += (2 * ms) / 1000;
        times.busySeconds += (share * 2 * ms) / 1000;
        times.stealSeconds += (stealShare * 2 * ms) / 1000;
        return Promise.resolve();
      },
    });
    return { quiet, events, sleptMs: () => sleptMs };
  }

  test("takes one look where it is quiet, and says nothing", async () => {
    const { quiet, events, sleptMs } = machine(30, [0.02]);
    await quiet.wait(undefined);
    assert.deepEqual([events, sleptMs()], [[], 200]);
  });

  test("waits until the others are silent, and notes how long", async () => {
    const { quiet, events } = machine(30, [0.6, 0.5, 0.01]);
    await quiet.wait(undefined);
    const [event] = events;
    assert.ok(event?.kind === "waited" && event.isQuiet && Math.abs(event.waitedSeconds - 2.4) < 1e-9);
  });

  test("goes ahead when its time is used up, notes that it was not quiet, and waits no more", async () => {
    const { quiet, events, sleptMs } = machine(5, [0.6]);
    await quiet.wait(undefined);
    const [event] = events;
    assert.ok(event?.kind === "waited" && !event.isQuiet && event.othersShare > 0.5, JSON.stringify(event));
    const before = sleptMs();
    await quiet.wait(undefined);
    assert.equal(sleptMs() - before, 200);
    assert.equal(events.length, 2);
  });

  test("minds what the host keeps back, too", async () => {
    const { quiet, events } = machine(0, [0], 0.1);
    await quiet.wait(undefined);
    assert.ok(events[0]?.kind === "waited" && !events[0].isQuiet);
  });

  test("says once that nothing is known where the system does not tell", async () => {
    const events: RunEvent[] = [];
    const sleep = (): Promise<void> => Promise.resolve();
    const quiet = new QuietMachine({
      budgetSeconds: 9,
      read: () => undefined,
      sleep,
      onEvent: (event) => events.push(event),
    });
    await quiet.wait(undefined);
    await quiet.wait(undefined);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["quiet-unknown"],
    );
  });
});
