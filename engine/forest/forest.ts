/**
 * A forest: a set of named trees under one root, worked on by full paths as if it were one.
 *
 * Each tree is an ordinary state with a root hash of its own, and the catalogue (catalogue.ts) an ordinary small state
 * that names them. So trees are compared, verified, imported and handed to threads one by one, an unchanged tree costs a
 * commit nothing, and the id of the catalogue is the id of all: the same paths divided in the same way give the same
 * id in every store and whatever the order of edits.
 *
 * A commit records each changed tree without a ref, and then the catalogue, with the ref and with those commits as
 * further parents, so that history and collection reach them. What counts is the record of the catalogue: without it the
 * ref still names the forest before, and no tree has moved.
 *
 * Costs at t trees of n paths: read, write, delete O(log n), the first in a tree also two lookups in the catalogue; fork
 * O(trees touched since the last restore); commit O(changes) and one record more than trees changed; diff skips equal
 * trees.
 */
import type { Core } from "../core.ts";
import { HeliosError } from "../errors.ts";
import type { EntryMode } from "../object/entry-mode.ts";
import { hashKeyOf, hashOfSnapshotId, type Sequence, type SnapshotId } from "../object/ids.ts";
import type { StoreThreadAccess } from "../store/object-store.ts";
import { boundsOf, isEmpty, type RangeOptions } from "../tree/range.ts";
import { comparePaths } from "../tree/tree-entry.ts";
import type { Entry } from "../vst/entry.ts";
import { type MaterializeOptions, type MaterializeResult, materializeEntries } from "../vst/materialize.ts";
import { assertRefName } from "../vst/ref-name.ts";
import type { FileToStore, ScanTarget } from "../vst/scan.ts";
import type { Snapshot } from "../vst/snapshot.ts";
import { baseOf, type Change } from "../vst/states.ts";
import { type CommitOptions, pathConflict, Vst, type WriteOptions } from "../vst/vst.ts";
import {
  type CataloguedTree,
  encodeTree,
  invalidForest,
  parseTree,
  PARTITION_PATH,
  treePath,
  TREES_PREFIX,
} from "./catalogue.ts";
import { type ImportRequest, importTrees } from "./import.ts";
import { diffForests, type ForestDiff } from "./diff.ts";
import { ForestSnapshot } from "./forest-snapshot.ts";
import { ForestTree } from "./forest-tree.ts";
import { mergeOrdered } from "./merge-order.ts";
import { parsePartition, type Partition, partitionOf, type PartitionRules } from "./partition.ts";
import { type ForestProof, proveForest } from "./proof.ts";
import { type ForestVerifyOptions, type ForestVerifyReport, verifyForest } from "./verify.ts";
import type { TreeNode } from "../tree/node.ts";
import type { ProofQuery } from "../tree/proof.ts";

/** How a forest is divided. */
export interface ForestOptions {
  /**
   * How paths are divided into trees, for a forest that is new: see `PartitionRules`. Default: by top-level name. One
   * that exists has the rules it was made with.
   */
  readonly trees?: PartitionRules;
}

/** What a forest is made of; a fork has the same with trees of its own. */
interface ForestParts {
  readonly core: Core;
  readonly partition: Partition;
  readonly catalogue: Vst;
  readonly sequence: Sequence | undefined;
  readonly touched: Map<string, Vst>;
  readonly unnamed: Map<string, string>;
}

const COMPARE_REVERSE = (a: Entry, b: Entry): number => comparePaths(b.path, a.path);
const COMPARE = (a: Entry, b: Entry): number => comparePaths(a.path, b.path);

export class Forest implements ScanTarget {
  readonly #core: Core;
  #partition: Partition;
  #catalogue: Vst;
  /** The commit of the catalogue. */
  #sequence: Sequence | undefined;
  /** Trees that were read or written. */
  readonly #touched: Map<string, Vst>;
  /** Commits of trees that no commit of the catalogue has as parents yet, by tree: those of a commit that failed. */
  readonly #unnamed: Map<string, string>;

  private constructor(parts: ForestParts) {
    this.#core = parts.core;
    this.#partition = parts.partition;
    this.#catalogue = parts.catalogue;
    this.#sequence = parts.sequence;
    this.#touched = parts.touched;
    this.#unnamed = parts.unnamed;
  }

