/**
 * What a merge makes of a working set: the merged tree (tree/merge.ts), and for each of its conflicts a state of the
 * files that loses no side.
 *
 *   text that both changed      merged line by line; where that does not go, both sides between markers
 *   anything else that both     ours stays at the path, theirs is put beside it as `<path>.theirs-<content hash>`
 *   changed or added            (binary files, symlinks, gitlinks, large files)
 *   changed here, deleted there what was changed stays
 *   a file here, a directory    the directory stays, the file is put beside it as `<path>.ours-<content hash>` or
 *   there                       `<path>.theirs-<content hash>`
 *
 * The conflicts themselves are values and name where everything is.
 */
import type { EntryMode } from "../object/entry-mode.ts";
import { type HashKey, hashOfKey, hexOfKey } from "../object/ids.ts";
import { type ConflictKind, isRegular, mergedMode, mergeTrees, type TreeConflict } from "../tree/merge.ts";
import { PATH_MAX_BYTES } from "../tree/path.ts";
import type { Tree } from "../tree/tree.ts";
import { comparePaths, type TreeEntry } from "../tree/tree-entry.ts";
import { type Entry, publicEntry } from "./entry.ts";
import type { Snapshot } from "./snapshot.ts";
import { isBinary } from "./text-diff.ts";
import { mergeTexts } from "./text-merge.ts";

/** What a merge starts from and how it names the sides. */
export interface MergeOptions {
  /** The state both sides come from. Default: the state of their nearest common ancestor. */
  readonly base?: string | Snapshot;
  /** What the markers in texts call the sides. Default: `ours`, `base`, `theirs`. */
  readonly labels?: { readonly ours?: string; readonly base?: string; readonly theirs?: string };
  /** `diff3` shows in texts what the base had, too. Default `merge`. */
  readonly conflictStyle?: "merge" | "diff3";
}

/**
 * What became of a conflict in the files: `markers`: both sides are in the file; `both-kept`: theirs is at `keptAs`;
 * `modified-kept`: the side that deleted it was not followed; `ours-kept`: only the modes differ; `moved`: the file is
 * at `keptAs`.
 */
export type ConflictResolution = "markers" | "both-kept" | "modified-kept" | "ours-kept" | "moved";

/** A path on which the two sides disagree, with all three entries and what the files have now. */
export interface MergeConflict {
  readonly path: string;
  readonly kind: ConflictKind;
  /** What each side has at the path; absent: nothing, or a directory. */
  readonly base?: Entry;
  readonly ours?: Entry;
  readonly theirs?: Entry;
  readonly resolution: ConflictResolution;
  /** Where the side that is not at the path is. */
  readonly keptAs?: string;
  /** With `markers`: places in the file. */
  readonly regions?: number;
}

/**
 * How the two sides stand to each other: `up-to-date`: ours has all of theirs already; `fast-forward`: theirs has all
 * of ours; `unrelated`: they share no commit.
 */
export type MergeRelation = "up-to-date" | "fast-forward" | "diverged" | "unrelated";

/** What a merge brought in. */
export interface MergeResult {
  readonly relation: MergeRelation;
  /** Their nearest common ancestor. */
  readonly base?: string;
  /** The commit that was merged in. */
  readonly theirs?: string;
  /** Paths of ours that the merge changed, those put beside a conflict included. */
  readonly changedPaths: number;
  /** Texts that both sides changed and that went together. */
  readonly mergedTexts: readonly string[];
  /** In byte order of paths. */
  readonly conflicts: readonly MergeConflict[];
}

export interface MergeTrees {
  readonly base: Tree;
  readonly ours: Tree;
  readonly theirs: Tree;
}

export interface MergeReaders {
  /** Content that ours has at a path, committed or not. */
  readonly ours: (path: string) => Uint8Array;
  readonly stored: (hash: HashKey) => Uint8Array;
}

export interface MergeWrite {
  readonly path: string;
  readonly mode: EntryMode;
  readonly content: () => Uint8Array;
  /** What the content is, where a commit has it already. */
  readonly stored?: TreeEntry;
}

/** What is to be done to ours: first the deletions, then the writes. */
export interface MergePlan {
  readonly deletes: readonly string[];
  readonly writes: readonly MergeWrite[];
  readonly mergedTexts: readonly string[];
  readonly conflicts: readonly MergeConflict[];
}

/** Larger files are not merged line by line. */
const TEXT_MAX_BYTES = 16 * 1024 * 1024;
const HASH_DIGITS_SHOWN = 12;
const NOTHING = Buffer.alloc(0);

/** Cost: O(changes of both sides * log n), and reading the texts that both changed. */
export function planMerge(trees: MergeTrees, read: MergeReaders, options: MergeOptions): MergePlan {
  return new Planner(trees, read, options).plan();
}

class Planner {
  readonly #trees: MergeTrees;
  readonly #read: MergeReaders;
  readonly #options: MergeOptions;
  readonly #writes = new Map<string, MergeWrite>();
  readonly #mergedTexts: string[] = [];
  readonly #conflicts: MergeConflict[] = [];

