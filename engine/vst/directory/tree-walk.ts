/**
 * Walks a directory tree beside what a stat cache knows of it, and says which files have to be looked into.
 *
 * A directory that has the names it had, under the rules that were in force, is taken from the cache: its files are
 * judged by the verdicts of the sweep, and no name of it becomes a string. Any other is listed. Breadth first, in the
 * order of the cache, so that the directories inside one stand together and no depth overflows a stack.
 */
import { constants, lstatSync, type Stats } from "node:fs";
import { FileRecords, OBEYED_ONLY } from "./file-records.ts";
import { ignoreFileNames, LazyRules } from "../ignore-files.ts";
import {
  kindOf,
  listNames,
  lstatIfThere,
  invalidName,
  type NameKind,
  isNeverStored,
  type SkippedFile,
  withOwnRules,
} from "./listing.ts";
import { type FileStat, HAS_IGNORE_FILES, type StatCache } from "./stat-cache.ts";
import { SAME, type StatSweep } from "./stat-sweep.ts";

/** From so many files on their sizes are not asked for beforehand: reading is shared out anyway. */
const LOOKED_AT_FILES = 1500;
/** Of a file that nobody has looked at yet. */
const anyFile: FileStat = { size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0, mode: constants.S_IFREG };

/** A directory of the tree. */
export interface Visit {
  /** Relative to the top, which is "". */
  readonly path: string;
  /** In the cache, or -1. */
  readonly known: number;
  readonly outside: LazyRules;
  inside: LazyRules;
  /** Undefined: as the cache has it. */
  listing: Listing | undefined;
  /** The visits of the directories inside it. */
  firstInside: number;
  insideCount: number;
  /** Paths in it that are stored, or would be if they could be read. */
  storedCount: number;
}

/** What was found by listing a directory. */
export interface Listing {
  /** Undefined for a directory that is gone, or that has to be listed again next time. */
  readonly stat: FileStat | undefined;
  readonly names: string[];
  /** For each name, a file of the cache that is as it was, or `-1 - record`. */
  readonly files: number[];
  /** Removed since its parent was listed. */
  readonly isGone?: boolean;
}

export interface WalkOptions {
  readonly top: string;
  /** Relative to the top; the store itself is never stored. */
  readonly storePath: string;
  readonly obeyIgnoreFiles: boolean;
  /** The cache was made with the same policy, so its directories can be taken as they are. */
  readonly isSamePolicy: boolean;
  /** Times of directories on this device tell whether their names changed; undefined: on none. */
  readonly trustedDevice: number | undefined;
  /** Whether the working set has a file as the cache knows it. Undefined: it has all of them. */
  readonly isStored: ((file: number, path: string) => boolean) | undefined;
  /** Called for each directory with the number of names looked at. */
  readonly takeTurn: (names: number) => Promise<void> | undefined;
  /** A part of the tree: begins at this directory, which the cache does not know. Default: at the top. */
  readonly from?: { readonly path: string; readonly outside: LazyRules };
  /** Ends with the directory that brings the files found to this number; those not listed by then have no listing. */
  readonly filesMax?: number;
  /** Files whose sizes are asked for beforehand, where the names are all that is needed. */
  readonly lookedAtFiles?: number;
}

export interface WalkResult {
  /** Breadth first; the first is the top. */
  readonly visits: readonly Visit[];
  readonly records: FileRecords;
  /** Record of a file of the cache that has one. */
  readonly recordOfKnown: ReadonlyMap<number, number>;
  /** Files of the cache that are still there and stored: 1. Those of directories taken from the cache are not marked. */
  readonly kept: Uint8Array;
  readonly unchanged: number;
  readonly skipped: readonly SkippedFile[];
}

export class TreeWalk {
  readonly #sweep: StatSweep;
  readonly #cache: StatCache;
  readonly #options: WalkOptions;
  readonly #visits: Visit[] = [];
  readonly #records = new FileRecords();
  readonly #recordOfKnown = new Map<number, number>();
  readonly #kept: Uint8Array;
  readonly #skipped: SkippedFile[] = [];
  readonly #lookedAtFiles: number;
  #unchanged = 0;

