/**
 * The commits of a store and the states they made: in memory for recent ones, otherwise computed again from the journal,
 * starting at the nearest state that L2 has.
 */
import { HeliosError } from "./errors.ts";
import type { Frame, Journal, Position } from "./journal/journal.ts";
import { type Operation, type RecordHead, RecordReader, type RefMove } from "./journal/record.ts";
import { hashBlob } from "./object/hash.ts";
import { type HashKey, hashKeyOf, hexOfKey, type Sequence } from "./object/ids.ts";
import { u48be } from "./store/l2-writer.ts";
import type { ObjectStore, StoreWrite } from "./store/object-store.ts";
import type { Objects } from "./store/objects.ts";
import type { TreeNode } from "./tree/node.ts";
import { Tree } from "./tree/tree.ts";

interface State {
  readonly root: TreeNode;
  /** Commits since the last one whose tree is, or will be, in L2. */
  readonly depth: number;
}

/** A content met while replaying, and the one it replaced. */
type OnContent = (key: HashKey, bytes: Buffer, base?: HashKey) => void;

/**
 * States kept in memory by commit, oldest out first: all of the last few, and of each line one in so many of the last
 * 16,000. Keeping all of those would keep every version of every node on their ways alive: a third of the time of a
 * commit went into moving them in memory. Leaves are kept in any case, about 700 bytes a commit: hence no more.
 */
const RECENT_STATES = 512;
const SPARSE_STATES = 1024;
const SPARSE_COMMITS = 16;
/**
 * Keyframes: commits on a line whose whole tree goes to L2, which bounds what reading an old state replays. A tree costs
 * about 75 bytes an entry to write, so their distance grows with the tree: about 300 bytes a commit at any size.
 */
const KEYFRAME_MIN_COMMITS = 1024;
const KEYFRAME_MAX_COMMITS = 16_384;
const KEYFRAME_ENTRIES_PER_COMMIT = 4;
/** Every so many commits the index in L2 says where in the journal the commit is. */
const INDEX_COMMITS = 16;

export class History {
  readonly #objects: Objects;
  readonly #l2: ObjectStore;
  readonly #journal: Journal;
  readonly #recent = new Map<Sequence, State>();
  readonly #sparse = new Map<Sequence, State>();
  /** Held in memory until their trees are in L2: recomputing one would replay its whole line. */
  readonly #keyframes = new Map<Sequence, State>();
  /** Positions of the commits since the last checkpoint; the first is that of `#tailStart`. */
  #tail: Position[] = [];
  #tailStart: Sequence;

  constructor(objects: Objects, l2: ObjectStore, journal: Journal, nextSequence: Sequence) {
    this.#objects = objects;
    this.#l2 = l2;
    this.#journal = journal;
    this.#tailStart = nextSequence;
  }

  get lastSequence(): Sequence {
    return this.#tailStart + this.#tail.length - 1;
  }

  /** Commits since the last checkpoint. */
  get tailCommits(): number {
    return this.#tail.length;
  }

  get keyframes(): Iterable<Sequence> {
    return this.#keyframes.keys();
  }

  newTree(root?: TreeNode): Tree {
    return new Tree((hash) => this.#objects.loadNode(hash), root);
  }

  /** Takes in a commit that has just been appended. */
  add(head: RecordHead, position: Position, root: TreeNode): void {
    this.#tail.push(position);
    this.#remember(head.sequence, root, head.stored ? 0 : this.#depthOf(head.parents[0]) + 1);
  }

  /**
   * Takes in what the journal holds from a position on: about 10 us a commit.
   * STORE_CORRUPT when a commit is missing or does not give the root hash in its record.
   */
  replay(
    from: Position,
    onCommit: (head: RecordHead, root: TreeNode, recordBytes: number) => void,
    onRefMove: (move: RefMove) => void,
  ): void {
    for (const frame of this.#journal.scan(from)) {
      const move = RecordReader.refMove(frame.record);
      if (move !== undefined) {
        onRefMove(move);
        continue;
      }
      const record = new RecordReader(frame.record);
      const { head } = record;
      const expected = this.lastSequence + 1;
      if (head.sequence !== expected)
        throw corrupt(`the journal holds commit c${head.sequence} where c${expected} belongs`);
      const root = this.#apply(record, (key, bytes, base) =>
        this.#objects.addPending(key, bytes, head.sequence, base),
      );
      this.add(head, frame.position, root);
      onCommit(head, root, frame.record.length);
    }
  }

