/**
 * A search in the store: one file in a snapshot of its own, whose commit has the searched state's commit as second parent,
 * so that both are kept. States are not named by it but by the steps that lead to them: they can be collected like any
 * other that nobody keeps, and are computed again when the search goes on.
 */
import { HeliosError } from "../errors.ts";
import type { Helios } from "../helios.ts";
import type { SnapshotId } from "../object/ids.ts";
import type { Evaluation } from "./problem.ts";
import { Edge, Node } from "./search-tree.ts";

const FILE = "search.json";
const FORMAT = "helios-search/1";

export interface SavedSearch<Action> {
  readonly root: Node<Action>;
  /** Parents before children. */
  readonly nodes: readonly Node<Action>[];
  readonly randomState: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly transpositions: number;
}

interface NodeJson<Action> {
  readonly id: SnapshotId;
  /** Index of the first parent; absent for the root. */
  readonly parent?: number;
  readonly action?: Action;
  readonly evaluation?: Evaluation;
  readonly visits: number;
  readonly exhausted?: true;
  readonly edges?: readonly EdgeJson<Action>[];
}

interface EdgeJson<Action> {
  readonly action: Action;
  readonly prior?: number;
  readonly child?: number;
  readonly visits: number;
  readonly total: number;
  readonly dead?: true;
}

interface SearchJson<Action> {
  readonly format: string;
  readonly randomState: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly transpositions: number;
  readonly nodes: readonly NodeJson<Action>[];
}

/** Saves a search under a ref, in one commit. */
export function writeSavedSearch<Action>(helios: Helios, ref: string, saved: SavedSearch<Action>): void {
  const index = new Map(saved.nodes.map((node, i) => [node, i]));
  const json: SearchJson<Action> = {
    format: FORMAT,
    randomState: saved.randomState,
    iterations: saved.iterations,
    evaluations: saved.evaluations,
    transpositions: saved.transpositions,
    nodes: saved.nodes.map((node) => nodeJson(node, index)),
  };
  const known = helios.refs().some(({ name }) => name === ref);
  const vst = known ? helios.checkout(ref) : helios.vst();
  vst.write(FILE, JSON.stringify(json));
  // The first save has no history to follow, and takes the searched state as its own past.
  const base = saved.root.commit;
  vst.commit("search", known || base === undefined ? { ref } : { ref, mergeParents: [base] });
}

/** A search saved under a ref, if there is one and it began at this state. SEARCH_CORRUPT where it cannot be read. */
export function readSavedSearch<Action>(
  helios: Helios,
  ref: string,
  rootId: SnapshotId,
): SavedSearch<Action> | undefined {
  if (!helios.refs().some(({ name }) => name === ref)) return undefined;
  const bytes = helios.checkout(ref).read(FILE);
  if (bytes === undefined) throw corrupt(ref, `it has no ${FILE}`);
  const json = parsed<Action>(ref, Buffer.from(bytes).toString());
  if (json.nodes[0]?.id !== rootId) throw corrupt(ref, "it began at another state");
  const nodes: Node<Action>[] = [];
  for (const { id, parent, action } of json.nodes)
    nodes.push(new Node<Action>(id, undefined, parent === undefined ? undefined : nodes[parent], action));
  for (const [i, saved] of json.nodes.entries()) {
    const node = nodes[i]!;
    node.evaluation = saved.evaluation;
    node.visits = saved.visits;
    node.exhausted = saved.exhausted ?? false;
    node.edges = saved.edges?.map((edgeJson) => {
      const edge = new Edge<Action>(edgeJson);
      if (edgeJson.child !== undefined) edge.child = nodes[edgeJson.child];
      edge.visits = edgeJson.visits;
      edge.total = edgeJson.total;
      edge.dead = edgeJson.dead ?? false;
      return edge;
    });
  }
  const { randomState, iterations, evaluations, transpositions } = json;
  return { root: nodes[0]!, nodes, randomState, iterations, evaluations, transpositions };
}

function nodeJson<Action>(node: Node<Action>, index: ReadonlyMap<Node<Action>, number>): NodeJson<Action> {
  const parent = node.parent === undefined ? undefined : index.get(node.parent);
  return {
    id: node.id,
    visits: node.visits,
    ...(parent === undefined ? {} : { parent }),
    ...(node.action === undefined ? {} : { action: node.action }),
    ...(node.evaluation === undefined ? {} : { evaluation: node.evaluation }),
    ...(node.exhausted ? { exhausted: true } : {}),
    ...(node.edges === undefined ? {} : { edges: node.edges.map((edge) => edgeJson(edge, index)) }),
  };
}

function edgeJson<Action>(edge: Edge<Action>, index: ReadonlyMap<Node<Action>, number>): EdgeJson<Action> {
  const child = edge.child === undefined ? undefined : index.get(edge.child);
  return {
    action: edge.action,
    visits: edge.visits,
    total: edge.total,
    ...(edge.prior === undefined ? {} : { prior: edge.prior }),
    ...(child === undefined ? {} : { child }),
    ...(edge.dead ? { dead: true } : {}),
  };
}

function parsed<Action>(ref: string, text: string): SearchJson<Action> {
  let json: SearchJson<Action>;
  try {
    json = JSON.parse(text) as SearchJson<Action>;
  } catch (error) {
    throw corrupt(ref, "it is not JSON", error);
  }
  if (json.format !== FORMAT) throw corrupt(ref, `its format is ${json.format}, not ${FORMAT}`);
  const links = json.nodes.flatMap((node, i) => [
    ...(node.parent === undefined ? [] : [node.parent < i]),
    ...(node.edges ?? []).map(({ child }) => child === undefined || child < json.nodes.length),
  ]);
  if (links.includes(false)) throw corrupt(ref, "it names states that it does not have");
  return json;
}

function corrupt(ref: string, why: string, cause?: unknown): HeliosError {
  return new HeliosError(
    "SEARCH_UNUSABLE",
    `the search saved as "${ref}" cannot be gone on with: ${why}`,
    "Save this search under another name, or delete that branch.",
    { cause },
  );
}
