/**
 * Whether the prebuilt RocksDB can run here at all. It is compiled for AMD's Zen and later; on an older processor it
 * loads and then ends the process with an illegal instruction, which nobody can catch. So the processor is asked first.
 * Where there is no telling (not Linux on x64, or no /proc) nothing is missing.
 */
import { closeSync, openSync, readSync } from "node:fs";

/** What `-march=znver1` lets a compiler use in ordinary code, as Linux calls it (`abm` is lzcnt). */
const NEEDED = ["avx2", "bmi1", "bmi2", "fma", "f16c", "movbe", "abm", "popcnt"];
/** The first processor's lines are in here. */
const HEAD_BYTES = 8192;

/** Instructions the processor lacks. About 0.1 ms, once. */
export function unsuitableProcessor(describe: () => string = processorText): string[] {
  const flags = /^flags\s*:(.*)$/m.exec(describe())?.[1];
  if (flags === undefined) return [];
  const has = new Set(flags.trim().split(/\s+/));
  return NEEDED.filter((flag) => !has.has(flag));
}

function processorText(): string {
  if (process.platform !== "linux" || process.arch !== "x64") return "";
  try {
    const fd = openSync("/proc/cpuinfo", "r");
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return head.toString("latin1", 0, readSync(fd, head));
    } finally {
      closeSync(fd);
    }
  } catch {
    return "";
  }
}
