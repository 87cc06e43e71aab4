/**
 * Verifies proofs about forests, offline: a pure function of the proof and the forest's id, without a store and without
 * trust. Each part is verified as a proof of its own (tree/verify-proof.ts); what is checked here is that they belong
 * together:
 *
 *   - the partition and the trees have the contents that the catalogue was proved to have;
 *   - there is a proof of each tree in which the partition lets a path of the query be, and of no other;
 *   - each is about the snapshot that the catalogue names, and answers the query;
 *   - a path that a tree has belongs to it: one that stands where nobody looks is not in the forest, so a forest that has
 *     such a path is none.
 */
import { HeliosError } from "../errors.ts";
import { parseSnapshotId, type SnapshotId } from "../object/ids.ts";
import type { ProofQuery } from "../tree/proof.ts";
import { comparePaths } from "../tree/tree-entry.ts";
import {
  Flaw,
  isRecord,
  malformed,
  parseQuery,
  type ProofFlaw,
  type ProvedEntry,
  requireFields,
  sameQuery,
  shown,
  verifyProof,
} from "../tree/verify-proof.ts";
import { contentHash } from "../vst/entry.ts";
import { type CataloguedTree, parseTree, TREES_PREFIX } from "./catalogue.ts";
import { parsePartition, type Partition } from "./partition.ts";
import { catalogueQuery, FOREST_PROOF_FORMAT, PARTITION_QUERY, treesToProve } from "./proof.ts";

/** What a proof about a forest shows, or why it shows nothing. */
export type ForestProofVerdict =
  | {
      readonly valid: true;
      readonly forest: SnapshotId;
      readonly query: ProofQuery;
      /** All entries that the forest has in the query's range, in byte order; for a path one, or none: it is absent. */
      readonly entries: readonly ProvedEntry[];
    }
  | { readonly valid: false; readonly reason: ForestProofFlaw; readonly message: string };

/** Why a proof about a forest proves nothing. */
export type ForestProofFlaw =
  | ProofFlaw
  | "tree-missing" // a tree that can hold what is asked about is not shown
  | "tree-unneeded" // one that cannot, or does not exist, is
  | "content-wrong" // a content is not the one that the catalogue names
  | "forest-invalid"; // the parts are sound, but no forest is made like this

/**
 * Whether the proof holds for the forest, and what it proves; as `verifyProof`. No JSON value makes it throw.
 */
export function verifyForestProof(
  proof: unknown,
  forest: SnapshotId,
  expected?: ProofQuery,
): ForestProofVerdict {
  try {
    const parsed = parseForestProof(proof);
    if (parsed.forest !== forest)
      throw new Flaw("other-snapshot", `it says that it is about ${shown(parsed.forest)}`);
    parseSnapshotId(forest);
    const { query } = parsed;
    if (expected !== undefined && !sameQuery(query, expected))
      throw new Flaw("other-query", `it answers ${JSON.stringify(query)}`);
    return { valid: true, forest, query, entries: entriesProved(parsed, forest) };
  } catch (error) {
    if (error instanceof Flaw || error instanceof ForestFlaw)
      return { valid: false, reason: error.reason, message: error.message };
    if (error instanceof HeliosError) return { valid: false, reason: "malformed", message: error.message };
    throw error;
  }
}

class ForestFlaw extends Error {
  readonly reason: ForestProofFlaw;

  constructor(reason: ForestProofFlaw, message: string) {
    super(message);
    this.reason = reason;
  }
}

// ---- the form

/** Inner proofs are looked at by their own verifier. */
interface ParsedForestProof {
  readonly forest: unknown;
  readonly query: ProofQuery;
  readonly partition: { readonly text: string; readonly proof: unknown };
  readonly catalogue: unknown;
  readonly trees: readonly { readonly name: string; readonly text: string; readonly proof: unknown }[];
}

