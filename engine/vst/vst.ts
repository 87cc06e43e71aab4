/**
 * The virtual state tree: a mutable working set of path -> content over a base state.
 *
 * Costs at n paths: write, delete, read O(log n); fork and restore O(1); commit O(changes) and one append to the
 * journal; the id of a commit O(changed nodes), paid when it is first read.
 *
 * A working set belongs to one thread and its methods do not yield, so tasks that share one cannot see half a write.
 */
import type { Brought, Core, PathChange } from "../core.ts";
import { HeliosError } from "../errors.ts";
import { Arena } from "../object/arena.ts";
import { DIRECTORY_MODE, type EntryMode, modeCode } from "../object/entry-mode.ts";
import { hashBlob } from "../object/hash.ts";
import {
  hashKeyOf,
  hashOfKey,
  hashOfSnapshotId,
  type HashKey,
  type Sequence,
  type SnapshotId,
  snapshotIdOf,
} from "../object/ids.ts";
import type { StoreThreadAccess } from "../store/object-store.ts";
import { assertPath } from "../tree/path.ts";
import { type Proof, type ProofQuery, prove } from "../tree/proof.ts";
import { countInRange, entriesInRange, entryOfRank, type RangeOptions } from "../tree/range.ts";
import type { TreeNode } from "../tree/node.ts";
import type { NewEntry, Tree } from "../tree/tree.ts";
import { type Entry, publicEntry } from "./entry.ts";
import type { MaterializeOptions, MaterializeResult } from "./materialize.ts";
import { type MergeOptions, type MergeResult, type MergeTrees, type MergeWrite, planMerge } from "./merge.ts";
import { relate } from "./merge-base.ts";
import { assertRefName } from "./ref-name.ts";
import { Snapshot } from "./snapshot.ts";
import {
  type Base,
  baseOf,
  type Change,
  diffSnapshots,
  materializeSnapshot,
  publicChange,
  sequenceOfCommit,
} from "./states.ts";

/** How an entry is written. */
export interface WriteOptions {
  /** Default `file`. The content of a symlink is its target, of a gitlink a commit name, of an empty directory nothing. */
  readonly mode?: EntryMode;
}

/** Who commits, when, and which ref moves. */
export interface CommitOptions {
  readonly author?: string;
  /** Moves this ref instead of the working set's own. */
  readonly ref?: string;
  /** Milliseconds since 1970; default now. */
  readonly timeMs?: number;
  /** Computes the id at once and puts it into the record, so that reading the log later need not. Default false. */
  readonly recordId?: boolean;
  /** Commits this one joins with its base: the further parents of a merge. */
  readonly mergeParents?: readonly string[];
}

/** What became of a path that was set. */
type WriteOutcome = "added" | "modified" | "same";

/** Changes since the base, newest on top. Layers below the top are shared with forks and never change. */
interface Layer {
  readonly changes: Map<string, PathChange>;
  readonly below: Layer | undefined;
}

/** Contents of commits made at about the same time, which leave memory at about the same time. */
const contents = new Arena(256 * 1024);

/** Uncommitted contents beyond this go to L2 ahead of their commit. */
const SPILL_BYTES = 32 * 1024 * 1024;

/** A mutable working set of path -> content over a base state; the head of this file has the costs. */
export class Vst {
  readonly #core: Core;
  readonly #tree: Tree;
  #base: Sequence | undefined;
  #ref: string | undefined;
  #layer: Layer;
  /** Commits merged in since the base: parents of the next commit. */
  #mergeParents: readonly Sequence[] = [];
  /** What a tree taken over since the base brings, beside the changes of the layers. */
  #brought: Brought | undefined;
  #pendingBytes = 0;

  /** @internal Made by `Helios.vst`, `Helios.checkout` and `Vst.fork`. */
  constructor(core: Core, base: Base, tree = core.newTree(base.root), below?: Layer) {
    this.#core = core;
    this.#tree = tree;
    this.#base = base.sequence;
    this.#ref = base.ref;
    this.#layer = { changes: new Map(), below };
  }

  /** The ref that commits move; undefined for a fork or an unnamed state. */
  get ref(): string | undefined {
    return this.#ref;
  }

  /** Number of paths. */
  get size(): number {
    return this.#tree.size;
  }

  /** Paths changed since the base, counting a path changed back as changed. */
  get changedPaths(): number {
    return this.#flatten().size + (this.#brought?.paths ?? 0);
  }

