/**
 * One tree of a forest, as it is at each moment: what is written to the forest is seen here, and the other way round.
 * Paths are whole, as in the forest.
 */
import { HeliosError } from "../errors.ts";
import type { SnapshotId } from "../object/ids.ts";
import type { RangeOptions } from "../tree/range.ts";
import type { Entry } from "../vst/entry.ts";
import type { Vst, WriteOptions } from "../vst/vst.ts";
import type { Forest } from "./forest.ts";

/** One tree of a forest, by its name; paths are those of the whole forest. */
export class ForestTree {
  readonly name: string;
  readonly #forest: Forest;

  /** @internal Made by `Forest.tree`. */
  constructor(forest: Forest, name: string) {
    this.#forest = forest;
    this.name = name;
  }

  /** Number of paths. */
  get size(): number {
    return this.#forest.described(this.name)?.entries ?? 0;
  }

  /** The snapshot id of what it holds now; undefined while it is empty, since a forest has no empty trees. */
  identify(): SnapshotId | undefined {
    return this.#forest.described(this.name)?.snapshot;
  }

  /** An ordinary working set with this content. It is independent: what is committed there is not in the forest. */
  fork(): Vst {
    return (this.#forest.find(this.name) ?? this.#forest.newTree()).fork();
  }

  /** TREE_UNKNOWN for a path of another tree. */
  write(path: string, bytes: Uint8Array | string, options?: WriteOptions): void {
    const tree = this.#forest.partition.treeOf(path);
    if (tree !== this.name)
      throw new HeliosError(
        "TREE_UNKNOWN",
        `${JSON.stringify(path)} belongs to the tree ${JSON.stringify(tree)}, not to ${JSON.stringify(this.name)}`,
        "Write it through the forest: the path decides about the tree.",
        { path },
      );
    this.#forest.write(path, bytes, options);
  }

  /** Removes a path; false when it is not there. */
  delete(path: string): boolean {
    return this.#vst?.delete(path) ?? false;
  }

  /** Content of a path, or undefined; read-only bytes. */
  read(path: string): Uint8Array | undefined {
    return this.#vst?.read(path);
  }

  /** Whether there is an entry at the path. */
  has(path: string): boolean {
    return this.#vst?.has(path) ?? false;
  }

  /** Hash, mode and size at a path, or undefined. */
  entry(path: string): Entry | undefined {
    return this.#vst?.entry(path);
  }

  /** Entries whose path begins with the prefix, in byte order. */
  list(prefix = ""): Entry[] {
    return this.#vst?.list(prefix) ?? [];
  }

  /** Entries of a range, in order. Not to be changed meanwhile. */
  range(options: RangeOptions): IterableIterator<Entry> {
    return this.#vst?.range(options) ?? [][Symbol.iterator]();
  }

  /** Number of paths that begin with the prefix. O(log n). */
  count(prefix = ""): number {
    return this.#vst?.count(prefix) ?? 0;
  }

  get #vst(): Vst | undefined {
    return this.#forest.find(this.name);
  }
}
