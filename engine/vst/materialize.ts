/**
 * Writes entries of a snapshot as files.
 *
 * The promise is that nothing is written outside the output directory, whatever the snapshot says, and that what
 * fails leaves nothing half-written:
 *
 * - Paths are checked again here, and no path may run through another entry's file or symlink.
 * - Directories are made one level at a time and must be real ones; a symlink in the output is never followed.
 *   Symlinks of the snapshot are made last, when every file is already in its place.
 * - A new output directory is written beside its final place and renamed when complete. An existing one that is
 *   empty is filled and emptied again on failure. Under `overwrite` each file is written beside its place and renamed
 *   over it, so a reader sees the old file or the new one; what stands in the way (a directory, a symlinked parent)
 *   is found before the first write.
 * - The snapshot is the opponent here, not another process: nobody else may change the output directory meanwhile.
 *
 * Modes are 0755 for executables and 0644 for the rest, less the process's umask, as with any tool that unpacks.
 * A gitlink becomes an empty directory.
 *
 * File calls are synchronous: for small files one call costs a few microseconds, against tens for a round trip through
 * the thread pool. The event loop gets its turn after every batch.
 */
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errnoOf, HeliosError } from "../errors.ts";
import { assertPath } from "../tree/path.ts";
import { compileSelectors } from "./selectors.ts";

/** What is needed of an `Entry`. */
export interface MaterializeEntry {
  readonly path: string;
  /** 64 hex digits: BLAKE3 of the content. */
  readonly hash: string;
  readonly mode: "file" | "executable" | "symlink" | "gitlink";
  readonly sizeBytes: number;
}

/** Which files of a snapshot are written, and over what. */
export interface MaterializeOptions {
  /** Ordered globs, `!` negates; see `selectors.ts`. None: everything. */
  readonly select?: readonly string[];
  /** Default false: OUTPUT_NOT_EMPTY for a directory with anything in it. True replaces files and removes nothing else. */
  readonly overwrite?: boolean;
  /** Entries written so far, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the work with the signal's reason, and takes back what a fresh output directory already holds. */
  readonly signal?: AbortSignal;
}

/** What was written. */
export interface MaterializeResult {
  readonly files: number;
  readonly symlinks: number;
  /** Content of files; targets of symlinks are not counted. */
  readonly bytes: number;
}

/** Throws or rejects when the object is missing or corrupt; whatever it throws is passed on. */
export type ObjectReader = (hashHex: string) => Uint8Array | Promise<Uint8Array>;

/** How the output directory treats names; given only by tests, probed otherwise. */
export interface FileSystemTraits {
  readonly caseSensitive?: boolean;
  readonly windows?: boolean;
}

const batchFiles = 128;
const batchBytes = 16 * 1024 * 1024;
const executableMode = 0o755;
const fileMode = 0o644;

/** Cost: about 50 us a small file on an ordinary Linux disk, most of it in the kernel; memory for one batch. */
export async function materializeEntries(
  entries: Iterable<MaterializeEntry>,
  readObject: ObjectReader,
  out: string,
  options: MaterializeOptions = {},
  traits: FileSystemTraits = {},
): Promise<MaterializeResult> {
  const plan = planOutput(selectEntries(entries, options.select ?? []));
  if (traits.windows ?? process.platform === "win32") refuseWindowsNames(plan);
  const target = resolve(out);
  const place = findPlace(target, options.overwrite ?? false);
  if (traits.caseSensitive !== true) refuseCollidingNames(plan, target, traits);
  options.signal?.throwIfAborted();
  switch (place.kind) {
    case "absent":
      return writeBesideAndRename(plan, readObject, target, options);
    case "empty":
      return fillAndEmptyOnFailure(plan, readObject, place.directory, options);
    case "occupied":
      refuseObstacles(plan, place.directory);
      return writePlan(plan, readObject, place.directory, true, options);
  }
}

// ---- what to write

interface OutputPlan {
  /** Parents before children. */
  readonly directories: readonly string[];
  readonly files: readonly MaterializeEntry[];
  readonly symlinks: readonly MaterializeEntry[];
}

