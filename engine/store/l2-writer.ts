/** Trees and contents into L2, in batches: atomicity comes from what is written after them, not from these. */
import { FIRST_POSITION, type Position } from "../journal/frame.ts";
import { type HashKey, hashKeyOf, type Sequence } from "../object/ids.ts";
import type { TreeNode } from "../tree/node.ts";
import { collectUnstored } from "../tree/tree.ts";
import type { ObjectStore, StoreWrite } from "./object-store.ts";
import { blobWrite, type Objects, type PendingBlob } from "./objects.ts";

const BATCH_BYTES = 1024 * 1024;

export class L2Writer {
  readonly #l2: ObjectStore;
  readonly #objects: Objects;

  constructor(l2: ObjectStore, objects: Objects) {
    this.#l2 = l2;
    this.#objects = objects;
  }

  contents(contents: Iterable<readonly [HashKey, Uint8Array]>): void {
    this.batched(contents, ([key, bytes]) => blobWrite(key, bytes));
  }

  /** All nodes of a tree that are not in L2 yet, each shown to `onNode`. */
  nodes(root: TreeNode, onNode?: (node: TreeNode) => void): void {
    root.computeHash();
    const nodes: TreeNode[] = [];
    collectUnstored(root, (node) => {
      nodes.push(node);
      onNode?.(node);
    });
    this.batched(nodes, (node) => ({
      kind: "put",
      space: "nodes",
      key: node.computeHash(),
      value: node.encode(),
    }));
    for (const node of nodes) node.stored = true;
  }

  /** A tree, and those of its contents that so far are in the journal only; notes these in `inFull`. */
  state(root: TreeNode, inFull: Set<HashKey>): void {
    const contents: [HashKey, PendingBlob][] = [];
    collectUnstored(root, (node) => {
      if (!node.isLeaf) return;
      for (let i = 0; i < node.count; i++) {
        const at = node.valueAt(i);
        const key = hashKeyOf(node.body.subarray(at, at + 32));
        if (inFull.has(key)) continue;
        const pending = this.#objects.pendingOf(key);
        if (pending === undefined) continue;
        inFull.add(key);
        contents.push([key, pending]);
      }
    });
    this.batched(contents, ([key, pending]) => this.#objects.pendingWrite(key, pending));
    this.nodes(root);
  }

  /** Notes that the tree of a commit is in L2. */
  root(sequence: Sequence, root: TreeNode): void {
    this.#l2.write([{ kind: "put", space: "roots", key: u48be(sequence), value: root.computeHash() }]);
  }

  /** One write per megabyte. */
  batched<T>(items: Iterable<T>, toWrite: (item: T) => StoreWrite | undefined): void {
    let batch: StoreWrite[] = [];
    let bytes = 0;
    for (const item of items) {
      const write = toWrite(item);
      if (write === undefined) continue;
      batch.push(write);
      bytes += write.key.length + (write.kind === "put" ? write.value.length : 0);
      if (bytes < BATCH_BYTES) continue;
      this.#l2.write(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) this.#l2.write(batch);
  }
}

/** How far L2 knows the journal. */
export interface CheckpointMark {
  readonly nextSequence: Sequence;
  readonly position: Position;
}

const META_CHECKPOINT = Buffer.from("checkpoint");

export function readMark(l2: ObjectStore): CheckpointMark {
  const value = l2.get("meta", META_CHECKPOINT);
  if (value === undefined) return { nextSequence: 1, position: FIRST_POSITION };
  return JSON.parse(value.toString()) as CheckpointMark;
}

export function markWrite(mark: CheckpointMark): StoreWrite {
  return { kind: "put", space: "meta", key: META_CHECKPOINT, value: Buffer.from(JSON.stringify(mark)) };
}

/** What tells L2's id index at which commit an id was seen. */
export function idWrite(hash: Uint8Array, sequence: Sequence): StoreWrite {
  return { kind: "put", space: "snapshots", key: hash, value: u48(sequence) };
}

export function refWrite(name: string, sequence: Sequence): StoreWrite {
  return { kind: "put", space: "refs", key: Buffer.from(name), value: u48(sequence) };
}

export function deletedRefWrite(name: string): StoreWrite {
  return { kind: "delete", space: "refs", key: Buffer.from(name) };
}

function u48(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(6);
  bytes.writeUIntLE(value, 0, 6);
  return bytes;
}

/** Big-endian, so that key order is number order. */
export function u48be(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}
