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
import { IgnoreRules, ignoreFileNames } from "./ignore-files.ts";
import { StatCache, StatCacheWriter, type FileStat } from "./stat-cache.ts";

/** What is needed of a `Vst`. */
export interface ScanTarget {
  readonly size: number;
  entry(path: string): { readonly hash: string; readonly mode: EntryMode } | undefined;
  entries(): Iterable<{ readonly path: string; readonly mode: EntryMode }>;
  write(path: string, bytes: Uint8Array, options: { mode: "file" | "executable" | "symlink" }): void;
  delete(path: string): boolean;
}

export interface ScanOptions {
  /** False: ignore files are stored but not obeyed. Default true. */
  readonly obeyIgnoreFiles?: boolean;
  /** Files looked at so far, changed or not. */
  readonly onProgress?: (done: number) => void;
  /** Ends the scan with the signal's reason. The working set may hold part of the changes; do not commit it. */
  readonly signal?: AbortSignal;
}

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

/** Cost: about 10 us a file that did not change, most of it one lstat; see FORMAT of the cache in `stat-cache.ts`. */
export async function scanDirectory(
  helios: { readonly root: string },
  vst: ScanTarget,
  directory: string,
  options: ScanOptions = {},
): Promise<ScanResult> {
  const top = topOf(directory);
  const store = realpathSync(helios.root);
  const folder = join(store, "stat-cache");
  const name = Buffer.from(hashBlob(Buffer.from(top)).subarray(0, 16)).toString("hex");
  const known = StatCache.load(join(folder, name));
  const next = new StatCacheWriter(folder, name);
  try {
    const found = await walk(top, store, options);
    const counts = await update(vst, top, found, known, next, options);
    next.save(statSync(top).dev === next.device ? 0 : otherDeviceMarginMs);
    return { ...counts, skipped: found.skipped };
  } catch (error) {
    next.discard();
    throw error;
  }
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

// ---- walking

interface FoundFile {
  readonly path: string;
  readonly stat: Stats;
}

interface Found {
  readonly files: FoundFile[];
  /** Directories below which nothing is stored. */
  readonly bareDirectories: Set<string>;
  readonly skipped: SkippedFile[];
}

/** Depth first with a stack of its own, so that no depth of directories overflows the call stack. */
async function walk(top: string, store: string, options: ScanOptions): Promise<Found> {
  const found: Found = { files: [], bareDirectories: new Set(), skipped: [] };
  const storePath = relative(top, store).split(sep).join("/");
  const pending: { readonly path: string; readonly rules: IgnoreRules }[] = [
    { path: "", rules: IgnoreRules.none },
  ];
  let turnAt = turnFiles;
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const names = listNames(top, directory.path, found.skipped);
    const rules =
      options.obeyIgnoreFiles === false
        ? IgnoreRules.none
        : withOwnRules(directory.rules, top, directory.path, names);
    found.bareDirectories.add(directory.path);
    for (const name of names) {
      const path = directory.path === "" ? name : `${directory.path}/${name}`;
      if (neverStored.has(name) || path === storePath) continue;
      const stat = lstatIfThere(`${top}/${path}`);
      if (stat === undefined || rules.ignores(path, stat.isDirectory())) continue;
      if (stat.isDirectory()) pending.push({ path, rules });
      else if (stat.isFile() || stat.isSymbolicLink()) found.files.push({ path, stat });
      else found.skipped.push({ path, reason: kindOf(stat) });
    }
    if (found.files.length < turnAt) continue;
    turnAt = found.files.length + turnFiles;
    options.signal?.throwIfAborted();
    await nextTurn();
  }
  for (const { path } of found.files) forgetParents(path, found.bareDirectories);
  return found;
}

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

function forgetParents(path: string, directories: Set<string>): void {
  for (let end = path.lastIndexOf("/"); end !== -1; end = path.lastIndexOf("/", end - 1)) {
    if (!directories.delete(path.slice(0, end))) return;
  }
}

// ---- updating

type Counts = Omit<ScanResult, "skipped">;

async function update(
  vst: ScanTarget,
  top: string,
  found: Found,
  known: StatCache,
  next: StatCacheWriter,
  options: ScanOptions,
): Promise<Counts> {
  // Before any write: a path may have been a file and now be a directory, or the other way round.
  const deleted = deleteMissing(vst, found);
  const counts = { added: 0, modified: 0, deleted, unchanged: 0, rehashed: 0, vanished: 0 };
  for (const [index, file] of found.files.entries()) {
    counts[updateFile(vst, top, file, known, next, counts)]++;
    if ((index + 1) % turnFiles !== 0) continue;
    options.signal?.throwIfAborted();
    options.onProgress?.(index + 1);
    await nextTurn();
  }
  options.signal?.throwIfAborted();
  options.onProgress?.(found.files.length);
  const { vanished: _, ...result } = counts;
  return result;
}

function deleteMissing(vst: ScanTarget, found: Found): number {
  if (vst.size === 0) return 0;
  const present = new Set(found.files.map(({ path }) => path));
  const missing: string[] = [];
  for (const { path, mode } of vst.entries()) {
    const isKept = mode === "gitlink" ? found.bareDirectories.has(path) : present.has(path);
    if (!isKept) missing.push(path);
  }
  for (const path of missing) vst.delete(path);
  return missing.length;
}

function updateFile(
  vst: ScanTarget,
  top: string,
  file: FoundFile,
  known: StatCache,
  next: StatCacheWriter,
  counts: { rehashed: number },
): "added" | "modified" | "deleted" | "unchanged" | "vanished" {
  const { path, stat } = file;
  const mode = modeOf(stat);
  const stored = vst.entry(path);
  const cached = known.hashOf(path, stat);
  if (cached !== undefined && stored?.hash === cached && stored.mode === mode) {
    next.add(path, stat, cached);
    return "unchanged";
  }
  const content = readContent(`${top}/${path}`, stat);
  if (content === undefined) return vst.delete(path) ? "deleted" : "vanished";
  counts.rehashed++;
  const hash = Buffer.from(hashBlob(content.bytes)).toString("hex");
  if (content.stat !== undefined) next.add(path, content.stat, hash);
  if (stored?.hash === hash && stored.mode === mode) return "unchanged";
  vst.write(path, content.bytes, { mode });
  return stored === undefined ? "added" : "modified";
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
