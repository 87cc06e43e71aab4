/**
 * Reads subtrees and contents from the object store and hashes them: what a thread does for the verification of a
 * forest. Nothing comes from a cache but the bases of deltas.
 */
import { HashSet64 } from "../gc/hash-set.ts";
import { HeliosError } from "../errors.ts";
import { hashKeyOf } from "../object/ids.ts";
import { L1Cache } from "../store/l1-cache.ts";
import type { ObjectStore, StoreThreadAccess } from "../store/object-store.ts";
import { Objects } from "../store/objects.ts";
import { decodeNode, type TreeNode } from "../tree/node.ts";
import type { DamagedKind } from "../verify/damage.ts";
import { notInJournal } from "../verify/object-check.ts";
import type { Partition } from "./partition.ts";

/** Bases of deltas are read again and again. */
const BASES_L1_BYTES = 32 * 1024 * 1024;
/** Beyond these, damages are only counted. */
export const DAMAGES_KEPT = 100;

export interface CheckTask {
  /** Undefined: the catalogue. */
  readonly tree: string | undefined;
  /** Root of a subtree, or undefined where `contents` alone are to be looked at. */
  readonly node: Uint8Array | undefined;
  /** With all below it; otherwise the node alone. */
  readonly deep: boolean;
  /** Hashes of contents that a node has which is not in the object store itself, 32 bytes each. */
  readonly contents: Uint8Array | undefined;
}

/** Something of a forest that is not as it has to be. */
export interface TreeDamage {
  /** Absent where it is the catalogue. */
  readonly tree?: string;
  readonly kind: Extract<DamagedKind, "node" | "content"> | "path";
  /** Hash of the object, or the path. */
  readonly where: string;
  readonly code: string;
  readonly problem: string;
}

export interface CheckAnswer {
  readonly tree: string | undefined;
  readonly paths: number;
  readonly nodes: number;
  readonly contents: number;
  readonly bytes: number;
  readonly damageCount: number;
  readonly damages: readonly TreeDamage[];
  /** Contents that the object store does not have itself, 32 bytes each: they may be in the journal. */
  readonly elsewhere: Uint8Array;
}

export class SubtreeCheck {
  readonly #store: ObjectStore;
  readonly #objects: Objects;
  readonly #partition: Partition;
  /** Contents looked at already. */
  readonly #seen = new HashSet64();

  constructor(store: ObjectStore, partition: Partition) {
    this.#store = store;
    this.#objects = new Objects(new L1Cache(BASES_L1_BYTES), store, notInJournal);
    this.#partition = partition;
  }

  check({ tree, node, deep, contents }: CheckTask): CheckAnswer {
    const found = new Found(tree);
    if (node !== undefined) this.#node(node, deep, found);
    if (contents !== undefined)
      for (let at = 0; at < contents.length; at += 32) this.#content(contents.subarray(at, at + 32), found);
    return found.answer();
  }

  #node(hash: Uint8Array, deep: boolean, found: Found): void {
    const node = this.#load(hash, found);
    if (node === undefined) return;
    if (node.isLeaf) checkPaths(node, this.#partition, found);
    for (let i = 0; i < node.count; i++) {
      const at = node.valueAt(i);
      const below = node.body.subarray(at, at + 32);
      if (node.isLeaf) this.#content(below, found);
      else if (deep) this.#node(below, true, found);
    }
  }

  #load(hash: Uint8Array, found: Found): TreeNode | undefined {
    const bytes = this.#store.get("nodes", hash);
    found.nodes++;
    found.bytes += bytes?.length ?? 0;
    if (bytes === undefined) {
      found.damaged("node", hash, "OBJECT_MISSING", "it is named by the tree and is not in the store");
      return undefined;
    }
    try {
      return decodeNode(bytes, hash);
    } catch (error) {
      found.refused("node", hash, error);
      return undefined;
    }
  }

  #content(hash: Uint8Array, found: Found): void {
    if (!this.#seen.add(hash)) return;
    const value = this.#store.get("blobs", hash);
    if (value === undefined) {
      found.elsewhere.push(Uint8Array.from(hash));
      return;
    }
    found.contents++;
    found.bytes += value.length;
    try {
      this.#objects.checkRow(hashKeyOf(hash), value);
    } catch (error) {
      found.refused("content", hash, error);
    }
  }
}

/** Counts the paths of a leaf, each of which has to belong to its tree. */
export function checkPaths(leaf: TreeNode, partition: Partition, found: Found): void {
  found.paths += leaf.count;
  if (found.tree === undefined) return;
  for (let i = 0; i < leaf.count; i++) {
    const path = leaf.path(i);
    if (partition.find(path) !== found.tree) found.stray(path);
  }
}

/** What is found in one part of a forest. */
export class Found {
  readonly tree: string | undefined;
  paths = 0;
  nodes = 0;
  contents = 0;
  bytes = 0;
  damageCount = 0;
  readonly damages: TreeDamage[] = [];
  readonly elsewhere: Uint8Array[] = [];

  constructor(tree: string | undefined) {
    this.tree = tree;
  }

  refused(kind: "node" | "content", hash: Uint8Array, error: unknown): void {
    if (!(error instanceof HeliosError)) throw error;
    this.damaged(kind, hash, error.code, error.message);
  }

  damaged(kind: "node" | "content", hash: Uint8Array, code: string, problem: string): void {
    this.#add({ kind, where: Buffer.from(hash).toString("hex"), code, problem });
  }

  stray(path: string): void {
    const problem = `it does not belong to the tree ${JSON.stringify(this.tree)}, so nobody looks for it there`;
    this.#add({ kind: "path", where: path, code: "FOREST_INVALID", problem });
  }

  /** As many entries as the catalogue does not say. */
  miscounted(paths: number, said: number): void {
    const problem = `it has ${paths} paths; the catalogue says ${said}`;
    this.#add({ kind: "path", where: `tree ${JSON.stringify(this.tree)}`, code: "FOREST_INVALID", problem });
  }

  answer(): CheckAnswer {
    const { tree, paths, nodes, contents, bytes, damageCount, damages } = this;
    return {
      tree,
      paths,
      nodes,
      contents,
      bytes,
      damageCount,
      damages,
      elsewhere: Buffer.concat(this.elsewhere),
    };
  }

  /** Takes in what another check of the same part has found. */
  join(answer: CheckAnswer): void {
    for (const key of ["paths", "nodes", "contents", "bytes", "damageCount"] as const)
      this[key] += answer[key];
    this.damages.push(...answer.damages.slice(0, DAMAGES_KEPT - this.damages.length));
  }

  #add(damage: Omit<TreeDamage, "tree">): void {
    this.damageCount++;
    const whose = this.tree === undefined ? {} : { tree: this.tree };
    if (this.damages.length < DAMAGES_KEPT) this.damages.push({ ...whose, ...damage });
  }
}

/** What a thread is started with. */
export interface CheckThreadData {
  readonly access: StoreThreadAccess;
  readonly partition: string;
  readonly stop: SharedArrayBuffer;
}
