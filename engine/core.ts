/**
 * The inside of an open store, shared by `Helios` and its working sets: journal, objects, refs, history.
 *
 * The journal is the truth. A commit is acknowledged when its record is appended; everything else (tree nodes in L2,
 * the id index, refs in L2) is derived from the journal at checkpoints and can be computed again from it. Opening
 * replays what came after the last checkpoint.
 */
import { createHistogram } from "node:perf_hooks";
import { BackgroundCheckpoints, type CheckpointOutcome } from "./checkpoint/background.ts";
import type { CheckpointMark } from "./store/l2-writer.ts";
import { HeliosError } from "./errors.ts";
import { pinWrite, unpinWrite } from "./gc/pins.ts";
import { History } from "./history.ts";
import type { Journal, Position } from "./journal/journal.ts";
import {
  PARENTS_MAX,
  type RecordHead,
  type RecordReader,
  RecordWriter,
  type RefMove,
} from "./journal/record.ts";
import { sharedEnds } from "./object/delta.ts";
import { ObjectEstimate } from "./observability/object-estimate.ts";
import { Observer } from "./observability/observer.ts";
import { IdLog, seenIn } from "./object/id-log.ts";
import { type HashKey, hashKeyOf, hashOfKey, hexOfKey, type Sequence } from "./object/ids.ts";
import type { L1Cache } from "./store/l1-cache.ts";
import { deletedRefWrite, idWrite, L2Writer, markWrite, readMark, refWrite } from "./store/l2-writer.ts";
import type { ObjectStore, StoreWrite } from "./store/object-store.ts";
import { Objects, placeWrite } from "./store/objects.ts";
import type { TreeNode } from "./tree/node.ts";
import type { Tree } from "./tree/tree.ts";

/** What an acknowledged commit survives: nothing, the death of the process, the loss of power. */
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

/** What a tree that was put into L2 beforehand brings: paths changed, contents and their bytes. */
export interface Brought {
  readonly paths: number;
  readonly objects: number;
  readonly bytes: number;
}

export interface CommitRequest {
  readonly tree: Tree;
  readonly changes: ReadonlyMap<string, PathChange>;
  /** Beside the changes: the record then names the whole state instead of listing them. */
  readonly brought: Brought | undefined;
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
  /** Leave durability to `durable()`, which many commits can share. */
  readonly deferSync: boolean;
}

export interface Committed {
  readonly sequence: Sequence;
  readonly root: TreeNode;
  readonly newObjects: number;
  readonly newBytes: number;
}

export interface CoreParts {
  readonly l1: L1Cache;
  readonly l2: ObjectStore;
  readonly journal: Journal;
  readonly mark: CheckpointMark;
  readonly durability: Durability;
  readonly role: "writer" | "reader";
  /** A reader takes in what a writer has appended when it last did so this long ago; default 0: each time it is asked. */
  readonly staleMs?: number;
  /** A checkpoint begins when the journal is this many commits ahead of L2. */
  readonly checkpointCommits?: number | undefined;
  /** Where the journal's files are, for the thread that writes checkpoints; without it they are written here. */
  readonly journalDirectory?: string | undefined;
  /** Is told what happens; without one, nobody is. */
  readonly observer?: Observer | undefined;
}

/** A larger commit writes its state to L2 at once instead of listing it in the journal. */
const BULK_CHANGES = 4096;
const BULK_BYTES = 8 * 1024 * 1024;
/** Contents from here on go to L2 before the record, which then names them. */
const INLINE_MAX_BYTES = 256 * 1024;
/** Below this a delta saves less than it costs. */
const DELTA_MIN_BYTES = 64;
const DELTA_MIN_SAVED_BYTES = 16;
/** A commit that finds the journal this far ahead of L2 has a checkpoint begun, */
const CHECKPOINT_COMMITS = 32_768;
const CHECKPOINT_BYTES = 48 * 1024 * 1024;
/** and one that finds it so far ahead waits for it: what is not in L2 is in memory, and is replayed when opening. */
const TAIL_MAX_COMMITS = 6 * CHECKPOINT_COMMITS;
const TAIL_MAX_BYTES = 6 * CHECKPOINT_BYTES;
/** Closing leaves a shorter tail to be replayed: quicker than a checkpoint, and quicker to open than it looks. */
const TAIL_KEPT_AT_CLOSE_COMMITS = 256;
const TAIL_KEPT_AT_CLOSE_BYTES = 1024 * 1024;

