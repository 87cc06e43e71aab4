/**
 * The beginning of a scan, without anything of the rest of the engine: a program that is about to open a store starts
 * looking at the files of a directory with it, in another thread, before it has loaded the code that opens one.
 *
 * Only the shape of the cache is checked here, so that no hash has to be loaded; `scanDirectory` proves it before it
 * believes what was seen.
 */
import { hash } from "node:crypto";
import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf, HeliosError } from "../../errors.ts";
import { readScanClock, type ScanClock } from "./scan-clock.ts";
import { loadShape, StatCache } from "./stat-cache.ts";
import { StatSweep } from "./stat-sweep.ts";
import { unreadable } from "./unreadable.ts";

export { type DiscoveredStore, type DiscoverOptions, discoverStore } from "../../discover.ts";
export { HeliosError } from "../../errors.ts";

/** A scan that has started to look at files. */
export interface BegunScan {
  readonly top: string;
  /** Of the cache. */
  readonly file: string;
  /** Undefined where there was no cache yet, or where the store cannot be written to: then nothing is remembered. */
  readonly clock: ScanClock | undefined;
  readonly sweep: StatSweep;
}

/**
 * Starts looking at the files that are known already. Makes nothing where there is no store. DIRECTORY_UNREADABLE.
 * Whoever does not hand it to `scanDirectory` stops its `sweep`.
 */
export function beginScan(helios: { readonly root: string }, directory: string): BegunScan {
  const top = topOf(directory);
  const file = cacheFile(helios.root, top);
  const clock = existsSync(file) ? readClock(file, true) : undefined;
  const cache = clock === undefined ? undefined : loadShape(file);
  return { top, file, clock, sweep: new StatSweep(cache ?? StatCache.empty(), top) };
}

/** The moment before anything is looked at. */
export function readClock(file: string, mayFail: boolean): ScanClock | undefined {
  try {
    return readScanClock(dirname(file));
  } catch (error) {
    if (mayFail) return undefined;
    const errno = errnoOf(error);
    const isFull = errno === "ENOSPC" || errno === "EDQUOT";
    throw new HeliosError(
      isFull ? "DISK_FULL" : "STORE_FAILED",
      `cannot write to the store at ${dirname(dirname(file))} (${errno ?? String(error)})`,
      isFull ? "make room on its disk" : "make it writable, or choose another store with --store",
      { cause: error },
    );
  }
}

/** One cache for every directory that is scanned into a store. */
export function cacheFile(root: string, top: string): string {
  const name = hash("sha256", top).slice(0, 32);
  return join(existsSync(root) ? realpathSync(root) : root, "stat-cache", name);
}

export function topOf(directory: string): string {
  try {
    const top = realpathSync(directory);
    if (statSync(top).isDirectory()) return top;
  } catch (error) {
    throw unreadable(directory, error);
  }
  throw new HeliosError(
    "DIRECTORY_UNREADABLE",
    `${directory} is not a directory`,
    "name the directory to store",
    { path: directory },
  );
}