  constructor(sweep: StatSweep, options: WalkOptions) {
    this.#sweep = sweep;
    this.#lookedAtFiles = options.lookedAtFiles ?? LOOKED_AT_FILES;
    this.#cache = sweep.cache;
    this.#options = options;
    this.#kept = new Uint8Array(sweep.cache.fileCount);
  }

  async run(): Promise<WalkResult> {
    const { from, filesMax = Infinity } = this.#options;
    if (from === undefined) this.#addVisit("", this.#cache.directoryCount > 0 ? 0 : -1, LazyRules.none);
    else this.#addVisit(from.path, -1, from.outside);
    for (let at = 0; at < this.#visits.length && this.#records.count < filesMax; at++) {
      const visit = this.#visits[at]!;
      visit.firstInside = this.#visits.length;
      const isAsCached = this.#takeFromCache(at, visit);
      if (!isAsCached) this.#list(at, visit);
      visit.insideCount = this.#visits.length - visit.firstInside;
      const turn = this.#options.takeTurn(isAsCached ? 0 : visit.listing!.names.length);
      if (turn !== undefined) await turn;
    }
    return {
      visits: this.#visits,
      records: this.#records,
      recordOfKnown: this.#recordOfKnown,
      kept: this.#kept,
      unchanged: this.#unchanged,
      skipped: this.#skipped,
    };
  }

