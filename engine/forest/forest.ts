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
import type { SnapshotId } from "../object/ids.ts";
import type { StoreThreadAccess } from "../store/object-store.ts";
import type { ProofQuery } from "../tree/proof.ts";
import { boundsOf, isEmpty, type RangeOptions } from "../tree/range.ts";
import { inByteOrder, comparePaths } from "../tree/tree-entry.ts";
import type { Entry } from "../vst/entry.ts";
import { materializeEntries, type MaterializeOptions, type MaterializeResult } from "../vst/materialize.ts";
import type { FileToStore, ScanTarget } from "../vst/scan.ts";
import type { Snapshot } from "../vst/snapshot.ts";
import type { Change } from "../vst/states.ts";
import { type CommitOptions, pathConflict, type Vst, type WriteOptions } from "../vst/vst.ts";
import type { CataloguedTree } from "./catalogue.ts";
import { diffForests, type ForestDiff } from "./diff.ts";
import type { ForestSnapshot } from "./forest-snapshot.ts";
import { ForestTree } from "./forest-tree.ts";
import { type ImportRequest, importTrees } from "./import.ts";
import { mergeOrdered } from "./merge-order.ts";
import type { Partition, PartitionRules } from "./partition.ts";
import { type ForestProof, proveForest } from "./proof.ts";
import { TreeSet } from "./tree-set.ts";
import { type ForestVerifyOptions, type ForestVerifyReport, verifyForest } from "./verify.ts";

/** How a forest is opened. */
export interface ForestOptions {
  /**
   * How paths are divided into trees, for a forest that is new: see `PartitionRules`. Default: by top-level name. One
   * that exists has the rules it was made with.
   */
  readonly trees?: PartitionRules;
}

const inOrder = (a: Entry, b: Entry): number => comparePaths(a.path, b.path);
const inReverse = (a: Entry, b: Entry): number => comparePaths(b.path, a.path);

export class Forest implements ScanTarget {
  /** The catalogue is a state of the same id that has none of the files. @internal */
  readonly cacheTag = "helios forest 1";
  #set: TreeSet;

  private constructor(set: TreeSet) {
    this.#set = set;
  }

  /** @internal Made by `Helios.forest`. */
  static at(
    core: Core,
    target: string | Snapshot | ForestSnapshot | undefined,
    options: ForestOptions,
  ): Forest {
    return new Forest(TreeSet.at(core, target, options.trees));
  }

  /** The ref that commits move; undefined for a fork or an unnamed forest. */
  get ref(): string | undefined {
    return this.#set.ref;
  }

  /** Number of paths in all trees. O(trees). */
  get size(): number {
    return this.#set.size;
  }

  /** Names of the trees that hold something, in byte order. */
  get trees(): readonly string[] {
    return this.#set.names;
  }

  /** A tree by its name, empty where nothing is in it. TREE_UNKNOWN for a name that no path leads to. */
  tree(name: string): ForestTree {
    this.#set.core.assertOpen();
    if (this.partition.knows(name)) return new ForestTree(this, name);
    throw new HeliosError(
      "TREE_UNKNOWN",
      `this forest has no tree ${JSON.stringify(name)}, and no path belongs to one of that name`,
      `It has ${this.trees.map((each) => JSON.stringify(each)).join(", ") || "no trees yet"}.`,
    );
  }

  /** Name of the tree that a path belongs to, there or not. TREE_UNKNOWN for a path that no tree takes. */
  treeOf(path: string): string {
    return this.partition.treeOf(path);
  }

  /** As `Vst.write`. TREE_UNKNOWN for a path that no tree takes. */
  write(path: string, bytes: Uint8Array | string, options?: WriteOptions): void {
    this.#toWrite(path).write(path, bytes, options);
  }

  /** Removes a path; false when it is not there. */
  delete(path: string): boolean {
    return this.#holding(path)?.delete(path) ?? false;
  }

  /** Content of a path, or undefined; read-only bytes. */
  read(path: string): Uint8Array | undefined {
    return this.#holding(path)?.read(path);
  }

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
    let left = limit;
    for (const entry of mergeOrdered(parts, reverse ? inReverse : inOrder)) {
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
    return this.#set.changedNames;
  }

