/** What changed between two forests: by tree first, since equal trees have equal ids, and then by path. */
import type { SnapshotId } from "../object/ids.ts";
import { comparePaths } from "../tree/tree-entry.ts";
import type { Change } from "../vst/states.ts";
import type { Vst } from "../vst/vst.ts";
import type { Forest } from "./forest.ts";

/** What happened to one tree. */
export type TreeDiff =
  | { readonly name: string; readonly kind: "added"; readonly to: SnapshotId }
  | { readonly name: string; readonly kind: "deleted"; readonly from: SnapshotId }
  | { readonly name: string; readonly kind: "modified"; readonly from: SnapshotId; readonly to: SnapshotId };

/** What two forests differ in. */
export interface ForestDiff {
  /** Trees that differ, in byte order of names. */
  readonly trees: readonly TreeDiff[];
  /** What differs in them, in byte order of paths. */
  readonly changes: readonly Change[];
}

/** O(trees + changes * log n); where the two divide their paths in different ways, O(paths of trees that differ). */
export function diffForests(before: Forest, after: Forest): ForestDiff {
  const names = [...new Set([...before.trees, ...after.trees])].sort(comparePaths);
  const trees = names.flatMap((name) => treeDiff(name, before, after) ?? []);
  const changes = trees.flatMap(({ name }) => treeOf(before, name).changesTo(treeOf(after, name)));
  const isDividedAlike = before.partition.text === after.partition.text;
  const net = isDividedAlike ? changes : withoutMoves(changes);
  return { trees, changes: net.sort((a, b) => comparePaths(a.path, b.path)) };
}

function treeDiff(name: string, before: Forest, after: Forest): TreeDiff | undefined {
  const from = before.described(name)?.snapshot;
  const to = after.described(name)?.snapshot;
  if (from === to) return undefined;
  if (from === undefined) return { name, kind: "added", to: to! };
  return to === undefined ? { name, kind: "deleted", from } : { name, kind: "modified", from, to };
}

function treeOf(forest: Forest, name: string): Vst {
  return forest.find(name) ?? forest.newTree();
}

/** A path that only went to another tree is added there and deleted here: together it is as it was, or modified. */
function withoutMoves(changes: readonly Change[]): Change[] {
  const net = new Map<string, Change>();
  for (const change of changes) {
    const { path } = change;
    const other = net.get(path);
    net.delete(path);
    const joined = other === undefined ? change : join(path, other, change);
    if (joined !== undefined) net.set(path, joined);
  }
  return [...net.values()];
}

function join(path: string, a: Change, b: Change): Change | undefined {
  const from = a.kind === "deleted" ? a.from : b.kind === "deleted" ? b.from : undefined;
  const to = a.kind === "added" ? a.to : b.kind === "added" ? b.to : undefined;
  if (from === undefined || to === undefined) throw new Error(`${path} is in two trees of one forest`);
  return from.hash === to.hash && from.mode === to.mode ? undefined : { path, kind: "modified", from, to };
}
