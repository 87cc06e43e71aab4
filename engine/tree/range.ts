/**
 * Ordered reading: ranges of paths in either direction, how many entries a range has, and which entry has a given rank.
 * Children carry the number of entries below them, so counting descends along the two ends of a range only.
 *
 * Bounds are byte strings. Those of a prefix are the prefix and the prefix with its last byte one higher: 0xff does not
 * occur in UTF-8, so there is always such a byte.
 */
import type { TreeNode } from "./node.ts";
import type { Tree } from "./tree.ts";
import { entryAt, type TreeEntry } from "./tree-entry.ts";

/** Which paths, compared as bytes; what is not given does not bound. Bounds may be any text, not only paths. */
export interface RangeOptions {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly prefix?: string;
  /** Stops after so many. */
  readonly limit?: number;
  /** From the last path to the first. */
  readonly reverse?: boolean;
}

/** From `low` on, up to but not including `high`; undefined: no bound. */
export interface Bounds {
  readonly low: Buffer | undefined;
  readonly high: Buffer | undefined;
}

/** Entries of one leaf. */
interface Span {
  readonly leaf: TreeNode;
  readonly from: number;
  readonly to: number;
}

/** Entries in order. O(log n + entries). The tree must not be edited meanwhile. */
export function* entriesInRange(tree: Tree, options: RangeOptions): IterableIterator<TreeEntry> {
  const { limit = Infinity, reverse = false } = options;
  let left = limit;
  if (left <= 0) return;
  const bounds = boundsOf(options);
  if (isEmpty(bounds)) return;
  const { low, high } = bounds;
  for (const { leaf, from, to } of spans(tree, tree.root, low, high, reverse)) {
    for (let i = 0; i < to - from; i++) {
      const at = reverse ? to - 1 - i : from + i;
      yield entryAt(leaf, at, leaf.path(at));
      if (--left === 0) return;
    }
  }
}

/** Number of entries in a range; `limit` and `reverse` do not matter. O(log n). */
export function countInRange(tree: Tree, options: RangeOptions): number {
  const { low, high } = boundsOf(options);
  const below = low === undefined ? 0 : entriesBelow(tree, low);
  return Math.max(0, (high === undefined ? tree.size : entriesBelow(tree, high)) - below);
}

/** The entry that has `rank` others before it, or undefined past the end. O(log n). */
export function entryOfRank(tree: Tree, rank: number): TreeEntry | undefined {
  if (!Number.isInteger(rank) || rank < 0 || rank >= tree.size) return undefined;
  let node = tree.root;
  let left = rank;
  while (!node.isLeaf) {
    let slot = 0;
    for (let entries = node.childEntries(0); entries <= left; entries = node.childEntries(++slot))
      left -= entries;
    node = tree.child(node, slot);
  }
  return entryAt(node, left, node.path(left));
}

/** Number of entries with a smaller key. */
function entriesBelow(tree: Tree, key: Buffer): number {
  let below = 0;
  let node = tree.root;
  while (!node.isLeaf) {
    const slot = node.childIndex(key, key.length);
    for (let i = 0; i < slot; i++) below += node.childEntries(i);
    node = tree.child(node, slot);
  }
  return below + positionIn(node, key);
}

function* spans(
  tree: Tree,
  node: TreeNode,
  low: Buffer | undefined,
  high: Buffer | undefined,
  reverse: boolean,
): IterableIterator<Span> {
  if (node.isLeaf) {
    const [from, to] = entriesInLeaf(node, low, high);
    if (from < to) yield { leaf: node, from, to };
    return;
  }
  const [first, last] = childrenInRange(node, low, high);
  for (let i = 0; i <= last - first; i++) {
    const at = reverse ? last - i : first + i;
    const child = tree.child(node, at);
    yield* spans(tree, child, at === first ? low : undefined, at === last ? high : undefined, reverse);
  }
}

/** First and last child that may hold keys of the range; there is at least one. */
export function childrenInRange(
  node: TreeNode,
  low: Buffer | undefined,
  high: Buffer | undefined,
): [first: number, last: number] {
  const first = low === undefined ? 0 : node.childIndex(low, low.length);
  if (high === undefined) return [first, node.count - 1];
  const last = node.childIndex(high, high.length);
  // A child that begins with the bound has nothing below it.
  return [first, last > first && node.search(high, high.length) === last ? last - 1 : last];
}

/** From the first entry of a leaf that is in the range to the first that is behind it. */
export function entriesInLeaf(
  leaf: TreeNode,
  low: Buffer | undefined,
  high: Buffer | undefined,
): [from: number, to: number] {
  return [
    low === undefined ? 0 : positionIn(leaf, low),
    high === undefined ? leaf.count : positionIn(leaf, high),
  ];
}

/** Index of the first key of a leaf that is not smaller. */
function positionIn(leaf: TreeNode, key: Buffer): number {
  const found = leaf.search(key, key.length);
  return found < 0 ? ~found : found;
}

export function boundsOf({ gt, gte, lt, lte, prefix = "" }: RangeOptions): Bounds {
  let low: Buffer | undefined;
  let high: Buffer | undefined;
  const raise = (to: Buffer): void => void (low = low === undefined || low.compare(to) < 0 ? to : low);
  const lower = (to: Buffer): void => void (high = high === undefined || high.compare(to) > 0 ? to : high);
  if (gte !== undefined) raise(Buffer.from(gte));
  if (gt !== undefined) raise(justAbove(gt));
  if (lt !== undefined) lower(Buffer.from(lt));
  if (lte !== undefined) lower(justAbove(lte));
  if (prefix !== "") {
    const start = Buffer.from(prefix);
    const end = Buffer.from(start);
    end[end.length - 1]! += 1;
    raise(start);
    lower(end);
  }
  return { low, high };
}

/** No key can be within. */
export function isEmpty({ low, high }: Bounds): boolean {
  return low !== undefined && high !== undefined && low.compare(high) >= 0;
}

/** The smallest key that is greater. */
function justAbove(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
