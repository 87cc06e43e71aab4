/**
 * The catalogue of a forest: an ordinary state, whose root hash is the id of the forest.
 *
 *     partition          which tree holds which path (partition.ts)
 *     trees/<name>       for each tree that is not empty:  helios-tree/1, its snapshot id, its number of entries,
 *                        each on a line
 *
 * Nothing in it depends on a store or on history, so neither does the id.
 */
import { HeliosError } from "../errors.ts";
import { parseSnapshotId, type SnapshotId } from "../object/ids.ts";

export const PARTITION_PATH = "partition";
export const TREES_PREFIX = "trees/";
const TREE_FORMAT = "helios-tree/1";

/** A tree as the catalogue names it. */
export interface CataloguedTree {
  readonly snapshot: SnapshotId;
  readonly entries: number;
}

export function treePath(name: string): string {
  return TREES_PREFIX + name;
}

export function encodeTree({ snapshot, entries }: CataloguedTree): string {
  return `${TREE_FORMAT}\n${snapshot}\n${entries}\n`;
}

/** FOREST_INVALID for what `encodeTree` would not give. */
export function parseTree(text: string, name: string): CataloguedTree {
  const [format, snapshot = "", entries = ""] = text.split("\n");
  if (format !== TREE_FORMAT)
    throw invalidForest(`its tree ${JSON.stringify(name)} has the format ${JSON.stringify(format)}`);
  const tree = { snapshot: snapshotOf(snapshot), entries: Number(entries) };
  const isCounted = Number.isSafeInteger(tree.entries) && tree.entries > 0;
  if (tree.snapshot === undefined || !isCounted || encodeTree(tree as CataloguedTree) !== text)
    throw invalidForest(`its tree ${JSON.stringify(name)} is not written as a tree is`);
  return tree as CataloguedTree;
}

export function invalidForest(what: string): HeliosError {
  return new HeliosError(
    "FOREST_INVALID",
    `this state is no forest: ${what}`,
    "Name a ref, commit or snapshot that `Forest.commit` or `helios-cli forest import` made.",
  );
}

function snapshotOf(text: string): SnapshotId | undefined {
  try {
    return parseSnapshotId(text);
  } catch (error) {
    if (error instanceof HeliosError) return undefined;
    throw error;
  }
}