/** A reader that has followed this many commits looks whether L2 has them by now. */
const FOLLOWED_COMMITS = 2 * CHECKPOINT_COMMITS;

export const META_LATENCY = Buffer.from("latency");

export class Core {
  readonly l2: ObjectStore;
  readonly objects: Objects;
  readonly history: History;
  readonly refs = new Map<string, Sequence>();
  readonly durability: Durability;
  readonly readOnly: boolean;
  readonly latencyNs = createHistogram();
  readonly observer: Observer;
  readonly #objectsSeen: ObjectEstimate;
  /** Ids computed since the last checkpoint, and those that the one under way writes. */
  ids = new IdLog();
  newObjects = 0;
  newBytes = 0;
  checkpoints = 0;
  /** Why the last checkpoint in the background came to nothing, if it did. */
  checkpointFailure: string | undefined;
  readonly #journal: Journal;
  readonly #journalDirectory: string | undefined;
  readonly #l2Writer: L2Writer;
  readonly #writer = new RecordWriter();
  /** Deleted since the last checkpoint. */
  readonly #deletedRefs = new Set<string>();
  #mark: CheckpointMark;
  #tailBytes = 0;
  #background: BackgroundCheckpoints | undefined;
  #idsInFlight: IdLog | undefined;
  #tailBytesInFlight = 0;
  readonly #checkpointCommits: number;
  readonly #staleMs: number;
  #followedMs = performance.now();
  #closed = false;

  /** Replays the journal's tail: O(commits since the last checkpoint), about 10 us each. */
  constructor(parts: CoreParts) {
    this.l2 = parts.l2;
    this.durability = parts.durability;
    this.readOnly = parts.role === "reader";
    this.#journal = parts.journal;
    this.#journalDirectory = parts.journalDirectory;
    this.#mark = parts.mark;
    this.#checkpointCommits = parts.checkpointCommits ?? CHECKPOINT_COMMITS;
    this.#staleMs = parts.staleMs ?? 0;
    this.observer = parts.observer ?? new Observer();
    this.#objectsSeen = new ObjectEstimate(parts.l2);
    this.objects = new Objects(parts.l1, parts.l2, (sequence, key) => this.history.contentOf(sequence, key));
    this.history = new History(this.objects, parts.l2, parts.journal, parts.mark.nextSequence);
    this.#l2Writer = new L2Writer(parts.l2, this.objects);
    for (const row of this.l2.range("refs")) this.refs.set(row.key.toString(), row.value.readUIntLE(0, 6));
    this.#replay(parts.mark.position);
  }

  get lastSequence(): Sequence {
    return this.history.lastSequence;
  }

  /** Behind the last record that this core knows. */
  get journalEnd(): Position {
    return this.#journal.end;
  }

  /** Bytes of journal records since the last checkpoint. */
  get tailBytes(): number {
    return this.#tailBytes;
  }

