/**
 * Writes entries of a snapshot as files.
 *
 * The promise is that nothing is written outside the output directory, whatever the snapshot says, and that what
 * fails leaves nothing half-written:
 *
 * - Paths are checked again here, and no path may run through another entry's file or symlink.
 * - Directories are made one level at a time and must be real ones; a symlink in the output is never followed, not even
 *   one that another process puts there meanwhile (`output/anchor.ts`, which says where that holds). Symlinks of the
 *   snapshot are made last, when every file is already in its place.
 * - A new output directory is written beside its final place and renamed when complete. In one that is there each file
 *   is written beside its place and renamed over it, so a reader sees the old file or the new one; what stands in the
 *   way (a directory, a symlinked parent) is found before the first write. One that was empty is emptied on failure.
 * - An abort ends at the border of a file. After a kill the next call with the same output goes on where the last one
 *   was: what is there with the wanted content is not written again (`output/staging.ts`).
 *
 * A gitlink becomes an empty directory, and so does an entry that stands for one.
 *
 * File calls are synchronous: for small files one call costs a few microseconds, against tens for a round trip through
 * the thread pool. Many files are shared out to threads (`output/write-files.ts`).
 */
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { errnoOf } from "../errors.ts";
import type { StoreThreadAccess } from "../store/object-store.ts";
import { AnchorChain } from "./output/anchor.ts";
import { writeFailed } from "./output/output-errors.ts";
import { refuseCollidingNames, refuseWindowsNames } from "./output/output-names.ts";
import { findPlace, removeForeign, surveyOutput } from "./output/output-place.ts";
import {
  type MaterializeEntry,
  nameOf,
  type OutputPlan,
  parentOf,
  planOutput,
} from "./output/output-plan.ts";
import { outcomeOf, ownName, removeMarker, markerName, takeOver, writeMarker } from "./output/staging.ts";
import { type ObjectReader, type PieceReader, writeFiles } from "./output/write-files.ts";
import { compileSelectors } from "./selectors.ts";

export { windowsObjection } from "./output/output-names.ts";
export type { MaterializeEntry } from "./output/output-plan.ts";
export type { ObjectReader, PieceReader } from "./output/write-files.ts";

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
  /**
   * Threads that write, beside the calling one. By default as many as there are processors from some 1,500 files or
   * 64 MiB on, and otherwise 0.
   */
  readonly threads?: number;
}

/** What was written. */
export interface MaterializeResult {
  readonly files: number;
  readonly symlinks: number;
  /** Content of files; targets of symlinks are not counted. */
  readonly bytes: number;
  /** Files and symlinks among them that were there already, with the wanted content and mode, and were left alone. */
  readonly kept: number;
}

/** How the output directory treats names; given only by tests, probed otherwise. */
export interface FileSystemTraits {
  readonly caseSensitive?: boolean;
  readonly windows?: boolean;
}

/** Where contents come from. */
export interface ContentSource {
  readonly readObject: ObjectReader;
  /** For large files; without it they are read as a whole. */
  readonly readPieces?: PieceReader;
  /** For threads; without it the calling one writes everything. */
  readonly access?: StoreThreadAccess | undefined;
}

/** Cost: about 50 us a small file on an ordinary Linux disk, most of it in the kernel; memory for the batches under way. */
export async function materializeEntries(
  entries: Iterable<MaterializeEntry>,
  source: ObjectReader | ContentSource,
  out: string,
  options: MaterializeOptions = {},
  traits: FileSystemTraits = {},
): Promise<MaterializeResult> {
  const plan = planOutput(selectEntries(entries, options.select ?? []));
  if (traits.windows ?? process.platform === "win32") refuseWindowsNames(plan);
  const target = resolve(out);
  const outcome = () => outcomeOf(plan);
  const place = findPlace(target, options.overwrite ?? false, outcome);
  refuseCollidingNames(plan, target, traits.caseSensitive);
  options.signal?.throwIfAborted();
  const work = new Work(plan, typeof source === "function" ? { readObject: source } : source, options);
  switch (place.kind) {
    case "absent":
      return work.besideAndRename(target);
    case "empty":
    case "unfinished":
      return work.fill(place.directory, outcome());
    case "occupied":
      return work.write(place.directory, { isSeen: true, isFresh: false });
  }
}

function selectEntries(entries: Iterable<MaterializeEntry>, select: readonly string[]): MaterializeEntry[] {
  if (select.length === 0) return [...entries];
  const isSelected = compileSelectors(select);
  const chosen: MaterializeEntry[] = [];
  for (const entry of entries) if (isSelected(entry.path)) chosen.push(entry);
  return chosen;
}

interface OutputKind {
  /** Others look at it: each file appears whole. */
  readonly isSeen: boolean;
  /** Nothing is in it. */
  readonly isFresh: boolean;
}

