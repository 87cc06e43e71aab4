/** From what a walk found to the cache that the next scan starts from. */
import { type FileRecords, GONE, OBEYED_ONLY, READ, UNSTABLE } from "./file-records.ts";
import { type CacheEntry, type FileStat, HAS_IGNORE_FILES, NOT_STORED, StatCache } from "./stat-cache.ts";
import { isIgnoreFile, type Visit, type WalkResult } from "./tree-walk.ts";

/** No file has it: an entry with this stat is never taken as unchanged. */
const neverMatching: FileStat = { size: -1, mtimeMs: 0, ctimeMs: 0, ino: 0, mode: 0 };
const NO_TIMES: FileStat = { size: 0, mtimeMs: Number.NaN, ctimeMs: Number.NaN, ino: Number.NaN, mode: 0 };

export type CacheUpdate =
  /** The same names as before: the changed entries are already in the cache that was known. */
  | { readonly kind: "patch"; readonly changed: readonly CacheEntry[] }
  | { readonly kind: "replace"; readonly cache: StatCache };

export function updateCache(known: StatCache, walk: WalkResult): CacheUpdate {
  return hasSameNames(known, walk)
    ? { kind: "patch", changed: patch(known, walk) }
    : { kind: "replace", cache: build(known, walk) };
}

// ---- the same names in the same order: the usual case, and worth not building 100,000 entries anew

function hasSameNames(known: StatCache, walk: WalkResult): boolean {
  const { visits, records } = walk;
  if (visits.length !== known.directoryCount || known.directoryCount === 0) return false;
  for (let record = 0; record < records.count; record++) if (records.fateOf(record) === GONE) return false;
  return visits.every((visit, at) => visit.known === at && isAsCached(known, visit, walk));
}

/** Whether a directory has the files and directories that the cache has in it, in the same order. */
function isAsCached(known: StatCache, visit: Visit, { visits, records }: WalkResult): boolean {
  const { listing, insideCount, firstInside } = visit;
  if (listing === undefined) return true;
  const { firstFile, firstDirectory } = known.directories;
  const first = firstFile[visit.known]!;
  if (listing.files.length !== firstFile[visit.known + 1]! - first) return false;
  const inside = firstDirectory[visit.known]!;
  if (insideCount !== firstDirectory[visit.known + 1]! - inside) return false;
  for (let i = 0; i < insideCount; i++) if (visits[firstInside + i]!.known !== inside + i) return false;
  return listing.files.every((ref, i) => (ref >= 0 ? ref : records.knownOf(-1 - ref)) === first + i);
}

function patch(known: StatCache, { visits, records }: WalkResult): CacheEntry[] {
  const changed: CacheEntry[] = [];
  for (const [index, visit] of visits.entries()) {
    if (visit.listing === undefined) continue;
    known.setDirectory(index, visit.listing.stat ?? NO_TIMES);
    setRules(known, index, visit);
    changed.push({ kind: "directory", index });
  }
  for (let record = 0; record < records.count; record++) {
    const index = records.knownOf(record);
    setRecord(known, index, records, record);
    changed.push({ kind: "file", index });
  }
  return changed;
}

function setRules(cache: StatCache, index: number, { outside, inside }: Visit): void {
  cache.directories.rulesOutside[index] = outside.fingerprint;
  cache.directories.rulesInside[index] = inside.fingerprint;
}

function setRecord(cache: StatCache, file: number, records: FileRecords, record: number): void {
  const fate = records.fateOf(record);
  const stat = records.statOf(record);
  const isKnownForNow = fate !== UNSTABLE && fate !== GONE;
  cache.setFile(file, isKnownForNow ? stat : neverMatching, records.hashOf(record));
  if (fate === OBEYED_ONLY) cache.files.modes[file] = stat.mode | NOT_STORED;
}

/**
 * What a look that is followed by no commit may change: files that were touched and hold what they held. One that holds
 * something else keeps its hash and loses its stat, so that it is read again; so does a directory with other names.
 * The cache then still stands for the same snapshot.
 */
export function refreshCache(
  known: StatCache,
  walk: WalkResult,
  isSame: (directory: number, file: number) => boolean,
): CacheEntry[] {
  const { visits, records, recordOfKnown } = walk;
  const changed: CacheEntry[] = [];
  // Not looked into, being gone or ignored now: the moment from which on times are trusted moves on without them.
  for (const [directory, index] of filesByDirectory(known)) {
    if (isSame(directory, index) || recordOfKnown.has(index)) continue;
    known.setFile(
      index,
      { ...neverMatching, mode: known.files.modes[index]! },
      Buffer.from(known.hashOf(index)),
    );
    changed.push({ kind: "file", index });
  }
  for (const visit of visits) {
    if (visit.listing === undefined || visit.known < 0) continue;
    const stat =
      isAsCached(known, visit, walk) && hasSameRules(known, visit) ? visit.listing.stat : undefined;
    known.setDirectory(visit.known, stat ?? NO_TIMES);
    changed.push({ kind: "directory", index: visit.known });
  }
  for (let record = 0; record < records.count; record++) {
    const index = records.knownOf(record);
    if (index < 0) continue;
    const isSame = records.fateOf(record) === READ && known.hashOf(index).equals(records.hashOf(record));
    const mode = known.files.modes[index]!;
    if (isSame && mode === records.modeOf(record)) setRecord(known, index, records, record);
    else known.setFile(index, { ...neverMatching, mode }, Buffer.from(known.hashOf(index)));
    changed.push({ kind: "file", index });
  }
  return changed;
}