function selectEntries(entries: Iterable<MaterializeEntry>, select: readonly string[]): MaterializeEntry[] {
  const isSelected = compileSelectors(select);
  const chosen: MaterializeEntry[] = [];
  for (const entry of entries) if (isSelected(entry.path)) chosen.push(entry);
  return chosen;
}

function planOutput(entries: readonly MaterializeEntry[]): OutputPlan {
  const directories = new Set<string>();
  const leaves = new Set<string>();
  const files: MaterializeEntry[] = [];
  const symlinks: MaterializeEntry[] = [];
  for (const entry of entries) {
    assertPath(entry.path);
    if (leaves.has(entry.path)) throw twice(entry.path);
    addParents(entry.path, directories);
    switch (entry.mode) {
      case "file":
      case "executable":
        leaves.add(entry.path);
        files.push(entry);
        break;
      case "symlink":
        leaves.add(entry.path);
        symlinks.push(entry);
        break;
      case "gitlink":
        directories.add(entry.path);
        break;
    }
  }
  for (const directory of directories) if (leaves.has(directory)) throw throughFile(directory);
  return { directories: [...directories], files, symlinks };
}

/** Outermost first, so that the set's own order makes parents before children. */
function addParents(path: string, directories: Set<string>): void {
  const end = path.lastIndexOf("/");
  if (end === -1 || directories.has(path.slice(0, end))) return;
  for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
    directories.add(path.slice(0, slash));
  }
}

function twice(path: string): HeliosError {
  return new HeliosError(
    "OUTPUT_UNSAFE",
    `${path} occurs twice in what is to be written`,
    "`helios-cli ls` shows what the snapshot holds",
    { path },
  );
}

function throughFile(path: string): HeliosError {
  return new HeliosError(
    "OUTPUT_UNSAFE",
    `${path} is both a file or symlink and a directory of other paths; writing through it could leave the output directory`,
    `leave one of the two out with --select "!${path}" or --select "!${path}/**"`,
    { path },
  );
}

// ---- where to write

type Place =
  | { readonly kind: "absent" }
  | { readonly kind: "empty"; readonly directory: string }
  | { readonly kind: "occupied"; readonly directory: string };

/** The output directory itself may be reached through symlinks: the caller named it. */
function findPlace(target: string, overwrite: boolean): Place {
  const itself = lstatIfThere(target);
  if (itself === undefined) return { kind: "absent" };
  if (itself.isSymbolicLink() && !existsSync(target))
    throw notDirectory(target, "is a symbolic link to nothing");
  const directory = realpathSync(target);
  if (!lstatSync(directory).isDirectory()) throw notDirectory(target, "is not a directory");
  if (readdirSync(directory).length === 0) return { kind: "empty", directory };
  if (overwrite) return { kind: "occupied", directory };
  throw new HeliosError(
    "OUTPUT_NOT_EMPTY",
    `the output directory ${target} is not empty`,
    "choose a new or empty directory, or allow overwriting (--overwrite)",
    { path: target },
  );
}

function notDirectory(target: string, what: string): HeliosError {
  return new HeliosError("OUTPUT_UNSAFE", `${target} ${what}`, "choose a new or empty directory", {
    path: target,
  });
}

/** Everything under `overwrite` that would stop the work halfway, or lead it out of the directory. */
function refuseObstacles(plan: OutputPlan, directory: string): void {
  for (const path of plan.directories) {
    const stat = lstatIfThere(join(directory, path));
    if (stat === undefined || stat.isDirectory()) continue;
    const what = stat.isSymbolicLink() ? "a symbolic link, which is not followed" : "not a directory";
    throw new HeliosError(
      "OUTPUT_UNSAFE",
      `${join(directory, path)} has to be a directory and is ${what}`,
      "remove it, or choose another output directory",
      { path },
    );
  }
  for (const { path } of [...plan.files, ...plan.symlinks]) {
    if (lstatIfThere(join(directory, path))?.isDirectory() !== true) continue;
    throw new HeliosError(
      "OUTPUT_NOT_EMPTY",
      `${join(directory, path)} is a directory where a file has to be written`,
      "remove it, or choose another output directory",
      { path },
    );
  }
}

