/** What the tree holds for a path, decoded, and the order of paths. */
import { type HashKey, hashKeyOf } from "../object/ids.ts";
import type { TreeNode } from "./node.ts";

/** `mode` is the code of entry-mode.ts. */
export interface TreeEntry {
  readonly path: string;
  readonly hash: HashKey;
  readonly mode: number;
  readonly sizeBytes: number;
}

const HASH = 32;

/** Entry `i` of a leaf. */
export function entryAt(leaf: TreeNode, i: number, path: string): TreeEntry {
  const offset = leaf.valueAt(i);
  return {
    path,
    hash: hashKeyOf(leaf.body.subarray(offset, offset + HASH)),
    mode: leaf.body[offset + HASH]!,
    sizeBytes: leaf.body.readUIntLE(offset + HASH + 1, 6),
  };
}

/** Byte order of the UTF-8 encodings, for well-formed text. */
export function comparePaths(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rankOf(x) - rankOf(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for the characters above U+FFFF, whose UTF-8 comes last. */
function rankOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * Sorts by path, in place. The order of JavaScript's strings is that of their UTF-8 as long as no character needs two
 * code units.
 */
export function inByteOrder<T extends { readonly path: string }>(items: T[]): T[] {
  const isPlain = items.every(({ path }) => !/[\uD800-\uDFFF]/.test(path));
  return items.sort(isPlain ? (a, b) => (a.path < b.path ? -1 : 1) : (a, b) => comparePaths(a.path, b.path));
}
