/**
 * Proofs about a state, for someone who has its snapshot id and nothing else: that a path has an entry, that it has
 * none, that a range of paths holds these entries and no others.
 *
 * A proof is the question and the encoded nodes that answer it: from the root down, every node whose range of keys meets
 * the question's, in the order of a walk. The id is the hash of the root, each node holds the hashes of its children, so
 * the nodes cannot be others. Absence needs no proof of its own: whoever has all nodes that could hold a key sees that
 * none does. There is no answer in a proof, so none that could differ from what the nodes say: verify-proof.ts reads it
 * from them.
 *
 * Size at n entries: about log8(n) nodes of 8 entries for one path (FORMAT.md has numbers).
 */
import { HeliosError } from "../errors.ts";
import { type SnapshotId, snapshotIdOf } from "../object/ids.ts";
import { assertPath } from "./path.ts";
import { type Bounds, boundsOf, childrenInRange, isEmpty } from "./range.ts";
import type { TreeNode } from "./node.ts";
import type { Tree } from "./tree.ts";

/** Name and version of the form of a proof. */
export const PROOF_FORMAT = "helios-proof/1";

/** One path, or all paths of a range; a range without bounds is the whole state. */
export type ProofQuery =
  | { readonly kind: "path"; readonly path: string }
  | {
      readonly kind: "range";
      readonly gt?: string;
      readonly gte?: string;
      readonly lt?: string;
      readonly lte?: string;
      readonly prefix?: string;
    };

/** As JSON this is `schemas/proof.schema.json`. */
export interface Proof {
  readonly format: typeof PROOF_FORMAT;
  /** Only a name: a verifier brings the id it trusts. */
  readonly snapshot: SnapshotId;
  readonly query: ProofQuery;
  /** Encoded nodes in base64, each before those below it. */
  readonly nodes: readonly string[];
}

/**
 * What answers a query about the tree. Cost: one descent; for a range O(log n + its entries).
 * PATH_INVALID for what is no path; RANGE_INVALID for bounds that no path can be between.
 */
export function prove(tree: Tree, query: ProofQuery): Proof {
  const bounds = boundsOfQuery(query);
  const snapshot = snapshotIdOf(tree.rootHash());
  const nodes: string[] = [];
  const visit = (node: TreeNode, { low, high }: Bounds): void => {
    nodes.push(node.encode().toString("base64"));
    if (node.isLeaf) return;
    const [first, last] = childrenInRange(node, low, high);
    for (let i = first; i <= last; i++)
      visit(tree.child(node, i), {
        low: i === first ? low : undefined,
        high: i === last ? high : undefined,
      });
  };
  visit(tree.root, bounds);
  return { format: PROOF_FORMAT, snapshot, query, nodes };
}

/** The keys that a query is about. PATH_INVALID, RANGE_INVALID. */
export function boundsOfQuery(query: ProofQuery): Bounds {
  if (query.kind === "path") {
    assertPath(query.path);
    return boundsOf({ gte: query.path, lte: query.path });
  }
  const bounds = boundsOf(query);
  const texts = [query.gt, query.gte, query.lt, query.lte, query.prefix];
  if (isEmpty(bounds) || texts.some((text) => text?.isWellFormed() === false))
    throw new HeliosError(
      "RANGE_INVALID",
      `no path is in the range ${JSON.stringify(query)}`,
      "Give bounds of well-formed Unicode, the lower before the upper one.",
    );
  return bounds;
}
