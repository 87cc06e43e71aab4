/**
 * An open store: the door through which programs reach working sets, snapshots, refs and history.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Core, type Durability } from "./core.ts";
import { HeliosError } from "./errors.ts";
import { FileJournal, FIRST_POSITION, JournalFollower, MemoryJournal } from "./journal/journal.ts";
import { type Consistency, holdBackOf, staleMsOf } from "./consistency.ts";
import { readPins } from "./gc/pins.ts";
import { readPlan } from "./gc/plan.ts";
import { commitIdOf, hashKeyOf, type Sequence, type SnapshotId, snapshotIdOf } from "./object/ids.ts";
import { Forest, type ForestOptions } from "./forest/forest.ts";
import type { ForestSnapshot } from "./forest/forest-snapshot.ts";
import { type EngineStats, statsOf, statsToLeave } from "./observability/engine-stats.ts";
import { type CommitHook, Observer } from "./observability/observer.ts";
import { removeStoredStats } from "./observability/stored-stats.ts";
import type { PersistentKind } from "./store/backends.ts";
import type { StoreFormat } from "./store/format.ts";
import { L1Cache } from "./store/l1-cache.ts";
import { readMark } from "./store/l2-writer.ts";
import { MemoryStore } from "./store/memory-store.ts";
import type { ObjectStore } from "./store/object-store.ts";
import { chooseL2, openL2, openL2Reader } from "./store/open-l2.ts";
import { type Proof, type ProofQuery, prove } from "./tree/proof.ts";
import { countInRange, entriesInRange, type RangeOptions } from "./tree/range.ts";
import { type Entry, publicEntry } from "./vst/entry.ts";
import type { MaterializeOptions, MaterializeResult } from "./vst/materialize.ts";
import type { MergeOptions, MergeResult } from "./vst/merge.ts";
import { assertRefName } from "./vst/ref-name.ts";
import type { Snapshot } from "./vst/snapshot.ts";
import {
  baseOf,
  type Change,
  DEFAULT_REF,
  diffSnapshots,
  materializeSnapshot,
  resolveSequence,
  rootOfSnapshot,
  sequenceOfCommit,
  snapshotIdOfCommit,
} from "./vst/states.ts";
import { Vst } from "./vst/vst.ts";

/** Where a store is and what it promises. */
export interface OpenOptions {
  /** The store root, e.g. `.helios`; a symlink is followed. Not used in class `memory`. */
  readonly root: string;
  /** Bound of the object cache in bytes; default 64 MiB, 0 turns it off. */
  readonly l1?: { readonly capacityBytes?: number };
  /**
   * Backend of a new store: by default `rocksdb`, or `lmdb` where RocksDB does not load. A store that exists has the one
   * that made it. `memory` keeps nothing and goes with class `memory` only.
   */
  readonly l2?: PersistentKind | "memory";
  /** What an acknowledged commit survives: nothing, the death of the process (default), the loss of power. */
  readonly durability?: Durability;
  /**
   * How much an acknowledged commit may run ahead of what is durable and visible to others; for a reader, how old what
   * it sees may be. Default `strong`.
   */
  readonly consistency?: Consistency;
  /** A checkpoint begins in the background when L2 lacks this many commits. Default 32,768. */
  readonly checkpointCommits?: number;
  /** False: fail with STORE_MISSING where there is no store. Default true. */
  readonly create?: boolean;
  /** Refuse writes. Default false. */
  readonly readOnly?: boolean;
  /** Told of each commit with its metrics; without one, nothing is made or called. */
  readonly onCommit?: CommitHook;
}

/** One line of history. */
export interface CommitRecord {
  readonly commit: string;
  readonly snapshot: SnapshotId;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: string;
  readonly timeMs: number;
  readonly changedPaths: number;
}

/** A name for a commit. */
export interface Ref {
  readonly name: string;
  readonly commit: string;
  readonly snapshot: SnapshotId;
}

const DEFAULT_L1_BYTES = 64 * 1024 * 1024;
const WRITER_FILE = "writer.json";

/** An open store. It belongs to the thread that opened it. */
export class Helios {
  readonly #core: Core;
  readonly #root: string | undefined;
  /** What the user should know about how the store was opened: sentences; mostly none. */
  readonly warnings: readonly string[];

  private constructor(core: Core, root: string | undefined, warnings: readonly string[] = []) {
    this.#core = core;
    this.#root = root;
    this.warnings = warnings;
  }

