/** Which paths of a working set are no longer in the directory. */
import type { EntryMode } from "../../object/entry-mode.ts";
import { PENDING } from "./file-records.ts";
import type { StatCache } from "./stat-cache.ts";
import { join, type Visit, type WalkResult } from "./tree-walk.ts";

/** Where the working set has exactly the files of the cache: those that the walk did not meet again. */
export function unseenPaths(known: StatCache, { visits, kept }: WalkResult): string[] {
  const isAsKnown = new Uint8Array(known.directoryCount);
  for (const visit of visits) if (visit.known >= 0 && visit.listing === undefined) isAsKnown[visit.known] = 1;
  const missing: string[] = [];
  for (let directory = 0; directory < known.directoryCount; directory++) {
    if (isAsKnown[directory] === 1) continue;
    for (const file of filesOf(known, directory))
      if (kept[file] === 0 && known.isStored(file))
        missing.push(join(known.directoryPath(directory), known.fileName(file)));
  }
  return missing;
}

/**
 * Directories in which nothing is stored and that hold no other directory. Where empty ones are kept, each has an entry
 * of its own.
 */
export function emptyDirectories({ visits }: WalkResult): string[] {
  return visits.filter(isEmpty).map(({ path }) => path);
}

/** Those of the cache. */
export function knownEmptyDirectories(known: StatCache): string[] {
  const { firstDirectory } = known.directories;
  const found: string[] = [];
  for (let directory = 1; directory < known.directoryCount; directory++) {
    if (firstDirectory[directory] !== firstDirectory[directory + 1]) continue;
    if (![...filesOf(known, directory)].some((file) => known.isStored(file)))
      found.push(known.directoryPath(directory));
  }
  return found;
}

function isEmpty({ path, storedCount, insideCount, listing }: Visit): boolean {
  return path !== "" && storedCount === 0 && insideCount === 0 && listing?.isGone !== true;
}

export interface AbsentPaths {
  readonly missing: readonly string[];
  /** Gitlinks whose directory is still there and empty: no file stands for them. */
  readonly keptGitlinks: number;
}

/**
 * Where nothing is known about the working set: those of its paths that the walk did not meet and that are not among
 * the empty directories that are `kept`.
 */
export function absentPaths(
  entries: Iterable<{ readonly path: string; readonly mode: EntryMode }>,
  known: StatCache,
  walk: WalkResult,
  kept: Iterable<string>,
): AbsentPaths {
  const present = presentPaths(known, walk);
  const bare = new Set(walk.visits.filter(({ storedCount }) => storedCount === 0).map(({ path }) => path));
  for (const path of kept) present.add(path);
  const missing: string[] = [];
  let keptGitlinks = 0;
  for (const { path, mode } of entries) {
    const isKept = mode === "gitlink" ? isBare(path, bare, present) : present.has(path);
    if (!isKept) missing.push(path);
    else if (mode === "gitlink") keptGitlinks++;
  }
  return { missing, keptGitlinks };
}

function presentPaths(known: StatCache, { visits, records }: WalkResult): Set<string> {
  const present = new Set<string>();
  for (const { path, listing, known: directory } of visits) {
    if (listing === undefined) {
      for (const file of filesOf(known, directory))
        if (known.isStored(file)) present.add(join(path, known.fileName(file)));
    } else {
      for (const [i, ref] of listing.files.entries()) {
        const isStored = ref >= 0 ? known.isStored(ref) : records.fateOf(-1 - ref) === PENDING;
        if (isStored) present.add(join(path, listing.names[i]!));
      }
    }
  }
  return present;
}

/** Whether a path is a directory below which no file is stored. */
function isBare(path: string, bare: ReadonlySet<string>, present: ReadonlySet<string>): boolean {
  if (!bare.has(path)) return false;
  for (const file of present) if (file.startsWith(`${path}/`)) return false;
  return true;
}

function* filesOf({ directories }: StatCache, directory: number): Generator<number> {
  for (let file = directories.firstFile[directory]!; file < directories.firstFile[directory + 1]!; file++)
    yield file;
}
