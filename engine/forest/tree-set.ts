/**
 * The trees of a forest: those that its catalogue names, as working sets from when they are first touched, and how all
 * of them are committed as one.
 */
import type { Core } from "../core.ts";
import { HeliosError } from "../errors.ts";
import { hashKeyOf, hashOfSnapshotId, type Sequence, type SnapshotId } from "../object/ids.ts";
import type { TreeNode } from "../tree/node.ts";
import { comparePaths } from "../tree/tree-entry.ts";
import { assertRefName } from "../vst/ref-name.ts";
import type { CommitMetrics, Snapshot } from "../vst/snapshot.ts";
import { type Base, baseOf } from "../vst/states.ts";
import { type CommitOptions, Vst } from "../vst/vst.ts";
import {
  type CataloguedTree,
  encodeTree,
  invalidForest,
  parseTree,
  PARTITION_PATH,
  treePath,
  TREES_PREFIX,
} from "./catalogue.ts";
import { ForestSnapshot } from "./forest-snapshot.ts";
import { parsePartition, type Partition, partitionOf, type PartitionRules } from "./partition.ts";
import type { VerifiableForest } from "./verify.ts";

const NOTHING: Base = { root: undefined, sequence: undefined, ref: undefined };

export class TreeSet {
  readonly core: Core;
  readonly partition: Partition;
  #catalogue: Vst;
  /** The commit of the catalogue. */
  #sequence: Sequence | undefined;
  /** Trees that were read or written. */
  readonly #touched: Map<string, Vst>;
  /** Commits of trees that no commit of the catalogue has as parents yet, by tree: those of a commit that failed. */
  readonly #unnamed: Map<string, string>;

  private constructor(
    core: Core,
    partition: Partition,
    catalogue: Vst,
    sequence: Sequence | undefined,
    touched = new Map<string, Vst>(),
    unnamed = new Map<string, string>(),
  ) {
    this.core = core;
    this.partition = partition;
    this.#catalogue = catalogue;
    this.#sequence = sequence;
    this.#touched = touched;
    this.#unnamed = unnamed;
  }

  /** FOREST_INVALID; PARTITION_INVALID where the forest there has other rules. */
  static at(
    core: Core,
    target: string | Snapshot | ForestSnapshot | undefined,
    rules?: PartitionRules,
  ): TreeSet {
    core.assertOpen();
    const wanted = target instanceof ForestSnapshot ? target.catalogue : target;
    const base = wanted === undefined ? NOTHING : baseOf(core, wanted);
    const catalogue = new Vst(core, base);
    const partition = partitionIn(catalogue) ?? partitionOf(rules);
    if (rules !== undefined && partitionOf(rules).text !== partition.text)
      throw new HeliosError(
        "PARTITION_INVALID",
        `this forest divides its paths in another way: ${partition.text.trimEnd()}`,
        "Leave the rules out, or begin another forest with them.",
      );
    return new TreeSet(core, partition, catalogue, base.sequence);
  }

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

