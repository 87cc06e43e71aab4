/**
 * The inside of an open store, shared by `Helios` and its working sets: journal, objects, refs, recent states.
 *
 * The journal is the truth. A commit is acknowledged when its record is appended; everything else (tree nodes in L2,
 * the id index, refs in L2) is derived from the journal at checkpoints and can be computed again from it. Opening
 * replays what came after the last checkpoint.
 */
import { createHistogram } from "node:perf_hooks";
import { HeliosError } from "./errors.ts";
import type { Frame, Journal, Position } from "./journal/journal.ts";
import { type Operation, type RecordHead, RecordReader, RecordWriter } from "./journal/record.ts";
import { sharedEnds } from "./object/delta.ts";
import { hashBlob } from "./object/hash.ts";
import { type HashKey, hashKeyOf, hashOfKey, hexOfKey, type Sequence } from "./object/ids.ts";
import type { L1Cache } from "./store/l1-cache.ts";
import type { ObjectStore, StoreWrite } from "./store/object-store.ts";
import { blobInJournalWrite, blobWrite, Objects, type PendingBlob } from "./store/objects.ts";
import type { TreeNode } from "./tree/node.ts";
import { collectUnstored, Tree } from "./tree/tree.ts";

export type Durability = "memory" | "process" | "power";

/** One path that a commit changes. */
export interface PathChange {
  /** Undefined: the path is deleted. */
  readonly content:
    | {
        /** Undefined once the content is in L2. */
        readonly bytes: Buffer | undefined;
        readonly hash: HashKey;
        readonly mode: number;
        readonly sizeBytes: number;
      }
    | undefined;
  /** Content the parent's state has at the path. */
  readonly base: HashKey | undefined;
}

export interface CommitRequest {
  readonly tree: Tree;
  readonly changes: ReadonlyMap<string, PathChange>;
  /** The commit the changes are relative to. */
  readonly parent: Sequence | undefined;
  /** Further parents of a merge. */
  readonly mergeParents: readonly Sequence[];
  readonly ref: string | undefined;
  readonly author: string;
  readonly message: string;
  readonly timeMs: number;
  /** Put the root hash into the record: costs its computation now, saves it when the log is read. */
  readonly recordRoot: boolean;
}

export interface Committed {
  readonly sequence: Sequence;
  readonly root: TreeNode;
  readonly newObjects: number;
  readonly newBytes: number;
}

interface State {
  readonly root: TreeNode;
  /** Commits since the last one whose tree is, or will be, in L2. */
  readonly depth: number;
}

interface CheckpointMark {
  readonly nextSequence: Sequence;
  readonly position: Position;
}

/** A content met while replaying, and the one it replaced. */
type OnContent = (key: HashKey, bytes: Buffer, base?: HashKey) => void;

export interface CoreParts {
  readonly l1: L1Cache;
  readonly l2: ObjectStore;
  readonly journal: Journal;
  readonly mark: CheckpointMark;
  readonly durability: Durability;
  readonly readOnly: boolean;
}

/** States kept in memory by commit, oldest out first. */
const RECENT_STATES = 4096;
/** Every so many commits on a line the whole tree goes to L2, which bounds what reading an old state replays. */
const KEYFRAME_COMMITS = 1024;
/** A larger commit writes its state to L2 at once instead of listing it in the journal. */
const BULK_CHANGES = 4096;
const BULK_BYTES = 8 * 1024 * 1024;
/** Contents from here on go to L2 before the record, which then names them. */
const INLINE_MAX_BYTES = 256 * 1024;
/** Below this a delta saves less than it costs. */
const DELTA_MIN_BYTES = 64;
const DELTA_MIN_SAVED_BYTES = 16;
/** A commit that finds the journal this far ahead of L2 checkpoints first. */
const TAIL_MAX_COMMITS = 32_768;
const TAIL_MAX_BYTES = 32 * 1024 * 1024;
/** Closing leaves a shorter tail to be replayed: quicker than a checkpoint, and quicker to open than it looks. */
const TAIL_KEPT_AT_CLOSE_COMMITS = 256;
const TAIL_KEPT_AT_CLOSE_BYTES = 1024 * 1024;
/** Every so many commits the index in L2 says where in the journal the commit is. */
const INDEX_COMMITS = 16;
const BATCH_BYTES = 1024 * 1024;