  /**
   * Opens a store, making it where there is none. Cost: opening RocksDB (about 30 ms) and about 10 us for each commit
   * since the last checkpoint. STORE_MISSING, STORE_CORRUPT, STORE_LOCKED, STORE_FORMAT, L2_UNAVAILABLE.
   */
  static async open(options: OpenOptions): Promise<Helios> {
    const { durability, readOnly } = completed(options);
    const startedMs = performance.now();
    const role = readOnly ? "reader" : "writer";
    const l1 = new L1Cache(options.l1?.capacityBytes ?? DEFAULT_L1_BYTES);
    if (durability === "memory") {
      const mark = { nextSequence: 1, position: FIRST_POSITION };
      const l2 = new MemoryStore();
      const observer = new Observer(undefined, options.onCommit);
      const parts = { l1, l2, journal: new MemoryJournal(), mark, durability, role, observer } as const;
      const core = new Core(parts);
      tellOpened(core, startedMs);
      return new Helios(core, undefined);
    }
    const { root } = options;
    const l2Kind = options.l2 === "memory" ? undefined : options.l2;
    const chosen = await chooseL2(root, { l2: l2Kind, create: !readOnly && options.create !== false });
    if (chosen === undefined) throw missing(root);
    const l2 = await (readOnly ? openL2Reader(root, chosen.format) : openForWriting(root, chosen.format));
    let journal: FileJournal | JournalFollower | undefined;
    try {
      if (!readOnly && readPlan(l2) !== undefined)
        (await import("./gc/finish.ts")).finishCollection(l2, root);
      const mark = readMark(l2);
      const journalDirectory = join(root, "journal");
      journal = readOnly
        ? new JournalFollower(journalDirectory, mark.position)
        : FileJournal.open({
            directory: journalDirectory,
            syncEachAppend: durability === "power",
            checkpoint: mark.position,
            holdBack: holdBackOf(options.consistency),
          });
      const observer = new Observer(resolve(root), options.onCommit);
      const core = new Core({
        l1,
        l2,
        journal,
        mark,
        durability,
        role,
        journalDirectory,
        observer,
        staleMs: readOnly ? staleMsOf(options.consistency) : 0,
        checkpointCommits: options.checkpointCommits,
      });
      if (!readOnly) {
        writeFileSync(join(root, WRITER_FILE), JSON.stringify({ pid: process.pid }));
        removeStoredStats(root);
      }
      tellOpened(core, startedMs);
      const warnings = [chosen.warning, journal instanceof FileJournal ? journal.warning : undefined];
      return new Helios(
        core,
        root,
        warnings.filter((warning) => warning !== undefined),
      );
    } catch (error) {
      journal?.close();
      await l2.close();
      throw error;
    }
  }

