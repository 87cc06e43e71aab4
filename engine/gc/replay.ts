/**
 * Computes the state of every commit of a table again, each from its parent's, oldest first. A collection learns in this
 * way which contents and ids the commits it keeps bring, and a verification that each commit can be had.
 *
 * A state is held only until the last commit that builds on it is done. About 10 us a commit.
 */
import { HeliosError } from "../errors.ts";
import { applyOperation, corrupt } from "../history.ts";
import type { Journal } from "../journal/journal.ts";
import { RecordReader } from "../journal/record.ts";
import { type HashKey, hexOfKey, type Sequence } from "../object/ids.ts";
import { L1Cache } from "../store/l1-cache.ts";
import { u48be } from "../store/l2-writer.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { Objects } from "../store/objects.ts";
import type { TreeNode } from "../tree/node.ts";
import { Tree } from "../tree/tree.ts";
import type { CommitTable } from "./commit-table.ts";

const L1_BYTES = 128 * 1024 * 1024;

export type ReplayedCommit =
  | {
      readonly index: number;
      readonly root: TreeNode;
      /** Contents that the record itself holds. */
      readonly contents: readonly HashKey[];
      /** Contents that the record names, which are in L2. */
      readonly stored: readonly HashKey[];
      /** The whole state is in L2 under its hash. */
      readonly inFull: boolean;
    }
  | {
      readonly index: number;
      readonly error: HeliosError;
      /** Only because its parent's state cannot be had. */
      readonly inherited: boolean;
      /** The state that L2 has all the same. */
      readonly root: TreeNode | undefined;
    };

interface LiveState {
  readonly root: TreeNode | HeliosError;
  /** Commits still to come that build on it. */
  waiting: number;
}

export class Replay {
  readonly objects: Objects;
  readonly #table: CommitTable;
  readonly #journal: Journal;
  readonly #l2: ObjectStore;

  constructor(table: CommitTable, journal: Journal, l2: ObjectStore) {
    this.#table = table;
    this.#journal = journal;
    this.#l2 = l2;
    this.objects = new Objects(new L1Cache(L1_BYTES), l2, (sequence, key) => this.#contentOf(sequence, key));
  }

  /** Commits that are wanted have all their ancestors wanted. */
  *run(isWanted: (index: number) => boolean = () => true): IterableIterator<ReplayedCommit> {
    const waiting = this.#countChildren(isWanted);
    const live = new Map<Sequence, LiveState>();
    for (let index = 0; index < this.#table.size; index++) {
      if (!isWanted(index)) continue;
      const parent = this.#table.firstParent(index);
      const replayed = this.#replayed(
        index,
        parent,
        parent === undefined ? undefined : live.get(parent)?.root,
      );
      yield replayed;
      const sequence = this.#table.sequence(index);
      const children = waiting.get(sequence);
      if (children !== undefined)
        live.set(sequence, {
          root: replayed.root ?? ("error" in replayed ? replayed.error : never()),
          waiting: children,
        });
      const base = parent === undefined ? undefined : live.get(parent);
      if (base !== undefined && --base.waiting === 0) live.delete(parent!);
    }
  }

  newTree(root?: TreeNode): Tree {
    return new Tree((hash) => this.objects.loadNode(hash), root);
  }

  #countChildren(isWanted: (index: number) => boolean): Map<Sequence, number> {
    const counts = new Map<Sequence, number>();
    for (let index = 0; index < this.#table.size; index++) {
      const parent = isWanted(index) ? this.#table.firstParent(index) : undefined;
      if (parent !== undefined) counts.set(parent, (counts.get(parent) ?? 0) + 1);
    }
    return counts;
  }

  #replayed(
    index: number,
    parent: Sequence | undefined,
    base: TreeNode | HeliosError | undefined,
  ): ReplayedCommit {
    try {
      const record = this.#record(index);
      if (record.head.stored) {
        const root = this.objects.loadNode(record.head.root!);
        return { index, root, contents: [], stored: [], inFull: true };
      }
      if (base instanceof HeliosError)
        return { index, error: base, inherited: true, root: this.#stored(this.#table.sequence(index)) };
      if (parent !== undefined && base === undefined)
        throw corrupt(`c${this.#table.sequence(index)} builds on c${parent}, which is not there`);
      const contents: HashKey[] = [];
      const stored: HashKey[] = [];
      const tree = this.newTree(base);
      this.#apply(
        tree,
        record,
        (key, bytes) => {
          contents.push(key);
          this.objects.l1.put(key, bytes);
        },
        stored,
      );
      const root = tree.freeze();
      if (record.head.root !== undefined && !Buffer.from(root.computeHash()).equals(record.head.root))
        throw corrupt(`replaying c${record.head.sequence} does not give the root hash in its record`);
      return { index, root, contents, stored, inFull: false };
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      return { index, error, inherited: false, root: this.#stored(this.#table.sequence(index)) };
    }
  }

  #stored(sequence: Sequence): TreeNode | undefined {
    try {
      const hash = this.#l2.get("roots", u48be(sequence));
      return hash === undefined ? undefined : this.objects.loadNode(hash);
    } catch (error) {
      if (error instanceof HeliosError) return undefined;
      throw error;
    }
  }

  #apply(
    tree: Tree,
    record: RecordReader,
    onContent: (key: HashKey, bytes: Buffer) => void,
    stored: HashKey[] = [],
    contentOf: (key: HashKey) => Buffer = (key) => this.objects.readBlob(key),
  ): void {
    for (const operation of record.operations()) {
      applyOperation(tree, operation, onContent, contentOf);
      if (operation.kind === "stored") stored.push(operation.hash.toString("latin1") as HashKey);
    }
  }

  #record(index: number): RecordReader {
    return new RecordReader(this.#journal.read(this.#table.position(index)).record);
  }

  /** A content that L1 has dropped: replays the line from the nearest state that L2 has. */
  #contentOf(sequence: Sequence, wanted: HashKey): Buffer {
    const line: RecordReader[] = [];
    let base: TreeNode | undefined;
    for (let at: Sequence | undefined = sequence; at !== undefined && base === undefined;) {
      const index = this.#table.indexOf(at);
      if (index < 0) throw corrupt(`c${at}, which holds a content, is not there`);
      const record = this.#record(index);
      line.push(record);
      at = record.head.stored ? undefined : record.head.parents[0];
      if (record.head.stored) base = this.objects.loadNode(record.head.root!);
      else if (at !== undefined) {
        const row = this.#l2.get("roots", u48be(at));
        if (row !== undefined) base = this.objects.loadNode(row);
      }
    }
    const tree = this.newTree(base);
    const met = new Map<HashKey, Buffer>();
    for (const record of line.reverse())
      this.#apply(
        tree,
        record,
        (key, bytes) => met.set(key, bytes),
        [],
        (key) => met.get(key) ?? this.objects.readBlob(key),
      );
    const found = met.get(wanted);
    if (found === undefined) throw corrupt(`the record of c${sequence} lacks content ${hexOfKey(wanted)}`);
    return found;
  }
}

function never(): never {
  throw new Error("a commit with neither a state nor a reason");
}
