/**
 * What `stats` shows of a store that nobody has open: what its last writer left. Apart from the command, because it is
 * also asked before oclif is loaded (`quick-answer.ts`).
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { discoverStore, type EngineStats, readStoredStats } from "@helios/engine/observability";
import { lastValidation } from "./last-validation.ts";
import type { StoreStats } from "./stats-formats.ts";

export interface StatsFlags {
  readonly store?: string | undefined;
  readonly work?: string | undefined;
  readonly runs?: string | undefined;
}

/** Undefined where a writer is at work, was killed, or has never been: then the store has to be opened. */
export function closedStats(flags: StatsFlags): StoreStats | undefined {
  // A mistyped directory is for the command to refuse.
  if (flags.work !== undefined && statSync(flags.work, { throwIfNoEntry: false })?.isDirectory() !== true)
    return undefined;
  const left = readStoredStats(placeOf(flags).root);
  return left === undefined ? undefined : completeStats(flags, "closed", left.time, left.stats);
}

/** With where the store is and what the last validation found. */
export function completeStats(
  flags: StatsFlags,
  source: StoreStats["source"],
  time: string,
  stats: EngineStats,
): StoreStats {
  const { root, foundIn } = placeOf(flags);
  const last = lastValidation(flags.runs ?? join(flags.work ?? foundIn ?? ".", ".helios-runs"));
  return {
    version: 1,
    store: root,
    as_of: time,
    source,
    ...stats,
    io_reduction_percent: last?.ioReductionPercent ?? null,
    io_reduction: last ?? null,
  };
}

function placeOf({ store, work }: StatsFlags) {
  return discoverStore({ flag: store, environment: process.env["HELIOS_STORE"], from: work ?? "." });
}
