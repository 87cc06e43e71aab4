/**
 * Verifies what a store has of one forest: every node and every content of its trees is read from the object store and
 * hashed, by threads where there is enough to do; each path has to belong to the tree that has it, and each tree to have
 * as many entries as the catalogue says. It goes on after damage and names it.
 *
 * Beside it, `verifyStore` looks at everything a store has, journal and history included. What the object store lacks
 * because a journal record has it is read here as any reader reads it.
 */
import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Core } from "../core.ts";
import { HeliosError } from "../errors.ts";
import { hashBlob } from "../object/hash.ts";
import { hashKeyOf, hashOfSnapshotId, type SnapshotId } from "../object/ids.ts";
import { decodeNode, type TreeNode } from "../tree/node.ts";
import { THREADS_MAX } from "../vst/directory/read-changed.ts";
import { runThreads } from "../vst/directory/thread-pool.ts";
import type { CataloguedTree } from "./catalogue.ts";
import type { Partition } from "./partition.ts";
import {
  type CheckAnswer,
  checkPaths,
  type CheckTask,
  type CheckThreadData,
  DAMAGES_KEPT,
  Found,
  SubtreeCheck,
  type TreeDamage,
} from "./subtree-check.ts";

/** How a forest is verified, and how that reports. */
export interface ForestVerifyOptions {
  /** 0: this thread alone. Default: as many as there are processors, from 5,000 paths on. */
  readonly threads?: number;
  /** Paths looked at so far, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the work with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What was looked at. */
export interface VerifiedPart {
  readonly paths: number;
  readonly nodes: number;
  /** One that several have is read for the first of them, at least. */
  readonly contents: number;
  /** Of nodes and contents, as the object store keeps them. */
  readonly bytes: number;
  readonly damageCount: number;
}

export interface ForestVerifyReport {
  readonly forest: SnapshotId;
  readonly sound: boolean;
  readonly catalogue: VerifiedPart;
  /** In byte order of names. */
  readonly trees: readonly (VerifiedPart & { readonly name: string; readonly snapshot: SnapshotId })[];
  readonly damageCount: number;
  /** At most 100 of them. */
  readonly damages: readonly TreeDamage[];
}

/** A thread takes longer to begin than this many paths take. */
const THREADS_FROM_PATHS = 5000;
/** A subtree of more is shared out. */
const TASK_PATHS = 1024;
/** Contents that are read here between two turns of the event loop. */
const TURN_CONTENTS = 64;

/** What is to be verified. */
export interface VerifiableForest {
  readonly core: Core;
  readonly id: SnapshotId;
  readonly partition: Partition;
  readonly catalogue: TreeNode;
  /** The root as it can be had, or the reason why it cannot. */
  readonly trees: readonly (CataloguedTree & {
    readonly name: string;
    readonly root: TreeNode | HeliosError;
  })[];
}

export async function verifyForest(
  forest: VerifiableForest,
  options: ForestVerifyOptions,
): Promise<ForestVerifyReport> {
  const work = new Verification(forest, options);
  const { core, partition } = forest;
  const worthwhile = work.total < THREADS_FROM_PATHS ? 0 : Math.min(availableParallelism(), THREADS_MAX);
  const threads = options.threads ?? worthwhile;
  const access = threads > 0 ? core.l2.threadAccess() : undefined;
  const hasRun =
    access !== undefined &&
    (await runThreads<CheckTask, CheckAnswer>({
      location: new URL("./verify.worker.ts", import.meta.url),
      threads,
      dataWith: (stop): CheckThreadData => ({ access, partition: partition.text, stop }),
      nextBatch: () => work.next(),
      take: (answer) => work.take(answer),
      signal: options.signal,
    }));
  if (!hasRun) {
    const check = new SubtreeCheck(core.l2, partition);
    for (let task = work.next(); task !== undefined; task = work.next()) {
      await work.take(check.check(task));
      await nextTurn();
    }
  }
  return work.report();
}

class Verification {
  readonly total: number;
  readonly #forest: VerifiableForest;
  readonly #options: ForestVerifyOptions;
  readonly #catalogue = new Found(undefined);
  readonly #trees = new Map<string, Found>();
  readonly #tasks: CheckTask[] = [];
  #done = 0;

  constructor(forest: VerifiableForest, options: ForestVerifyOptions) {
    this.#forest = forest;
    this.#options = options;
    this.total = forest.trees.reduce((sum, { entries }) => sum + entries, forest.catalogue.entries);
    this.#lookAt(forest.catalogue, this.#catalogue);
    for (const { name, root, snapshot } of forest.trees) {
      const found = new Found(name);
      this.#trees.set(name, found);
      if (root instanceof HeliosError) found.refused("node", hashOfSnapshotId(snapshot), root);
      else this.#lookAt(root, found);
    }
  }