  /** @internal Made by `Helios.forest`. */
  static at(
    core: Core,
    target: string | Snapshot | ForestSnapshot | undefined,
    options: ForestOptions,
  ): Forest {
    core.assertOpen();
    const wanted = target instanceof ForestSnapshot ? target.catalogue : target;
    const base =
      wanted === undefined ? { root: undefined, sequence: undefined, ref: undefined } : baseOf(core, wanted);
    const catalogue = new Vst(core, base);
    const partition = partitionIn(catalogue) ?? partitionOf(options.trees);
    if (options.trees !== undefined && partitionOf(options.trees).text !== partition.text)
      throw new HeliosError(
        "PARTITION_INVALID",
        `this forest divides its paths in another way: ${partition.text.trimEnd()}`,
        "Leave the rules out, or begin another forest with them.",
      );
    const { sequence } = base;
    return new Forest({ core, partition, catalogue, sequence, touched: new Map(), unnamed: new Map() });
  }

  /** The ref that commits move; undefined for a fork or an unnamed forest. */
  get ref(): string | undefined {
    return this.#catalogue.ref;
  }

  /** Number of paths in all trees. O(trees). */
  get size(): number {
    let size = 0;
    for (const name of this.#catalogued()) if (!this.#touched.has(name)) size += this.#entryOf(name)!.entries;
    for (const vst of this.#touched.values()) size += vst.size;
    return size;
  }

  /** Names of the trees that hold something, in byte order. */
  get trees(): readonly string[] {
    const names = new Set(this.#catalogued());
    for (const [name, vst] of this.#touched)
      if (vst.size > 0) names.add(name);
      else names.delete(name);
    return [...names].sort(comparePaths);
  }

  /** How paths are divided, as the catalogue says it. @internal */
  get partition(): Partition {
    return this.#partition;
  }

  /** @internal */
  get core(): Core {
    return this.#core;
  }

  /** A tree by its name, empty where nothing is in it. TREE_UNKNOWN for a name that no path leads to. */
  tree(name: string): ForestTree {
    this.#core.assertOpen();
    if (this.#partition.knows(name)) return new ForestTree(this, name);
    throw new HeliosError(
      "TREE_UNKNOWN",
      `this forest has no tree ${JSON.stringify(name)}, and no path belongs to one of that name`,
      `It has ${this.trees.map((each) => JSON.stringify(each)).join(", ") || "no trees yet"}.`,
    );
  }

  /** As `Vst.write`. TREE_UNKNOWN for a path that no tree takes. */
  write(path: string, bytes: Uint8Array | string, options?: WriteOptions): void {
    const name = this.#partition.treeOf(path);
    const vst = this.#own(name);
    this.#assertNoConflict(path, name, vst);
    vst.write(path, bytes, options);
  }

  /** Removes a path; false when it is not there. */
  delete(path: string): boolean {
    return this.#holding(path)?.delete(path) ?? false;
  }

  /** Content of a path, or undefined; read-only bytes. */
  read(path: string): Uint8Array | undefined {
    return this.#holding(path)?.read(path);
  }

  /** Whether there is an entry at the path. */
  has(path: string): boolean {
    return this.#holding(path)?.has(path) ?? false;
  }

  entry(path: string): Entry | undefined {
    return this.#holding(path)?.entry(path);
  }

  /** Entries of all trees whose path begins with the prefix, in byte order. */
  list(prefix = ""): Entry[] {
    return [...this.entries(prefix)];
  }

  /** As `list`, one at a time. The forest must not be changed meanwhile. */
  entries(prefix = ""): IterableIterator<Entry> {
    return this.range({ prefix });
  }

  /** Entries of a range over all trees, in order. O(trees + entries * log trees). Not to be changed meanwhile. */
  *range(options: RangeOptions): IterableIterator<Entry> {
    const { limit = Infinity, reverse = false } = options;
    const parts = this.#within(options).map((vst) => vst.range(options));
    const only = parts.length === 1 ? parts[0] : undefined;
    let left = limit;
    for (const entry of only ?? mergeOrdered(parts, reverse ? COMPARE_REVERSE : COMPARE)) {
      if (left-- <= 0) return;
      yield entry;
    }
  }

  /** Number of paths that begin with the prefix. O(trees * log n). */
  count(prefix = ""): number {
    if (prefix === "") return this.size;
    return this.#within({ prefix }).reduce((sum, vst) => sum + vst.count(prefix), 0);
  }

  /** Trees that hold something else than the last commit has, in byte order. */
  changedTrees(): readonly string[] {
    const changed = [...this.#touched].filter(([name, vst]) => this.#isChanged(name, vst));
    return changed.map(([name]) => name).sort(comparePaths);
  }

  /** What changed since the last commit, in byte order of paths. */
  changes(): Change[] {
    return this.changedTrees()
      .flatMap((name) => this.#stored(name).changesTo(this.#touched.get(name)!))
      .sort((a, b) => comparePaths(a.path, b.path));
  }

  /** The id that a commit of what it holds now would have. */
  identify(): SnapshotId {
    const catalogue = this.#catalogue.fork();
    this.#describe(catalogue);
    return catalogue.identify();
  }

  /** By tree, the id of what it holds now. */
  identifyTrees(): ReadonlyMap<string, SnapshotId> {
    return new Map(this.trees.map((name) => [name, this.#describedTree(name)!.snapshot]));
  }

  /** An independent forest with the same content, uncommitted changes included; its commits move no ref. O(trees touched). */
  fork(): Forest {
    this.#core.assertOpen();
    const catalogue = this.#catalogue.fork();
    const touched = new Map(Array.from(this.#touched, ([name, vst]) => [name, vst.fork()]));
    const unnamed = new Map(this.#unnamed);
    return new Forest({
      core: this.#core,
      partition: this.#partition,
      catalogue,
      sequence: this.#sequence,
      touched,
      unnamed,
    });
  }

  /** Makes this forest equal to another state of one, dropping uncommitted changes; it follows the ref if named by one. */
  restore(target: string | Snapshot | ForestSnapshot): void {
    const other = Forest.at(this.#core, target, {});
    this.#partition = other.#partition;
    this.#catalogue.restore(target instanceof ForestSnapshot ? target.catalogue : target);
    this.#sequence = other.#sequence;
    this.#touched.clear();
    this.#unnamed.clear();
  }

  /**
   * Commits all changed trees as one. On return it survives what the store's durability class says; killed at any moment
   * before, the ref names the forest before, whole. Errors as `Vst.commit`; what failed can be committed again.
   */
  commit(message = "", options: CommitOptions = {}): ForestSnapshot {
    this.#core.assertWritable();
    const ref = options.ref ?? this.ref;
    if (ref !== undefined) {
      assertRefName(ref);
      // Before a tree is recorded in vain.
      this.#core.assertRefAt(ref, this.#sequence);
    }
    const { author = "", timeMs = Date.now() } = options;
    if (this.#sequence === undefined) this.#begin({ author, timeMs });
    const counted = { newObjects: 0, newBytes: 0, changedPaths: 0, latencyUs: 0 };
    for (const [name, vst] of this.#touched) {
      if (!this.#isChanged(name, vst)) continue;
      if (vst.size > 0) {
        const snapshot = vst.commitDeferred(name, { author, timeMs });
        const { commit, metrics } = snapshot;
        this.#unnamed.set(name, commit);
        // Asking for the id is what makes the tree to be found by it.
        void snapshot.id;
        for (const key of ["newObjects", "newBytes", "changedPaths", "latencyUs"] as const)
          counted[key] += metrics[key];
      } else {
        // Nothing is recorded of an empty tree, so these are counted here.
        counted.changedPaths += vst.changedPaths;
      }
    }
    this.#describe(this.#catalogue);
    const mergeParents = [...this.#unnamed.values(), ...(options.mergeParents ?? [])];
    const snapshot = this.#catalogue.commit(message, { ...options, author, timeMs, mergeParents });
    this.#sequence = snapshot.sequence;
    this.#unnamed.clear();
    counted.latencyUs += snapshot.metrics.latencyUs;
    return new ForestSnapshot(snapshot, counted, this.#catalogue.fork());
  }

  /** What changed from this forest to another: by tree, equal ones skipped, then by path. O(trees + changes * log n). */
  diff(to: Forest): ForestDiff {
    return diffForests(this, to);
  }

  /**
   * Proves what the forest holds now at a path or in a range of paths, to someone who has only its id: see
   * `verifyForestProof`. PATH_INVALID, RANGE_INVALID; TREE_UNKNOWN for a path that no tree takes.
   */
  prove(query: ProofQuery): ForestProof {
    const catalogue = this.#catalogue.fork();
    this.#describe(catalogue);
    return proveForest({ partition: this.#partition, catalogue, treeOf: (name) => this.#find(name)! }, query);
  }

  /** Writes the files below a directory, or those that the selectors choose. */
  materialize(out: string, options: MaterializeOptions = {}): Promise<MaterializeResult> {
    const byHash = new Map<string, string>();
    const entries = this.list();
    for (const { hash, path } of entries) byHash.set(hash, path);
    return materializeEntries(entries, (hash) => this.read(byHash.get(hash)!)!, out, options);
  }

  /**
   * Reads and hashes all that the store has of the forest as it was last committed, or was when it was opened; damage is
   * no error. Cost: about 15 us a path and 1 GB/s of contents for each thread. ABORTED by the signal's reason.
   */
  verify(options: ForestVerifyOptions = {}): Promise<ForestVerifyReport> {
    this.#core.assertOpen();
    const core = this.#core;
    const catalogue = this.#sequence === undefined ? core.newTree().freeze() : core.rootOf(this.#sequence);
    const committed = new Vst(core, { root: catalogue, sequence: this.#sequence, ref: undefined });
    const trees = committed.list(TREES_PREFIX).map(({ path }) => {
      const name = path.slice(TREES_PREFIX.length);
      const tree = parseTree(Buffer.from(committed.read(path)!).toString(), name);
      return { name, ...tree, root: rootOrReason(core, tree.snapshot) };
    });
    const id = committed.identify();
    return verifyForest({ core, id, partition: this.#partition, catalogue, trees }, options);
  }

  // ---- what a scan needs

  /** @internal */
  adopt(
    path: string,
    hash: Uint8Array,
    mode: EntryMode,
    sizeBytes: number,
    bytes?: Buffer,
  ): "added" | "modified" | "same" {
    const name = this.#partition.treeOf(path);
    const vst = this.#own(name);
    this.#assertNoConflict(path, name, vst);
    return vst.adopt(path, hash, mode, sizeBytes, bytes);
  }

  /** @internal */
  fill(entries: Iterable<FileToStore>): void {
    const byTree = new Map<string, FileToStore[]>();
    for (const entry of entries) {
      const name = this.#partition.treeOf(entry.path);
      const files = byTree.get(name);
      if (files === undefined) byTree.set(name, [entry]);
      else files.push(entry);
    }
    for (const [name, files] of byTree) this.#own(name).fill(files);
  }

  /** @internal */
  become(snapshot: SnapshotId): boolean {
    let other: Forest;
    try {
      other = Forest.at(this.#core, snapshot, {});
    } catch (error) {
      if (error instanceof HeliosError && ["SNAPSHOT_UNKNOWN", "FOREST_INVALID"].includes(error.code))
        return false;
      throw error;
    }
    if (other.#partition.text !== this.#partition.text) return false;
    for (const name of new Set([...this.trees, ...other.trees])) {
      const wanted = other.#describedTree(name);
      const vst = this.#own(name);
      if (wanted === undefined) for (const { path } of vst.list()) vst.delete(path);
      else if (!vst.become(wanted.snapshot)) return false;
    }
    return true;
  }

  /**
   * Has the first import done by threads, which store the trees, and takes over their roots.
   * @internal
   */
  async importDirectory(request: ImportRequest): Promise<boolean> {
    const access = this.threadAccess();
    const isEmpty = this.size === 0 && [...this.#touched.values()].every((vst) => vst.changedPaths === 0);
    if (access === undefined || !isEmpty) return false;
    const built = await importTrees(request, this.#partition, access);
    for (const { tree, root, ...brought } of built ?? [])
      this.#own(tree).takeOver(this.#core.objects.loadNode(root), brought);
    return built !== undefined;
  }

  /** @internal */
  threadAccess(): StoreThreadAccess | undefined {
    this.#core.assertWritable();
    return this.#core.l2.threadAccess();
  }

  // ---- trees

  /** The working set of a tree that is not empty, or undefined. @internal */
  find(name: string): Vst | undefined {
    const vst = this.#find(name);
    return vst === undefined || vst.size === 0 ? undefined : vst;
  }

  /** The working set of a tree, which it then has. @internal */
  own(name: string): Vst {
    return this.#own(name);
  }

  /** What the catalogue would say of a tree now; undefined: nothing, it is empty. @internal */
  describedTree(name: string): CataloguedTree | undefined {
    return this.#describedTree(name);
  }

  #find(name: string): Vst | undefined {
    this.#core.assertOpen();
    const touched = this.#touched.get(name);
    if (touched !== undefined) return touched;
    if (this.#entryOf(name) === undefined) return undefined;
    const vst = this.#stored(name);
    this.#touched.set(name, vst);
    return vst;
  }

  #own(name: string): Vst {
    const found = this.#find(name);
    if (found !== undefined) return found;
    const vst = this.#stored(name);
    this.#touched.set(name, vst);
    return vst;
  }

  #holding(path: string): Vst | undefined {
    const name = this.#partition.find(path);
    return name === undefined ? undefined : this.#find(name);
  }

  /** Trees that may hold paths of a range. */
  #within(options: RangeOptions): Vst[] {
    const bounds = boundsOf(options);
    if (isEmpty(bounds)) return [];
    return this.trees
      .filter((name) => this.#partition.mayHold(name, bounds))
      .map((name) => this.#find(name)!);
  }

  /** A fresh working set over the tree as the catalogue has it. */
  #stored(name: string): Vst {
    const entry = this.#entryOf(name);
    if (entry === undefined) return this.emptyTree();
    const sequence = sequenceOf(this.#core, entry.snapshot);
    const vst = new Vst(this.#core, { root: this.#core.rootOf(sequence), sequence, ref: undefined });
    if (vst.size === entry.entries) return vst;
    throw invalidForest(`its tree ${JSON.stringify(name)} has ${vst.size} entries and not ${entry.entries}`);
  }

  /** A tree as of the last commit. */
  #entryOf(name: string): CataloguedTree | undefined {
    const bytes = this.#catalogue.read(treePath(name));
    return bytes === undefined ? undefined : parseTree(Buffer.from(bytes).toString(), name);
  }

  *#catalogued(): IterableIterator<string> {
    for (const { path } of this.#catalogue.entries(TREES_PREFIX)) yield path.slice(TREES_PREFIX.length);
  }

  #describedTree(name: string): CataloguedTree | undefined {
    const vst = this.#touched.get(name);
    if (vst === undefined) return this.#entryOf(name);
    return vst.size === 0 ? undefined : { snapshot: vst.identify(), entries: vst.size };
  }

  #isChanged(name: string, vst: Vst): boolean {
    return vst.changedPaths > 0 && this.#entryOf(name)?.snapshot !== this.#describedTree(name)?.snapshot;
  }

  /**
   * The first record of a forest, which no ref names: a commit without a parent could not have those of its trees as
   * further ones.
   */
  #begin(options: CommitOptions): void {
    const first = this.emptyTree();
    first.write(PARTITION_PATH, this.#partition.text);
    const { root, sequence } = first.commitDeferred("a forest begins", options);
    this.#catalogue = new Vst(this.#core, { root, sequence, ref: this.ref });
    this.#sequence = sequence;
  }

  /** A working set of its own that no tree of the forest is. @internal */
  emptyTree(): Vst {
    return new Vst(this.#core, { root: undefined, sequence: undefined, ref: undefined });
  }

  /** Writes into a catalogue what the trees hold now. */
  #describe(catalogue: Vst): void {
    if (!catalogue.has(PARTITION_PATH)) catalogue.write(PARTITION_PATH, this.#partition.text);
    for (const [name, vst] of this.#touched) {
      if (vst.changedPaths === 0 && !this.#unnamed.has(name)) continue;
      const tree = this.#describedTree(name);
      if (tree === undefined) catalogue.delete(treePath(name));
      else catalogue.write(treePath(name), encodeTree(tree));
    }
  }

  /** A path that is new in its tree may be a file, or need one to be a directory, in another. */
  #assertNoConflict(path: string, own: string, vst: Vst): void {
    if (vst.has(path)) return;
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const above = path.slice(0, slash);
      const name = this.#partition.find(above);
      if (name !== undefined && name !== own && this.#find(name)?.has(above) === true)
        throw pathConflict(path, above);
    }
    for (const name of this.#partition.treesBelow(path))
      if (name !== own && (this.#find(name)?.count(`${path}/`) ?? 0) > 0)
        throw pathConflict(`${path}/...`, path);
  }
}

/** Undefined for the empty state, in which a forest may begin. FOREST_INVALID. */
function partitionIn(catalogue: Vst): Partition | undefined {
  if (catalogue.size === 0) return undefined;
  const bytes = catalogue.read(PARTITION_PATH);
  if (bytes === undefined) throw invalidForest("it has no partition");
  try {
    return parsePartition(Buffer.from(bytes).toString());
  } catch (error) {
    if (error instanceof HeliosError) throw invalidForest(error.message);
    throw error;
  }
}

/** The commit that has a tree. FOREST_INVALID. */
function sequenceOf(core: Core, snapshot: SnapshotId): Sequence {
  const sequence = core.sequenceOfId(hashKeyOf(hashOfSnapshotId(snapshot)));
  if (sequence === undefined) throw invalidForest(`its tree ${snapshot} is not in this store`);
  return sequence;
}

function rootOrReason(core: Core, snapshot: SnapshotId): TreeNode | HeliosError {
  try {
    return core.rootOf(sequenceOf(core, snapshot));
  } catch (error) {
    if (error instanceof HeliosError) return error;
    throw error;
  }
}
