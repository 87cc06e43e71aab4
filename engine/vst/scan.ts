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
 * Only files that `stat-cache.ts` cannot vouch for are read. Changed content is held by the working set until its
 * commit; nothing else is kept in memory beyond one record per file.
 */
import { constants as bufferLimits, isUtf8 } from "node:buffer";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  type Stats,
} from "node:fs";
import { join, relative, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errnoOf, HeliosError } from "../errors.ts";
import type { EntryMode } from "../object/entry-mode.ts";
import { hashBlob } from "../object/hash.ts";
import { hashOfSnapshotId, type SnapshotId } from "../object/ids.ts";
import { IgnoreRules, ignoreFileNames } from "./ignore-files.ts";
import { rememberState, StatCache, StatCacheWriter, type FileStat } from "./stat-cache.ts";

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

export interface SkippedFile {
  /** Bytes that are not UTF-8 are shown as `\xNN`. */
  readonly path: string;
  readonly reason: string;
}

/** Files between two turns of the event loop, for progress and abort. */
const turnFiles = 512;
/** Trusted less where the tree and the store are on different file systems, whose clocks may disagree. */
const otherDeviceMarginMs = 2_000;
const readAttempts = 3;
const neverStored = new Set([".git", ".helios"]);

/** Cost: about 5 us a file that did not change, nearly all of it the lstat; see `stat-cache.ts`. */
export async function scanDirectory(
  helios: { readonly root: string },
  vst: ScanTarget,
  directory: string,
  options: ScanOptions = {},
): Promise<ScanResult> {
  const top = topOf(directory);
  const { folder, name } = cachePlace(helios.root, top);
  const known = StatCache.load(join(folder, name));
  const next = new StatCacheWriter(folder, name, known);
  try {
    const scan = new Scan(top, realpathSync(helios.root), vst, known, next, options);
    const result = await scan.run();
    const isChanged = result.added + result.modified + result.deleted > 0;
    const state = isChanged || options.base === undefined ? undefined : hashOfSnapshotId(options.base);
    const marginMs = statSync(top).dev === next.device ? 0 : otherDeviceMarginMs;
    next.save(marginMs, scan.cacheIsComplete ? state : "never");
    return result;
  } catch (error) {
    next.discard();
    throw error;
  }
}

/**
 * Says that `snapshot` is what the last scan of the directory found, as is so after the working set was committed
 * without further changes. The next scan that starts from it is then several times faster.
 */
export function rememberScan(
  helios: { readonly root: string },
  directory: string,
  snapshot: SnapshotId,
): void {
  const { folder, name } = cachePlace(helios.root, topOf(directory));
  rememberState(join(folder, name), hashOfSnapshotId(snapshot));
}