  #addVisit(path: string, known: number, outside: LazyRules): void {
    this.#visits.push({
      path,
      known,
      outside,
      inside: outside,
      listing: undefined,
      firstInside: 0,
      insideCount: 0,
      storedCount: 0,
    });
  }

  #folder(path: string): string {
    return path === "" ? this.#options.top : `${this.#options.top}/${path}`;
  }

  // ---- a directory that has the names it had

  #takeFromCache(at: number, visit: Visit): boolean {
    const { known, outside, path } = visit;
    if (known < 0 || !this.#options.isSamePolicy || this.#sweep.ofDirectory(known) !== SAME) return false;
    const { rulesOutside, firstDirectory } = this.#cache.directories;
    if (rulesOutside[known] !== outside.fingerprint || !this.#hasSameIgnoreFiles(known)) return false;
    const changed = this.#changedFiles(known, path);
    if (changed === undefined) return false;
    for (const { file, stat } of changed)
      this.#recordOfKnown.set(file, this.#records.add(at, -1, file, stat));
    const fileCount = this.#storedFiles(known);
    visit.storedCount = fileCount;
    this.#unchanged += fileCount - changed.length;
    visit.inside = this.#rulesInside(known, visit);
    const [first, end] = [firstDirectory[known]!, firstDirectory[known + 1]!];
    for (let inside = first; inside < end; inside++)
      this.#addVisit(this.#cache.directoryPath(inside), inside, visit.inside);
    return true;
  }

  #hasSameIgnoreFiles(directory: number): boolean {
    if ((this.#cache.directories.flags[directory]! & HAS_IGNORE_FILES) === 0) return true;
    for (const file of this.#filesOf(directory))
      if (isIgnoreFile(this.#cache.fileName(file)) && this.#sweep.ofFile(directory, file) !== SAME)
        return false;
    return true;
  }

  /** Undefined when one of them is no file any more: then the directory has to be listed after all. */
  #changedFiles(directory: number, path: string): { file: number; stat: Stats }[] | undefined {
    const { isStored } = this.#options;
    const changed: { file: number; stat: Stats }[] = [];
    if (isStored === undefined && this.#sweep.areFilesSame(directory)) return changed;
    const first = this.#cache.directories.firstFile[directory]!;
    const end = this.#cache.directories.firstFile[directory + 1]!;
    for (let file = first; file < end; file++) {
      const isSame = this.#sweep.ofFile(directory, file) === SAME;
      if (isSame && (isStored === undefined || !this.#cache.isStored(file))) continue;
      const place = join(path, this.#cache.fileName(file));
      if (isSame && isStored?.(file, place) === true) continue;
      const stat = lstatIfThere(this.#folder(place));
      if (stat === undefined || !(stat.isFile() || stat.isSymbolicLink())) return undefined;
      changed.push({ file, stat });
    }
    return changed;
  }

  #storedFiles(directory: number): number {
    const { firstFile, flags } = this.#cache.directories;
    const count = firstFile[directory + 1]! - firstFile[directory]!;
    if ((flags[directory]! & HAS_IGNORE_FILES) === 0) return count;
    let stored = 0;
    for (const file of this.#filesOf(directory)) if (this.#cache.isStored(file)) stored++;
    return stored;
  }

  #rulesInside(directory: number, { outside, path }: Visit): LazyRules {
    const fingerprint = this.#cache.directories.rulesInside[directory]!;
    if (fingerprint === outside.fingerprint) return outside;
    return new LazyRules(fingerprint, () =>
      withOwnRules(outside.rules, path, this.#folder(path), ignoreFileNames),
    );
  }

  *#filesOf(directory: number): Generator<number> {
    const { firstFile } = this.#cache.directories;
    for (let file = firstFile[directory]!; file < firstFile[directory + 1]!; file++) yield file;
  }

  // ---- a directory that is listed

  #list(at: number, visit: Visit): void {
    const { path, known } = visit;
    const folder = this.#folder(path);
    // Before its names: a name that is added in between changes the times again.
    const stat = lstatIfThere(folder);
    const skippedBefore = this.#skipped.length;
    const listed = listNames(folder, known < 0, (shown) =>
      this.#skipped.push({ path: join(path, shown), reason: invalidName }),
    );
    const isGone = listed === undefined || stat === undefined;
    visit.listing = { stat: undefined, names: [], files: [], isGone };
    if (isGone) return;
    const { names, kinds } = listed;
    const ignoreFiles = names.filter(isIgnoreFile).map((name) => `${folder}/${name}`);
    const obeyed = ignoreFiles.map(lstatIfThere);
    if (this.#options.obeyIgnoreFiles && ignoreFiles.length > 0)
      visit.inside = LazyRules.of(withOwnRules(visit.outside.rules, path, folder, names));
    const before = known < 0 ? undefined : this.#knownNames(known, visit);
    for (const [i, name] of names.entries()) {
      const place = join(path, name);
      if (isNeverStored(name) || place === this.#options.storePath) continue;
      if (kinds === undefined) this.#meet(at, visit, name, place, before);
      else this.#meetNew(at, visit, name, place, kinds[i]!);
    }
    const isTrusted =
      stat.dev === this.#options.trustedDevice &&
      this.#skipped.length === skippedBefore &&
      ignoreFiles.every((file, i) => isSameFile(obeyed[i], lstatIfThere(file)));
    visit.listing = { ...visit.listing, stat: isTrusted ? stat : undefined };
  }

  /** What the cache has in a directory, and whether its ignore rules were the same as now. */
  #knownNames(directory: number, { inside }: Visit): KnownNames {
    const cache = this.#cache;
    const files = new Map<string, number>();
    for (const file of this.#filesOf(directory)) files.set(cache.fileName(file), file);
    const { firstDirectory, rulesInside } = cache.directories;
    const directories = new Map<string, number>();
    for (let d = firstDirectory[directory]!; d < firstDirectory[directory + 1]!; d++) {
      const path = cache.directoryPath(d);
      directories.set(path.slice(path.lastIndexOf("/") + 1), d);
    }
    const hasSameRules = this.#options.isSamePolicy && rulesInside[directory] === inside.fingerprint;
    return { directory, files, directories, hasSameRules };
  }

  #meet(at: number, visit: Visit, name: string, path: string, before: KnownNames | undefined): void {
    const file = before?.files.get(name) ?? -1;
    if (before !== undefined && file >= 0 && this.#sweep.ofFile(before.directory, file) === SAME) {
      const isStored = before.hasSameRules
        ? this.#cache.isStored(file)
        : !visit.inside.rules.ignores(path, false);
      if (isStored === this.#cache.isStored(file)) {
        if (!isStored) this.#keep(visit, name, file);
        else if (this.#options.isStored?.(file, path) === false)
          this.#look(at, visit, name, file, lstatSync(this.#folder(path)));
        else this.#keepStored(visit, name, file);
        return;
      }
    }
    this.#meetByStat(at, visit, name, path, before);
  }

  /** In a directory that the cache does not know. Its kind saves a look at it, which a thread is to open anyway. */
  #meetNew(at: number, visit: Visit, name: string, path: string, kind: NameKind): void {
    if (kind === "directory") {
      if (!visit.inside.rules.ignores(path, true)) this.#addVisit(path, -1, visit.inside);
    } else if (kind === "file" && this.#records.count >= this.#lookedAtFiles && !isIgnoreFile(name)) {
      if (!visit.inside.rules.ignores(path, false)) this.#look(at, visit, name, -1, anyFile);
    } else {
      this.#meetByStat(at, visit, name, path, undefined);
    }
  }

  #meetByStat(at: number, visit: Visit, name: string, path: string, before: KnownNames | undefined): void {
    const file = before?.files.get(name) ?? -1;
    const stat = lstatIfThere(this.#folder(path));
    if (stat === undefined) return;
    if (stat.isFile() || stat.isSymbolicLink()) {
      if (!visit.inside.rules.ignores(path, false)) this.#look(at, visit, name, file, stat);
      else if (this.#options.obeyIgnoreFiles && stat.isFile() && isIgnoreFile(name))
        this.#obeyOnly(at, visit, name, file, stat);
    } else if (stat.isDirectory()) {
      if (!visit.inside.rules.ignores(path, true))
        this.#addVisit(path, before?.directories.get(name) ?? -1, visit.inside);
    } else if (!visit.inside.rules.ignores(path, false)) {
      this.#skipped.push({ path, reason: kindOf(stat) });
    }
  }

  #keepStored(visit: Visit, name: string, file: number): void {
    this.#kept[file] = 1;
    visit.storedCount++;
    this.#unchanged++;
    this.#keep(visit, name, file);
  }

  #keep(visit: Visit, name: string, file: number): void {
    visit.listing!.names.push(name);
    visit.listing!.files.push(file);
  }

  /** A file that has to be looked into. */
  #look(at: number, visit: Visit, name: string, known: number, stat: FileStat): void {
    visit.storedCount++;
    if (known >= 0) this.#kept[known] = 1;
    this.#record(at, visit, name, known, stat);
  }

  #obeyOnly(at: number, visit: Visit, name: string, known: number, stat: FileStat): void {
    this.#records.setFate(this.#record(at, visit, name, known, stat), OBEYED_ONLY);
  }

  #record(at: number, visit: Visit, name: string, known: number, stat: FileStat): number {
    const { names, files } = visit.listing!;
    const record = this.#records.add(at, names.length, known, stat);
    if (known >= 0) this.#recordOfKnown.set(known, record);
    names.push(name);
    files.push(-1 - record);
    return record;
  }
}

interface KnownNames {
  /** In the cache. */
  readonly directory: number;
  readonly files: ReadonlyMap<string, number>;
  readonly directories: ReadonlyMap<string, number>;
  readonly hasSameRules: boolean;
}

/** An ignore file that changed while it was read is to be read again. */
function isSameFile(a: Stats | undefined, b: Stats | undefined): boolean {
  return a?.ino === b?.ino && a?.mtimeMs === b?.mtimeMs && a?.ctimeMs === b?.ctimeMs && a?.size === b?.size;
}

export function isIgnoreFile(name: string): boolean {
  return (ignoreFileNames as readonly string[]).includes(name);
}

export function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** Path of the file a record is about. */
export function pathOfRecord({ visits, records }: WalkResult, cache: StatCache, record: number): string {
  const { path, listing } = visits[records.directoryOf(record)]!;
  const place = records.placeOf(record);
  const name = place < 0 ? cache.fileName(records.knownOf(record)) : listing!.names[place]!;
  return join(path, name);
}
