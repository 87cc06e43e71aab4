/**
 * From what a caller says (a ref, a commit, a snapshot id or the beginning of one) to a state, and what can be asked of
 * states without a working set.
 */
import type { Core } from "../core.ts";
import { HeliosError } from "../errors.ts";
import {
  hashKeyOf,
  hashOfKey,
  hashOfSnapshotId,
  parseCommitId,
  type Sequence,
  type SnapshotId,
  snapshotIdOf,
} from "../object/ids.ts";
import type { TreeChange } from "../tree/diff.ts";
import type { TreeNode } from "../tree/node.ts";
import { type Entry, publicEntry } from "./entry.ts";
import { materializeEntries, type MaterializeOptions, type MaterializeResult } from "./materialize.ts";
import { Snapshot } from "./snapshot.ts";

/** What happened to one path between two states; a change of mode alone is a modification. */
export type Change =
  | { readonly path: string; readonly kind: "added"; readonly to: Entry }
  | { readonly path: string; readonly kind: "deleted"; readonly from: Entry }
  | { readonly path: string; readonly kind: "modified"; readonly from: Entry; readonly to: Entry };

/** Where a working set stands: a state and the commit it came from. */
export interface Base {
  readonly root: TreeNode | undefined;
  readonly sequence: Sequence | undefined;
  readonly ref: string | undefined;
}

/** The ref of a new store's first commits. */
export const DEFAULT_REF = "main";

const PREFIX_MIN_DIGITS = 4;

/** State, commit and ref that a text or snapshot names. */
export function baseOf(core: Core, target: string | Snapshot): Base & { readonly root: TreeNode } {
  core.freshen();
  if (target instanceof Snapshot) {
    if (target.core === core) return { root: target.root, sequence: target.sequence, ref: undefined };
    return baseOf(core, target.id);
  }
  if (target === DEFAULT_REF && !core.refs.has(DEFAULT_REF))
    return { root: core.newTree().freeze(), sequence: undefined, ref: target };
  const sequence = resolveSequence(core, target);
  return { root: core.rootOf(sequence), sequence, ref: core.refs.has(target) ? target : undefined };
}

export function resolveSequence(core: Core, text: string): Sequence {
  core.freshen();
  const named = core.refs.get(text);
  if (named !== undefined) return named;
  if (parseCommitId(text) !== undefined) return sequenceOfCommit(core, text);
  const digits = /^(?:blake3:)?([0-9a-f]*)$/.exec(text)?.[1];
  if (digits !== undefined && digits.length === 64) {
    const sequence = core.sequenceOfId(hashKeyOf(hashOfSnapshotId(`blake3:${digits}` as SnapshotId)));
    if (sequence !== undefined) return sequence;
  } else if (digits !== undefined && digits.length >= PREFIX_MIN_DIGITS && digits.length < 64) {
    const found = core.idsWithPrefix(digits, 3);
    if (found.length === 1) return core.sequenceOfId(found[0]!)!;
    if (found.length > 1)
      throw new HeliosError(
        "SNAPSHOT_AMBIGUOUS",
        `"${text}" begins more than one snapshot id, among them ${found.map((key) => snapshotIdOf(hashOfKey(key)).slice(0, 23)).join(", ")}`,
        "Give more digits.",
      );
  }
  throw new HeliosError(
    "SNAPSHOT_UNKNOWN",
    `"${text}" names no snapshot, commit or ref of this store`,
    "`helios-cli log` lists the commits of a store, and --store chooses another store.",
  );
}

export function sequenceOfCommit(core: Core, commit: string): Sequence {
  core.freshen();
  const sequence = parseCommitId(commit);
  if (sequence !== undefined && sequence <= core.lastSequence) {
    core.history.assertThere(sequence);
    return sequence;
  }
  throw new HeliosError(
    "SNAPSHOT_UNKNOWN",
    `there is no commit ${JSON.stringify(commit)} in this store`,
    "`helios-cli log` lists the commits.",
  );
}

export function rootOfSnapshot(core: Core, id: SnapshotId): TreeNode {
  return core.rootOf(resolveSequence(core, id));
}

export function snapshotIdOfCommit(core: Core, sequence: Sequence): SnapshotId {
  const hash = core.rootOf(sequence).computeHash();
  core.registerId(hash, sequence);
  return snapshotIdOf(hash);
}

/** What changed from one state to another, in byte order of paths. O(changes * log n). */
export function diffSnapshots(core: Core, from: SnapshotId, to: SnapshotId): Change[] {
  const before = core.newTree(rootOfSnapshot(core, from));
  return before.diff(core.newTree(rootOfSnapshot(core, to))).map(publicChange);
}

export function publicChange(change: TreeChange): Change {
  switch (change.kind) {
    case "added":
      return { path: change.to.path, kind: change.kind, to: publicEntry(change.to) };
    case "deleted":
      return { path: change.from.path, kind: change.kind, from: publicEntry(change.from) };
    case "modified":
      return {
        path: change.to.path,
        kind: change.kind,
        from: publicEntry(change.from),
        to: publicEntry(change.to),
      };
  }
}

/** Writes the files of a snapshot below a directory, or those that the selectors choose. */
export function materializeSnapshot(
  core: Core,
  id: SnapshotId,
  out: string,
  options: MaterializeOptions,
): Promise<MaterializeResult> {
  const entries = Array.from(core.newTree(rootOfSnapshot(core, id)).iterate(), publicEntry);
  const readObject = (hex: string) => core.objects.readBlob(hashKeyOf(Buffer.from(hex, "hex")));
  const readPieces = (hex: string) => core.objects.readPieces(hashKeyOf(Buffer.from(hex, "hex")));
  const access = core.l2.threadAccess();
  return materializeEntries(entries, { readObject, readPieces, access }, out, options);
}
