/**
 * Makes a working set equal to a directory.
 *
 * Stored: regular files with their content and executable bit (the owner's, as git does) and symlinks with their
 * target bytes. Not stored: directories as such (an empty one leaves no trace, unless asked for), anything named `.git`
 * or `.helios`, the store itself wherever it is, and what `.gitignore` and `.heliosignore` leave out (`ignore-files.ts`). A nested
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
import { relative, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { HeliosError } from "../errors.ts";
import type { EntryMode } from "../object/entry-mode.ts";
import { hashBlob } from "../object/hash.ts";
import { hashOfSnapshotId, type SnapshotId, snapshotIdOf } from "../object/ids.ts";
import type { FoundDirectory, ImportRequest } from "../forest/import.ts";
import type { StoreThreadAccess } from "../store/object-store.ts";
import { inByteOrder } from "../tree/tree-entry.ts";
import { beginScan, type BegunScan, cacheFile, readClock, topOf } from "./directory/begin-scan.ts";
import { refreshCache, updateCache } from "./directory/cache-update.ts";
import { type FileRecords, READ, UNSTABLE } from "./directory/file-records.ts";
import { entryModeOf, invalidName, type SkippedFile } from "./directory/listing.ts";
import {
  absentPaths,
  emptyDirectories,
  knownEmptyDirectories,
  unseenPaths,
} from "./directory/missing-paths.ts";
import { type NameNote, notesOnCache, notesOnNames } from "./directory/portability.ts";
import { readChanged, threadsFor } from "./directory/read-changed.ts";
import { StatCache } from "./directory/stat-cache.ts";
import {
  type CacheHead,
  isSound,
  patchStatCache,
  rememberState,
  replaceStatCache,
  stateOf,
} from "./directory/stat-cache-file.ts";
import { SAME, StatSweep } from "./directory/stat-sweep.ts";
import { pathOfRecord, TreeWalk, type WalkResult } from "./directory/tree-walk.ts";

export { beginScan, type BegunScan } from "./directory/begin-scan.ts";
export type { SkippedFile } from "./directory/listing.ts";
export type { NameNote } from "./directory/portability.ts";

/** A path and what it is to hold. */
export interface FileToStore {
  readonly path: string;
  readonly hash: Uint8Array;
  readonly mode: EntryMode;
  readonly sizeBytes: number;
}

/** What is needed of a `Vst`. */
export interface ScanTarget {
  /**
   * For another kind of thing than a `Vst`: what keeps its snapshots apart, in the cache, from states that have the same
   * id and other files.
   */
  readonly cacheTag?: string;
  readonly size: number;
  /** What the working set has at a path. */
  entry(path: string): { readonly hash: string; readonly mode: EntryMode } | undefined;
  /** All of it, in byte order of paths. */
  entries(): Iterable<{ readonly path: string; readonly mode: EntryMode }>;
  /** `bytes`: undefined when the store has the content, or nobody will ask for it. */
  adopt(
    path: string,
    hash: Uint8Array,
    mode: EntryMode,
    sizeBytes: number,
    bytes?: Buffer,
  ): "added" | "modified" | "same";
  /** As `adopt` without bytes, in byte order of paths, where there is nothing yet. */
  fill(entries: Iterable<FileToStore>): void;
  /** Removes a path; false when it is not there. */
  delete(path: string): boolean;
  /** Takes the content of a snapshot; false where that is not to be had. */
  become(snapshot: SnapshotId): boolean;
  /** What it differs in from the state it began with. */
  changes(): readonly { readonly kind: "added" | "modified" | "deleted" }[];
  /** What lets another thread write contents to the same store; undefined where that is not possible. */
  threadAccess(): StoreThreadAccess | undefined;
  /** Takes in a whole directory by itself, where it has nothing yet; false, with nothing done, where it does not. */
  importDirectory?(request: ImportRequest): Promise<boolean>;
}