export const META_CHECKPOINT = Buffer.from("checkpoint");
export const META_LATENCY = Buffer.from("latency");

export class Core {
  readonly l2: ObjectStore;
  readonly objects: Objects;
  readonly refs = new Map<string, Sequence>();
  readonly durability: Durability;
  readonly readOnly: boolean;
  readonly latencyNs = createHistogram();
  newObjects = 0;
  newBytes = 0;
  readonly #journal: Journal;
  readonly #writer = new RecordWriter();
  readonly #recent = new Map<Sequence, State>();
  /** Ids whose index entries are not in L2 yet; those since the last look-up wait in `#freshIds`. */
  #ids = new Map<HashKey, Sequence>();
  #freshIds: { readonly hash: Uint8Array; readonly sequence: Sequence }[] = [];
  /** Held in memory until their trees are in L2: recomputing one would replay its whole line. */
  #keyframes = new Map<Sequence, State>();
  /** Positions of the commits since the last checkpoint; the first is that of `#tailStart`. */
  #tail: Position[] = [];
  #tailStart: Sequence;
  #tailBytes = 0;
  #closed = false;

  /** Replays the journal's tail: O(commits since the last checkpoint), about 10 us each. */
  constructor(parts: CoreParts) {
    this.l2 = parts.l2;
    this.durability = parts.durability;
    this.readOnly = parts.readOnly;
    this.#journal = parts.journal;
    this.#tailStart = parts.mark.nextSequence;
    this.objects = new Objects(parts.l1, parts.l2, (sequence, key) =>
      this.#contentFromJournal(sequence, key),
    );
    for (const row of this.l2.range("refs")) this.refs.set(row.key.toString(), row.value.readUIntLE(0, 6));
    this.#recover(parts.mark.position);
  }

  get lastSequence(): Sequence {
    return this.#tailStart + this.#tail.length - 1;
  }