  /** What changed since the last commit, in byte order of paths. */
  changes(): Change[] {
    return inByteOrder(
      this.changedTrees().flatMap((name) => this.#set.stored(name).changesTo(this.#set.own(name))),
    );
  }

  /** The id that a commit of what it holds now would have. */
  identify(): SnapshotId {
    return this.#set.describe().identify();
  }

  /**
   * An independent forest with the same content, uncommitted changes included; its commits move no ref. O(trees
   * touched).
   */
  fork(): Forest {
    return new Forest(this.#set.fork());
  }

  /**
   * Makes this forest equal to a state of one, dropping uncommitted changes; it then follows the ref, if it was named by
   * one. FOREST_INVALID.
   */
  restore(target: string | Snapshot | ForestSnapshot): void {
    this.#set = TreeSet.at(this.#set.core, target);
  }

  /**
   * Commits all changed trees as one. On return it survives what the store's durability class says; killed at any moment
   * before, the ref names the forest before, whole. Errors as `Vst.commit`; what failed can be committed again.
   */
  commit(message = "", options: CommitOptions = {}): ForestSnapshot {
    return this.#set.commit(message, options);
  }

  /** What changed from this forest to another: by tree, equal ones skipped, then by path. O(trees + changes * log n). */
  diff(to: Forest): ForestDiff {
    return diffForests(this, to);
  }

  /**
   * Proves what the forest holds now at a path or in a range of paths, to someone who has only its id: see
   * `verifyForestProof`. PATH_INVALID, RANGE_INVALID.
   */
  prove(query: ProofQuery): ForestProof {
    const catalogue = this.#set.describe();
    const treeOf = (name: string) => this.#set.own(name);
    return proveForest({ partition: this.partition, catalogue, treeOf }, query);
  }

  /** Writes the files below a directory, or those that the selectors choose. */
  materialize(out: string, options: MaterializeOptions = {}): Promise<MaterializeResult> {
    const entries = this.list();
    const pathOf = new Map(entries.map(({ hash, path }) => [hash, path]));
    const readObject = (hash: string) => this.read(pathOf.get(hash)!)!;
    return materializeEntries(
      entries,
      { readObject, access: this.#set.core.l2.threadAccess() },
      out,
      options,
    );
  }

  /**
   * Reads and hashes all that the store has of the forest as it was last committed, or was when it was opened; damage is
   * no error. Cost: about 15 us a path and 1 GB/s of contents for each thread. Ended by its signal, with its reason.
   */
  verify(options: ForestVerifyOptions = {}): Promise<ForestVerifyReport> {
    return verifyForest(this.#set.committed(), options);
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
    return this.#toWrite(path).adopt(path, hash, mode, sizeBytes, bytes);
  }

  /** @internal */
  fill(entries: Iterable<FileToStore>): void {
    const byTree = Map.groupBy(entries, ({ path }) => this.partition.treeOf(path));
    for (const [name, files] of byTree) this.#set.own(name).fill(files);
  }

  /** A cache that knows another forest is of use for its files alone. @internal */
  become(): boolean {
    return false;
  }

  /**
   * Has the first import done by threads, which store the trees, and takes over their roots.
   * @internal
   */
  async importDirectory(request: ImportRequest): Promise<boolean> {
    const access = this.threadAccess();
    if (access === undefined || this.size > 0 || !this.#set.isUntouched) return false;
    const built = await importTrees(request, this.partition, access);
    for (const { tree, root, ...brought } of built ?? [])
      this.#set.own(tree).takeOver(this.#set.core.objects.loadNode(root), brought);
    return built !== undefined;
  }

  /** @internal */
  threadAccess(): StoreThreadAccess | undefined {
    this.#set.core.assertWritable();
    return this.#set.core.l2.threadAccess();
  }

  // ---- what its parts need

  /** How paths are divided. @internal */
  get partition(): Partition {
    return this.#set.partition;
  }

  /** The working set of a tree that is not empty, or undefined. @internal */
  find(name: string): Vst | undefined {
    const vst = this.#set.find(name);
    return vst === undefined || vst.size === 0 ? undefined : vst;
  }

  /** A working set that is no tree of the forest. @internal */
  newTree(): Vst {
    return this.#set.newTree();
  }

  /** What the catalogue would say of a tree now; undefined: nothing, it is empty. @internal */
  described(name: string): CataloguedTree | undefined {
    return this.#set.described(name);
  }

  /** The tree of a path, where there is one that takes it. */
  #holding(path: string): Vst | undefined {
    const name = this.partition.find(path);
    return name === undefined ? undefined : this.#set.find(name);
  }

  /** Trees that may hold paths of a range. */
  #within(options: RangeOptions): Vst[] {
    const bounds = boundsOf(options);
    if (isEmpty(bounds)) return [];
    const names = this.trees.filter((name) => this.partition.mayHold(name, bounds));
    return names.map((name) => this.#set.own(name));
  }

  /** The tree that a path is to be written to. TREE_UNKNOWN; PATH_CONFLICT with paths of other trees. */
  #toWrite(path: string): Vst {
    const own = this.partition.treeOf(path);
    const vst = this.#set.own(own);
    if (vst.has(path)) return vst;
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const above = path.slice(0, slash);
      const name = this.partition.find(above);
      if (name !== undefined && name !== own && this.#set.find(name)?.has(above) === true)
        throw pathConflict(path, above);
    }
    for (const name of this.partition.treesBelow(path))
      if (name !== own && (this.#set.find(name)?.count(`${path}/`) ?? 0) > 0)
        throw pathConflict(`${path}/...`, path);
    return vst;
  }
}
