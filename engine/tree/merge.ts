/**
 * Three-way merge of trees: what either side changed since a base, on one tree.
 *
 * Only what differs from the base is looked at (diff.ts skips the rest by identity and hash), so the cost is
 * O(changes of both sides * log n). A conflict is a value and never an error, and no side is lost: what the merged tree
 * does not hold, the conflict does. The merged tree does not depend on which side is called ours, with one exception:
 * where both sides hold something at a path, it has ours. The rules, for a path that both sides changed differently:
 *
 *   both have it, base too    `both-modified`, unless one changed the content and the other the executable bit only,
 *                             which go together; ours stays
 *   both have it, base not    `add-add`; ours stays
 *   same content, two modes   `mode`; ours stays
 *   one deleted it            `modify-delete`; what was modified stays
 *   a file on one side is a   `file-directory`: the directory stays where it is, the file is in the conflict only,
 *   directory on the other    since no tree can hold both
 *
 * For any base and x, y: merge(b, x, b) = merge(b, b, x) = merge(b, x, x) = x; the conflicts of (b, y, x) are those of
 * (b, x, y) with the sides exchanged.
 */
import type { TreeChange } from "./diff.ts";
import type { Tree } from "./tree.ts";
import { comparePaths, type TreeEntry } from "./tree-entry.ts";
import { hashOfKey } from "../object/ids.ts";
import { DIRECTORY_MODE, modeOfCode } from "../object/entry-mode.ts";

/** How two changes of one path disagree. */
export type ConflictKind = "both-modified" | "add-add" | "mode" | "modify-delete" | "file-directory";

/** What the three sides have at a path; undefined: nothing, or a directory. */
export interface TreeConflict {
  readonly kind: ConflictKind;
  readonly path: string;
  readonly base: TreeEntry | undefined;
  readonly ours: TreeEntry | undefined;
  readonly theirs: TreeEntry | undefined;
}

/** One path at which the merged tree differs from ours; undefined: it is not there any more. */
export interface MergeStep {
  readonly path: string;
  readonly to: TreeEntry | undefined;
}

export interface TreeMerge {
  /** A tree of its own, forked from ours. */
  readonly tree: Tree;
  /** From ours to the merged tree: deletions, then the others, both in byte order of paths. */
  readonly steps: readonly MergeStep[];
  /** In byte order of paths. */
  readonly conflicts: readonly TreeConflict[];
}

/** None of the three may be edited meanwhile; ours is frozen, as by `fork`. */
export function mergeTrees(base: Tree, ours: Tree, theirs: Tree): TreeMerge {
  const ourChanges = new Map(base.diff(ours).map((change) => [pathOf(change), change]));
  const conflicts = new Map<string, TreeConflict>();
  const steps = new Map<string, TreeEntry | undefined>();
  for (const change of base.diff(theirs)) {
    const path = pathOf(change);
    const sides = sidesOf(ourChanges.get(path), change);
    const { result, conflict } = decide(sides);
    if (conflict !== undefined) conflicts.set(path, { kind: conflict, path, ...sides });
    if (!sameEntry(result, sides.ours)) steps.set(path, result);
  }
  const tree = ours.fork();
  for (const [path, to] of steps) if (to === undefined) tree.delete(path);
  for (const [path, to] of steps)
    if (to !== undefined) tree.put(path, hashOfKey(to.hash), to.mode, to.sizeBytes);
  for (const path of filesThatAreDirectories(tree, ours, steps)) {
    const sides = { base: base.get(path), ours: ours.get(path), theirs: theirs.get(path) };
    // An empty directory that the other side put something into is that directory.
    if ((sides.ours ?? sides.theirs)?.mode !== DIRECTORY_MODE)
      conflicts.set(path, { kind: "file-directory", path, ...sides });
    tree.delete(path);
    if (sides.ours === undefined) steps.delete(path);
    else steps.set(path, undefined);
  }
  return {
    tree,
    steps: Array.from(steps, ([path, to]) => ({ path, to })).sort(deletionsFirst),
    conflicts: [...conflicts.values()].sort((a, b) => comparePaths(a.path, b.path)),
  };
}