function parseForestProof(proof: unknown): ParsedForestProof {
  if (!isRecord(proof)) throw malformed("it is not an object");
  requireFields(proof, ["format", "forest", "query", "partition", "catalogue", "trees"], []);
  const { format, forest, query, partition, catalogue, trees } = proof;
  if (format !== FOREST_PROOF_FORMAT)
    throw malformed(`its format is ${shown(format)}, not ${FOREST_PROOF_FORMAT}`);
  if (!Array.isArray(trees)) throw malformed("its trees are not a list");
  return {
    forest,
    query: parseQuery(query),
    partition: parsePart(partition, []),
    catalogue,
    trees: trees.map((tree) => parsePart(tree, ["name"]) as ParsedForestProof["trees"][number]),
  };
}

function parsePart(part: unknown, texts: readonly string[]): { text: string; proof: unknown } {
  if (!isRecord(part)) throw malformed("a part of it is not an object");
  requireFields(part, [...texts, "text", "proof"], []);
  for (const name of [...texts, "text"])
    if (typeof part[name] !== "string") throw malformed(`the ${name} of a part is not a text`);
  return part as unknown as { text: string; proof: unknown };
}

// ---- how the parts belong together

function entriesProved(proof: ParsedForestProof, forest: SnapshotId): ProvedEntry[] {
  const { query, trees } = proof;
  const [named] = proved(proof.partition.proof, forest, PARTITION_QUERY);
  if (named === undefined) throw new ForestFlaw("forest-invalid", "the catalogue has no partition");
  assertContent(proof.partition.text, named, "the partition");
  const partition = readOrFlaw(() => parsePartition(proof.partition.text));
  const catalogued = cataloguedTrees(proof, partition, forest);
  const needed = treesToProve(partition, query, () => [...catalogued.keys()]).filter((name) =>
    catalogued.has(name),
  );
  for (const [i, name] of needed.entries())
    if (trees[i]?.name !== name) throw new ForestFlaw("tree-missing", `the tree ${shown(name)} is not shown`);
  if (trees.length > needed.length)
    throw new ForestFlaw("tree-unneeded", `${trees.length - needed.length} trees are not needed`);
  return trees
    .flatMap(({ name, text, proof: inner }) => {
      assertContent(text, catalogued.get(name)!, `the tree ${shown(name)}`);
      const { snapshot }: CataloguedTree = readOrFlaw(() => parseTree(text, name));
      const entries = proved(inner, snapshot, query);
      const stray = entries.find(({ path }) => partition.find(path) !== name);
      if (stray === undefined) return entries;
      throw new ForestFlaw(
        "forest-invalid",
        `${shown(stray.path)} does not belong to the tree ${shown(name)}`,
      );
    })
    .sort((a, b) => comparePaths(a.path, b.path));
}

/** What the catalogue has of the trees that matter, by name. */
function cataloguedTrees(
  { query, catalogue }: ParsedForestProof,
  partition: Partition,
  forest: SnapshotId,
): Map<string, ProvedEntry> {
  const question = catalogueQuery(partition, query);
  if (question === undefined) {
    if (catalogue === null) return new Map();
    throw new ForestFlaw("tree-unneeded", "no tree takes the path, so the catalogue is not needed");
  }
  const trees = new Map<string, ProvedEntry>();
  for (const entry of proved(catalogue, forest, question)) {
    const name = entry.path.slice(TREES_PREFIX.length);
    if (!partition.knows(name))
      throw new ForestFlaw("forest-invalid", `no path leads to the tree ${shown(name)}`);
    trees.set(name, entry);
  }
  return trees;
}

function proved(proof: unknown, snapshot: SnapshotId, query: ProofQuery): readonly ProvedEntry[] {
  const verdict = verifyProof(proof, snapshot, query);
  if (verdict.valid) return verdict.entries;
  throw new Flaw(verdict.reason, verdict.message);
}

function assertContent(text: string, { hash }: ProvedEntry, what: string): void {
  if (contentHash(Buffer.from(text)) !== hash)
    throw new ForestFlaw("content-wrong", `the text of ${what} is not the one that the catalogue names`);
}

/** It has the hash that the forest says, so it is the forest that is wrong. */
function readOrFlaw<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof HeliosError) throw new ForestFlaw("forest-invalid", error.message);
    throw error;
  }
}