  /** Of the trees that hold something, in byte order. */
  get names(): readonly string[] {
    const names = new Set(this.#catalogued());
    for (const [name, vst] of this.#touched)
      if (vst.size > 0) names.add(name);
      else names.delete(name);
    return [...names].sort(comparePaths);
  }

  /** Trees that hold something else than the last commit has, in byte order. */
  get changedNames(): readonly string[] {
    const changed = [...this.#touched].filter(([name, vst]) => this.#isChanged(name, vst));
    return changed.map(([name]) => name).sort(comparePaths);
  }

  /** Nothing was written or deleted since the last commit, not even what was taken back. */
  get isUntouched(): boolean {
    return [...this.#touched.values()].every((vst) => vst.changedPaths === 0);
  }

  /** The working set of a tree, if the forest has that tree. It may be empty by now. */
  find(name: string): Vst | undefined {
    this.core.assertOpen();
    const touched = this.#touched.get(name);
    if (touched !== undefined || this.#entryOf(name) === undefined) return touched;
    return this.#touch(name);
  }

  /** The working set of a tree, which the forest then has. */
  own(name: string): Vst {
    return this.find(name) ?? this.#touch(name);
  }

  /** A working set that is no tree of the forest. */
  newTree(): Vst {
    return new Vst(this.core, NOTHING);
  }

  /** A working set of its own over the tree as of the last commit. */
  stored(name: string): Vst {
    const entry = this.#entryOf(name);
    if (entry === undefined) return this.newTree();
    const sequence = sequenceOf(this.core, entry.snapshot);
    const vst = new Vst(this.core, { root: this.core.rootOf(sequence), sequence, ref: undefined });
    if (vst.size === entry.entries) return vst;
    throw invalidForest(`its tree ${JSON.stringify(name)} has ${vst.size} entries and not ${entry.entries}`);
  }

  /** What the catalogue would say of a tree now; undefined: nothing, it is empty. */
  described(name: string): CataloguedTree | undefined {
    const vst = this.#touched.get(name);
    if (vst === undefined) return this.#entryOf(name);
    return vst.size === 0 ? undefined : { snapshot: vst.identify(), entries: vst.size };
  }

  /** The catalogue as a commit would make it now. */
  describe(): Vst {
    const catalogue = this.#catalogue.fork();
    this.#describeIn(catalogue);
    return catalogue;
  }

  /** O(trees touched). */
  fork(): TreeSet {
    this.core.assertOpen();
    const touched = new Map(Array.from(this.#touched, ([name, vst]) => [name, vst.fork()]));
    const catalogue = this.#catalogue.fork();
    return new TreeSet(this.core, this.partition, catalogue, this.#sequence, touched, new Map(this.#unnamed));
  }

  /** See `Forest.commit`. */
  commit(message: string, options: CommitOptions): ForestSnapshot {
    this.core.assertWritable();
    const ref = options.ref ?? this.ref;
    if (ref !== undefined) {
      assertRefName(ref);
      // Before a tree is recorded in vain.
      this.core.assertRefAt(ref, this.#sequence);
    }
    const whose = { author: options.author ?? "", timeMs: options.timeMs ?? Date.now() };
    if (this.#sequence === undefined) this.#begin(whose);
    const metrics = this.#commitTrees(whose);
    this.#describeIn(this.#catalogue);
    const mergeParents = [...this.#unnamed.values(), ...(options.mergeParents ?? [])];
    const snapshot = this.#catalogue.commit(message, { ...options, ...whose, mergeParents });
    this.#sequence = snapshot.sequence;
    this.#unnamed.clear();
    const latencyUs = metrics.latencyUs + snapshot.metrics.latencyUs;
    return new ForestSnapshot(snapshot, { ...metrics, latencyUs }, this.#catalogue.fork());
  }

  /** What there is to verify: the forest as of the last commit. */
  committed(): VerifiableForest {
    const { core, partition } = this;
    core.assertOpen();
    const catalogue = this.#sequence === undefined ? core.newTree().freeze() : core.rootOf(this.#sequence);
    const committed = new Vst(core, { root: catalogue, sequence: this.#sequence, ref: undefined });
    const trees = committed.list(TREES_PREFIX).map(({ path }) => {
      const name = path.slice(TREES_PREFIX.length);
      const tree = parseTree(Buffer.from(committed.read(path)!).toString(), name);
      return { name, ...tree, root: rootOrReason(core, tree.snapshot) };
    });
    return { core, id: committed.identify(), partition, catalogue, trees };
  }

  /** Records the trees that changed. They count only together with the catalogue, and are durable with it. */
  #commitTrees(whose: CommitOptions): CommitMetrics {
    const sum = { newObjects: 0, newBytes: 0, changedPaths: 0, latencyUs: 0 };
    for (const [name, vst] of this.#touched) {
      if (!this.#isChanged(name, vst)) continue;
      if (vst.size === 0) {
        // Nothing is recorded of an empty tree: the catalogue leaves it out.
        sum.changedPaths += vst.changedPaths;
        continue;
      }
      const snapshot = vst.commitDeferred(name, whose);
      this.#unnamed.set(name, snapshot.commit);
      // A state is found by its id once somebody has asked for that.
      void snapshot.id;
      for (const key of ["newObjects", "newBytes", "changedPaths", "latencyUs"] as const)
        sum[key] += snapshot.metrics[key];
    }
    return sum;
  }

  /**
   * The first record of a forest, which no ref names: a commit without a parent could not have those of its trees as
   * further ones.
   */
  #begin(whose: CommitOptions): void {
    const first = this.newTree();
    first.write(PARTITION_PATH, this.partition.text);
    const { root, sequence } = first.commitDeferred("a forest begins", whose);
    this.#catalogue = new Vst(this.core, { root, sequence, ref: this.ref });
    this.#sequence = sequence;
  }

  #touch(name: string): Vst {
    const vst = this.stored(name);
    this.#touched.set(name, vst);
    return vst;
  }

  /** A tree as of the last commit. */
  #entryOf(name: string): CataloguedTree | undefined {
    const bytes = this.#catalogue.read(treePath(name));
    return bytes === undefined ? undefined : parseTree(Buffer.from(bytes).toString(), name);
  }

  *#catalogued(): IterableIterator<string> {
    for (const { path } of this.#catalogue.entries(TREES_PREFIX)) yield path.slice(TREES_PREFIX.length);
  }

  #isChanged(name: string, vst: Vst): boolean {
    return vst.changedPaths > 0 && this.#entryOf(name)?.snapshot !== this.described(name)?.snapshot;
  }

  #describeIn(catalogue: Vst): void {
    if (!catalogue.has(PARTITION_PATH)) catalogue.write(PARTITION_PATH, this.partition.text);
    for (const [name, vst] of this.#touched) {
      if (vst.changedPaths === 0 && !this.#unnamed.has(name)) continue;
      const tree = this.described(name);
      if (tree === undefined) catalogue.delete(treePath(name));
      else catalogue.write(treePath(name), encodeTree(tree));
    }
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
