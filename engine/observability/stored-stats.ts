/**
 * What the last process that had a store open for writing left behind about it: `stats.json` in the store's root.
 *
 * `helios-cli stats` then need not load a backend and open a database (30 ms) in order to show a few numbers, and the
 * cache counters it shows are of the process that did the work and not of one that has only just begun. The file is
 * there exactly while it is true: a writer removes it when it opens the store and writes it, by renaming, as the last
 * act of closing. After a kill there is none, and whoever wants to know opens the store.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineStats } from "./engine-stats.ts";

const FILE = "stats.json";
const FORMAT = "helios-stats/1";

/** Counters at the moment a store was closed. */
export interface StoredStats {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly stats: EngineStats;
}

/** The counters that the last writer left; undefined where a writer is at work, or was killed, or none has been. */
export function readStoredStats(root: string): StoredStats | undefined {
  try {
    const value = JSON.parse(readFileSync(join(root, FILE), "utf8")) as StoredStats & { format?: unknown };
    return value.format === FORMAT ? { time: value.time, stats: value.stats } : undefined;
  } catch {
    // Absent, or of a version that wrote something else: opening the store answers as well.
    return undefined;
  }
}

/** For a writer that opens the store: what is written there ceases to be true. */
export function removeStoredStats(root: string): void {
  rmSync(join(root, FILE), { force: true });
}

/** For a writer that has closed the store. Without room for it the store is closed all the same. */
export function writeStoredStats(root: string, stats: EngineStats, now = new Date()): void {
  const file = join(root, FILE);
  const draft = `${file}.tmp`;
  try {
    writeFileSync(draft, JSON.stringify({ format: FORMAT, time: now.toISOString(), stats }));
    renameSync(draft, file);
  } catch {
    rmSync(draft, { force: true });
  }
}
