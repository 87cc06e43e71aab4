/**
 * What else the machine was doing. A latency measured while another program held the processors, or while the host
 * gave them to another guest, is not the subject's; it is measured all the same, and the evidence says so.
 *
 * Everything is read from /proc and /sys; where they are not there (macOS, Windows) nothing is claimed.
 */
import { readFileSync, readdirSync } from "node:fs";
import { loadavg } from "node:os";
import type { MachineShares } from "./results.ts";

/** Processor time since boot, seconds summed over all processors, and what this process and its children took of it. */
export interface MachineTimes {
  readonly totalSeconds: number;
  readonly busySeconds: number;
  readonly stealSeconds: number;
  readonly ownSeconds: number;
}

/** proc(5): USER_HZ is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The first line of /proc/stat. Guest time is part of user time, so it is not added again. */
export function parseProcStat(text: string): Omit<MachineTimes, "ownSeconds"> | undefined {
  const line = /^cpu +(.+)$/m.exec(text)?.[1];
  if (line === undefined) return undefined;
  const ticks = line.trim().split(/ +/).map(Number);
  if (ticks.length < 8 || ticks.some((tick) => !Number.isFinite(tick))) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks;
  const busy = user + nice + system + irq + softirq;
  return {
    totalSeconds: (busy + idle + iowait + steal) / TICKS_PER_SECOND,
    busySeconds: busy / TICKS_PER_SECOND,
    stealSeconds: steal / TICKS_PER_SECOND,
  };
}

/** utime, stime and those of waited-for children (fields 14 to 17 of /proc/<pid>/stat; field 2 may hold spaces). */
export function parseOwnStat(text: string): { user: number; system: number } {
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const field = (number: number): number => fields[number - 3] ?? 0;
  return {
    user: (field(14) + field(16)) / TICKS_PER_SECOND,
    system: (field(15) + field(17)) / TICKS_PER_SECOND,
  };
}

/** Undefined without /proc/stat. */
export function readMachineTimes(): MachineTimes | undefined {
  try {
    const machine = parseProcStat(readFileSync("/proc/stat", "utf8"));
    const own = parseOwnStat(readFileSync("/proc/self/stat", "utf8"));
    return machine && { ...machine, ownSeconds: own.user + own.system };
  } catch {
    return undefined;
  }
}

/** What happened between two readings, as shares of all processors; undefined for less than 50 ms of them. */
export function sharesBetween(
  from: MachineTimes | undefined,
  to: MachineTimes | undefined,
): MachineShares | undefined {
  if (!from || !to) return undefined;
  const total = to.totalSeconds - from.totalSeconds;
  if (!(total >= 0.05)) return undefined;
  const share = (seconds: number): number => Math.min(1, Math.max(0, seconds / total));
  const own = to.ownSeconds - from.ownSeconds;
  return {
    othersShare: share(to.busySeconds - from.busySeconds - own),
    stealShare: share(to.stealSeconds - from.stealSeconds),
    loadAverage: loadavg()[0] ?? 0,
  };
}

/** `1200 of 3000 MHz, governor powersave`; undefined where the system does not say (most guests). */
export function describeFrequency(root = "/sys/devices/system/cpu"): string | undefined {
  try {
    const cpus = readdirSync(root).filter((name) => /^cpu\d+$/.test(name));
    if (cpus.length === 0) return undefined;
    const read = (cpu: string, file: string): string =>
      readFileSync(`${root}/${cpu}/cpufreq/${file}`, "utf8").trim();
    const lowestMHz = (file: string): number =>
      Math.round(Math.min(...cpus.map((cpu) => Number(read(cpu, file)) / 1000)));
    const governors = [...new Set(cpus.map((cpu) => read(cpu, "scaling_governor")))].sort().join(", ");
    return `${lowestMHz("scaling_cur_freq")} of ${lowestMHz("cpuinfo_max_freq")} MHz, governor ${governors}`;
  } catch {
    return undefined;
  }
}