  /** The state of a commit. In memory: O(1). Otherwise replays from the nearest state that L2 has. */
  rootOf(sequence: Sequence): TreeNode {
    const known = this.#knownState(sequence);
    if (known !== undefined) return known.root;
    this.#replayTo(sequence, undefined);
    return this.#recent.get(sequence)!.root;
  }

  recordOf(sequence: Sequence): RecordReader {
    return new RecordReader(this.#frameOf(sequence).record);
  }

  /** SNAPSHOT_UNKNOWN where there is no such commit, or it has been collected. O(1) for a recent one. */
  assertThere(sequence: Sequence): void {
    if (!this.#recent.has(sequence)) this.#frameOf(sequence);
  }

  /** A content that is only in the record of a commit. */
  contentOf(sequence: Sequence, wanted: HashKey): Buffer {
    let found: Buffer | undefined;
    this.#replayTo(sequence, (key, bytes) => {
      if (key === wanted) found = bytes;
    });
    if (found === undefined) throw corrupt(`the record of c${sequence} lacks content ${hexOfKey(wanted)}`);
    return found;
  }

  /** What puts the places of the commits since the last checkpoint into L2's index. */
  indexWrites(): IterableIterator<StoreWrite> {
    return indexWrites(this.#tailStart, this.#tail);
  }

  /** A checkpoint has brought all commits before this one into L2. */
  checkpointed(nextSequence: Sequence): void {
    this.#tail = this.#tail.slice(nextSequence - this.#tailStart);
    this.#tailStart = nextSequence;
    for (const sequence of this.#keyframes.keys())
      if (sequence < nextSequence) this.#keyframes.delete(sequence);
  }

  /** State after a record; proves the root hash where the record has one. */
  #apply(
    record: RecordReader,
    onContent: OnContent,
    contentOf: (key: HashKey) => Buffer = (key) => this.#objects.readBlob(key),
  ): TreeNode {
    const { head } = record;
    if (head.stored) return this.#objects.loadNode(head.root!);
    const parent = head.parents[0];
    const tree = this.newTree(parent === undefined ? undefined : this.rootOf(parent));
    for (const operation of record.operations()) applyOperation(tree, operation, onContent, contentOf);
    const root = tree.freeze();
    if (head.root !== undefined && !Buffer.from(root.computeHash()).equals(head.root))
      throw corrupt(`replaying commit c${head.sequence} does not give the root hash in its record`);
    return root;
  }

  #knownState(sequence: Sequence): State | undefined {
    const inMemory = this.#inMemory(sequence);
    if (inMemory !== undefined) return inMemory;
    const stored = this.#l2.get("roots", u48be(sequence));
    if (stored === undefined) return undefined;
    return this.#remember(sequence, this.#objects.loadNode(stored), 0);
  }

  /** Computes the states from the nearest known ancestor to this commit. Contents met on the way go to `onContent`. */
  #replayTo(sequence: Sequence, onContent: OnContent | undefined): void {
    const line: Sequence[] = [];
    for (let at: Sequence | undefined = sequence; at !== undefined;) {
      // A content is only found by replaying the record that holds it, known state or not.
      if (this.#knownState(at) !== undefined && !(onContent !== undefined && at === sequence)) break;
      line.push(at);
      const { head }: RecordReader = this.recordOf(at);
      at = head.stored ? undefined : head.parents[0];
    }
    const met = new Map<HashKey, Buffer>();
    for (const at of line.reverse()) {
      const record = this.recordOf(at);
      const root = this.#apply(
        record,
        (key, bytes) => {
          met.set(key, bytes);
          this.#objects.l1.put(key, bytes);
          onContent?.(key, bytes);
        },
        (key) => met.get(key) ?? this.#objects.readBlob(key),
      );
      this.#remember(at, root, record.head.stored ? 0 : this.#depthOf(record.head.parents[0]) + 1, false);
    }
  }

  #remember(sequence: Sequence, root: TreeNode, depth: number, mayBeKeyframe = true): State {
    const keyframe = mayBeKeyframe && isKeyframe(depth, root);
    const state: State = { root, depth: keyframe ? 0 : depth };
    if (keyframe) this.#keyframes.set(sequence, state);
    keepYoungest(this.#recent, sequence, state, RECENT_STATES);
    if (state.depth % SPARSE_COMMITS === 0) keepYoungest(this.#sparse, sequence, state, SPARSE_STATES);
    return state;
  }

  #inMemory(sequence: Sequence): State | undefined {
    return this.#recent.get(sequence) ?? this.#sparse.get(sequence) ?? this.#keyframes.get(sequence);
  }

  #depthOf(sequence: Sequence | undefined): number {
    return sequence === undefined ? 0 : (this.#inMemory(sequence)?.depth ?? 0);
  }

  /** The commit's frame. Commits may be missing from the index and from the journal (collected), never out of order. */
  #frameOf(sequence: Sequence): Frame {
    if (sequence >= this.#tailStart) {
      const position = this.#tail[sequence - this.#tailStart];
      if (position === undefined) throw unknownCommit(sequence);
      return this.#journal.read(position);
    }
    const nearest = this.#l2.range("index", { lt: u48be(sequence + 1), reverse: true, limit: 1 })[0];
    if (nearest === undefined) throw unknownCommit(sequence);
    let at = nearest.key.readUIntBE(0, 6);
    for (let position: Position = nearest.value.readDoubleLE(0); position < this.#journal.end;) {
      const frame = this.#journal.read(position);
      if (RecordReader.refMove(frame.record) === undefined) {
        if (at !== sequence) at = new RecordReader(frame.record).head.sequence;
        if (at === sequence) return frame;
        if (at > sequence) throw unknownCommit(sequence);
      }
      position = frame.next;
    }
    throw unknownCommit(sequence);
  }
}

