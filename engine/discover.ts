/**
 * Which store a program means, found the way git finds `.git`: what was said explicitly wins, then the environment,
 * then the nearest `.helios` at or above a directory, then `.helios` in that directory.
 *
 * The result is the real path, a symlinked `.helios` followed: two processes that reach one store by different names
 * name the same store, lock the same lock and share the same cache. The caller reads the environment; a library
 * does not.
 */
import { readlinkSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { errnoOf } from "./errors.ts";

export const storeFolderName = ".helios";

/** What names a store, strongest first. */
export interface DiscoverOptions {
  /** What the user said, e.g. `--store`. */
  readonly flag?: string | undefined;
  /** The value of HELIOS_STORE; empty counts as unset. */
  readonly environment?: string | undefined;
  /** Where to start looking upward: the work directory. */
  readonly from: string;
}

/** A store root and how it was found. */
export interface DiscoveredStore {
  readonly root: string;
  readonly source: "flag" | "environment" | "discovered" | "default";
  /** The directory that holds the `.helios`; undefined for a store that was named. */
  readonly foundIn: string | undefined;
  /** Whether a directory is there. Whether it is a store is found out by opening it. */
  readonly exists: boolean;
}

/** The store that a program started here means; the head of this file has the order. Reads the file system, makes nothing. */
export function discoverStore(options: DiscoverOptions): DiscoveredStore {
  if (options.flag !== undefined && options.flag !== "") return named(options.flag, "flag");
  if (options.environment !== undefined && options.environment !== "")
    return named(options.environment, "environment");
  for (let folder = resolve(options.from); ; folder = dirname(folder)) {
    const candidate = join(folder, storeFolderName);
    if (isDirectory(candidate))
      return { root: realpathSync(candidate), source: "discovered", foundIn: folder, exists: true };
    const target = linkTarget(candidate);
    if (target !== undefined) return { root: target, source: "discovered", foundIn: folder, exists: false };
    if (dirname(folder) === folder) break;
  }
  return named(join(options.from, storeFolderName), "default");
}

function named(path: string, source: DiscoveredStore["source"]): DiscoveredStore {
  const root = resolve(path);
  const foundIn = source === "default" ? dirname(root) : undefined;
  const exists = isDirectory(root);
  return { root: exists ? realpathSync(root) : root, source, foundIn, exists };
}

/** Where a `.helios` points that has no directory yet, e.g. a cache folder that the first commit is to make. */
function linkTarget(path: string): string | undefined {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Follows symlinks; one to nothing, or to a file, is no store. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
