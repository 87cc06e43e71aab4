/**
 * Makes a directory equal to a state, without losing what no snapshot holds.
 *
 * Three states meet: what is on disk (scanned), what was saved last, and what is wanted. A path is touched when disk
 * and wanted differ; it is unsaved when disk and saved differ too. An unsaved path that would be touched is refused
 * before anything is changed, unless the caller forces it. What ignore files leave out is on disk and in no scan: it
 * is never deleted, and where a wanted file would replace it, it counts as unsaved.
 *
 * Deletions come first, then files are written beside their place and renamed over it. A failure in the middle (a full
 * disk) leaves some paths restored and the others as they were; running it again with force finishes the work.
 */
import { lstatSync, readdirSync, rmdirSync, unlinkSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf, HeliosError } from "../errors.ts";
import {
  type ContentSource,
  materializeEntries,
  type MaterializeEntry,
  type ObjectReader,
} from "./materialize.ts";
import { compileSelectors } from "./selectors.ts";

/** What is needed of a `Vst`. */
export interface RestoreState {
  /** What it has at a path. */
  entry(path: string): { readonly hash: string; readonly mode: MaterializeEntry["mode"] } | undefined;
  /** All of it, in byte order of paths. */
  entries(): Iterable<MaterializeEntry>;
}

/** The states that decide what may be overwritten. */
export interface RestoreStates {
  /** The directory as it is: a working set after `scanDirectory`. */
  readonly disk: RestoreState;
  /** The state that counts as saved. */
  readonly saved: RestoreState;
  readonly wanted: RestoreState;
}

/** What may be overwritten when a directory is made equal to a state. */
export interface RestoreOptions {
  /** Ordered globs; paths they leave out are not touched. None: all. */
  readonly select?: readonly string[];
  /** Overwrite and delete unsaved changes. Default false: UNSAVED_CHANGES. */
  readonly force?: boolean;
  /** Entries written so far, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What was changed in the directory. */
export interface RestoreResult {
  readonly written: number;
  readonly deleted: number;
}

interface RestorePlan {
  readonly writes: readonly MaterializeEntry[];
  readonly deletes: ReadonlySet<string>;
}

const namedInMessage = 5;

/** UNSAVED_CHANGES and OUTPUT_UNSAFE leave the directory as it was. */
export async function restoreDirectory(
  directory: string,
  states: RestoreStates,
  source: ObjectReader | ContentSource,
  options: RestoreOptions = {},
): Promise<RestoreResult> {
  const plan = planRestore(states, options.select ?? []);
  if (options.force !== true) refuseUnsaved(directory, plan, states);
  refuseObstacles(directory, plan);
  options.signal?.throwIfAborted();
  for (const path of plan.deletes) deletePath(directory, path);
  for (const { path, mode } of plan.writes)
    if (mode !== "directory") removeEmptyDirectory(join(directory, path));
  if (plan.writes.length > 0) {
    const { onProgress, signal } = options;
    await materializeEntries(plan.writes, source, directory, {
      overwrite: true,
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
  return { written: plan.writes.length, deleted: plan.deletes.size };
}

function planRestore({ disk, wanted }: RestoreStates, select: readonly string[]): RestorePlan {
  const isSelected = compileSelectors(select);
  const writes: MaterializeEntry[] = [];
  const deletes = new Set<string>();
  for (const entry of wanted.entries()) {
    if (isSelected(entry.path) && !isEqual(disk.entry(entry.path), entry)) writes.push(entry);
  }
  for (const { path } of disk.entries()) {
    if (isSelected(path) && wanted.entry(path) === undefined) deletes.add(path);
  }
  return { writes, deletes };
}

function isEqual(a: ReturnType<RestoreState["entry"]>, b: ReturnType<RestoreState["entry"]>): boolean {
  return a?.hash === b?.hash && a?.mode === b?.mode;
}

function refuseUnsaved(directory: string, plan: RestorePlan, { disk, saved }: RestoreStates): void {
  const unsaved = [...plan.deletes].filter((path) => !isEqual(disk.entry(path), saved.entry(path)));
  for (const { path } of plan.writes) {
    const present = disk.entry(path);
    const isLost =
      present === undefined ? isFileOnDisk(join(directory, path)) : !isEqual(present, saved.entry(path));
    if (isLost) unsaved.push(path);
  }
  if (unsaved.length === 0) return;
  const names = unsaved.slice(0, namedInMessage).join(", ");
  const more = unsaved.length > namedInMessage ? ` and ${unsaved.length - namedInMessage} more` : "";
  throw new HeliosError(
    "UNSAVED_CHANGES",
    `${unsaved.length} changed ${unsaved.length === 1 ? "path is" : "paths are"} in no snapshot and would be lost: ${names}${more}`,
    "commit first, or give up these changes (--force)",
    { path: unsaved[0] },
  );
}

/** What would stop the work halfway: a directory with kept files where a file goes, a kept file where a directory goes. */
function refuseObstacles(directory: string, plan: RestorePlan): void {
  const seen = new Set<string>();
  for (const { path } of plan.writes) {
    if (lstatIfThere(join(directory, path))?.isDirectory() === true) refuseKeptFiles(directory, path, plan);
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const parent = path.slice(0, end);
      if (seen.has(parent)) break;
      seen.add(parent);
      const stat = lstatIfThere(join(directory, parent));
      if (stat !== undefined && !stat.isDirectory() && !plan.deletes.has(parent))
        throw inTheWay(directory, parent);
    }
  }
}

function refuseKeptFiles(directory: string, path: string, plan: RestorePlan): void {
  for (const entry of readdirSync(join(directory, path), { withFileTypes: true })) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory()) refuseKeptFiles(directory, inner, plan);
    else if (!plan.deletes.has(inner)) throw inTheWay(directory, inner);
  }
}

function inTheWay(directory: string, path: string): HeliosError {
  return new HeliosError(
    "OUTPUT_UNSAFE",
    `${join(directory, path)} is in the way of a path of the snapshot, and is ignored or not selected`,
    "move it away, or restore only other paths (--select)",
    { path },
  );
}

/** And the directories that this leaves empty. */
function deletePath(directory: string, path: string): void {
  const place = join(directory, path);
  try {
    if (lstatIfThere(place)?.isDirectory() === true) removeIfEmpty(place);
    else unlinkSync(place);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw notRemoved(path, error);
  }
  for (let parent = dirname(path); parent !== "."; parent = dirname(parent)) {
    if (!removeIfEmpty(join(directory, parent))) return;
  }
}

function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOTEMPTY" || errno === "EEXIST" || errno === "ENOENT") return false;
    throw notRemoved(path, error);
  }
}

/** A tree of empty directories that stands where a file goes. */
function removeEmptyDirectory(path: string): void {
  if (lstatIfThere(path)?.isDirectory() !== true) return;
  for (const name of readdirSync(path)) removeEmptyDirectory(join(path, name));
  removeIfEmpty(path);
}

function notRemoved(path: string, cause: unknown): HeliosError {
  const message = `cannot remove ${path} (${errnoOf(cause) ?? String(cause)})`;
  return new HeliosError("OUTPUT_UNSAFE", message, "check the permissions of its directory", { path, cause });
}

function isFileOnDisk(path: string): boolean {
  const stat = lstatIfThere(path);
  return stat !== undefined && !stat.isDirectory();
}

function lstatIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw error;
  }
}