  /** An empty working set. */
  vst(): Vst {
    this.#core.assertOpen();
    return new Vst(this.#core, { root: undefined, sequence: undefined, ref: undefined });
  }

  /**
   * A working set over a state: a ref (its commits then move the ref), a commit or a snapshot id. O(1) for a recent
   * state. `main` is the empty state while no commit has made it.
   */
  checkout(target: string | Snapshot): Vst {
    return new Vst(this.#core, baseOf(this.#core, target));
  }

  /**
   * A forest: named trees under one root, committed together. Over a ref (its commits then move it), a commit or a forest
   * id; an empty one without a target, or where the target is the empty state. FOREST_INVALID, PARTITION_INVALID.
   */
  forest(target?: string | Snapshot | ForestSnapshot, options: ForestOptions = {}): Forest {
    return Forest.at(this.#core, target, options);
  }

  /**
   * The snapshot that a text names: `blake3:<64 hex>`, at least four of its first digits, a commit (`c42`) or a ref.
   * SNAPSHOT_UNKNOWN, SNAPSHOT_AMBIGUOUS.
   */
  resolve(text: string): SnapshotId {
    return snapshotIdOfCommit(this.#core, resolveSequence(this.#core, text));
  }

  /** What changed from one state to another, in byte order of paths. O(changes * log n). */
  diff(from: SnapshotId, to: SnapshotId): Change[] {
    return diffSnapshots(this.#core, from, to);
  }

  /** Content at a path of a snapshot, or undefined; read-only bytes. */
  read(snapshot: SnapshotId, path: string): Uint8Array | undefined {
    const entry = this.#core.newTree(rootOfSnapshot(this.#core, snapshot)).get(path);
    return entry === undefined ? undefined : this.#core.objects.readBlob(entry.hash);
  }

  /** Entries of a snapshot whose path begins with the prefix, in byte order. O(log n + entries). */
  list(snapshot: SnapshotId, prefix = ""): Entry[] {
    return Array.from(this.#core.newTree(rootOfSnapshot(this.#core, snapshot)).iterate(prefix), publicEntry);
  }

  /** Entries of a range of paths, in order. O(log n + entries). */
  range(snapshot: SnapshotId, options: RangeOptions): Entry[] {
    const tree = this.#core.newTree(rootOfSnapshot(this.#core, snapshot));
    return Array.from(entriesInRange(tree, options), publicEntry);
  }

  /** Number of paths that begin with the prefix. O(log n). */
  count(snapshot: SnapshotId, prefix = ""): number {
    return countInRange(this.#core.newTree(rootOfSnapshot(this.#core, snapshot)), { prefix });
  }

  /**
   * A working set over `into` (its commit moves the ref, if that is one) with `from` merged into it: see `Vst.merge`.
   */
  merge(
    into: string | Snapshot,
    from: string | Snapshot,
    options: MergeOptions = {},
  ): MergeResult & { readonly vst: Vst } {
    const vst = this.checkout(into);
    return { vst, ...vst.merge(from, options) };
  }

  /**
   * Proves what a snapshot holds at a path or in a range of paths, to someone who has only its id: see `verifyProof`.
   * O(log n), for a range also its entries. PATH_INVALID, RANGE_INVALID.
   */
  prove(snapshot: SnapshotId, query: ProofQuery): Proof {
    return prove(this.#core.newTree(rootOfSnapshot(this.#core, snapshot)), query);
  }

  /** Writes the files of a snapshot below a directory, or those that the selectors choose. */
  materialize(
    snapshot: SnapshotId,
    out: string,
    options: MaterializeOptions = {},
  ): Promise<MaterializeResult> {
    return materializeSnapshot(this.#core, snapshot, out, options);
  }

  /** Content by its hash, 64 hex digits. OBJECT_MISSING, OBJECT_CORRUPT. */
  readObject(hash: string): Uint8Array {
    this.#core.assertOpen();
    return this.#core.objects.readBlob(hashKeyOf(Buffer.from(hash, "hex")));
  }

  /** All refs, by name. */
  refs(): Ref[] {
    this.#core.freshen();
    return [...this.#core.refs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, sequence]) => ({
        name,
        commit: commitIdOf(sequence),
        snapshot: snapshotIdOfCommit(this.#core, sequence),
      }));
  }

  /** Makes a ref name a commit, if it still names `expected` (undefined: if it does not exist). REF_MOVED. */
  setRef(name: string, commit: string, expected: string | undefined): void {
    assertRefName(name);
    const sequence = sequenceOfCommit(this.#core, commit);
    this.#assertRefNames(name, expected);
    this.#core.moveRef(name, sequence);
  }

  /** Deletes a ref, if it still names `expected`. The commits stay until they are collected. REF_MOVED. */
  deleteRef(name: string, expected: string): void {
    this.#assertRefNames(name, expected);
    this.#core.moveRef(name, undefined);
  }

  /** Keeps a commit, and its ancestors, when the store is collected, though no ref names it. SNAPSHOT_UNKNOWN. */
  pin(commit: string): void {
    this.#core.pin(sequenceOfCommit(this.#core, commit));
  }

  /** Takes back `pin`; does nothing where there was none. */
  unpin(commit: string): void {
    this.#core.unpin(sequenceOfCommit(this.#core, commit));
  }

  /** Commits that are pinned, in order. A reader sees those of when it was opened. */
  pins(): string[] {
    this.#core.assertOpen();
    return readPins(this.#core.l2).map(commitIdOf);
  }

  /** Commits from a ref or commit back along first parents, newest first. */
  log(from: string = DEFAULT_REF, limit = Infinity): CommitRecord[] {
    this.#core.freshen();
    if (from === DEFAULT_REF && !this.#core.refs.has(DEFAULT_REF)) return [];
    const line: Sequence[] = [];
    for (
      let at: Sequence | undefined = resolveSequence(this.#core, from);
      at !== undefined && line.length < limit;
    ) {
      line.push(at);
      at = this.#core.recordOf(at).head.parents[0];
    }
    // Oldest first, so that each state is computed from the one before.
    return line
      .reverse()
      .map((sequence) => this.#commitRecord(sequence))
      .reverse();
  }

  /** Counters of this store since it was opened. Cost: about 0.1 ms. */
  stats(): EngineStats {
    this.#core.assertOpen();
    return statsOf(this.#core, this.#root);
  }

  /**
   * Quiescence: brings L2 up to the journal's end (trees and contents of kept states, ids, refs) and waits until L2 has
   * no work of its own left.
   */
  async checkpoint(): Promise<void> {
    this.#core.checkpoint();
    await this.#core.l2.settle();
  }

  /**
   * Waits until all commits so far are durable in the store's class, whatever its consistency. In class `power` calls at
   * the same time share one fdatasync: group commit. STORE_FAILED.
   */
  durable(): Promise<void> {
    return this.#core.durable();
  }

  /** Closes the store; checkpoints first when much would have to be replayed. Idempotent. */
  async close(): Promise<void> {
    const core = this.#core;
    const root = core.readOnly || core.closed ? undefined : this.#root;
    const leave = root === undefined ? undefined : statsToLeave(core, root);
    // While the lock is held: these files may be the next writer's as soon as it is not.
    await core.close(() => {
      if (root === undefined) return;
      leave?.();
      rmSync(join(root, WRITER_FILE), { force: true });
    });
  }

  #assertRefNames(name: string, expected: string | undefined): void {
    this.#core.assertRefAt(name, expected === undefined ? undefined : sequenceOfCommit(this.#core, expected));
    if (expected !== undefined && !this.#core.refs.has(name))
      throw new HeliosError(
        "REF_MOVED",
        `"${name}" does not exist, so it is not at ${expected}`,
        "List the refs.",
      );
  }

  #commitRecord(sequence: Sequence): CommitRecord {
    const { head } = this.#core.recordOf(sequence);
    return {
      commit: commitIdOf(sequence),
      snapshot: head.root === undefined ? snapshotIdOfCommit(this.#core, sequence) : snapshotIdOf(head.root),
      parents: head.parents.map(commitIdOf),
      message: head.message,
      author: head.author,
      timeMs: head.timeMs,
      changedPaths: head.changedPaths,
    };
  }
}

function tellOpened(core: Core, startedMs: number): void {
  const { l2, durability, readOnly, history } = core;
  core.observer.opened({
    l2: l2.kind,
    durability,
    readOnly,
    replayedCommits: history.tailCommits,
    durationMs: performance.now() - startedMs,
  });
}

function completed(options: OpenOptions): { durability: Durability; readOnly: boolean } {
  const durability = options.durability ?? (options.l2 === "memory" ? "memory" : "process");
  if ((options.l2 === "memory") !== (durability === "memory") && options.l2 !== undefined)
    throw new HeliosError(
      "STORE_FORMAT",
      `l2 "${options.l2}" cannot keep what durability "${durability}" promises`,
      'Use l2: "memory" with durability: "memory", or l2: "rocksdb" or "lmdb" with "process" or "power".',
    );
  return { durability, readOnly: options.readOnly ?? false };
}

async function openForWriting(root: string, format: StoreFormat): Promise<ObjectStore> {
  try {
    return await openL2(root, format);
  } catch (error) {
    if (error instanceof HeliosError && error.code === "STORE_LOCKED") throw locked(root, error);
    throw error;
  }
}

/** The backend's own lock decides; the file only tells who holds it. */
function locked(root: string, cause: HeliosError): HeliosError {
  let holder = "another process";
  try {
    const { pid } = JSON.parse(readFileSync(join(root, WRITER_FILE), "utf8")) as { pid: number };
    holder = `process ${pid}`;
  } catch {
    // Between opening and writing the file, or a reader: nothing more is known.
  }
  return new HeliosError(
    "STORE_LOCKED",
    `${root} is in use by ${holder}`,
    "Wait for it to finish, or stop it.",
    {
      cause,
    },
  );
}

function missing(root: string): HeliosError {
  return new HeliosError(
    "STORE_MISSING",
    `there is no Helios store at ${root}`,
    "Make one with `helios-cli commit`, or name another with --store or HELIOS_STORE.",
  );
}
