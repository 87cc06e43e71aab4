/**
 * Keys chosen to hurt, for tests: sets in which all keys have one level, so that runs of that level are as long as the
 * set (boundary.ts), and keys long enough for the bytes of a run to count.
 */
import { hashBlob } from "../object/hash.ts";
import { levelOfKey } from "./boundary.ts";
import { decodeNode, type TreeNode } from "./node.ts";
import { collectUnstored, Tree } from "./tree.ts";

/** Paths `<prefix><number>` of exactly this level. Cost: 8^(level + 1) hashes each. */
export function keysOfLevel(level: number, count: number, prefix: string): string[] {
  const keys: string[] = [];
  for (let i = 0; keys.length < count; i++)
    if (levelOfKey(Buffer.from(`${prefix}${i}`)) === level) keys.push(`${prefix}${i}`);
  return keys;
}

/** A few hundred paths in which runs of levels 0, 1 and 2 are cut into pieces, by their number and by their bytes. */
export const hostileKeys: readonly string[] = [
  ...keysOfLevel(0, 180, "a"),
  ...keysOfLevel(1, 150, "b"),
  ...keysOfLevel(2, 80, "c"),
  ...keysOfLevel(3, 3, "b5"),
  ...keysOfLevel(0, 40, `d/${"long/".repeat(200)}`),
  ...keysOfLevel(1, 30, `d/${"long/".repeat(200)}x`),
  ...keysOfLevel(0, 9, `f/${"longest".repeat(583)}`),
  ...Array.from({ length: 120 }, (_, i) => `e/${i % 7}/file-${i}`),
  ..."é/\u{1F600} é/\u{FFFD} é \u{1F600}".split(" "),
];

export function contentHash(value: number): Uint8Array {
  return hashBlob(Buffer.from(`content ${value}`));
}

/** The tree as another process finds it: every node is in a store until it is asked for. */
export function reloaded(tree: Tree, onLoad?: () => void): Tree {
  const nodes = new Map<string, Buffer>();
  const hex = (hash: Uint8Array) => Buffer.from(hash).toString("hex");
  const rootHash = tree.rootHash();
  const unstored: TreeNode[] = [];
  collectUnstored(tree.freeze(), (node) => unstored.push(node));
  for (const node of unstored) nodes.set(hex(node.computeHash()), node.encode());
  const load = (hash: Uint8Array) => {
    onLoad?.();
    const bytes = nodes.get(hex(hash));
    if (bytes === undefined) throw new Error(`no node ${hex(hash)}`);
    return decodeNode(bytes, hash);
  };
  return new Tree(load, load(rootHash));
}