// ---- names that only some file systems can hold

function refuseCollidingNames(plan: OutputPlan, target: string, traits: FileSystemTraits): void {
  const collision = findCollision(plan);
  if (collision === undefined || !(traits.caseSensitive === false || foldsNames(target))) return;
  throw new HeliosError(
    "OUTPUT_UNSAFE",
    `${collision[0]} and ${collision[1]} are one name on the file system of ${target}, so one would overwrite the other`,
    `write to a case-sensitive file system, or leave one out with --select "!${collision[1]}"`,
    { path: collision[1] },
  );
}

/** Two names that a file system which ignores case, or the way letters are composed, takes for one. */
function findCollision(plan: OutputPlan): readonly [string, string] | undefined {
  const seen = new Map<string, string>();
  const names = [
    ...plan.directories,
    ...plan.files.map(({ path }) => path),
    ...plan.symlinks.map(({ path }) => path),
  ];
  for (const name of names) {
    const folded = foldName(name);
    const earlier = seen.get(folded);
    if (earlier !== undefined && earlier !== name) return [earlier, name];
    seen.set(folded, name);
  }
  return undefined;
}

function foldName(name: string): string {
  return name.normalize("NFD").toLowerCase();
}

/** Makes a directory and looks for it by another spelling. Asked only when two names would collide. */
function foldsNames(target: string): boolean {
  let folder = target;
  while (!existsSync(folder)) folder = dirname(folder);
  const probe = mkdtempSync(join(folder, ".helios-CASE-"));
  try {
    return existsSync(join(dirname(probe), basename(probe).toLowerCase()));
  } finally {
    rmdirSync(probe);
  }
}

const windowsReserved = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?$/i;