  /** What changed from this working set to another, of whatever store. O(changes * log n). @internal */
  changesTo(other: Vst): Change[] {
    this.#core.assertOpen();
    return this.#tree.diff(other.#tree).map(publicChange);
  }

  /** Proves what the working set holds now, uncommitted changes included: see `Helios.prove`. */
  prove(query: ProofQuery): Proof {
    this.#core.assertOpen();
    return prove(this.#tree, query);
  }

  /** The id that a commit of what it holds now would have. One hash for each node changed since it was last asked for. */
  identify(): SnapshotId {
    this.#core.assertOpen();
    return snapshotIdOf(this.#tree.rootHash());
  }

  /** What changed since the base, in byte order of paths. O(changes * log n). */
  changes(): Change[] {
    this.#core.assertOpen();
    const root = this.#base === undefined ? undefined : this.#core.rootOf(this.#base);
    return this.#core.newTree(root).diff(this.#tree).map(publicChange);
  }

  /**
   * Sets the content of a path. The bytes are copied. Cost: one hash of the content and one descent.
   * PATH_INVALID; PATH_CONFLICT when the path would be a file and a directory at once.
   */
  write(path: string, bytes: Uint8Array | string, options?: WriteOptions): void {
    this.#core.assertOpen();
    assertPath(path);
    const copy = typeof bytes === "string" ? Buffer.from(bytes) : contents.copy(bytes);
    this.#put(path, hashBlob(copy), options?.mode ?? "file", copy.length, copy);
  }

  /**
   * Sets a path to a content whose hash the caller has computed. With `bytes`, which become the working set's own: as
   * `write`, without its copy and its hash. Without: the content has to be in L2 already, or this must not be committed.
   * @internal
   */
  adopt(path: string, hash: Uint8Array, mode: EntryMode, sizeBytes: number, bytes?: Buffer): WriteOutcome {
    this.#core.assertOpen();
    assertPath(path);
    return this.#put(path, hash, mode, sizeBytes, bytes);
  }

  /**
   * As `adopt` without bytes for each of many paths, in byte order, of a working set that is empty and without changes:
   * several times quicker.
   * @internal
   */
  fill(entries: Iterable<Omit<NewEntry, "mode"> & { readonly mode: EntryMode }>): void {
    this.#core.assertOpen();
    const changes = this.#layer.changes;
    const noted = function* (): Generator<NewEntry> {
      for (const { path, hash, mode: entryMode, sizeBytes } of entries) {
        assertPath(path);
        const mode = modeCode(entryMode);
        const content = { bytes: undefined, hash: hashKeyOf(hash), mode, sizeBytes };
        changes.set(path, { content, base: undefined });
        yield { path, hash, mode, sizeBytes };
      }
    };
    this.#tree.fill(noted());
  }

  /**
   * Takes over a tree that is in L2 with all its contents, in place of an empty one without changes.
   * @internal
   */
  takeOver(root: TreeNode, brought: Brought): void {
    this.#core.assertOpen();
    if (this.#tree.size > 0 || this.changedPaths > 0)
      throw new Error("only an empty working set can take over a tree");
    this.#tree.reset(root);
    this.#brought = brought;
  }

  /**
   * Gives this working set the content of a snapshot, as changes since its own base; false where the store does not
   * have it. O(differences * log n).
   * @internal
   */
  become(snapshot: SnapshotId): boolean {
    this.#core.assertOpen();
    const sequence = this.#core.sequenceOfId(hashKeyOf(hashOfSnapshotId(snapshot)));
    if (sequence === undefined) return false;
    const differences = this.#tree.diff(this.#core.newTree(this.#core.rootOf(sequence)));
    for (const { path } of differences.flatMap((each) => (each.kind === "deleted" ? [each.from] : [])))
      this.delete(path);
    for (const each of differences) {
      if (each.kind === "deleted") continue;
      const { path, mode } = publicEntry(each.to);
      this.#follow({ path, mode, stored: each.to, content: () => this.#core.objects.readBlob(each.to.hash) });
    }
    return true;
  }

  /**
   * Where threads may put contents that are then adopted; undefined where they cannot share the store.
   * @internal
   */
  threadAccess(): StoreThreadAccess | undefined {
    this.#core.assertWritable();
    return this.#core.l2.threadAccess();
  }

  #put(
    path: string,
    hash: Uint8Array,
    entryMode: EntryMode,
    sizeBytes: number,
    bytes?: Buffer,
  ): WriteOutcome {
    const mode = modeCode(entryMode);
    if (mode === DIRECTORY_MODE && sizeBytes > 0) throw directoryWithContent(path);
    const replaced = this.#tree.replace(path, hash, mode, sizeBytes);
    if (replaced === "same") return "same";
    if (replaced === "absent") {
      this.#assertNoConflict(path);
      this.#tree.put(path, hash, mode, sizeBytes);
    }
    this.#note(path, replaced, { bytes, hash: hashKeyOf(hash), mode, sizeBytes });
    return replaced === "absent" ? "added" : "modified";
  }

  /** Remembers a change, and what the base has at the path: what it replaced, unless that was a change itself. */
  #note(path: string, replaced: "absent" | HashKey, content: NonNullable<PathChange["content"]>): void {
    const earlier = this.#changeOf(path);
    const base = earlier === undefined ? (replaced === "absent" ? undefined : replaced) : earlier.base;
    this.#layer.changes.set(path, { content, base });
    if (content.bytes === undefined) return;
    this.#pendingBytes += content.sizeBytes;
    if (this.#pendingBytes > SPILL_BYTES) this.#spill();
  }

  /** Removes a path; false when it is not there. */
  delete(path: string): boolean {
    this.#core.assertOpen();
    assertPath(path);
    const entry = this.#tree.get(path);
    if (entry === undefined) return false;
    this.#tree.delete(path);
    const earlier = this.#changeOf(path);
    this.#layer.changes.set(path, {
      content: undefined,
      base: earlier === undefined ? entry.hash : earlier.base,
    });
    return true;
  }

