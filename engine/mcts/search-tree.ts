/**
 * What a search has learnt. States are nodes, found again by snapshot id: two ways to the same content lead to one node,
 * so this is a graph. Statistics of a step belong to its edge, as UCT over transpositions needs it (B. Childs, J. Brodeur
 * and L. Kocsis, "Transpositions and Move Groups in Monte Carlo Tree Search", CIG 2008: UCT1).
 */
import type { SnapshotId } from "../object/ids.ts";
import type { Snapshot } from "../vst/snapshot.ts";
import type { Evaluation, Proposal } from "./problem.ts";

export class Edge<Action> {
  readonly action: Action;
  readonly prior: number | undefined;
  child: Node<Action> | undefined;
  visits = 0;
  /** Sum of rewards for whoever takes the step. */
  total = 0;
  /** Evaluations below it under way. Each counts as a visit that won nothing: virtual loss. */
  pending = 0;
  /** Cannot be taken, or leads to where it came from. */
  dead = false;

  constructor({ action, prior }: Proposal<Action>) {
    this.action = action;
    this.prior = prior;
  }

  /** Whether there is anything to learn from going this way. */
  isOpen(players: 1 | 2): boolean {
    // With an opponent, a state that is settled must be met again for its weight to count.
    return !this.dead && !(players === 1 && this.child?.exhausted === true);
  }
}

export class Node<Action> {
  readonly id: SnapshotId;
  readonly depth: number;
  /** The way by which it was first reached. */
  readonly parent: Node<Action> | undefined;
  readonly action: Action | undefined;
  /** The commit, or its name. Undefined in a search that was resumed, until the state is needed. */
  state: Snapshot | string | undefined;
  evaluation: Evaluation | undefined;
  /** Undefined until its steps have been proposed. */
  edges: Edge<Action>[] | undefined;
  visits = 0;
  /** All that can be reached from here has been evaluated. */
  exhausted = false;

  constructor(
    id: SnapshotId,
    state: Snapshot | string | undefined,
    parent: Node<Action> | undefined,
    action: Action | undefined,
  ) {
    this.id = id;
    this.state = state;
    this.parent = parent;
    this.action = action;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  get commit(): string | undefined {
    return typeof this.state === "string" ? this.state : this.state?.commit;
  }

  /** Steps from the root to here. */
  get line(): Action[] {
    return this.parent === undefined ? [] : [...this.parent.line, this.action!];
  }
}

/**
 * The open edge with the highest upper confidence bound, or undefined where none is open.
 *
 * UCT (L. Kocsis and C. Szepesvári, ECML 2006): q + c sqrt(ln N / n); steps never tried come first, in the order in which
 * they were proposed. PUCT (D. Silver et al., "Mastering the game of Go without human knowledge", Nature 550, 2017):
 * q + c p sqrt(N) / (1 + n), where a step never tried has the parent's own value for q.
 */
export function bestEdge<Action>(
  node: Node<Action>,
  exploration: number,
  players: 1 | 2,
): Edge<Action> | undefined {
  let best: Edge<Action> | undefined;
  let highest = -Infinity;
  let tries = 0;
  for (const edge of node.edges!) tries += edge.visits + edge.pending;
  for (const edge of node.edges!) {
    if (!edge.isOpen(players)) continue;
    const n = edge.visits + edge.pending;
    const bound =
      edge.prior === undefined
        ? n === 0
          ? Infinity
          : edge.total / n + exploration * Math.sqrt(Math.log(tries) / n)
        : (n === 0 ? firstPlayValue(node, players) : edge.total / n) +
          (exploration * edge.prior * Math.sqrt(Math.max(1, tries))) / (1 + n);
    if (bound <= highest) continue;
    best = edge;
    highest = bound;
  }
  return best;
}

/** What a step never tried is worth: as much as standing here, seen by whoever is to move. */
function firstPlayValue<Action>(node: Node<Action>, players: 1 | 2): number {
  const reward = node.evaluation?.reward ?? 0;
  return players === 2 ? 1 - reward : reward;
}