  assertOpen(): void {
    if (this.#closed) throw new HeliosError("STORE_CLOSED", "the store is closed", "Open it again.");
  }

  assertWritable(): void {
    this.assertOpen();
    if (this.readOnly)
      throw new HeliosError(
        "STORE_READ_ONLY",
        "the store is open for reading only",
        "Open it without readOnly.",
      );
  }

  /** Appends the record of a commit; on return it survives what the durability class says. */
  commit(request: CommitRequest): Committed {
    this.assertWritable();
    const { tree, changes, parent, ref } = request;
    if (ref !== undefined) this.assertRefAt(ref, parent);
    if (this.#tail.length >= TAIL_MAX_COMMITS || this.#tailBytes >= TAIL_MAX_BYTES) this.checkpoint();
    const sequence = this.lastSequence + 1;
    const fresh = freshContents(changes);
    const bulk = changes.size > BULK_CHANGES || fresh.bytes > BULK_BYTES;
    const head: RecordHead = {
      sequence,
      parents: parent === undefined ? [] : [parent, ...request.mergeParents],
      timeMs: request.timeMs,
      ref: ref ?? "",
      author: request.author,
      message: request.message,
      changedPaths: changes.size,
      root: bulk || request.recordRoot ? tree.rootHash() : undefined,
      stored: bulk,
    };
    if (bulk) {
      this.#storeContents(changes);
      this.#storeNodes(tree.freeze());
      this.#writer.begin(head, 0);
    } else {
      this.#writeOperations(head, changes);
    }
    const bytes = this.#writer.finish();
    const position = this.#journal.append(bytes);
    // Acknowledged from here on: nothing below may fail.
    const root = tree.freeze();
    this.#tail.push(position);
    this.#tailBytes += bytes.length;
    if (!bulk)
      for (const { content, base } of changes.values())
        if (content?.bytes !== undefined)
          this.objects.addPending(content.hash, content.bytes, sequence, base);
    this.#remember(sequence, root, bulk ? 0 : this.#depthOf(parent) + 1);
    if (ref !== undefined) this.refs.set(ref, sequence);
    this.newObjects += fresh.objects;
    this.newBytes += fresh.bytes;
    return { sequence, root, newObjects: fresh.objects, newBytes: fresh.bytes };
  }

  /** Compare half of compare-and-swap: the ref names this commit, or does not exist yet. */
  assertRefAt(ref: string, expected: Sequence | undefined): void {
    const current = this.refs.get(ref);
    if (current === undefined || current === expected) return;
    throw new HeliosError(
      "REF_MOVED",
      `"${ref}" names c${current}, not ${expected === undefined ? "nothing" : `c${expected}`}: someone else moved it`,
      "Check the ref out again, apply the change there and commit.",
    );
  }

  setRef(name: string, sequence: Sequence): void {
    this.assertWritable();
    // Refs in L2 are as of the checkpoint; journal records after it move them on.
    this.checkpoint();
    this.l2.write([refWrite(name, sequence)], { sync: this.durability === "power" });
    this.refs.set(name, sequence);
  }

  /** Makes contents durable in L2 before their commit, so that a large import need not be held in memory. */
  spill(contents: Iterable<readonly [HashKey, Uint8Array]>): void {
    this.assertWritable();
    this.#writeBatched(contents, ([key, bytes]) => blobWrite(key, bytes));
  }

  /** Notes that an id has been computed, so that it can be looked up. Indexing it waits until somebody does. */
  registerId(hash: Uint8Array, sequence: Sequence): void {
    this.#freshIds.push({ hash, sequence });
  }

  #indexedIds(): Map<HashKey, Sequence> {
    for (const { hash, sequence } of this.#freshIds) this.#ids.set(hashKeyOf(hash), sequence);
    this.#freshIds = [];
    return this.#ids;
  }

  /** The commit an id was last seen at. */
  sequenceOfId(key: HashKey): Sequence | undefined {
    const known = this.#indexedIds().get(key);
    if (known !== undefined) return known;
    return this.l2.get("snapshots", hashOfKey(key))?.readUIntLE(0, 6);
  }

  /** Ids that begin with these hex digits; at most `limit`. */
  idsWithPrefix(hexPrefix: string, limit: number): HashKey[] {
    const low = Buffer.alloc(32);
    low.write(hexPrefix.padEnd(64, "0"), "hex");
    const found = new Set<HashKey>();
    for (const row of this.l2.range("snapshots", { gte: low, limit })) found.add(hashKeyOf(row.key));
    for (const key of this.#indexedIds().keys()) found.add(key);
    return [...found].filter((key) => hexOfKey(key).startsWith(hexPrefix)).slice(0, limit);
  }

  /** The state of a commit. In memory: O(1). Otherwise replays from the nearest state that L2 has. */
  rootOf(sequence: Sequence): TreeNode {
    this.assertOpen();
    return this.#stateOf(sequence).root;
  }

  recordOf(sequence: Sequence): RecordReader {
    this.assertOpen();
    return new RecordReader(this.#frameOf(sequence).record);
  }

  newTree(root?: TreeNode): Tree {
    return new Tree((hash) => this.objects.loadNode(hash), root);
  }

  /**
   * Quiescence: brings L2 up to the journal's end. Writes the trees and contents of kept states (ref heads and
   * keyframes), the index of ids and positions, and last the mark from which the next opening replays. Killed at any
   * point it has changed nothing, since all it writes but the mark is named by content.
   */
  checkpoint(): void {
    this.assertWritable();
    if (this.#tail.length === 0) return;
    this.#journal.sync();
    const kept = new Set([...this.refs.values(), ...this.#keyframes.keys()]);
    const inFull = new Set<HashKey>();
    for (const sequence of kept) this.#storeState(sequence, inFull);
    this.#writeBatched(this.objects.pending, ([key, { sequence }]) =>
      inFull.has(key) || this.l2.get("blobs", hashOfKey(key)) !== undefined
        ? undefined
        : blobInJournalWrite(key, sequence),
    );
    this.#writeBatched(this.#indexedIds(), ([key, sequence]) => ({
      kind: "put",
      space: "snapshots",
      key: hashOfKey(key),
      value: u48(sequence),
    }));
    const nextSequence = this.lastSequence + 1;
    const closing: StoreWrite[] = [...this.refs].map(([name, sequence]) => refWrite(name, sequence));
    this.#tail.forEach((position, i) => {
      const sequence = this.#tailStart + i;
      if (i === 0 || sequence % INDEX_COMMITS === 0) closing.push(indexWrite(sequence, position));
    });
    const mark: CheckpointMark = { nextSequence, position: this.#journal.end };
    closing.push({
      kind: "put",
      space: "meta",
      key: META_CHECKPOINT,
      value: Buffer.from(JSON.stringify(mark)),
    });
    this.l2.write(closing, { sync: this.durability === "power" });
    this.objects.clearPending();
    this.#ids = new Map();
    this.#keyframes = new Map();
    this.#tail = [];
    this.#tailStart = nextSequence;
    this.#tailBytes = 0;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      if (!this.readOnly) {
        const long =
          this.#tail.length > TAIL_KEPT_AT_CLOSE_COMMITS || this.#tailBytes > TAIL_KEPT_AT_CLOSE_BYTES;
        if (long) this.checkpoint();
        this.#saveLatency();
      }
    } finally {
      this.#closed = true;
      this.#journal.close();
      await this.l2.close();
    }
  }

