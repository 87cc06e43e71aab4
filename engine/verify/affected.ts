/** Which refs and paths need objects that are damaged or missing. */
import { HashSet64 } from "../gc/hash-set.ts";
import { HeliosError } from "../errors.ts";
import type { TreeNode } from "../tree/node.ts";

const PATHS_MAX = 5;
const REFS_MAX = 20;

export interface Affected {
  readonly refs: string[];
  readonly paths: { ref: string; path: string }[];
}

interface Walk {
  readonly load: (hash: Uint8Array) => TreeNode;
  readonly bad: HashSet64;
  readonly found: Map<string, Affected>;
  /** Subtrees that need none of them. */
  readonly clean: HashSet64;
}

/** By hash in hex. Walks each ref's tree once; a subtree that is sound is walked for the first ref only. */
export function affectedBy(
  hashes: readonly Buffer[],
  refs: ReadonlyMap<string, TreeNode>,
  load: (hash: Uint8Array) => TreeNode,
): ReadonlyMap<string, Affected> {
  const bad = new HashSet64();
  for (const hash of hashes) bad.add(hash);
  const walk: Walk = { load, bad, found: new Map(), clean: new HashSet64() };
  if (hashes.length > 0) for (const [ref, root] of refs) visit(walk, ref, root);
  return walk.found;
}

/** False when the subtree needs something bad. */
function visit(walk: Walk, ref: string, node: TreeNode): boolean {
  let clean = true;
  for (let i = 0; i < node.count; i++) {
    const at = node.valueAt(i);
    const hash = node.body.subarray(at, at + 32);
    if (walk.bad.has(hash)) {
      clean = false;
      note(walk, ref, node.path(i), hash);
    }
    if (node.isLeaf || walk.clean.has(hash)) continue;
    const child = loaded(walk, hash);
    if (child === undefined || !visit(walk, ref, child)) clean = false;
    else walk.clean.add(hash);
  }
  return clean;
}

function loaded(walk: Walk, hash: Buffer): TreeNode | undefined {
  try {
    return walk.load(hash);
  } catch (error) {
    if (error instanceof HeliosError) return undefined;
    throw error;
  }
}

/** For a node, the path is the first one below it. */
function note(walk: Walk, ref: string, path: string, hash: Buffer): void {
  const hex = hash.toString("hex");
  let affected = walk.found.get(hex);
  if (affected === undefined) walk.found.set(hex, (affected = { refs: [], paths: [] }));
  if (affected.refs.length < REFS_MAX && !affected.refs.includes(ref)) affected.refs.push(ref);
  if (affected.paths.length < PATHS_MAX) affected.paths.push({ ref, path });
}