  get closed(): boolean {
    return this.#closed;
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

  /** Appends the record of a commit; on return it survives what durability class and consistency say. */
  commit(request: CommitRequest): Committed {
    this.assertWritable();
    const { tree, changes, brought, parent, ref } = request;
    if (ref !== undefined) this.assertRefAt(ref, parent);
    if (request.mergeParents.length >= PARENTS_MAX) throw tooManyParents(request.mergeParents.length);
    this.#keepTailShort();
    const sequence = this.lastSequence + 1;
    const fresh = freshContents(changes, brought);
    const bulk = brought !== undefined || changes.size > BULK_CHANGES || fresh.bytes > BULK_BYTES;
    const head: RecordHead = {
      sequence,
      parents: parent === undefined ? [] : [parent, ...request.mergeParents],
      timeMs: request.timeMs,
      ref: ref ?? "",
      author: request.author,
      message: request.message,
      changedPaths: changes.size + (brought?.paths ?? 0),
      root: bulk || request.recordRoot ? tree.rootHash() : undefined,
      stored: bulk,
    };
    if (bulk) {
      this.#storeContents(changes);
      this.#l2Writer.nodes(tree.freeze(), (node) => this.#objectsSeen.addLeaf(node));
      this.#objectsSeen.save();
      this.#writer.begin(head, 0);
    } else {
      this.#writeOperations(head, changes);
    }
    const bytes = this.#writer.finish();
    const position = this.#journal.append(bytes, request.deferSync);
    // Acknowledged from here on: nothing below may fail.
    const root = tree.freeze();
    this.#tailBytes += bytes.length;
    if (!bulk)
      for (const { content, base } of changes.values())
        if (content?.bytes !== undefined)
          this.objects.addPending(content.hash, content.bytes, sequence, base);
    this.history.add(head, position, root);
    if (ref !== undefined) this.refs.set(ref, sequence);
    this.newObjects += fresh.objects;
    this.newBytes += fresh.bytes;
    return { sequence, root, newObjects: fresh.objects, newBytes: fresh.bytes };
  }

  /** All commits so far are durable in the store's class when this resolves. Calls at the same time share one sync. */
  durable(): Promise<void> {
    this.assertOpen();
    if (this.durability === "power") return this.#journal.syncLater();
    this.flush();
    return Promise.resolve();
  }

  /** Hands held-back commits to the operating system. */
  flush(): void {
    this.assertOpen();
    this.#journal.flush();
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

  /** Makes a ref name a commit, or (undefined) deletes it. */
  moveRef(name: string, sequence: Sequence | undefined): void {
    this.assertWritable();
    const move: RefMove = { name, sequence, timeMs: Date.now() };
    this.#tailBytes += this.#appendRefMove(move);
    const before = this.refs.get(name);
    this.#refMoved(move);
    this.observer.refMoved(name, before, sequence);
  }

  /** Keeps a commit from being collected. */
  pin(sequence: Sequence): void {
    this.assertWritable();
    // A commit that is held back might be lost, and its number be given to another one.
    this.flush();
    this.l2.write([pinWrite(sequence)], { sync: this.durability === "power" });
  }

  unpin(sequence: Sequence): void {
    this.assertWritable();
    this.l2.write([unpinWrite(sequence)], { sync: this.durability === "power" });
  }

  /** Makes contents durable in L2 before their commit, so that a large import need not be held in memory. */
  spill(contents: Iterable<readonly [HashKey, Uint8Array]>): void {
    this.assertWritable();
    this.#l2Writer.contents(this.#objectsSeen.counting(contents));
  }

  /** About how many different contents were ever committed. */
  get objectsSeen(): number {
    return this.#objectsSeen.estimate(this.objects.places);
  }

  /** Notes that an id has been computed, so that it can be looked up. Indexing it waits until somebody does. */
  registerId(hash: Uint8Array, sequence: Sequence): void {
    this.ids.add(hash, sequence);
  }

  /** The commit an id was last seen at. */
  sequenceOfId(key: HashKey): Sequence | undefined {
    const known = this.ids.index.get(key) ?? this.#idsInFlight?.index.get(key);
    if (known !== undefined) return known;
    return this.l2.get("snapshots", hashOfKey(key))?.readUIntLE(0, 6);
  }

  /** Ids that begin with these hex digits; at most `limit`. */
  idsWithPrefix(hexPrefix: string, limit: number): HashKey[] {
    const low = Buffer.alloc(32);
    low.write(hexPrefix.padEnd(64, "0"), "hex");
    const found = new Set<HashKey>();
    for (const row of this.l2.range("snapshots", { gte: low, limit })) found.add(hashKeyOf(row.key));
    for (const log of [this.ids, this.#idsInFlight])
      for (const key of log?.index.keys() ?? []) found.add(key);
    return [...found].filter((key) => hexOfKey(key).startsWith(hexPrefix)).slice(0, limit);
  }

  /** The state of a commit. In memory: O(1). Otherwise replays from the nearest state that L2 has. */
  rootOf(sequence: Sequence): TreeNode {
    this.assertOpen();
    return this.history.rootOf(sequence);
  }

  recordOf(sequence: Sequence): RecordReader {
    this.assertOpen();
    return this.history.recordOf(sequence);
  }

  newTree(root?: TreeNode): Tree {
    return this.history.newTree(root);
  }

  /** For readers: takes in what a writer has appended since, unless that was done a moment ago. */
  freshen(): void {
    this.assertOpen();
    if (this.readOnly && performance.now() - this.#followedMs >= this.#staleMs) this.follow();
  }

  /** For readers: takes in what a writer has appended since. Cost where that is nothing: two system calls. */
  follow(): void {
    this.assertOpen();
    // Before the journal is looked at: what is appended while it is read may be missed.
    this.#followedMs = performance.now();
    const before = this.lastSequence;
    this.#replay(this.#journal.end);
    if (this.lastSequence > before) this.observer.refreshed(this.lastSequence - before);
    if (this.history.tailCommits < FOLLOWED_COMMITS) return;
    // Where the backend shows what the writer has written to L2 since, it need not be held here any longer.
    const mark = readMark(this.l2);
    if (mark.nextSequence <= this.#mark.nextSequence) return;
    this.objects.sealPending();
    this.#tailBytesInFlight = this.#tailBytes;
    this.#absorb(mark);
  }

  /** Quiescence: brings L2 up to the journal's end. */
  checkpoint(): void {
    this.assertWritable();
    if (this.#background === undefined) {
      if (this.#behind) this.writeCheckpoint();
      return;
    }
    if (this.#background.busy) this.#finish(this.#background.wait());
    if (!this.#behind) return;
    this.#startBackground();
    this.#finish(this.#background.wait());
    if (this.checkpointFailure !== undefined) this.writeCheckpoint();
  }

  /**
   * Writes the trees and contents of kept states (ref heads and keyframes), the index of ids and positions, and last
   * the mark from which the next opening replays. Killed at any point it has changed nothing, since all it writes but
   * the mark is named by content.
   */
  writeCheckpoint(): CheckpointMark {
    this.observer.checkpointBegins();
    this.#journal.sync();
    this.#objectsSeen.addTail(this.objects.places);
    this.#objectsSeen.save();
    const inFull = new Set<HashKey>();
    for (const sequence of new Set([...this.refs.values(), ...this.history.keyframes])) {
      const root = this.history.rootOf(sequence);
      this.#l2Writer.state(root, inFull);
      this.#l2Writer.root(sequence, root);
    }
    this.#l2Writer.batched(seenIn(this.objects.places), ({ hash, sequence }) =>
      inFull.has(hashKeyOf(hash)) ? undefined : placeWrite(hash, sequence),
    );
    this.#l2Writer.batched(seenIn(this.ids.rows), ({ hash, sequence }) => idWrite(hash, sequence));
    const mark: CheckpointMark = { nextSequence: this.lastSequence + 1, position: this.journalEnd };
    const closing: StoreWrite[] = [
      ...Array.from(this.#deletedRefs, deletedRefWrite),
      ...Array.from(this.refs, ([name, sequence]) => refWrite(name, sequence)),
      ...this.history.indexWrites(),
      markWrite(mark),
    ];
    this.l2.write(closing, { sync: this.durability === "power" });
    this.ids = new IdLog();
    this.#deletedRefs.clear();
    this.objects.sealPending();
    this.#tailBytesInFlight = this.#tailBytes;
    this.#absorb(mark);
    return mark;
  }

  /** `beforeRelease` is called when all is written and nobody else can have the store open for writing yet. */
  async close(beforeRelease?: () => void): Promise<void> {
    if (this.#closed) return;
    try {
      if (!this.readOnly) {
        if (this.#background?.busy === true) this.#finish(this.#background.wait());
        const long =
          this.history.tailCommits > TAIL_KEPT_AT_CLOSE_COMMITS || this.#tailBytes > TAIL_KEPT_AT_CLOSE_BYTES;
        if (long) this.checkpoint();
        this.#saveLatency();
        this.#objectsSeen.save();
      }
    } finally {
      this.#closed = true;
      this.observer.closed(this.lastSequence);
      const background = this.#background;
      if (background !== undefined) await this.l2.pauseThreads(() => background.end());
      try {
        this.#journal.close();
        beforeRelease?.();
      } finally {
        await this.l2.close();
      }
    }
  }

  /** L2 lacks something that the journal or this process knows. */
  get #behind(): boolean {
    return this.journalEnd !== this.#mark.position || this.ids.rows.length > 0;
  }

  #keepTailShort(): void {
    const background = this.#background;
    if (background !== undefined) {
      const outcome = background.outcome();
      if (outcome !== undefined) this.#finish(outcome);
    }
    const { tailCommits } = this.history;
    if (tailCommits < this.#checkpointCommits && this.#tailBytes < CHECKPOINT_BYTES) return;
    // In memory there is nothing to be brought anywhere: keyframes bound what an old state replays.
    if (this.durability === "memory") return;
    if (tailCommits >= TAIL_MAX_COMMITS || this.#tailBytes >= TAIL_MAX_BYTES) this.checkpoint();
    else if (background?.busy !== true) this.#startBackground();
  }

  #startBackground(): void {
    this.#background ??= this.#openBackground();
    if (this.#background === undefined) {
      this.writeCheckpoint();
      return;
    }
    this.#journal.flush();
    this.observer.checkpointBegins();
    this.#objectsSeen.addTail(this.objects.places);
    this.#objectsSeen.save();
    this.#background.start({
      from: this.#mark,
      until: this.journalEnd,
      ids: this.ids.rows,
      places: this.objects.places,
    });
    this.objects.sealPending();
    this.#idsInFlight = this.ids;
    this.ids = new IdLog();
    this.#tailBytesInFlight = this.#tailBytes;
  }

  #openBackground(): BackgroundCheckpoints | undefined {
    const access = this.l2.threadAccess();
    if (access === undefined || this.#journalDirectory === undefined) return undefined;
    return new BackgroundCheckpoints({
      access,
      journalDirectory: this.#journalDirectory,
      durability: this.durability,
    });
  }

  #finish(outcome: CheckpointOutcome): void {
    if (outcome.ok) {
      this.checkpointFailure = undefined;
      this.#absorb(outcome.mark);
    } else {
      this.checkpointFailure = outcome.message;
      this.observer.checkpointEnds(0, outcome.message);
      const rows = this.#idsInFlight?.rows;
      if (rows !== undefined) this.ids.addRows(rows);
    }
    this.#idsInFlight = undefined;
  }

  /** L2 has what was sealed when the checkpoint began. */
  #absorb(mark: CheckpointMark): void {
    this.observer.checkpointEnds(mark.nextSequence - this.#mark.nextSequence);
    this.#mark = mark;
    this.checkpoints++;
    this.objects.forgetSealed();
    this.history.checkpointed(mark.nextSequence);
    this.#tailBytes -= this.#tailBytesInFlight;
    this.#tailBytesInFlight = 0;
  }

  #replay(from: Position): void {
    this.history.replay(
      from,
      (head, root, recordBytes) => {
        this.#tailBytes += recordBytes;
        this.registerId(root.computeHash(), head.sequence);
        if (head.ref !== "") this.refs.set(head.ref, head.sequence);
      },
      (move) => this.#refMoved(move),
    );
  }

  #appendRefMove(move: RefMove): number {
    const bytes = this.#writer.refMove(move);
    this.#journal.append(bytes);
    return bytes.length;
  }

  #refMoved({ name, sequence }: RefMove): void {
    if (sequence === undefined) {
      this.refs.delete(name);
      this.#deletedRefs.add(name);
    } else {
      this.refs.set(name, sequence);
      this.#deletedRefs.delete(name);
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
    const contents: [HashKey, Buffer][] = [];
    for (const { content } of changes.values())
      if (content?.bytes !== undefined) contents.push([content.hash, content.bytes]);
    this.#l2Writer.contents(contents);
  }
}

/** Contents a commit brings, each counted once. */
function freshContents(
  changes: ReadonlyMap<string, PathChange>,
  brought: Brought | undefined,
): { objects: number; bytes: number } {
  if (changes.size === 1 && brought === undefined) {
    const [change] = changes.values();
    return change!.content === undefined
      ? { objects: 0, bytes: 0 }
      : { objects: 1, bytes: change!.content.sizeBytes };
  }
  const seen = new Set<HashKey>();
  let bytes = brought?.bytes ?? 0;
  for (const { content } of changes.values()) {
    if (content === undefined || seen.has(content.hash)) continue;
    seen.add(content.hash);
    bytes += content.sizeBytes;
  }
  return { objects: seen.size + (brought?.objects ?? 0), bytes };
}

function tooManyParents(count: number): HeliosError {
  return new HeliosError(
    "PARENTS_TOO_MANY",
    `a commit cannot have ${count} further parents`,
    `Give at most ${PARENTS_MAX - 1}, or make commits in between that join some of them.`,
  );
}