/** Why Windows cannot hold the name, or would take it for another; undefined when it can. */
export function windowsObjection(path: string): string | undefined {
  for (const segment of path.split("/")) {
    // oxlint-disable-next-line eslint/no-control-regex -- control characters are what is looked for
    if (/[\u0000-\u001f<>:"\\|?*]/.test(segment))
      return `"${segment}" has a character Windows does not allow`;
    if (/[. ]$/.test(segment)) return `"${segment}" ends in a dot or a space, which Windows drops`;
    if (windowsReserved.test(segment)) return `"${segment}" is the name of a device on Windows`;
  }
  return undefined;
}

function refuseWindowsNames(plan: OutputPlan): void {
  for (const path of [
    ...plan.directories,
    ...plan.files.map((e) => e.path),
    ...plan.symlinks.map((e) => e.path),
  ]) {
    const objection = windowsObjection(path);
    if (objection === undefined) continue;
    const remedy = `leave it out with --select "!${path}", or write it on another system`;
    throw new HeliosError("OUTPUT_UNSAFE", `${path} cannot be written here: ${objection}`, remedy, { path });
  }
}

// ---- writing

async function writeBesideAndRename(
  plan: OutputPlan,
  readObject: ObjectReader,
  target: string,
  options: MaterializeOptions,
): Promise<MaterializeResult> {
  const parent = dirname(target);
  const firstMade = mkdirSync(parent, { recursive: true });
  // Not made by mkdtemp, which makes a private directory (0700): the output has the modes anyone would expect.
  const staging = join(parent, `.${basename(target)}.helios-${process.pid}-${Date.now().toString(36)}`);
  mkdirSync(staging);
  try {
    const result = await writePlan(plan, readObject, staging, false, options);
    renameSync(staging, target);
    return result;
  } catch (error) {
    rmSync(firstMade ?? staging, { recursive: true, force: true });
    throw error;
  }
}

async function fillAndEmptyOnFailure(
  plan: OutputPlan,
  readObject: ObjectReader,
  directory: string,
  options: MaterializeOptions,
): Promise<MaterializeResult> {
  try {
    return await writePlan(plan, readObject, directory, false, options);
  } catch (error) {
    for (const name of readdirSync(directory))
      rmSync(join(directory, name), { recursive: true, force: true });
    throw error;
  }
}

async function writePlan(
  plan: OutputPlan,
  readObject: ObjectReader,
  directory: string,
  replace: boolean,
  options: MaterializeOptions,
): Promise<MaterializeResult> {
  const total = plan.files.length + plan.symlinks.length;
  let done = 0;
  let bytes = 0;
  for (const path of plan.directories) makeDirectory(join(directory, path));
  const temporary = replace ? `.helios-${process.pid}-${Date.now().toString(36)}` : undefined;
  for (const batch of inBatches([...plan.files, ...plan.symlinks])) {
    options.signal?.throwIfAborted();
    const contents = await readBatch(batch, readObject);
    for (const { entry, content } of contents) {
      if (entry.mode !== "symlink") bytes += content.length;
      writeEntry(directory, entry, content, temporary);
      done++;
    }
    options.onProgress?.(done, total);
    await nextTurn();
  }
  return { files: plan.files.length, symlinks: plan.symlinks.length, bytes };
}

/** Bounded in number and in bytes: what is read ahead is what is held in memory. */
function* inBatches(entries: readonly MaterializeEntry[]): Generator<readonly MaterializeEntry[]> {
  let batch: MaterializeEntry[] = [];
  let sizeBytes = 0;
  for (const entry of entries) {
    batch.push(entry);
    sizeBytes += entry.sizeBytes;
    if (batch.length < batchFiles && sizeBytes < batchBytes) continue;
    yield batch;
    batch = [];
    sizeBytes = 0;
  }
  if (batch.length > 0) yield batch;
}

interface Loaded {
  readonly entry: MaterializeEntry;
  readonly content: Uint8Array;
}

function readBatch(batch: readonly MaterializeEntry[], readObject: ObjectReader): Promise<Loaded[]> {
  return Promise.all(batch.map(async (entry) => ({ entry, content: await readObject(entry.hash) })));
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (errnoOf(error) === "EEXIST" && lstatSync(path).isDirectory()) return;
    throw writeFailed(path, error);
  }
}

/** `temporary` is the suffix to write under before renaming; undefined where nothing can stand in the place yet. */
function writeEntry(
  directory: string,
  entry: MaterializeEntry,
  content: Uint8Array,
  temporary: string | undefined,
): void {
  if (content.length !== entry.sizeBytes) throw wrongSize(entry, content.length);
  const place = join(directory, entry.path);
  const first = temporary === undefined ? place : join(dirname(place), temporary);
  try {
    if (entry.mode === "symlink") symlinkSync(Buffer.from(content), first);
    else writeNewFile(first, content, entry.mode === "executable" ? executableMode : fileMode);
    if (first !== place) renameSync(first, place);
  } catch (error) {
    if (first !== place) rmSync(first, { force: true });
    throw writeFailed(place, error);
  }
}

/** `wx` is O_CREAT | O_EXCL: it fails on anything that is there, a symlink included. */
function writeNewFile(path: string, content: Uint8Array, mode: number): void {
  const file = openSync(path, "wx", mode);
  try {
    for (let written = 0; written < content.length;) written += writeSync(file, content, written);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

function wrongSize(entry: MaterializeEntry, actualBytes: number): HeliosError {
  return new HeliosError(
    "OBJECT_CORRUPT",
    `the content of ${entry.path} has ${actualBytes} bytes and the snapshot says ${entry.sizeBytes}`,
    "restore the store from a copy, or take this path from another snapshot",
    { path: entry.path },
  );
}

function writeFailed(path: string, cause: unknown): unknown {
  const errno = errnoOf(cause);
  if (errno === undefined) return cause;
  if (errno === "ENOSPC" || errno === "EDQUOT") {
    return new HeliosError(
      "DISK_FULL",
      `no space left while writing ${path}`,
      "make room, or choose another disk",
      { path, cause },
    );
  }
  const remedy =
    errno === "EACCES" || errno === "EPERM" || errno === "EROFS"
      ? "choose a directory you may write to"
      : "choose another output directory, or leave this path out with --select";
  return new HeliosError("OUTPUT_UNSAFE", `cannot write ${path} (${errno})`, remedy, { path, cause });
}

function lstatIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    // ENOTDIR: a parent is a file, which the check of the parents reports.
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw writeFailed(path, error);
  }
}