/** What a scan passes over, where it remembers, and how it reports. */
export interface ScanOptions {
  /** The snapshot that the working set equals, if it has no changes: spares the scan a look at its tree. */
  readonly base?: SnapshotId;
  /** False: ignore files are stored but not obeyed. Default true. */
  readonly obeyIgnoreFiles?: boolean;
  /**
   * Directories in which nothing else is stored: `ignore` (default), they leave no trace, or `keep`, each has an entry of
   * mode `directory`. Scans of one tree should agree on it: what one keeps, the other takes for deleted.
   */
  readonly emptyDirectories?: "ignore" | "keep";
  /** Names that are not UTF-8, which no path can be: `skip` (default) and list them, or `refuse` with NAME_INVALID. */
  readonly invalidNames?: "skip" | "refuse";
  /** Files looked at so far, changed or not. */
  readonly onProgress?: (done: number) => void;
  /** Ends the scan with the signal's reason. The working set may hold part of the changes; do not commit it. */
  readonly signal?: AbortSignal;
  /** From `beginScan` of the same store and directory. */
  readonly begun?: BegunScan;
  /** The working set is only looked at and never committed, so no content is kept; the cache stays that of its base. */
  readonly compareOnly?: boolean;
  /**
   * Threads that read files, beside the calling one. By default as many as there are processors from some 1,500 changed
   * files or 48 MiB on, at least one for a file of 32 MiB, and otherwise 0.
   */
  readonly threads?: number;
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
  /** New names that are stored and that some system could not hold, or not hold apart; at most a thousand. */
  readonly notes: readonly NameNote[];
}

/** Files between two turns of the event loop, for progress and abort. */
const TURN_FILES = 128;
/** Trusted less where the tree and the store are on different file systems, whose clocks may disagree. */
const OTHER_DEVICE_MARGIN_MS = 2_000;

/** Bits of a cache's policy. */
const OBEYS_IGNORE_FILES = 1;
const KEEPS_EMPTY_DIRECTORIES = 2;
const noContent = Buffer.alloc(0);

/** Cost: about 2.5 us a file that did not change, nearly all of it the lstat and shared with a second thread. */
export async function scanDirectory(
  helios: { readonly root: string },
  vst: ScanTarget,
  directory: string,
  options: ScanOptions = {},
): Promise<ScanResult> {
  const begun = believable(options.begun ?? beginScan(helios, directory));
  try {
    const clock = begun.clock ?? readClock(begun.file, options.compareOnly === true);
    return await new Scan({ ...begun, clock }, realpathSync(helios.root), vst, options).run();
  } finally {
    begun.sweep.stop();
  }
}

/** What was seen beside a cache that is not sound counts for nothing. */
function believable(begun: BegunScan): BegunScan {
  if (isSound(begun.sweep.cache)) return begun;
  begun.sweep.stop();
  return { ...begun, sweep: new StatSweep(StatCache.empty(), begun.top) };
}

/** Checks of the caches that this process has saved, by file. */
const saved = new Map<string, Uint8Array>();

/**
 * Says that `snapshot` is what the last scan of the directory found, as is so after the working set was committed
 * without further changes. The next scan that starts from it is then several times faster. `target`: what was scanned,
 * where that is no `Vst`.
 */
export function rememberScan(
  helios: { readonly root: string },
  directory: string,
  snapshot: SnapshotId,
  target: Pick<ScanTarget, "cacheTag"> = {},
): void {
  const file = cacheFile(helios.root, topOf(directory));
  const check = saved.get(file);
  if (check !== undefined) rememberState(file, check, stateHashOf(snapshot, target));
}

/** What the cache notes of a snapshot. */
function stateHashOf(snapshot: SnapshotId, { cacheTag }: Pick<ScanTarget, "cacheTag">): Uint8Array {
  const hash = hashOfSnapshotId(snapshot);
  return cacheTag === undefined ? hash : hashBlob(Buffer.concat([Buffer.from(cacheTag), hash]));
}

class Scan {
  readonly #begun: BegunScan;
  readonly #known: StatCache;
  readonly #store: string;
  readonly #vst: ScanTarget;
  readonly #options: ScanOptions;
  readonly #policy: number;
  readonly #counts = { added: 0, modified: 0, deleted: 0, unchanged: 0, rehashed: 0 };
  /** The snapshot of which the cache lists exactly the paths, if the working set has them: its tree need not be asked. */
  #state: Buffer | undefined;
  /** The working set took over that snapshot, so the counts are not about the one it began with. */
  #becameState = false;
  #sinceTurn = 0;
  #done = 0;
  #keptGitlinks = 0;

  constructor(begun: BegunScan, store: string, vst: ScanTarget, options: ScanOptions) {
    this.#begun = begun;
    this.#known = begun.sweep.cache;
    this.#store = store;
    this.#vst = vst;
    this.#options = options;
    this.#policy =
      (options.obeyIgnoreFiles === false ? 0 : OBEYS_IGNORE_FILES) +
      (options.emptyDirectories === "keep" ? KEEPS_EMPTY_DIRECTORIES : 0);
  }