  #saveLatency(): void {
    if (this.latencyNs.count === 0) return;
    const us = (percentile: number) => this.latencyNs.percentile(percentile) / 1000;
    const latency = { n: this.latencyNs.count, p50: us(50), p95: us(95), p99: us(99) };
    this.l2.write([
      { kind: "put", space: "meta", key: META_LATENCY, value: Buffer.from(JSON.stringify(latency)) },
    ]);
  }

  #writeOperations(head: RecordHead, changes: ReadonlyMap<string, PathChange>): void {
    this.#storeLargeContents(changes);
    const writer = this.#writer;
    writer.begin(head, changes.size);
    for (const [path, { content, base }] of changes) {
      if (content === undefined) {
        writer.delete(path);
      } else if (content.bytes === undefined || content.bytes.length > INLINE_MAX_BYTES) {
        writer.stored(path, content.mode, hashOfKey(content.hash), content.sizeBytes);
      } else {
        const before =
          base === undefined || content.bytes.length < DELTA_MIN_BYTES
            ? undefined
            : this.objects.peekBlob(base);
        const ends = before === undefined ? undefined : sharedEnds(before, content.bytes);
        if (ends === undefined || ends.prefix + ends.suffix < DELTA_MIN_SAVED_BYTES) {
          writer.inline(path, content.mode, content.bytes);
        } else {
          const between = content.bytes.subarray(ends.prefix, content.bytes.length - ends.suffix);
          writer.delta(path, content.mode, ends.prefix, ends.suffix, between);
        }
      }
    }
  }

  #storeLargeContents(changes: ReadonlyMap<string, PathChange>): void {
    let large: Map<string, PathChange> | undefined;
    for (const [path, change] of changes)
      if ((change.content?.bytes?.length ?? 0) > INLINE_MAX_BYTES) (large ??= new Map()).set(path, change);
    if (large !== undefined) this.#storeContents(large);
  }

  #storeContents(changes: ReadonlyMap<string, PathChange>): void {
    this.#writeBatched(changes.values(), ({ content }) =>
      content?.bytes === undefined ? undefined : blobWrite(content.hash, content.bytes),
    );
  }

  #storeNodes(root: TreeNode): void {
    root.computeHash();
    const nodes: TreeNode[] = [];
    collectUnstored(root, (node) => nodes.push(node));
    this.#writeBatched(nodes, (node) => ({
      kind: "put",
      space: "nodes",
      key: node.computeHash(),
      value: node.encode(),
    }));
    for (const node of nodes) node.stored = true;
  }

  /** Tree and contents of one commit into L2; notes the contents in `inFull`. */
  #storeState(sequence: Sequence, inFull: Set<HashKey>): void {
    const root = this.#stateOf(sequence).root;
    const contents: [HashKey, PendingBlob][] = [];
    collectUnstored(root, (node) => {
      if (!node.isLeaf) return;
      for (let i = 0; i < node.count; i++) {
        const at = node.valueAt(i);
        const key = hashKeyOf(node.body.subarray(at, at + 32));
        const pending = this.objects.pending.get(key);
        if (pending === undefined || inFull.has(key)) continue;
        inFull.add(key);
        contents.push([key, pending]);
      }
    });
    this.#writeBatched(contents, ([key, pending]) => this.objects.pendingWrite(key, pending));
    this.#storeNodes(root);
    this.l2.write([{ kind: "put", space: "roots", key: u48be(sequence), value: root.computeHash() }]);
  }

  /** One write per megabyte: atomicity comes from the checkpoint's mark, not from these. */
  #writeBatched<T>(items: Iterable<T>, toWrite: (item: T) => StoreWrite | undefined): void {
    let batch: StoreWrite[] = [];
    let bytes = 0;
    for (const item of items) {
      const write = toWrite(item);
      if (write === undefined) continue;
      batch.push(write);
      bytes += write.key.length + (write.kind === "put" ? write.value.length : 0);
      if (bytes < BATCH_BYTES) continue;
      this.l2.write(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) this.l2.write(batch);
  }

  #recover(from: Position): void {
    for (const frame of this.#journal.scan(from)) {
      const record = new RecordReader(frame.record);
      const { head } = record;
      const expected = this.lastSequence + 1;
      if (head.sequence !== expected)
        throw corrupt(`the journal holds commit c${head.sequence} where c${expected} belongs`);
      this.#tail.push(frame.position);
      this.#tailBytes += frame.record.length;
      const root = this.#apply(record, (key, bytes, base) =>
        this.objects.addPending(key, bytes, head.sequence, base),
      );
      this.#remember(head.sequence, root, head.stored ? 0 : this.#depthOf(head.parents[0]) + 1);
      this.registerId(root.computeHash(), head.sequence);
      if (head.ref !== "") this.refs.set(head.ref, head.sequence);
    }
  }

  /** State after a record; proves the root hash where the record has one. */
  #apply(
    record: RecordReader,
    onContent: OnContent,
    contentOf: (key: HashKey) => Buffer = (key) => this.objects.readBlob(key),
  ): TreeNode {
    const { head } = record;
    if (head.stored) return this.objects.loadNode(head.root!);
    const parent = head.parents[0];
    const tree = this.newTree(parent === undefined ? undefined : this.#stateOf(parent).root);
    for (const operation of record.operations()) applyOperation(tree, operation, onContent, contentOf);
    const root = tree.freeze();
    if (head.root !== undefined && !Buffer.from(root.computeHash()).equals(head.root))
      throw corrupt(`replaying commit c${head.sequence} does not give the root hash in its record`);
    return root;
  }

  #stateOf(sequence: Sequence): State {
    const known = this.#knownState(sequence);
    if (known !== undefined) return known;
    this.#replayTo(sequence, undefined);
    return this.#recent.get(sequence)!;
  }

  #knownState(sequence: Sequence): State | undefined {
    const inMemory = this.#recent.get(sequence) ?? this.#keyframes.get(sequence);
    if (inMemory !== undefined) return inMemory;
    const stored = this.l2.get("roots", u48be(sequence));
    if (stored === undefined) return undefined;
    return this.#remember(sequence, this.objects.loadNode(stored), 0);
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
          this.objects.l1.put(key, bytes);
          onContent?.(key, bytes);
        },
        (key) => met.get(key) ?? this.objects.readBlob(key),
      );
      this.#remember(at, root, record.head.stored ? 0 : this.#depthOf(record.head.parents[0]) + 1, false);
    }
  }

  #contentFromJournal(sequence: Sequence, wanted: HashKey): Buffer {
    let found: Buffer | undefined;
    this.#replayTo(sequence, (key, bytes) => {
      if (key === wanted) found = bytes;
    });
    if (found === undefined) throw corrupt(`the record of c${sequence} lacks content ${hexOfKey(wanted)}`);
    return found;
  }

  #remember(sequence: Sequence, root: TreeNode, depth: number, mayBeKeyframe = true): State {
    const keyframe = mayBeKeyframe && depth >= KEYFRAME_COMMITS;
    const state: State = { root, depth: keyframe ? 0 : depth };
    if (keyframe) this.#keyframes.set(sequence, state);
    this.#recent.set(sequence, state);
    if (this.#recent.size > RECENT_STATES) this.#recent.delete(this.#recent.keys().next().value!);
    return state;
  }

  #depthOf(sequence: Sequence | undefined): number {
    return sequence === undefined ? 0 : (this.#recent.get(sequence)?.depth ?? 0);
  }

  #frameOf(sequence: Sequence): Frame {
    if (sequence >= this.#tailStart) {
      const position = this.#tail[sequence - this.#tailStart];
      if (position === undefined) throw unknownCommit(sequence);
      return this.#journal.read(position);
    }
    const nearest = this.l2.range("index", { lt: u48be(sequence + 1), reverse: true, limit: 1 })[0];
    if (nearest === undefined) throw unknownCommit(sequence);
    let frame = this.#journal.read(nearest.value.readDoubleLE(0));
    for (let at = nearest.key.readUIntBE(0, 6); at < sequence; at++) frame = this.#journal.read(frame.next);
    return frame;
  }
}