  constructor(trees: MergeTrees, read: MergeReaders, options: MergeOptions) {
    this.#trees = trees;
    this.#read = read;
    this.#options = options;
  }

  plan(): MergePlan {
    const { base, ours, theirs } = this.#trees;
    const { tree, steps, conflicts } = mergeTrees(base, ours, theirs);
    const deletes: string[] = [];
    for (const { path, to } of steps)
      if (to === undefined) deletes.push(path);
      else this.#writeStored(path, to);
    for (const conflict of conflicts) this.#settle(conflict, tree);
    return {
      deletes,
      writes: [...this.#writes.values()].sort((a, b) => comparePaths(a.path, b.path)),
      mergedTexts: this.#mergedTexts,
      conflicts: this.#conflicts,
    };
  }

  #settle(conflict: TreeConflict, merged: Tree): void {
    switch (conflict.kind) {
      case "modify-delete":
        return this.#report(conflict, { resolution: "modified-kept" });
      case "file-directory": {
        const keptAs = this.#putBeside(conflict, conflict.ours === undefined ? "theirs" : "ours", merged);
        return this.#report(conflict, { resolution: "moved", keptAs });
      }
      case "mode":
        if (isRegular(conflict.ours!) && isRegular(conflict.theirs!))
          return this.#report(conflict, { resolution: "ours-kept" });
        return this.#keepBoth(conflict, merged);
      case "both-modified":
      case "add-add":
        if (!this.#mergeContents(conflict)) this.#keepBoth(conflict, merged);
    }
  }

  /** False where the contents are not texts. */
  #mergeContents(conflict: TreeConflict): boolean {
    const { path, base } = conflict;
    const [ours, theirs] = [conflict.ours!, conflict.theirs!];
    for (const entry of [base, ours, theirs])
      if (entry !== undefined && (!isRegular(entry) || entry.sizeBytes > TEXT_MAX_BYTES)) return false;
    const contents = [
      base === undefined ? NOTHING : this.#read.stored(base.hash),
      this.#read.ours(path),
      this.#read.stored(theirs.hash),
    ] as const;
    if (contents.some(isBinary)) return false;
    const { labels = {}, conflictStyle = "merge" } = this.#options;
    const { content, conflicts: regions } = mergeTexts(...contents, {
      labels: { ours: "ours", base: "base", theirs: "theirs", ...labels },
      style: conflictStyle,
    });
    const mode = mergedMode(base, ours, theirs);
    this.#write(path, { ...ours, mode: mode ?? ours.mode }, () => content);
    if (regions > 0) this.#report(conflict, { resolution: "markers", regions });
    else if (mode === undefined) this.#report({ ...conflict, kind: "mode" }, { resolution: "ours-kept" });
    else this.#mergedTexts.push(path);
    return true;
  }

  #keepBoth(conflict: TreeConflict, merged: Tree): void {
    this.#report(conflict, {
      resolution: "both-kept",
      keptAs: this.#putBeside(conflict, "theirs", merged),
    });
  }

  /** Puts what a side has at the path beside it; answers where. */
  #putBeside(conflict: TreeConflict, side: "ours" | "theirs", merged: Tree): string {
    const entry = conflict[side]!;
    const suffix = `.${side}-${hexOfKey(entry.hash).slice(0, HASH_DIGITS_SHOWN)}`;
    let path = withSuffix(conflict.path, suffix);
    for (let i = 2; merged.has(path) || merged.hasPrefix(`${path}/`); i++)
      path = withSuffix(conflict.path, `${suffix}-${i}`);
    merged.put(path, hashOfKey(entry.hash), entry.mode, entry.sizeBytes);
    if (side === "ours") this.#write(path, entry, () => this.#read.ours(conflict.path));
    else this.#writeStored(path, entry);
    return path;
  }

  #writeStored(path: string, entry: TreeEntry): void {
    const { mode } = publicEntry(entry);
    this.#writes.set(path, { path, mode, content: () => this.#read.stored(entry.hash), stored: entry });
  }

  #write(path: string, entry: TreeEntry, content: () => Uint8Array): void {
    const { mode } = publicEntry(entry);
    this.#writes.set(path, { path, mode, content });
  }

  #report(
    { path, kind, base, ours, theirs }: TreeConflict,
    outcome: Pick<MergeConflict, "resolution" | "keptAs" | "regions">,
  ): void {
    this.#conflicts.push({
      path,
      kind,
      ...(base === undefined ? {} : { base: publicEntry(base) }),
      ...(ours === undefined ? {} : { ours: publicEntry(ours) }),
      ...(theirs === undefined ? {} : { theirs: publicEntry(theirs) }),
      ...outcome,
    });
  }
}

/** A path may be as long as paths get: then it gives way to the suffix. */
function withSuffix(path: string, suffix: string): string {
  const characters = [...path];
  while (Buffer.byteLength(characters.join("")) + suffix.length > PATH_MAX_BYTES) characters.pop();
  return characters.join("") + suffix;
}