  async run(): Promise<ScanResult> {
    this.#options.signal?.throwIfAborted();
    this.#align();
    const imported = await this.#importAtOnce();
    if (imported !== undefined) return imported;
    await this.#begun.sweep.run((items) => this.#turn(items));
    const walk = await this.#walk();
    if (this.#options.invalidNames === "refuse") refuseInvalidNames(walk);
    this.#counts.unchanged += walk.unchanged;
    this.#done = walk.unchanged;
    // Before any write: a path may have been a file and now be a directory, or the other way round.
    for (const path of this.#missing(walk)) this.#delete(path);
    await this.#read(walk);
    // A gitlink's directory is empty too.
    for (const path of this.#keptEmpty(walk))
      if (this.#vst.entry(path)?.mode !== "gitlink")
        this.#adopt({ path, hash: hashBlob(noContent), mode: "directory", sizeBytes: 0 }, noContent);
    this.#save(walk);
    const notes = notesOnNames(walk);
    return { ...(this.#becameState ? this.#countsSinceBase() : this.#counts), skipped: walk.skipped, notes };
  }

  /** Where the cache belongs to another snapshot than the working set, the working set goes there: a diff of trees. */
  #align(): void {
    const state = this.#known.policy === this.#policy ? stateOf(this.#known) : undefined;
    if (state === undefined) return;
    const { base } = this.#options;
    if (base === undefined || !state.equals(stateHashOf(base, this.#vst))) {
      if (!this.#vst.become(snapshotIdOf(state))) return;
      this.#becameState = true;
    }
    this.#state = state;
  }

  /** Undefined where the working set has something already, or leaves it to the scan. */
  async #importAtOnce(): Promise<ScanResult | undefined> {
    const { compareOnly = false, threads, onProgress, signal } = this.#options;
    if (compareOnly || this.#vst.size > 0 || this.#vst.importDirectory === undefined) return undefined;
    // What it does not know of.
    const { emptyDirectories = "ignore", invalidNames = "skip" } = this.#options;
    if (emptyDirectories === "keep" || invalidNames === "refuse") return undefined;
    let skipped: readonly SkippedFile[] = [];
    let notes: readonly NameNote[] = [];
    // Before the import is complete: a cache without a state is right in any case, and the threads are busy meanwhile.
    const onFound = (found: FoundDirectory): void => {
      skipped = found.skipped;
      notes = notesOnCache(found.cache);
      this.#counts.added = this.#counts.rehashed = found.files;
      this.#replaceCache(found.cache);
    };
    const request = { ...this.#place(), threads, onProgress, signal, onFound };
    return (await this.#vst.importDirectory(request)) ? { ...this.#counts, skipped, notes } : undefined;
  }

  #place() {
    const { top, clock } = this.#begun;
    return {
      top,
      storePath: relative(top, this.#store).split(sep).join("/"),
      obeyIgnoreFiles: (this.#policy & OBEYS_IGNORE_FILES) !== 0,
      trustedDevice: clock?.stampsDirectories === true ? clock.device : undefined,
    };
  }

  #walk(): Promise<WalkResult> {
    return new TreeWalk(this.#begun.sweep, {
      ...this.#place(),
      isSamePolicy: this.#known.policy === this.#policy,
      isStored: this.#state === undefined ? (file, path) => this.#isStored(file, path) : undefined,
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

  #keptEmpty(walk: WalkResult): readonly string[] {
    return (this.#policy & KEEPS_EMPTY_DIRECTORIES) === 0 ? [] : emptyDirectories(walk);
  }

  #missing(walk: WalkResult): readonly string[] {
    if (this.#vst.size === 0) return [];
    const empty = new Set(this.#keptEmpty(walk));
    if (this.#state !== undefined) {
      const keepsEmpty = (this.#policy & KEEPS_EMPTY_DIRECTORIES) !== 0;
      const noLonger = keepsEmpty
        ? knownEmptyDirectories(this.#known).filter((path) => !empty.has(path))
        : [];
      return [...unseenPaths(this.#known, walk), ...noLonger];
    }
    const { missing, keptGitlinks } = absentPaths(this.#vst.entries(), this.#known, walk, empty);
    this.#keptGitlinks = keptGitlinks;
    return missing;
  }

  #delete(path: string): void {
    if (this.#vst.delete(path)) this.#counts.deleted++;
  }

  // ---- contents

  async #read(walk: WalkResult): Promise<void> {
    const { records } = walk;
    const { compareOnly = false } = this.#options;
    const access = compareOnly || records.count === 0 ? undefined : this.#vst.threadAccess();
    // Contents that threads cannot put into the store have to come from this one.
    const threads = compareOnly || access !== undefined ? threadsFor(records, this.#options.threads) : 0;
    const isFilled = threads > 0 && this.#vst.size === 0;
    const pathOf = (record: number) => pathOfRecord(walk, this.#known, record);
    await readChanged({
      top: this.#begun.top,
      records,
      pathOf,
      presentHash: this.#vst.size === 0 ? undefined : (path) => this.#presentHash(path),
      access,
      threads,
      onRead: (record, bytes) => {
        this.#counts.rehashed++;
        this.#done++;
        if (!isFilled) this.#adopt(fileOf(records, record, pathOf), compareOnly ? undefined : bytes);
      },
      onGone: (path) => this.#delete(path),
      takeTurn: (files) => this.#takeTurn(files),
      signal: this.#options.signal,
    });
    this.#options.signal?.throwIfAborted();
    if (isFilled) this.#fill(records, pathOf);
    this.#options.onProgress?.(this.#done);
  }

  #presentHash(path: string): Uint8Array | undefined {
    const hash = this.#vst.entry(path)?.hash;
    return hash === undefined ? undefined : Buffer.from(hash, "hex");
  }

  #adopt({ path, hash, mode, sizeBytes }: FileToStore, bytes: Buffer | undefined): void {
    const outcome = this.#vst.adopt(path, hash, mode, sizeBytes, bytes);
    this.#counts[outcome === "same" ? "unchanged" : outcome]++;
  }

  #fill(records: FileRecords, pathOf: (record: number) => string): void {
    const files: FileToStore[] = [];
    for (let record = 0; record < records.count; record++) {
      const fate = records.fateOf(record);
      if (fate === READ || fate === UNSTABLE) files.push(fileOf(records, record, pathOf));
    }
    this.#vst.fill(inByteOrder(files));
    this.#counts.added += files.length;
  }

  #countsSinceBase(): Omit<ScanResult, "skipped" | "notes"> {
    const counts = { added: 0, modified: 0, deleted: 0 };
    for (const { kind } of this.#vst.changes()) counts[kind]++;
    const unchanged = this.#vst.size - counts.added - counts.modified;
    return { ...counts, unchanged, rehashed: this.#counts.rehashed };
  }

  // ---- the cache

  #save(walk: WalkResult): void {
    const { file } = this.#begun;
    const head = this.#cacheHead();
    if (head === undefined) return;
    if (this.#options.compareOnly === true && this.#state !== undefined) {
      const { sweep } = this.#begun;
      const isSame = (directory: number, index: number) => sweep.ofFile(directory, index) === SAME;
      const refreshed = { ...head, state: this.#state };
      if (patchStatCache(file, this.#known, refreshed, refreshCache(this.#known, walk, isSame)) === undefined)
        replaceStatCache(file, this.#known, refreshed);
      return;
    }
    const update = updateCache(this.#known, walk);
    const check =
      (update.kind === "patch" ? patchStatCache(file, this.#known, head, update.changed) : undefined) ??
      replaceStatCache(file, update.kind === "patch" ? this.#known : update.cache, head);
    saved.set(file, check);
  }

  #replaceCache(cache: StatCache): void {
    const head = this.#cacheHead();
    if (head !== undefined) saved.set(this.#begun.file, replaceStatCache(this.#begun.file, cache, head));
  }

  /** Undefined where nothing can be remembered. */
  #cacheHead(): CacheHead | undefined {
    const { clock, top } = this.#begun;
    if (clock === undefined) return undefined;
    const marginMs = statSync(top).dev === clock.device ? 0 : OTHER_DEVICE_MARGIN_MS;
    return { beganMs: clock.beganMs - marginMs, policy: this.#policy, state: this.#stateFound() };
  }

  /** The snapshot that has exactly what is in the directory, if that is known before a commit. */
  #stateFound(): Uint8Array | "never" | undefined {
    if (this.#keptGitlinks > 0) return "never";
    const { added, modified, deleted } = this.#counts;
    if (added + modified + deleted > 0) return undefined;
    const { base } = this.#options;
    return this.#state ?? (base === undefined ? undefined : stateHashOf(base, this.#vst));
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

function refuseInvalidNames({ skipped }: WalkResult): void {
  const refused = skipped.filter(({ reason }) => reason === invalidName);
  if (refused.length === 0) return;
  const more = refused.length === 1 ? "" : ` (and ${refused.length - 1} more)`;
  throw new HeliosError(
    "NAME_INVALID",
    `the name of ${refused[0]!.path} is not UTF-8${more}`,
    "rename it, leave it out with a line in .heliosignore, or let such names be skipped (--invalid-names skip)",
    { path: refused[0]!.path },
  );
}

function fileOf(records: FileRecords, record: number, pathOf: (record: number) => string): FileToStore {
  return {
    path: pathOf(record),
    hash: records.hashOf(record),
    mode: entryModeOf(records.modeOf(record)),
    sizeBytes: records.lengthOf(record),
  };
}