  next(): CheckTask | undefined {
    return this.#tasks.pop();
  }

  async take(answer: CheckAnswer): Promise<void> {
    const { signal, onProgress } = this.#options;
    signal?.throwIfAborted();
    const found = this.#foundOf(answer.tree);
    found.join(answer);
    await this.#readElsewhere(answer.elsewhere, found);
    onProgress?.((this.#done += answer.paths), this.total);
  }

  report(): ForestVerifyReport {
    for (const { name, entries } of this.#forest.trees) {
      const found = this.#trees.get(name)!;
      // Where something is damaged, paths are missing for that reason.
      if (found.damageCount === 0 && found.paths !== entries) found.miscounted(found.paths, entries);
    }
    const parts = [this.#catalogue, ...this.#trees.values()];
    const damageCount = parts.reduce((sum, part) => sum + part.damageCount, 0);
    return {
      forest: this.#forest.id,
      sound: damageCount === 0,
      catalogue: partOf(this.#catalogue),
      trees: this.#forest.trees.map(({ name, snapshot }) => ({
        name,
        snapshot,
        ...partOf(this.#trees.get(name)!),
      })),
      damageCount,
      damages: parts.flatMap(({ damages }) => damages).slice(0, DAMAGES_KEPT),
    };
  }

  #foundOf(tree: string | undefined): Found {
    return tree === undefined ? this.#catalogue : this.#trees.get(tree)!;
  }

  /** Looks at what is in memory and in no object store, and leaves the rest to whoever takes the tasks. */
  #lookAt(node: TreeNode, found: Found): void {
    if (node.stored) return this.#share(node, found);
    const hash = node.computeHash();
    found.nodes++;
    try {
      decodeNode(node.encode(), hash);
    } catch (error) {
      found.refused("node", hash, error);
      return;
    }
    if (node.isLeaf) {
      checkPaths(node, this.#forest.partition, found);
      const contents = new Uint8Array(32 * node.count);
      for (let i = 0; i < node.count; i++) {
        const at = node.valueAt(i);
        contents.set(node.body.subarray(at, at + 32), 32 * i);
      }
      this.#add({ tree: found.tree, node: undefined, deep: false, contents });
    }
    for (const [i, child] of node.children?.entries() ?? [])
      if (child === null) this.#shareChild(node, i, found);
      else this.#lookAt(child, found);
  }

  /** Shares out a subtree that the object store has: whole, or, where it is large, the node and what is below it. */
  #share(node: TreeNode, found: Found): void {
    const isSmall = node.isLeaf || node.entries <= TASK_PATHS;
    this.#add({
      tree: found.tree,
      node: Uint8Array.from(node.computeHash()),
      deep: isSmall,
      contents: undefined,
    });
    if (!isSmall) for (let i = 0; i < node.count; i++) this.#shareChild(node, i, found);
  }

  #shareChild(node: TreeNode, i: number, found: Found): void {
    const hash = Uint8Array.from(node.childHash(i));
    if (node.childEntries(i) > TASK_PATHS) {
      const child = this.#loaded(hash);
      if (child !== undefined) return this.#share(child, found);
    }
    this.#add({ tree: found.tree, node: hash, deep: true, contents: undefined });
  }

  /** Undefined where it cannot be had: whoever is told to look at it finds that out again. */
  #loaded(hash: Uint8Array): TreeNode | undefined {
    try {
      return this.#forest.core.objects.loadNode(hash);
    } catch (error) {
      if (error instanceof HeliosError) return undefined;
      throw error;
    }
  }

  #add(task: CheckTask): void {
    this.#tasks.push(task);
  }

  /** Contents that are in memory or in the journal. */
  async #readElsewhere(hashes: Uint8Array, found: Found): Promise<void> {
    for (let at = 0; at < hashes.length; at += 32) {
      const hash = hashes.subarray(at, at + 32);
      found.contents++;
      try {
        const bytes = this.#forest.core.objects.readBlob(hashKeyOf(hash));
        if (Buffer.compare(hashBlob(bytes), hash) !== 0)
          found.damaged("content", hash, "OBJECT_CORRUPT", "its bytes do not have its hash");
      } catch (error) {
        found.refused("content", hash, error);
      }
      if ((at / 32) % TURN_CONTENTS === TURN_CONTENTS - 1) await nextTurn();
    }
  }
}

function partOf({ paths, nodes, contents, bytes, damageCount }: Found): VerifiedPart {
  return { paths, nodes, contents, bytes, damageCount };
}