/** One cache for every directory that is scanned into a store. */
function cachePlace(root: string, top: string): { folder: string; name: string } {
  const name = Buffer.from(hashBlob(Buffer.from(top)).subarray(0, 16)).toString("hex");
  return { folder: join(realpathSync(root), "stat-cache"), name };
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

// ---- the scan

interface ChangedFile {
  readonly path: string;
  readonly stat: Stats;
  /** In the cache that is written. */
  readonly slot: number;
}

class Scan {
  readonly #top: string;
  /** Of the store below the top; one that lies elsewhere begins with `..` and meets no path. */
  readonly #storePath: string;
  readonly #vst: ScanTarget;
  readonly #known: StatCache;
  readonly #next: StatCacheWriter;
  readonly #options: ScanOptions;
  /** The cache lists exactly the paths of the working set, so the tree need not be asked. */
  readonly #knowsState: boolean;
  readonly #seen: Uint8Array;
  readonly #changed: ChangedFile[] = [];
  readonly #present: Set<string> | undefined;
  readonly #bareDirectories = new Set<string>();
  readonly #skipped: SkippedFile[] = [];
  #fileCount = 0;
  /** Files looked at or read since the last turn, and files done with. */
  #sinceTurn = 0;
  #done = 0;
  readonly #counts = { added: 0, modified: 0, deleted: 0, unchanged: 0, rehashed: 0, vanished: 0 };
  /** False when the working set holds what no file stands for: a gitlink. */
  cacheIsComplete = true;

  constructor(
    top: string,
    store: string,
    vst: ScanTarget,
    known: StatCache,
    next: StatCacheWriter,
    options: ScanOptions,
  ) {
    this.#top = top;
    this.#storePath = relative(top, store).split(sep).join("/");
    this.#vst = vst;
    this.#known = known;
    this.#next = next;
    this.#options = options;
    const { base } = options;
    this.#knowsState = base !== undefined && known.state?.equals(hashOfSnapshotId(base)) === true;
    this.#seen = new Uint8Array(known.paths.length);
    this.#present = this.#knowsState || vst.size === 0 ? undefined : new Set();
  }

  async run(): Promise<ScanResult> {
    await this.#walk();
    // Before any write: a path may have been a file and now be a directory, or the other way round.
    this.#deleteMissing();
    await this.#readChanged();
    const { vanished: _, ...counts } = this.#counts;
    return { ...counts, skipped: this.#skipped };
  }

  /** Depth first with a stack of its own, so that no depth of directories overflows the call stack. */
  async #walk(): Promise<void> {
    const pending: { readonly path: string; readonly rules: IgnoreRules }[] = [
      { path: "", rules: IgnoreRules.none },
    ];
    for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
      const { path: folder } = directory;
      const names = listNames(this.#top, folder, this.#skipped);
      const obeys = this.#options.obeyIgnoreFiles !== false;
      const rules = obeys ? withOwnRules(directory.rules, this.#top, folder, names) : IgnoreRules.none;
      const filesBefore = this.#fileCount;
      for (const name of names) {
        const path = folder === "" ? name : `${folder}/${name}`;
        if (neverStored.has(name) || path === this.#storePath) continue;
        const stat = lstatIfThere(`${this.#top}/${path}`);
        if (stat === undefined) continue;
        if (stat.isFile() || stat.isSymbolicLink()) this.#meetFile(path, stat, rules);
        else if (rules.ignores(path, stat.isDirectory())) continue;
        else if (stat.isDirectory()) pending.push({ path, rules });
        else this.#skipped.push({ path, reason: kindOf(stat) });
      }
      if (this.#fileCount === filesBefore) this.#bareDirectories.add(folder);
      await this.#takeTurn(this.#fileCount - filesBefore);
    }
  }

  #meetFile(path: string, stat: Stats, rules: IgnoreRules): void {
    const index = this.#known.find(path);
    const wasLetThrough = index >= 0 && this.#known.rulesAt(index) === rules.fingerprint;
    if (!wasLetThrough && rules.ignores(path, false)) return;
    this.#fileCount++;
    this.#present?.add(path);
    if (index >= 0) this.#seen[index] = 1;
    if (wasLetThrough && this.#known.isUnchanged(index, stat) && this.#isStored(path, stat, index)) {
      this.#counts.unchanged++;
      this.#done++;
      this.#next.keep(index);
    } else {
      this.#changed.push({ path, stat, slot: this.#next.reserve(path, index, rules.fingerprint) });
    }
  }

  /** Whether the working set has the file as the cache knows it. */
  #isStored(path: string, stat: Stats, index: number): boolean {
    if (this.#knowsState) return true;
    const entry = this.#vst.entry(path);
    return entry !== undefined && entry.mode === modeOf(stat) && entry.hash === this.#known.hashAt(index);
  }

  #deleteMissing(): void {
    const missing = this.#knowsState ? this.#unseenPaths() : this.#absentPaths();
    for (const path of missing) if (this.#vst.delete(path)) this.#counts.deleted++;
  }

  #unseenPaths(): string[] {
    return this.#known.paths.filter((_, index) => this.#seen[index] === 0);
  }

  #absentPaths(): string[] {
    const present = this.#present;
    if (present === undefined) return [];
    const missing: string[] = [];
    for (const { path, mode } of this.#vst.entries()) {
      const isKept = mode === "gitlink" ? this.#isBare(path, present) : present.has(path);
      if (!isKept) missing.push(path);
      else if (mode === "gitlink") this.cacheIsComplete = false;
    }
    return missing;
  }

  /** Whether a path is a directory below which no file is stored. */
  #isBare(path: string, present: ReadonlySet<string>): boolean {
    if (!this.#bareDirectories.has(path)) return false;
    for (const file of present) if (file.startsWith(`${path}/`)) return false;
    return true;
  }

  async #readChanged(): Promise<void> {
    for (const file of this.#changed) {
      this.#counts[this.#readFile(file)]++;
      this.#done++;
      await this.#takeTurn(1);
    }
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.(this.#done);
  }

  #readFile({ path, stat, slot }: ChangedFile): "added" | "modified" | "deleted" | "unchanged" | "vanished" {
    const content = readContent(`${this.#top}/${path}`, stat);
    if (content === undefined) return this.#vst.delete(path) ? "deleted" : "vanished";
    this.#counts.rehashed++;
    const hash = Buffer.from(hashBlob(content.bytes)).toString("hex");
    this.#next.fill(slot, content.stat, hash);
    const mode = modeOf(stat);
    const stored = this.#vst.entry(path);
    if (stored?.hash === hash && stored.mode === mode) return "unchanged";
    this.#vst.write(path, content.bytes, { mode });
    return stored === undefined ? "added" : "modified";
  }

  /** Lets others run, reports and looks at the signal, every so many files. */
  async #takeTurn(files: number): Promise<void> {
    this.#sinceTurn += files;
    if (this.#sinceTurn < turnFiles) return;
    this.#sinceTurn = 0;
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.(this.#done);
    await nextTurn();
  }
}

// ---- looking at the directory

/** Read as text, which is quick; a name with a replacement character is looked at again as bytes. */
function listNames(top: string, path: string, skipped: SkippedFile[]): string[] {
  const folder = path === "" ? top : `${top}/${path}`;
  try {
    const names = readdirSync(folder);
    if (!names.some((name) => name.includes("\uFFFD"))) return names;
    const exact: string[] = [];
    for (const bytes of readdirSync(folder, { encoding: "buffer" })) {
      if (isUtf8(bytes)) exact.push(bytes.toString());
      else
        skipped.push({
          path: (path === "" ? "" : `${path}/`) + escapeBytes(bytes),
          reason: "its name is not UTF-8",
        });
    }
    return exact;
  } catch (error) {
    // Removed since its parent was listed.
    if (path !== "" && errnoOf(error) === "ENOENT") return [];
    throw unreadable(folder, error);
  }
}

function escapeBytes(bytes: Buffer): string {
  return [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");
}

function withOwnRules(rules: IgnoreRules, top: string, path: string, names: readonly string[]): IgnoreRules {
  let own = rules;
  for (const name of ignoreFileNames) {
    if (!names.includes(name)) continue;
    const file = join(top, path, name);
    // As in git, an ignore file that is a symlink is not read: it could lead anywhere.
    if (lstatIfThere(file)?.isFile() === true) own = own.with(path, readText(file));
  }
  return own;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw unreadable(file, error);
  }
}

function kindOf(stat: Stats): string {
  if (stat.isSocket()) return "it is a socket";
  if (stat.isFIFO()) return "it is a named pipe";
  return "it is a device";
}

function modeOf(stat: Stats): "file" | "executable" | "symlink" {
  if (stat.isSymbolicLink()) return "symlink";
  return (stat.mode & constants.S_IXUSR) === 0 ? "file" : "executable";
}

interface Content {
  readonly bytes: Buffer;
  /** Undefined when the file kept changing while it was read: then it is read again next time. */
  readonly stat: FileStat | undefined;
}

function readContent(file: string, stat: Stats): Content {
  try {
    return stat.isSymbolicLink()
      ? { bytes: readlinkSync(file, { encoding: "buffer" }), stat }
      : readStable(file);
  } catch (error) {
    throw error instanceof HeliosError ? error : unreadable(file, error);
  }
}

/** The stat is that of the open file, taken before the content; one taken after has to agree. */
function readStable(file: string): Content {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (let attempt = 1; ; attempt++) {
      const before = fstatSync(descriptor);
      const bytes = readWhole(descriptor, file, before.size);
      const after = fstatSync(descriptor);
      const isStable =
        after.ctimeMs === before.ctimeMs && after.mtimeMs === before.mtimeMs && bytes.length === after.size;
      if (isStable) return { bytes, stat: before };
      if (attempt === readAttempts) return { bytes, stat: undefined };
    }
  } finally {
    closeSync(descriptor);
  }
}

function readWhole(descriptor: number, file: string, sizeBytes: number): Buffer {
  if (sizeBytes > bufferLimits.MAX_LENGTH) throw tooLarge(file, sizeBytes);
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  let length = 0;
  while (length < sizeBytes) {
    // One call reads at most 2 GiB.
    const read = readSync(descriptor, bytes, length, Math.min(sizeBytes - length, 2 ** 30), length);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

function tooLarge(file: string, sizeBytes: number): HeliosError {
  const message = `${file} is too large to store (${sizeBytes} bytes)`;
  return new HeliosError("DIRECTORY_UNREADABLE", message, "leave it out with a line in .heliosignore", {
    path: file,
  });
}

function lstatIfThere(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(path: string, cause: unknown): HeliosError {
  const errno = errnoOf(cause) ?? "unknown error";
  const remedy =
    errno === "ENOENT"
      ? "name a directory that exists"
      : "make it readable, or leave it out with a line in .heliosignore; nothing was committed";
  return new HeliosError("DIRECTORY_UNREADABLE", `cannot read ${path} (${errno})`, remedy, { path, cause });
}