  /** Content of a path, or undefined. The bytes may be the cache's own: they must not be written to. */
  read(path: string): Uint8Array | undefined {
    this.#core.assertOpen();
    const entry = this.#tree.get(path);
    if (entry === undefined) return undefined;
    const uncommitted = this.#changeOf(path)?.content;
    if (uncommitted?.bytes !== undefined && uncommitted.hash === entry.hash) return uncommitted.bytes;
    return this.#core.objects.readBlob(entry.hash);
  }

  /** Whether there is an entry at the path. O(log n). */
  has(path: string): boolean {
    this.#core.assertOpen();
    return this.#tree.has(path);
  }

  /** Hash, mode and size at a path, or undefined. O(log n). */
  entry(path: string): Entry | undefined {
    this.#core.assertOpen();
    const entry = this.#tree.get(path);
    return entry === undefined ? undefined : publicEntry(entry);
  }

  /** Entries whose path begins with the prefix, in byte order. */
  list(prefix = ""): Entry[] {
    return [...this.entries(prefix)];
  }

  /** As `list`, one at a time. The working set must not be changed meanwhile. */
  *entries(prefix = ""): IterableIterator<Entry> {
    this.#core.assertOpen();
    for (const entry of this.#tree.iterate(prefix)) yield publicEntry(entry);
  }

  /** Entries of a range, in order, one at a time. O(log n + entries). The working set must not be changed meanwhile. */
  *range(options: RangeOptions): IterableIterator<Entry> {
    this.#core.assertOpen();
    for (const entry of entriesInRange(this.#tree, options)) yield publicEntry(entry);
  }

  /** Number of paths that begin with the prefix. O(log n). */
  count(prefix = ""): number {
    this.#core.assertOpen();
    return countInRange(this.#tree, { prefix });
  }

  /** Number of paths that come before this text in byte order, whether or not it is a path here. O(log n). */
  rank(path: string): number {
    this.#core.assertOpen();
    return countInRange(this.#tree, { lt: path });
  }

  /** The entry with so many before it, or undefined past the end. O(log n). */
  entryOfRank(rank: number): Entry | undefined {
    this.#core.assertOpen();
    const entry = entryOfRank(this.#tree, rank);
    return entry === undefined ? undefined : publicEntry(entry);
  }

  /** An independent working set with the same content, uncommitted changes included. O(1). */
  fork(): Vst {
    this.#core.assertOpen();
    if (this.#layer.changes.size > 0) this.#layer = { changes: new Map(), below: this.#layer };
    const base: Base = { root: undefined, sequence: this.#base, ref: undefined };
    const forked = new Vst(this.#core, base, this.#tree.fork(), this.#layer.below);
    forked.#mergeParents = this.#mergeParents;
    forked.#brought = this.#brought;
    return forked;
  }

  /**
   * Makes this working set equal to a state, dropping its uncommitted changes; as `Helios.checkout`, it then follows
   * the ref, if it was named by one. Lazy (default): O(1), tree nodes are read when needed. Eager: loads them all now.
   */
  restore(target: string | Snapshot, options: { readonly eager?: boolean } = {}): void {
    const base = baseOf(this.#core, target);
    this.#tree.reset(base.root);
    this.#base = base.sequence;
    this.#ref = base.ref;
    this.#layer = { changes: new Map(), below: undefined };
    this.#mergeParents = [];
    this.#brought = undefined;
    this.#pendingBytes = 0;
    if (options.eager !== true) return;
    const entries = this.#tree.iterate();
    while (!entries.next().done);
  }

  /**
   * Brings into this working set what another state changed since their common ancestor; the next commit has both as
   * parents. What cannot go together is in `conflicts`, and in the files no side is lost: `ConflictResolution` says
   * what becomes of each. A failure leaves the working set as it was. O(changes of both sides * log n).
   */
  merge(theirs: string | Snapshot, options: MergeOptions = {}): MergeResult {
    const from = baseOf(this.#core, theirs);
    const history = relate(this.#core, this.#base, from.sequence);
    if (history.relation === "up-to-date" && options.base === undefined)
      return { ...history.result, changedPaths: 0, mergedTexts: [], conflicts: [] };
    const base = options.base === undefined ? history.root : baseOf(this.#core, options.base).root;
    const trees: MergeTrees = {
      base: this.#core.newTree(base),
      ours: this.#tree,
      theirs: this.#core.newTree(from.root),
    };
    const attempt = this.fork();
    const stored = (hash: HashKey) => this.#core.objects.readBlob(hash);
    const plan = planMerge(trees, { ours: (path) => this.read(path)!, stored }, options);
    for (const path of plan.deletes) attempt.delete(path);
    for (const write of plan.writes) attempt.#follow(write);
    this.#tree.reset(attempt.#tree.freeze());
    this.#layer = attempt.#layer;
    this.#pendingBytes += attempt.#pendingBytes;
    if (from.sequence !== undefined) this.#mergeParents = [...this.#mergeParents, from.sequence];
    return {
      ...history.result,
      changedPaths: plan.deletes.length + plan.writes.length,
      mergedTexts: plan.mergedTexts,
      conflicts: plan.conflicts,
    };
  }

  /** What changed from one snapshot to another. */
  diff(from: SnapshotId, to: SnapshotId): Change[] {
    return diffSnapshots(this.#core, from, to);
  }

  /** Writes a snapshot, or the files of it that the selectors choose, below a directory. */
  materialize(id: SnapshotId, out: string, options: MaterializeOptions = {}): Promise<MaterializeResult> {
    return materializeSnapshot(this.#core, id, out, options);
  }

  /**
   * Makes the working set a commit. On return it survives what the store's durability class says.
   * REF_MOVED when the ref no longer names the commit this working set came from; DISK_FULL and STORE_FAILED leave
   * the working set as it was, to be committed again.
   */
  commit(message = "", options: CommitOptions = {}): Snapshot {
    return this.#commit(message, options, false);
  }

  /**
   * As `commit`, without blocking the thread while the disk syncs: commits of many working sets that are made at the
   * same time share one fdatasync. The working set and its ref have moved on when this returns; the commit is
   * acknowledged when the promise resolves. In class `process` that is at once.
   */
  async commitAsync(message = "", options: CommitOptions = {}): Promise<Snapshot> {
    const snapshot = this.#commit(message, options, true);
    await this.#core.durable();
    return snapshot;
  }

  /**
   * As `commit`, but durable only together with the next commit of the store that is not deferred: for those that count
   * together or not at all.
   * @internal
   */
  commitDeferred(message: string, options: CommitOptions = {}): Snapshot {
    return this.#commit(message, options, true);
  }

  #commit(message: string, options: CommitOptions, deferSync: boolean): Snapshot {
    const started = process.hrtime.bigint();
    const ref = options.ref ?? this.#ref;
    if (ref !== undefined && ref !== this.#ref) assertRefName(ref);
    const changes = this.#flatten();
    const brought = this.#brought;
    const committed = this.#core.commit({
      tree: this.#tree,
      changes,
      brought,
      parent: this.#base,
      mergeParents: this.#allMergeParents(options.mergeParents),
      ref,
      author: options.author ?? "",
      message,
      timeMs: options.timeMs ?? Date.now(),
      recordRoot: options.recordId ?? false,
      deferSync,
    });
    this.#base = committed.sequence;
    this.#ref = ref;
    this.#layer = { changes: new Map(), below: undefined };
    this.#mergeParents = [];
    this.#brought = undefined;
    this.#pendingBytes = 0;
    const latencyNs = Number(process.hrtime.bigint() - started);
    this.#core.latencyNs.record(Math.max(1, latencyNs));
    const snapshot = new Snapshot(this.#core, committed, {
      newObjects: committed.newObjects,
      newBytes: committed.newBytes,
      changedPaths: changes.size + (brought?.paths ?? 0),
      latencyUs: latencyNs / 1000,
    });
    this.#core.observer.committed(snapshot, ref);
    return snapshot;
  }

  #follow({ path, mode, content, stored }: MergeWrite): void {
    const { objects, l2 } = this.#core;
    // Named by its hash where a checkpoint has put it into L2, so that neither journal nor L2 get it twice.
    if (stored !== undefined && objects.pendingOf(stored.hash) === undefined) {
      const hash = hashOfKey(stored.hash);
      if (l2.get("blobs", hash) !== undefined) {
        this.adopt(path, hash, mode, stored.sizeBytes);
        return;
      }
    }
    this.write(path, content(), { mode });
  }

  /** Without the first parent and without repetition. */
  #allMergeParents(named: readonly string[] = []): Sequence[] {
    const all = [...this.#mergeParents, ...named.map((commit) => sequenceOfCommit(this.#core, commit))];
    return [...new Set(all)].filter((parent) => parent !== this.#base);
  }

  #changeOf(path: string): PathChange | undefined {
    for (let layer: Layer | undefined = this.#layer; layer !== undefined; layer = layer.below) {
      const change = layer.changes.get(path);
      if (change !== undefined) return change;
    }
    return undefined;
  }

  #flatten(): ReadonlyMap<string, PathChange> {
    if (this.#layer.below === undefined) return this.#layer.changes;
    const layers: Layer[] = [];
    for (let layer: Layer | undefined = this.#layer; layer !== undefined; layer = layer.below)
      layers.push(layer);
    const all = new Map<string, PathChange>();
    for (const layer of layers.reverse()) for (const [path, change] of layer.changes) all.set(path, change);
    return all;
  }

  #assertNoConflict(path: string): void {
    if (this.#tree.size === 0) return;
    const directory = path.slice(0, path.lastIndexOf("/") + 1);
    // Where a directory already holds a path, none of its parents is a file: that was refused then.
    if (directory !== "" && this.#tree.hasPrefix(directory)) {
      if (this.#tree.hasPrefix(`${path}/`)) throw pathConflict(`${path}/...`, path);
      return;
    }
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const parent = path.slice(0, slash);
      const entry = this.#tree.get(parent);
      // What was an empty directory is now one with something in it, which has no entry.
      if (entry?.mode === DIRECTORY_MODE) this.delete(parent);
      else if (entry !== undefined) throw pathConflict(path, parent);
    }
    if (this.#tree.hasPrefix(`${path}/`)) throw pathConflict(`${path}/...`, path);
  }

  /** Contents of the top layer to L2; the changes then name them by hash only. */
  #spill(): void {
    const { changes } = this.#layer;
    const contents: [HashKey, Uint8Array][] = [];
    for (const { content } of changes.values())
      if (content?.bytes !== undefined) contents.push([content.hash, content.bytes]);
    this.#core.spill(contents);
    for (const [path, { content, base }] of changes)
      if (content !== undefined) changes.set(path, { content: { ...content, bytes: undefined }, base });
    this.#pendingBytes = 0;
  }
}

/** `path` needs `file` to be a directory. */
export function pathConflict(path: string, file: string): HeliosError {
  return new HeliosError(
    "PATH_CONFLICT",
    `${JSON.stringify(file)} cannot be a file and hold ${JSON.stringify(path)}`,
    "Delete one of the two first.",
    { path },
  );
}

function directoryWithContent(path: string): HeliosError {
  return new HeliosError(
    "PATH_CONFLICT",
    `${JSON.stringify(path)} cannot be an empty directory and have content`,
    "Write the content to a path inside it.",
    { path },
  );
}