function applyOperation(
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
      const bytes =
        operation.kind === "inline" ? Buffer.from(operation.bytes) : joinDelta(tree, operation, contentOf);
      const base = tree.get(path)?.hash;
      const hash = hashBlob(bytes);
      tree.put(path, hash, operation.mode, bytes.length);
      onContent(hashKeyOf(hash), bytes, base);
    }
  }
}

function joinDelta(
  tree: Tree,
  operation: Operation & { readonly kind: "delta" },
  contentOf: (key: HashKey) => Buffer,
): Buffer {
  const entry = tree.get(operation.path);
  if (entry === undefined)
    throw corrupt(`a record changes ${operation.path}, which its parent does not have`);
  const before = contentOf(entry.hash);
  const { prefix, suffix } = operation;
  if (prefix + suffix > before.length)
    throw corrupt(`a record keeps more of ${operation.path} than there is`);
  return Buffer.concat([
    before.subarray(0, prefix),
    operation.bytes,
    before.subarray(before.length - suffix),
  ]);
}

/** Contents a commit brings, each counted once. */
function freshContents(changes: ReadonlyMap<string, PathChange>): { objects: number; bytes: number } {
  if (changes.size === 1) {
    const [change] = changes.values();
    return change!.content === undefined
      ? { objects: 0, bytes: 0 }
      : { objects: 1, bytes: change!.content.sizeBytes };
  }
  const seen = new Set<HashKey>();
  let bytes = 0;
  for (const { content } of changes.values()) {
    if (content === undefined || seen.has(content.hash)) continue;
    seen.add(content.hash);
    bytes += content.sizeBytes;
  }
  return { objects: seen.size, bytes };
}

function u48(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(6);
  bytes.writeUIntLE(value, 0, 6);
  return bytes;
}

/** Big-endian, so that key order is number order. */
function u48be(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}

function refWrite(name: string, sequence: Sequence): StoreWrite {
  return { kind: "put", space: "refs", key: Buffer.from(name), value: u48(sequence) };
}

function indexWrite(sequence: Sequence, position: Position): StoreWrite {
  const value = Buffer.allocUnsafe(8);
  value.writeDoubleLE(position, 0);
  return { kind: "put", space: "index", key: u48be(sequence), value };
}

function unknownCommit(sequence: Sequence): HeliosError {
  return new HeliosError(
    "SNAPSHOT_UNKNOWN",
    `there is no commit c${sequence} in this store`,
    "`helios-cli log` lists the commits.",
  );
}

function corrupt(what: string): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    what,
    "Restore the store from a copy; earlier commits stay readable.",
  );
}