function* filesByDirectory({ directories, directoryCount }: StatCache): Generator<[number, number]> {
  for (let directory = 0; directory < directoryCount; directory++)
    for (let file = directories.firstFile[directory]!; file < directories.firstFile[directory + 1]!; file++)
      yield [directory, file];
}

function hasSameRules(known: StatCache, { known: directory, outside, inside }: Visit): boolean {
  const { rulesOutside, rulesInside } = known.directories;
  return rulesOutside[directory] === outside.fingerprint && rulesInside[directory] === inside.fingerprint;
}

// ---- other names: a new cache, with columns copied where a directory was not listed

function build(known: StatCache, walk: WalkResult): StatCache {
  const { visits, records, recordOfKnown } = walk;
  const sizes = visits.map((visit) => sizeOf(visit, known, records));
  const cache = StatCache.allocate({
    directories: visits.length,
    files: sum(sizes, ({ files }) => files),
    nameBytes: sum(sizes, ({ nameBytes }) => nameBytes),
    pathBytes: sum(visits, ({ path }) => Buffer.byteLength(path)),
  });
  const end: Position = { file: 0, name: 0, path: 0 };
  for (const [index, visit] of visits.entries()) {
    cache.directories.firstFile[index] = end.file;
    cache.directories.firstDirectory[index] = visit.firstInside;
    cache.directories.pathStart[index] = end.path;
    end.path += cache.writePath(end.path, visit.path);
    setRules(cache, index, visit);
    if (visit.listing === undefined) copyDirectory(known, visit.known, cache, index, end);
    else addListing(known, visit, cache, index, end, records);
  }
  closeColumns(cache, end);
  for (const [file, record] of recordOfKnown) {
    const visit = visits[records.directoryOf(record)]!;
    if (visit.listing !== undefined) continue;
    const first = cache.directories.firstFile[records.directoryOf(record)]!;
    setRecord(cache, first + file - known.directories.firstFile[visit.known]!, records, record);
  }
  return cache;
}

/** Where the next entry goes. */
interface Position {
  file: number;
  name: number;
  path: number;
}

function sizeOf(visit: Visit, known: StatCache, records: FileRecords): { files: number; nameBytes: number } {
  const { listing } = visit;
  if (listing === undefined) {
    const first = known.directories.firstFile[visit.known]!;
    const end = known.directories.firstFile[visit.known + 1]!;
    return { files: end - first, nameBytes: known.files.nameStart[end]! - known.files.nameStart[first]! };
  }
  let [files, nameBytes] = [0, 0];
  for (const [i, ref] of listing.files.entries()) {
    if (isGone(ref, records)) continue;
    files++;
    nameBytes += Buffer.byteLength(listing.names[i]!);
  }
  return { files, nameBytes };
}

function isGone(ref: number, records: FileRecords): boolean {
  return ref < 0 && records.fateOf(-1 - ref) === GONE;
}

function copyDirectory(
  from: StatCache,
  directory: number,
  to: StatCache,
  index: number,
  end: Position,
): void {
  const { directories } = from;
  to.directories.mtimeMs[index] = directories.mtimeMs[directory]!;
  to.directories.ctimeMs[index] = directories.ctimeMs[directory]!;
  to.directories.ino[index] = directories.ino[directory]!;
  to.directories.flags[index] = directories.flags[directory]!;
  const first = directories.firstFile[directory]!;
  const last = directories.firstFile[directory + 1]!;
  end.name = to.copyFiles(from, first, last, end.file, end.name);
  end.file += last - first;
}

function addListing(
  known: StatCache,
  visit: Visit,
  cache: StatCache,
  index: number,
  end: Position,
  records: FileRecords,
): void {
  const { stat, names, files } = visit.listing!;
  cache.setDirectory(index, stat ?? NO_TIMES);
  for (const [i, ref] of files.entries()) {
    if (isGone(ref, records)) {
      // Its directory has changed again since it was listed.
      cache.setDirectory(index, NO_TIMES);
      continue;
    }
    const name = names[i]!;
    if (isIgnoreFile(name)) cache.directories.flags[index] = HAS_IGNORE_FILES;
    if (ref >= 0) cache.copyFile(known, ref, end.file);
    else setRecord(cache, end.file, records, -1 - ref);
    cache.files.nameStart[end.file++] = end.name;
    end.name += cache.writeName(end.name, name);
  }
}

function closeColumns({ directories, files }: StatCache, end: Position): void {
  const last = directories.flags.length;
  directories.firstFile[last] = end.file;
  directories.firstDirectory[last] = last;
  directories.pathStart[last] = end.path;
  files.nameStart[end.file] = end.name;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