class Work {
  readonly #plan: OutputPlan;
  readonly #source: ContentSource;
  readonly #options: MaterializeOptions;

  constructor(plan: OutputPlan, source: ContentSource, options: MaterializeOptions) {
    this.#plan = plan;
    this.#source = source;
    this.#options = options;
  }

  /** A directory that is not there: it appears complete or not at all. */
  async besideAndRename(target: string): Promise<MaterializeResult> {
    const parent = dirname(target);
    const firstMade = makeParents(parent);
    const staged = join(parent, ownName(`${basename(target)}.`));
    try {
      const isFresh = !takeOver(target, staged);
      // Not made by mkdtemp, which makes a private directory (0700): the output has the modes anyone would expect.
      if (isFresh) makeDirectory(staged, staged);
      const result = await this.write(staged, { isSeen: false, isFresh }, target);
      renameSync(staged, target);
      return result;
    } catch (error) {
      rmSync(firstMade ?? staged, { recursive: true, force: true });
      throw error;
    }
  }

  /** A directory that is there and empty, or that a process which is gone had begun to fill. */
  async fill(directory: string, outcome: string): Promise<MaterializeResult> {
    const isMarked = !this.#plan.files.some(({ path }) => path === markerName);
    const wasEmpty = readdirSync(directory).length === 0;
    try {
      removeMarker(directory);
      if (isMarked) writeMarker(directory, outcome);
      const result = await this.write(directory, { isSeen: true, isFresh: wasEmpty });
      if (isMarked) removeMarker(directory);
      return result;
    } catch (error) {
      takeBack(this.#plan, directory);
      throw writeFailed(directory, error);
    }
  }

  /** `name` is what people know the directory by. */
  async write(
    directory: string,
    { isSeen, isFresh }: OutputKind,
    name = directory,
  ): Promise<MaterializeResult> {
    const { files, symlinks } = this.#plan;
    const { onProgress, signal, threads } = this.#options;
    const total = files.length + symlinks.length;
    const mayBeThere = this.#makeDirectories(directory, name, { isSeen, isFresh });
    const write = (entries: readonly MaterializeEntry[], before: number, among: number | undefined) =>
      writeFiles({
        directory,
        name,
        entries,
        isSeen,
        mayBeThere,
        readObject: this.#source.readObject,
        readPieces: this.#source.readPieces,
        access: this.#source.access,
        threads: among,
        signal,
        onProgress: (done) => onProgress?.(before + done, total),
      });
    const ofFiles = await write(files, 0, threads);
    const ofSymlinks = await write(symlinks, files.length, 0);
    return {
      files: files.length,
      symlinks: symlinks.length,
      bytes: files.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0),
      kept: ofFiles.kept + ofSymlinks.kept,
    };
  }

  /** Answers in whose place something may be. */
  #makeDirectories(
    directory: string,
    name: string,
    { isSeen, isFresh }: OutputKind,
  ): (entry: MaterializeEntry) => boolean {
    const chain = openChain(directory, name);
    try {
      if (!isFresh && !isSeen) removeForeign(this.#plan, name, chain);
      const present = isFresh ? undefined : surveyOutput(this.#plan, name, chain);
      for (const path of this.#plan.directories)
        if (present?.directories.has(path) !== true)
          makeDirectory(chain.enter(parentOf(path)).at(nameOf(path)), join(name, path));
      return (entry) => present?.has(entry) === true;
    } catch (error) {
      throw writeFailed(name, error);
    } finally {
      chain.close();
    }
  }
}

function openChain(directory: string, name: string): AnchorChain {
  try {
    return new AnchorChain(directory);
  } catch (error) {
    throw writeFailed(name, error);
  }
}

/** The first directory that had to be made. */
function makeParents(parent: string): string | undefined {
  try {
    return mkdirSync(parent, { recursive: true });
  } catch (error) {
    throw writeFailed(parent, error);
  }
}

/** `name` is what people know the place by. */
function makeDirectory(place: string, name: string): void {
  try {
    mkdirSync(place);
  } catch (error) {
    // Another process made it meanwhile; if it is no directory, entering it fails.
    if (errnoOf(error) !== "EEXIST") throw writeFailed(name, error);
  }
}

/** Removes what the plan has, and nothing that anybody else has put there. */
function takeBack({ files, symlinks, directories }: OutputPlan, directory: string): void {
  const chain = new AnchorChain(directory);
  const attempt = (path: string, remove: (place: string) => void): void => {
    try {
      remove(chain.enter(parentOf(path)).at(nameOf(path)));
    } catch {
      // Not made yet, or no longer empty.
    }
  };
  try {
    for (const { path } of [...files, ...symlinks]) attempt(path, unlinkSync);
    for (const path of directories.toReversed()) attempt(path, rmdirSync);
    removeMarker(directory);
  } finally {
    chain.close();
  }
}
