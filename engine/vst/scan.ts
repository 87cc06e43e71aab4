/**
 * Makes a working set equal to a directory.
 *
 * Stored: regular files with their content and executable bit (the owner's, as git does) and symlinks with their
 * target bytes. Not stored: directories as such (an empty one leaves no trace), anything named `.git` or `.helios`,
 * the store itself wherever it is, and what `.gitignore` and `.heliosignore` leave out (`ignore-files.ts`). A nested
 * repository is stored as the files it holds. A gitlink stays as long as its directory is there and empty.
 *
 * Listed in `skipped`, never dropped in silence: sockets, pipes and devices, and names that are not UTF-8 (a path is
 * UTF-8; storing such a file under another name would not bring it back).
 *
 * An unreadable directory or file ends the scan with DIRECTORY_UNREADABLE before the working set is touched or, for
 * file content, before anything is committed: a snapshot never lacks what could not be read.
 *
 * In steps: a sweep over what the cache knows (`stat-sweep.ts`), a walk that lists only directories that changed
 * (`tree-walk.ts`), deletions, the reading of changed files, and the cache for the next scan (`cache-update.ts`).
 */
import { realpathSync, statSync } from "node:fs";
import { join as joinPlace, relative, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { HeliosError } from "../errors.ts";
import type { EntryMode } from "../object/entry-mode.ts";
import { hashBlob } from "../object/hash.ts";
import { hashOfSnapshotId, type SnapshotId } from "../object/ids.ts";
import { updateCache } from "./directory/cache-update.ts";
import { readContent } from "./directory/contents.ts";
import { GONE, PENDING, READ, UNSTABLE } from "./directory/file-records.ts";
import { entryModeOf, type SkippedFile, unreadable } from "./directory/listing.ts";
import { readScanClock, type ScanClock } from "./directory/scan-clock.ts";
import { StatCache } from "./directory/stat-cache.ts";
import {
  loadStatCache,
  patchStatCache,
  rememberState,
  replaceStatCache,
  stateOf,
} from "./directory/stat-cache-file.ts";
import { StatSweep } from "./directory/stat-sweep.ts";
import { join, pathOfRecord, TreeWalk, type WalkResult } from "./directory/tree-walk.ts";

export type { SkippedFile } from "./directory/listing.ts";

/** What is needed of a `Vst`. */
export interface ScanTarget {
  readonly size: number;
  entry(path: string): { readonly hash: string; readonly mode: EntryMode } | undefined;
  entries(): Iterable<{ readonly path: string; readonly mode: EntryMode }>;
  write(path: string, bytes: Uint8Array, options: { mode: "file" | "executable" | "symlink" }): void;
  delete(path: string): boolean;
}

/** What a scan passes over, where it remembers, and how it reports. */
export interface ScanOptions {
  /** The snapshot that the working set equals, if it has no changes: spares the scan a look at its tree. */
  readonly base?: SnapshotId;
  /** False: ignore files are stored but not obeyed. Default true. */
  readonly obeyIgnoreFiles?: boolean;
  /** Files looked at so far, changed or not. */
  readonly onProgress?: (done: number) => void;
  /** Ends the scan with the signal's reason. The working set may hold part of the changes; do not commit it. */
  readonly signal?: AbortSignal;
  /** From `beginScan` of the same store and directory. */
  readonly begun?: BegunScan;
}

/** Files found, by what the working set had of them before. */
export interface ScanResult {
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Files whose content was read, because the cache did not know them as they are. */
  readonly rehashed: number;
  readonly skipped: readonly SkippedFile[];
}

/** Files between two turns of the event loop, for progress and abort. */
const TURN_FILES = 512;
/** Trusted less where the tree and the store are on different file systems, whose clocks may disagree. */
const OTHER_DEVICE_MARGIN_MS = 2_000;

const OBEYS_IGNORE_FILES = 1;

/** Cost: about 2.5 us a file that did not change, nearly all of it the lstat and shared with a second thread. */
export async function scanDirectory(
  helios: { readonly root: string },
  vst: ScanTarget,
  directory: string,
  options: ScanOptions = {},
): Promise<ScanResult> {
  const begun = options.begun ?? beginScan(helios, directory);
  try {
    return await new Scan(begun, realpathSync(helios.root), vst, options).run();
  } finally {
    begun.sweep.stop();
  }
}

/** A scan that has started to look at files. */
export interface BegunScan {
  readonly top: string;
  readonly file: string;
  readonly clock: ScanClock;
  readonly sweep: StatSweep;
}

/**
 * Starts looking at the files that are known already, in another thread, before there is a working set to compare them
 * with: opening a store takes as long as half of that look. The store's folder has to be there.
 */
export function beginScan(helios: { readonly root: string }, directory: string): BegunScan {
  const top = topOf(directory);
  const { folder, file } = cachePlace(helios.root, top);
  const clock = readScanClock(folder);
  return { top, file, clock, sweep: new StatSweep(loadStatCache(file) ?? StatCache.empty(), top) };
}

/** Checks of the caches that this process has saved, by file. */
const saved = new Map<string, Uint8Array>();

/**
 * Says that `snapshot` is what the last scan of the directory found, as is so after the working set was committed
 * without further changes. The next scan that starts from it is then several times faster.
 */
export function rememberScan(
  helios: { readonly root: string },
  directory: string,
  snapshot: SnapshotId,
): void {
  const { file } = cachePlace(helios.root, topOf(directory));
  const check = saved.get(file);
  if (check !== undefined) rememberState(file, check, hashOfSnapshotId(snapshot));
}

/** One cache for every directory that is scanned into a store. */
function cachePlace(root: string, top: string): { folder: string; file: string } {
  const name = Buffer.from(hashBlob(Buffer.from(top)).subarray(0, 16)).toString("hex");
  const folder = joinPlace(realpathSync(root), "stat-cache");
  return { folder, file: joinPlace(folder, name) };
}

function topOf(directory: string): string {
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

class Scan {
  readonly #begun: BegunScan;
  readonly #known: StatCache;
  readonly #store: string;
  readonly #vst: ScanTarget;
  readonly #options: ScanOptions;
  /** The cache lists exactly the paths of the working set, so the tree need not be asked. */
  readonly #knowsState: boolean;
  readonly #policy: number;
  readonly #counts = { added: 0, modified: 0, deleted: 0, unchanged: 0, rehashed: 0 };
  #sinceTurn = 0;
  #done = 0;
  /** False when the working set holds what no file stands for: a gitlink. */
  #cacheIsComplete = true;

  constructor(begun: BegunScan, store: string, vst: ScanTarget, options: ScanOptions) {
    this.#begun = begun;
    this.#known = begun.sweep.cache;
    this.#store = store;
    this.#vst = vst;
    this.#options = options;
    const { base } = options;
    this.#policy = options.obeyIgnoreFiles === false ? 0 : OBEYS_IGNORE_FILES;
    this.#knowsState =
      base !== undefined &&
      this.#known.policy === this.#policy &&
      stateOf(this.#known)?.equals(hashOfSnapshotId(base)) === true;
  }

  async run(): Promise<ScanResult> {
    this.#options.signal?.throwIfAborted();
    await this.#begun.sweep.run((items) => this.#turn(items));
    const walk = await this.#walk();
    this.#counts.unchanged += walk.unchanged;
    this.#done = walk.unchanged;
    // Before any write: a path may have been a file and now be a directory, or the other way round.
    for (const path of this.#missing(walk)) if (this.#vst.delete(path)) this.#counts.deleted++;
    await this.#read(walk);
    this.#save(walk);
    return { ...this.#counts, skipped: walk.skipped };
  }

  #walk(): Promise<WalkResult> {
    const { top, clock, sweep } = this.#begun;
    const storePath = relative(top, this.#store).split(sep).join("/");
    return new TreeWalk(sweep, {
      top,
      storePath,
      obeyIgnoreFiles: this.#policy === OBEYS_IGNORE_FILES,
      isSamePolicy: this.#known.policy === this.#policy,
      trustedDevice: clock.stampsDirectories && process.platform !== "win32" ? clock.device : undefined,
      isStored: this.#knowsState ? undefined : (file, path) => this.#isStored(file, path),
      takeTurn: (names) => this.#takeTurn(names),
    }).run();
  }

  /** Whether the working set has the file as the cache knows it. */
  #isStored(file: number, path: string): boolean {
    const entry = this.#vst.entry(path);
    return (
      entry !== undefined &&
      entry.mode === entryModeOf(this.#known.files.modes[file]!) &&
      entry.hash === this.#known.hashOf(file).toString("hex")
    );
  }

  // ---- deletions

  #missing(walk: WalkResult): string[] {
    if (this.#vst.size === 0) return [];
    return this.#knowsState ? this.#unseen(walk) : this.#absent(walk);
  }

  #unseen({ visits, kept }: WalkResult): string[] {
    const known = this.#known;
    const isAsKnown = new Uint8Array(known.directoryCount);
    for (const visit of visits)
      if (visit.known >= 0 && visit.listing === undefined) isAsKnown[visit.known] = 1;
    const missing: string[] = [];
    for (let directory = 0; directory < known.directoryCount; directory++) {
      if (isAsKnown[directory] === 1) continue;
      const end = known.directories.firstFile[directory + 1]!;
      for (let file = known.directories.firstFile[directory]!; file < end; file++)
        if (kept[file] === 0 && known.isStored(file))
          missing.push(join(known.directoryPath(directory), known.fileName(file)));
    }
    return missing;
  }

  #absent(walk: WalkResult): string[] {
    const present = this.#presentPaths(walk);
    const bare = new Set(walk.visits.filter(({ storedCount }) => storedCount === 0).map(({ path }) => path));
    const missing: string[] = [];
    for (const { path, mode } of this.#vst.entries()) {
      const isKept = mode === "gitlink" ? isBare(path, bare, present) : present.has(path);
      if (!isKept) missing.push(path);
      else if (mode === "gitlink") this.#cacheIsComplete = false;
    }
    return missing;
  }

  #presentPaths({ visits, records }: WalkResult): Set<string> {
    const known = this.#known;
    const present = new Set<string>();
    for (const { path, listing, known: directory } of visits) {
      if (listing === undefined) {
        const end = known.directories.firstFile[directory + 1]!;
        for (let file = known.directories.firstFile[directory]!; file < end; file++)
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

  // ---- contents

  async #read(walk: WalkResult): Promise<void> {
    for (let record = 0; record < walk.records.count; record++) {
      if (walk.records.fateOf(record) !== PENDING) continue;
      this.#readFile(walk, record);
      this.#done++;
      const turn = this.#takeTurn(1);
      if (turn !== undefined) await turn;
    }
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.(this.#done);
  }

  #readFile(walk: WalkResult, record: number): void {
    const { records } = walk;
    const path = pathOfRecord(walk, this.#known, record);
    const content = readContent(`${this.#begun.top}/${path}`, records.statOf(record));
    if (content === undefined) {
      records.setFate(record, GONE);
      if (this.#vst.delete(path)) this.#counts.deleted++;
      return;
    }
    this.#counts.rehashed++;
    const hash = hashBlob(content.bytes);
    records.setFate(record, content.stat === undefined ? UNSTABLE : READ, hash);
    if (content.stat !== undefined) records.setStat(record, content.stat);
    const mode = entryModeOf(records.modeOf(record));
    const stored = this.#vst.entry(path);
    if (stored?.mode === mode && stored.hash === Buffer.from(hash).toString("hex")) {
      this.#counts.unchanged++;
      return;
    }
    this.#vst.write(path, content.bytes, { mode });
    this.#counts[stored === undefined ? "added" : "modified"]++;
  }

  // ---- the cache

  #save(walk: WalkResult): void {
    const { base } = this.#options;
    const { added, modified, deleted } = this.#counts;
    const isChanged = added + modified + deleted > 0;
    const { clock, top, file } = this.#begun;
    const marginMs = statSync(top).dev === clock.device ? 0 : OTHER_DEVICE_MARGIN_MS;
    const state = isChanged || base === undefined ? undefined : hashOfSnapshotId(base);
    const head = {
      beganMs: clock.beganMs - marginMs,
      policy: this.#policy,
      state: this.#cacheIsComplete ? state : ("never" as const),
    };
    const update = updateCache(this.#known, walk);
    const check =
      (update.kind === "patch" ? patchStatCache(file, this.#known, head, update.changed) : undefined) ??
      replaceStatCache(file, update.kind === "patch" ? this.#known : update.cache, head);
    saved.set(file, check);
  }

  // ---- turns

  /** Lets others run, reports and looks at the signal, every so many files. */
  #takeTurn(files: number): Promise<void> | undefined {
    this.#sinceTurn += files;
    return this.#sinceTurn < TURN_FILES ? undefined : this.#turn(0);
  }

  async #turn(swept: number): Promise<void> {
    this.#sinceTurn = 0;
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.(this.#done + swept);
    await nextTurn();
  }
}

/** Whether a path is a directory below which no file is stored. */
function isBare(path: string, bare: ReadonlySet<string>, present: ReadonlySet<string>): boolean {
  if (!bare.has(path)) return false;
  for (const file of present) if (file.startsWith(`${path}/`)) return false;
  return true;
}
