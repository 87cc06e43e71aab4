/**
 * What changed between two trees, in O(changes * log n).
 *
 * Two versions of a state share most nodes as objects, and most of the others share their keys (node.ts). So the first
 * question about two nodes of the same key range is whether they have the same keys. If so, they are compared slot by
 * slot in place, and only slots that differ are entered: no key is decoded or compared on the way. Only where the keys
 * differ do two cursors walk the two subtrees in key order. A cursor stands at an entry or before a whole subtree;
 * subtrees of one height that begin with one key and have one hash are skipped. Since the level of a key is a function
 * of the key, two cursors that reach the same key leave nodes of the same levels there, so they fall into step again
 * right after a change. In an index of pieces (spill > 0) they need not, and a run cut into pieces is then read as a whole,
 * as every change of it wrote it as a whole.
 *
 * Hashes are computed on demand and none is computed here: where one is out of date the nodes below are entered, and
 * those that no edit has touched are the same objects.
 */
import type { KeyBlock, TreeNode } from "./node.ts";
import type { Tree } from "./tree.ts";
import { entryAt, type TreeEntry } from "./tree-entry.ts";

export type TreeChange =
  | { readonly kind: "added"; readonly to: TreeEntry }
  | { readonly kind: "deleted"; readonly from: TreeEntry }
  | { readonly kind: "modified"; readonly from: TreeEntry; readonly to: TreeEntry };

const HASH = 32;
/** Hash and mode: what makes two entries of one path differ. The size follows from the hash. */
const HASH_AND_MODE = HASH + 1;

/** Changes from one tree to another, in byte order of paths. Neither may be edited meanwhile. */
export function diffTrees(before: Tree, after: Tree): TreeChange[] {
  const walk = new Walk(before, after);
  walk.sameRange(before.root, after.root);
  return walk.changes;
}

class Walk {
  readonly changes: TreeChange[] = [];
  readonly #before: Tree;
  readonly #after: Tree;

  constructor(before: Tree, after: Tree) {
    this.#before = before;
    this.#after = after;
  }

  /** Compares two nodes that stand for the same range of keys. */
  sameRange(a: TreeNode, b: TreeNode): void {
    if (a === b) return;
    if (!sameKeys(a.keys, b.keys)) this.#merge(a, b);
    else if (a.isLeaf) this.#compareValues(a, b);
    else
      for (let i = 0; i < a.count; i++)
        if (!sameChild(a, i, b, i)) this.sameRange(this.#before.child(a, i), this.#after.child(b, i));
  }

  #compareValues(a: TreeNode, b: TreeNode): void {
    for (let i = 0; i < a.count; i++) if (!sameValue(a, i, b, i)) this.#modified(a, i, b, i);
  }

  /** Compares two subtrees in key order. */
  #merge(rootBefore: TreeNode, rootAfter: TreeNode): void {
    const a = new Cursor(this.#before, rootBefore);
    const b = new Cursor(this.#after, rootAfter);
    while (!a.done && !b.done) {
      const order = a.node.keys.compareKeys(a.slot, b.node.keys, b.slot);
      if (order < 0) this.#passBefore(a);
      else if (order > 0) this.#passAfter(b);
      else this.#pair(a, b);
    }
    while (!a.done) this.#passBefore(a);
    while (!b.done) this.#passAfter(b);
  }

  /** Both cursors stand at the same key. */
  #pair(a: Cursor, b: Cursor): void {
    if (a.node.isLeaf && b.node.isLeaf) {
      if (!sameValue(a.node, a.slot, b.node, b.slot)) this.#modified(a.node, a.slot, b.node, b.slot);
      a.next();
      b.next();
      return;
    }
    const higher = height(a.node) - height(b.node);
    if (higher === 0 && sameChild(a.node, a.slot, b.node, b.slot)) {
      a.next();
      b.next();
      return;
    }
    if (higher >= 0) a.enter();
    if (higher <= 0) b.enter();
  }

  /** The key under `a` comes before all that is left of the other tree, though a subtree there may reach into it. */
  #passBefore(a: Cursor): void {
    if (!a.node.isLeaf) return a.enter();
    this.changes.push({ kind: "deleted", from: entryAt(a.node, a.slot, a.node.path(a.slot)) });
    a.next();
  }

  #passAfter(b: Cursor): void {
    if (!b.node.isLeaf) return b.enter();
    this.changes.push({ kind: "added", to: entryAt(b.node, b.slot, b.node.path(b.slot)) });
    b.next();
  }

  #modified(a: TreeNode, i: number, b: TreeNode, j: number): void {
    const path = b.path(j);
    this.changes.push({ kind: "modified", from: entryAt(a, i, path), to: entryAt(b, j, path) });
  }
}

/** A place in a subtree: before the entry, or the whole subtree, that `slot` of `node` holds. */
class Cursor {
  readonly #tree: Tree;
  readonly #nodes: TreeNode[];
  readonly #slots: number[] = [0];
  #depth = 0;

  constructor(tree: Tree, root: TreeNode) {
    this.#tree = tree;
    this.#nodes = [root];
    this.#leaveFinished();
  }

  get done(): boolean {
    return this.#depth < 0;
  }

  get node(): TreeNode {
    return this.#nodes[this.#depth]!;
  }

  get slot(): number {
    return this.#slots[this.#depth]!;
  }

  /** To what follows the entry or subtree. */
  next(): void {
    this.#slots[this.#depth]!++;
    this.#leaveFinished();
  }

  /** To the first entry or subtree within. */
  enter(): void {
    const child = this.#tree.child(this.node, this.slot);
    this.#nodes[++this.#depth] = child;
    this.#slots[this.#depth] = 0;
    // The first leaf may be empty.
    this.#leaveFinished();
  }

  #leaveFinished(): void {
    while (this.#depth >= 0 && this.#slots[this.#depth]! >= this.#nodes[this.#depth]!.count) {
      this.#depth--;
      if (this.#depth >= 0) this.#slots[this.#depth]!++;
    }
  }
}

/** Orders nodes by how far they stand above the entries; a level has fewer than 2^8 indices of pieces on top. */
function height(node: TreeNode): number {
  return node.level * 256 + node.spill;
}

/** Nodes loaded apart do not share their keys as an object. */
function sameKeys(a: KeyBlock, b: KeyBlock): boolean {
  return a === b || (a.bytes.length === b.bytes.length && a.bytes.equals(b.bytes));
}

/** The two subtrees are known to be equal. */
function sameChild(a: TreeNode, i: number, b: TreeNode, j: number): boolean {
  const known = a.children![i];
  if (known !== null && known === b.children![j]) return true;
  if (a.isStale(i) || b.isStale(j)) return false;
  return sameBytes(a.body, a.valueAt(i), b.body, b.valueAt(j), HASH);
}

function sameValue(a: TreeNode, i: number, b: TreeNode, j: number): boolean {
  return sameBytes(a.body, a.valueAt(i), b.body, b.valueAt(j), HASH_AND_MODE);
}

/** For a few tens of bytes, mostly different in the first: quicker than a native call. */
function sameBytes(a: Buffer, aAt: number, b: Buffer, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}
