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

/** Byte order of the UTF-8 encodings. */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.from(a).compare(Buffer.from(b));
}
