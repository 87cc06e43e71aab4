/**
 * Proofs about a forest, for someone who has its id and nothing else. Such a proof is composed of ordinary ones
 * (tree/proof.ts): that the catalogue has this partition, and so in which trees the paths asked about can be; which of
 * these trees it has, and under which snapshot ids; and what each of them has there. Absence follows in the same way as
 * for a tree: in every tree where a path could be, it is not.
 */
import type { SnapshotId } from "../object/ids.ts";
import { boundsOfQuery, type Proof, type ProofQuery } from "../tree/proof.ts";
import type { Vst } from "../vst/vst.ts";
import { PARTITION_PATH, treePath, TREES_PREFIX } from "./catalogue.ts";
import type { Partition } from "./partition.ts";

/** Name and version of the form of a proof about a forest. */
export const FOREST_PROOF_FORMAT = "helios-forest-proof/1";

/** A tree and its part of the answer. */
export interface TreeProof {
  readonly name: string;
  /** The tree's content in the catalogue, which names its snapshot. */
  readonly text: string;
  /** About that snapshot, with the query of the whole. */
  readonly proof: Proof;
}

/** As JSON this is `schemas/forest-proof.schema.json`. */
export interface ForestProof {
  readonly format: typeof FOREST_PROOF_FORMAT;
  /** Only a name: a verifier brings the id it trusts. */
  readonly forest: SnapshotId;
  readonly query: ProofQuery;
  /** The content of `partition` in the catalogue, and that it is there. */
  readonly partition: { readonly text: string; readonly proof: Proof };
  /** For a path, what the catalogue has of its tree; for a range, all trees; null for a path that no tree takes. */
  readonly catalogue: Proof | null;
  /** Trees of the catalogue that can hold what is asked about, in byte order of names. */
  readonly trees: readonly TreeProof[];
}

/** What a proof is made from. */
export interface ProvableForest {
  readonly partition: Partition;
  /** It has to be up to date. */
  readonly catalogue: Vst;
  readonly treeOf: (name: string) => Vst;
}

/** Cost: one proof of the catalogue for each kind of fact, and one for each tree that can hold what is asked about. */
export function proveForest(
  { partition, catalogue, treeOf }: ProvableForest,
  query: ProofQuery,
): ForestProof {
  const names = treesToProve(partition, query, () =>
    catalogue.list(TREES_PREFIX).map(({ path }) => path.slice(TREES_PREFIX.length)),
  );
  const textOf = (path: string) => Buffer.from(catalogue.read(path)!).toString();
  const question = catalogueQuery(partition, query);
  return {
    format: FOREST_PROOF_FORMAT,
    forest: catalogue.identify(),
    query,
    partition: { text: textOf(PARTITION_PATH), proof: catalogue.prove(PARTITION_QUERY) },
    catalogue: question === undefined ? null : catalogue.prove(question),
    trees: names
      .filter((name) => catalogue.has(treePath(name)))
      .map((name) => ({ name, text: textOf(treePath(name)), proof: treeOf(name).prove(query) })),
  };
}

export const PARTITION_QUERY: ProofQuery = { kind: "path", path: PARTITION_PATH };

/** What has to be known of the catalogue to answer a query; undefined: nothing, no tree takes the path. */
export function catalogueQuery(partition: Partition, query: ProofQuery): ProofQuery | undefined {
  if (query.kind === "range") return { kind: "range", prefix: TREES_PREFIX };
  const name = partition.find(query.path);
  return name === undefined ? undefined : { kind: "path", path: treePath(name) };
}

/** Trees in which an answer to the query can be. `all`: the trees of the catalogue. PATH_INVALID, RANGE_INVALID. */
export function treesToProve(
  partition: Partition,
  query: ProofQuery,
  all: () => readonly string[],
): readonly string[] {
  const bounds = boundsOfQuery(query);
  if (query.kind === "range") return all().filter((name) => partition.mayHold(name, bounds));
  const name = partition.find(query.path);
  return name === undefined ? [] : [name];
}