function keepYoungest(states: Map<Sequence, State>, sequence: Sequence, state: State, limit: number): void {
  states.set(sequence, state);
  if (states.size > limit) states.delete(states.keys().next().value!);
}

/** Whether a commit this far behind the last kept one of its line is kept itself. */
export function isKeyframe(depth: number, tree: { readonly entries: number }): boolean {
  if (depth < KEYFRAME_MIN_COMMITS || depth % KEYFRAME_MIN_COMMITS !== 0) return false;
  return depth >= Math.min(KEYFRAME_MAX_COMMITS, tree.entries / KEYFRAME_ENTRIES_PER_COMMIT);
}

export function applyOperation(
  tree: Tree,
  operation: Operation,
  onContent: OnContent,
  contentOf: (key: HashKey) => Buffer,
): void {
  const { path } = operation;
  switch (operation.kind) {
    case "delete":
      tree.delete(path);
      return;
    case "stored":
      tree.put(path, operation.hash, operation.mode, operation.sizeBytes);
      return;
    case "inline":
    case "delta": {
      const base = tree.get(path)?.hash;
      const bytes =
        operation.kind === "inline"
          ? Buffer.from(operation.bytes)
          : joinDelta(contentOf(replaced(base, path)), operation);
      const hash = hashBlob(bytes);
      tree.put(path, hash, operation.mode, bytes.length);
      onContent(hashKeyOf(hash), bytes, base);
    }
  }
}

/** The content a delta is of. */
export function replaced(base: HashKey | undefined, path: string): HashKey {
  if (base === undefined) throw corrupt(`a record changes ${path}, which its parent does not have`);
  return base;
}

/** A content from the one before it and what a record says changed. */
export function joinDelta(before: Buffer, operation: Operation & { readonly kind: "delta" }): Buffer {
  const { prefix, suffix } = operation;
  if (prefix + suffix > before.length)
    throw corrupt(`a record keeps more of ${operation.path} than there is`);
  return Buffer.concat([
    before.subarray(0, prefix),
    operation.bytes,
    before.subarray(before.length - suffix),
  ]);
}

/** What puts the places of commits, the first of which is `first`, into L2's index. */
export function* indexWrites(first: Sequence, positions: readonly Position[]): IterableIterator<StoreWrite> {
  for (const [i, position] of positions.entries())
    if (i === 0 || (first + i) % INDEX_COMMITS === 0) yield indexWrite(first + i, position);
}

export function indexWrite(sequence: Sequence, position: Position): StoreWrite {
  const value = Buffer.allocUnsafe(8);
  value.writeDoubleLE(position, 0);
  return { kind: "put", space: "index", key: u48be(sequence), value };
}

function unknownCommit(sequence: Sequence): HeliosError {
  return new HeliosError(
    "SNAPSHOT_UNKNOWN",
    `there is no commit c${sequence} in this store`,
    "`helios-cli log` lists the commits; one that no branch needs may have been collected.",
  );
}

export function corrupt(what: string): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    what,
    "Restore the store from a copy; earlier commits stay readable.",
  );
}
