/**
 * Removes from L2 what only dropped commits needed.
 *
 * Marked are: the trees of kept commits that L2 has (`roots`, and bulk commits, whose record names their tree), the
 * contents in those trees, the contents that kept records name, and what marked contents are deltas of. All else in
 * `nodes` and `blobs` goes, and so do rows about commits that are not there. Whatever is missing a mark was needed by
 * nobody, so this may be stopped and begun again anywhere.
 */
import { HeliosError } from "../errors.ts";
import type { Journal } from "../journal/journal.ts";
import { RecordReader } from "../journal/record.ts";
import type { Sequence } from "../object/ids.ts";
import { L1Cache } from "../store/l1-cache.ts";
import { type ObjectStore, type Row, rowsOf, type Space, type StoreWrite } from "../store/object-store.ts";
import { contentsOfRow, Objects } from "../store/objects.ts";
import type { TreeNode } from "../tree/node.ts";
import type { CommitTable } from "./commit-table.ts";
import { HashSet64 } from "./hash-set.ts";

export interface SweepParts {
  readonly l2: ObjectStore;
  readonly journal: Journal;
  readonly table: CommitTable;
  readonly isKept: (index: number) => boolean;
  /** False counts what would go and removes nothing. */
  readonly apply: boolean;
  readonly onStep: (step: string) => void;
}

/** Rows that were deleted. */
export interface Freed {
  readonly rows: number;
  /** Of keys and values; the backend returns the space to the file system when it next compacts. */
  readonly bytes: number;
}

/** What was deleted, by space of the object store. */
export type FreedSpaces = Readonly<Record<"nodes" | "blobs" | "places" | "snapshots" | "roots", Freed>>;

const L1_BYTES = 32 * 1024 * 1024;

export function sweep(parts: SweepParts): FreedSpaces {
  const { l2, table, isKept } = parts;
  const isThere = (sequence: Sequence): boolean => {
    const index = table.indexOf(sequence);
    return index >= 0 && isKept(index);
  };
  // Rows first: a root that is going is none.
  const roots = removeRows(parts, "roots", ({ key }) => !isThere(key.readUIntBE(0, 6)));
  const places = removeRows(parts, "places", ({ value }) => !isThere(value.readUIntLE(0, 6)));
  const snapshots = removeRows(parts, "snapshots", ({ value }) => !isThere(value.readUIntLE(0, 6)));
  const marks = new Marks(l2);
  for (const rows of rowsOf(l2, "roots"))
    for (const { key, value } of rows) if (isThere(key.readUIntBE(0, 6))) marks.tree(value);
  for (let index = 0; index < table.size; index++) {
    if (!isKept(index)) continue;
    const record = new RecordReader(parts.journal.read(table.position(index)).record);
    if (record.head.stored) marks.tree(record.head.root!);
    else
      for (const operation of record.operations())
        if (operation.kind === "stored") marks.content(operation.hash);
  }
  const nodes = removeRows(parts, "nodes", ({ key }) => !marks.nodes.has(key));
  const blobs = removeRows(parts, "blobs", ({ key }) => !marks.contents.has(key));
  return { nodes, blobs, places, snapshots, roots };
}

class Marks {
  readonly nodes = new HashSet64();
  readonly contents = new HashSet64();
  readonly #l2: ObjectStore;
  readonly #objects: Objects;

  constructor(l2: ObjectStore) {
    this.#l2 = l2;
    this.#objects = new Objects(new L1Cache(L1_BYTES), l2, () => {
      throw new HeliosError("OBJECT_MISSING", "a tree node is no content", "This is a defect; report it.");
    });
  }

  /** A subtree is walked once, whatever states share it. */
  tree(hash: Uint8Array): void {
    if (this.nodes.add(hash)) this.#children(this.#objects.loadNode(hash));
  }

  /** And the contents it is a delta of, or made of. */
  content(hash: Buffer): void {
    const wanted = [hash];
    for (let at = wanted.pop(); at !== undefined; at = wanted.pop()) {
      if (!this.contents.add(at)) continue;
      const row = this.#l2.get("blobs", at);
      if (row !== undefined) wanted.push(...contentsOfRow(row));
    }
  }

  #children(node: TreeNode): void {
    for (let i = 0; i < node.count; i++) {
      const at = node.valueAt(i);
      const hash = node.body.subarray(at, at + 32);
      if (node.isLeaf) this.content(hash);
      else this.tree(hash);
    }
  }
}

function removeRows(
  { l2, apply, onStep }: SweepParts,
  space: Space,
  isGarbage: (row: Row) => boolean,
): Freed {
  let [count, bytes] = [0, 0];
  for (const rows of rowsOf(l2, space)) {
    const garbage = rows.filter(isGarbage);
    count += garbage.length;
    for (const { key, value } of garbage) bytes += key.length + value.length;
    if (garbage.length === 0 || !apply) continue;
    onStep(`remove rows of ${space}`);
    l2.write(garbage.map(({ key }): StoreWrite => ({ kind: "delete", space, key })));
  }
  return { rows: count, bytes };
}