interface Sides {
  readonly base: TreeEntry | undefined;
  readonly ours: TreeEntry | undefined;
  readonly theirs: TreeEntry | undefined;
}

/** Where ours changed nothing it has what the base has. */
function sidesOf(ourChange: TreeChange | undefined, theirChange: TreeChange): Sides {
  const base = theirChange.kind === "added" ? undefined : theirChange.from;
  const theirs = theirChange.kind === "deleted" ? undefined : theirChange.to;
  if (ourChange === undefined) return { base, ours: base, theirs };
  return { base, ours: ourChange.kind === "deleted" ? undefined : ourChange.to, theirs };
}

interface Decision {
  readonly result: TreeEntry | undefined;
  readonly conflict?: ConflictKind;
}

/** For a path that theirs changed. */
function decide({ base, ours, theirs }: Sides): Decision {
  if (sameEntry(ours, base)) return { result: theirs };
  if (sameEntry(ours, theirs)) return { result: ours };
  // Both changed it, so of ours and theirs at most one is a deletion, of something the base had.
  if (ours === undefined || theirs === undefined)
    return { result: ours ?? theirs, conflict: "modify-delete" };
  const joined = base === undefined ? undefined : contentOfOneAndModeOfTheOther(base, ours, theirs);
  if (joined !== undefined) return { result: joined };
  if (ours.hash === theirs.hash) return { result: ours, conflict: "mode" };
  return { result: ours, conflict: base === undefined ? "add-add" : "both-modified" };
}

function contentOfOneAndModeOfTheOther(
  base: TreeEntry,
  ours: TreeEntry,
  theirs: TreeEntry,
): TreeEntry | undefined {
  // The content of a symlink or a gitlink means something else: with it the mode is part of the content.
  if (![base, ours, theirs].every(isRegular)) return undefined;
  const content = oneThatChanged(base.hash, ours, theirs, (entry) => entry.hash);
  const mode = mergedMode(base, ours, theirs);
  return content === undefined || mode === undefined ? undefined : { ...content, mode };
}

/** The mode of what both sides have; undefined where they do not agree. */
export function mergedMode(
  base: TreeEntry | undefined,
  ours: TreeEntry,
  theirs: TreeEntry,
): number | undefined {
  return oneThatChanged(base?.mode, ours, theirs, (entry) => entry.mode)?.mode;
}

/** Whose value counts; undefined where both sides changed it and not to the same. */
function oneThatChanged<T>(
  base: T,
  ours: TreeEntry,
  theirs: TreeEntry,
  valueOf: (entry: TreeEntry) => T,
): TreeEntry | undefined {
  if (valueOf(ours) === base) return theirs;
  return valueOf(theirs) === base || valueOf(theirs) === valueOf(ours) ? ours : undefined;
}

/** Holds bytes that a program or a person wrote: not a symlink, not a gitlink. */
export function isRegular(entry: TreeEntry): boolean {
  const mode = modeOfCode(entry.mode);
  return mode === "file" || mode === "executable";
}

/** Files below which there are files too. Of each such pair one is of ours and one a path that the merge brought. */
function filesThatAreDirectories(
  merged: Tree,
  ours: Tree,
  steps: ReadonlyMap<string, TreeEntry | undefined>,
): Set<string> {
  const found = new Set<string>();
  for (const [path, to] of steps) {
    if (to === undefined || ours.has(path)) continue;
    const directory = path.slice(0, path.lastIndexOf("/") + 1);
    // Where ours has that directory, none of its parents is a file of ours.
    if (directory !== "" && !ours.hasPrefix(directory))
      for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1))
        if (merged.has(path.slice(0, slash))) found.add(path.slice(0, slash));
    if (merged.hasPrefix(`${path}/`)) found.add(path);
  }
  return found;
}

function pathOf(change: TreeChange): string {
  return change.kind === "added" ? change.to.path : change.from.path;
}

function sameEntry(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  return a?.hash === b?.hash && a?.mode === b?.mode;
}

/** So that following the steps one by one never meets a file and a directory at one path. */
function deletionsFirst(a: MergeStep, b: MergeStep): number {
  return Number(a.to !== undefined) - Number(b.to !== undefined) || comparePaths(a.path, b.path);
}
