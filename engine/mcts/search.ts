/**
 * Monte Carlo tree search over forks of a store. A state is a commit, a step is fork, apply and commit, and the snapshot
 * id says when two ways have led to the same content. The search ends when a budget is used up, the goal is reached or
 * nothing is left to try; what it has learnt can be saved in the store and gone on with.
 */
import type { Helios } from "../helios.ts";
import type { SnapshotId } from "../object/ids.ts";
import type { Snapshot } from "../vst/snapshot.ts";
import type { Vst } from "../vst/vst.ts";
import type { Evaluation, Maybe, SearchContext, SearchProblem, SearchState } from "./problem.ts";
import { Random } from "./random.ts";
import { readSavedSearch, writeSavedSearch } from "./saved-search.ts";
import { bestEdge, Edge, Node } from "./search-tree.ts";

/** When to stop. Without any, a search ends with its problem, its goal or its signal only. */
export interface SearchBudget {
  /** Walks down the tree. */
  readonly iterations?: number;
  /** States evaluated. */
  readonly evaluations?: number;
  readonly timeMs?: number;
  /** Heap and buffers of the whole process. */
  readonly memoryBytes?: number;
}

/** Where a search begins, how far it goes and how it chooses. */
export interface SearchOptions<Action> {
  readonly helios: Helios;
  /** Where the search begins: a ref, commit, snapshot id or snapshot. */
  readonly from: string | Snapshot;
  readonly problem: SearchProblem<Action>;
  readonly budget?: SearchBudget;
  /** Default 1. */
  readonly seed?: number;
  /** The constant of UCT or PUCT: how much what was tried least weighs. Default sqrt(2). */
  readonly exploration?: number;
  /** Steps from the root beyond which nothing is proposed. Default: no limit. */
  readonly maxDepth?: number;
  /** States evaluated at the same time. Default 1, which makes a search the same for the same seed. */
  readonly concurrency?: number;
  /** A reward that ends the search. Default 1 for one player; in a game for two there is none. */
  readonly goal?: number;
  readonly signal?: AbortSignal;
  /** Told at most every `progressMs`. */
  readonly onProgress?: (progress: SearchProgress<Action>) => void;
  /** Default 250. */
  readonly progressMs?: number;
  /** A ref under which the search is saved when it ends, and from which it goes on if it is there. */
  readonly saveAs?: string;
}

/** The best state that was met, and how to get there. */
export interface BestState<Action> {
  readonly id: SnapshotId;
  readonly commit: string;
  readonly reward: number;
  /** Steps from the root to it. */
  readonly line: readonly Action[];
  readonly evaluation: Evaluation;
}

/** How far a search is. */
export interface SearchProgress<Action> {
  readonly iterations: number;
  readonly evaluations: number;
  /** Different states met. */
  readonly states: number;
  /** Steps that led to a state known from another way. */
  readonly transpositions: number;
  readonly elapsedMs: number;
  readonly best: BestState<Action> | undefined;
}

/** Why a search ended. */
export type SearchEnd = "goal" | "exhausted" | "iterations" | "evaluations" | "time" | "memory" | "aborted";

/** What a search found. */
export interface SearchResult<Action> extends SearchProgress<Action> {
  readonly end: SearchEnd;
  /** The steps visited most, from the root on: what a player should expect. */
  readonly principalLine: readonly Action[];
}

const DEFAULT_PROGRESS_MS = 250;
/** A search whose problem never waits lets others run this often. */
const YIELD_MS = 20;
/** Reading what memory is in use takes some microseconds. */
const MEMORY_CHECK_ITERATIONS = 64;

/** Searches until a budget is used up. Errors of the problem end it, after it has been saved. */
export function search<Action>(options: SearchOptions<Action>): Promise<SearchResult<Action>> {
  return new Search(options).run();
}

class Search<Action> {
  readonly #helios: Helios;
  readonly #problem: SearchProblem<Action>;
  readonly #options: SearchOptions<Action>;
  readonly #random: Random;
  readonly #context: SearchContext;
  readonly #nodes = new Map<SnapshotId, Node<Action>>();
  readonly #root: Node<Action>;
  readonly #abort = new AbortController();
  readonly #startedMs = performance.now();
  #best: Node<Action> | undefined;
  #iterations = 0;
  #evaluations = 0;
  #transpositions = 0;
  #end: SearchEnd | undefined;
  #reportedMs = 0;
  #yieldedMs = performance.now();

  constructor(options: SearchOptions<Action>) {
    const { helios, problem, signal, saveAs, seed = 1 } = options;
    this.#helios = helios;
    this.#problem = problem;
    this.#options = options;
    const [id, state] = beginning(helios, options.from);
    const saved = saveAs === undefined ? undefined : readSavedSearch<Action>(helios, saveAs, id);
    this.#random = new Random(seed);
    if (saved === undefined) {
      this.#root = new Node<Action>(id, state, undefined, undefined);
      this.#nodes.set(id, this.#root);
    } else {
      this.#root = saved.root;
      this.#root.state = state;
      for (const node of saved.nodes) {
        this.#nodes.set(node.id, node);
        this.#compareWithBest(node);
      }
      this.#random.state = saved.randomState;
      ({
        iterations: this.#iterations,
        evaluations: this.#evaluations,
        transpositions: this.#transpositions,
      } = saved);
    }
    this.#context = {
      random: () => this.#random.next(),
      signal: signal === undefined ? this.#abort.signal : AbortSignal.any([signal, this.#abort.signal]),
    };
  }

  async run(): Promise<SearchResult<Action>> {
    const timeMs = this.#options.budget?.timeMs;
    // An evaluation under way hears of the end of time; between evaluations the clock is looked at.
    const timer = timeMs === undefined ? undefined : setTimeout(() => this.#stop("time"), timeMs + 1).unref();
    try {
      if (this.#root.evaluation === undefined) {
        const evaluated = this.#evaluate(this.#root);
        if (evaluated instanceof Promise) await evaluated;
      }
      const workers = Array.from({ length: this.#options.concurrency ?? 1 }, () => this.#work());
      const failures = (await Promise.allSettled(workers)).filter((each) => each.status === "rejected");
      if (failures.length > 0 && this.#end !== "time" && this.#end !== "aborted") throw failures[0]!.reason;
    } finally {
      clearTimeout(timer);
      if (this.#options.saveAs !== undefined) this.#save(this.#options.saveAs);
    }
    return { ...this.#progress(), end: this.#end ?? "exhausted", principalLine: this.#principalLine() };
  }

  async #work(): Promise<void> {
    try {
      while (!this.#isOver()) {
        const walked = this.#iterate();
        const waiting = (walked instanceof Promise ? await walked : walked) === "waiting";
        if (waiting || performance.now() - this.#yieldedMs >= YIELD_MS) await this.#letOthersRun();
        this.#report();
      }
    } catch (error) {
      this.#stop(this.#context.signal.aborted ? "aborted" : undefined);
      throw error;
    }
  }

  /** Evaluations of other workers, signals, and whatever else the program does. */
  async #letOthersRun(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#yieldedMs = performance.now();
  }

  #isOver(): boolean {
    if (this.#end !== undefined || this.#abort.signal.aborted) return true;
    const { budget = {}, signal, goal = this.#problem.players === 1 ? 1 : Infinity } = this.#options;
    if (signal?.aborted === true) return this.#stop("aborted");
    if ((this.#best?.evaluation?.reward ?? -1) >= goal) return this.#stop("goal");
    if (this.#root.exhausted) return this.#stop("exhausted");
    if (this.#iterations >= (budget.iterations ?? Infinity)) return this.#stop("iterations");
    if (this.#evaluations >= (budget.evaluations ?? Infinity)) return this.#stop("evaluations");
    if (budget.timeMs !== undefined && performance.now() - this.#startedMs >= budget.timeMs)
      return this.#stop("time");
    if (budget.memoryBytes !== undefined && this.#iterations % MEMORY_CHECK_ITERATIONS === 0) {
      const { heapUsed, external } = process.memoryUsage();
      if (heapUsed + external >= budget.memoryBytes) return this.#stop("memory");
    }
    return false;
  }

  #stop(end: SearchEnd | undefined): true {
    this.#end ??= end;
    this.#abort.abort();
    return true;
  }

  /** One walk from the root to a state that is new, or to one that leads nowhere. */
  #iterate(): Maybe<"walked" | "waiting"> {
    this.#iterations++;
    const path: Edge<Action>[] = [];
    const nodes = [this.#root];
    return this.#descend(this.#root, path, nodes);
  }

  #descend(from: Node<Action>, path: Edge<Action>[], nodes: Node<Action>[]): Maybe<"walked" | "waiting"> {
    const { players } = this.#problem;
    for (let node = from; ;) {
      if (node.edges === undefined) {
        const expanded = this.#expand(node);
        if (expanded instanceof Promise) {
          return expanded.then(
            () => this.#descend(node, path, nodes),
            (error: unknown) => {
              for (const edge of path) edge.pending--;
              throw error;
            },
          );
        }
      }
      const edge = bestEdge(node, this.#options.exploration ?? Math.SQRT2, players);
      if (edge === undefined) {
        node.exhausted = true;
        this.#backUp(path, nodes, node.evaluation?.reward ?? 0);
        return "walked";
      }
      if (edge.child === undefined && edge.pending > 0) {
        // Another worker is there, and nothing else here looks better: come back when it knows more.
        for (const taken of path) taken.pending--;
        this.#iterations--;
        return "waiting";
      }
      edge.pending++;
      path.push(edge);
      if (edge.child === undefined) return this.#take(node, edge, path, nodes);
      node = edge.child;
      if (nodes.includes(node)) {
        // A way that comes back to itself leads nowhere from here.
        edge.dead = true;
        this.#backUp(path, nodes, node.evaluation?.reward ?? 0);
        return "walked";
      }
      nodes.push(node);
    }
  }

  #expand(node: Node<Action>): Maybe<void> {
    const { maxDepth = Infinity } = this.#options;
    if (node.evaluation?.final === true || node.depth >= maxDepth) {
      node.edges = [];
      return;
    }
    const set = (proposals: readonly { action: Action; prior?: number }[]): void => {
      // Two workers may have asked at the same time: the first answer stays.
      node.edges ??= proposals.map((proposal) => new Edge(proposal));
    };
    const proposed = this.#problem.propose(this.#stateOf(node), this.#context);
    return proposed instanceof Promise ? proposed.then(set) : set(proposed);
  }

  /** Takes a step for the first time. */
  #take(
    parent: Node<Action>,
    edge: Edge<Action>,
    path: Edge<Action>[],
    nodes: Node<Action>[],
  ): Maybe<"walked"> {
    const vst = this.#checkout(parent);
    if (this.#problem.apply(vst, edge.action) === false) return this.#deadEnd(parent, edge, path, nodes);
    const snapshot = vst.commit();
    const { id } = snapshot;
    if (id === parent.id) return this.#deadEnd(parent, edge, path, nodes);
    const known = this.#nodes.get(id);
    if (known !== undefined) {
      this.#transpositions++;
      if (nodes.includes(known)) return this.#deadEnd(parent, edge, path, nodes);
      edge.child = known;
      this.#backUp(path, nodes, valueOf(known));
      return "walked";
    }
    const child = new Node<Action>(id, snapshot, parent, edge.action);
    edge.child = child;
    this.#nodes.set(id, child);
    nodes.push(child);
    const finish = (): "walked" => {
      this.#backUp(path, nodes, child.evaluation!.reward);
      return "walked";
    };
    const evaluated = this.#evaluate(child);
    if (!(evaluated instanceof Promise)) {
      const refined = this.#refine(child, parent);
      return refined instanceof Promise ? refined.then(finish) : finish();
    }
    return evaluated
      .then(() => this.#refine(child, parent))
      .then(finish, (error: unknown) => {
        // Not evaluated is not known: a search that goes on tries the step again.
        this.#nodes.delete(id);
        edge.child = undefined;
        for (const taken of path) taken.pending--;
        throw error;
      });
  }

  #deadEnd(parent: Node<Action>, edge: Edge<Action>, path: Edge<Action>[], nodes: Node<Action>[]): "walked" {
    edge.dead = true;
    this.#backUp(path, nodes, parent.evaluation?.reward ?? 0);
    return "walked";
  }

  #evaluate(node: Node<Action>): Maybe<void> {
    this.#evaluations++;
    const set = (evaluation: Evaluation): void => {
      node.evaluation = evaluation;
      this.#compareWithBest(node);
    };
    const evaluated = this.#problem.evaluate(this.#stateOf(node), this.#context);
    return evaluated instanceof Promise ? evaluated.then(set) : set(evaluated);
  }

  #refine(child: Node<Action>, parent: Node<Action>): Maybe<void> {
    if (this.#problem.refine === undefined || child.evaluation?.final === true) return;
    const add = (proposal: { action: Action; prior?: number } | undefined): void => {
      if (proposal === undefined) return;
      // In front: it knows what came of its sibling, the others do not.
      parent.edges!.unshift(new Edge(proposal));
    };
    const refined = this.#problem.refine(this.#stateOf(child), this.#stateOf(parent), this.#context);
    return refined instanceof Promise ? refined.then(add) : add(refined);
  }

  #compareWithBest(node: Node<Action>): void {
    const reward = node.evaluation?.reward ?? -1;
    const best = this.#best?.evaluation?.reward ?? -1;
    if (reward > best || (reward === best && node.depth < this.#best!.depth)) this.#best = node;
  }

  #backUp(path: readonly Edge<Action>[], nodes: readonly Node<Action>[], reward: number): void {
    let value = reward;
    for (let i = path.length - 1; i >= 0; i--) {
      const edge = path[i]!;
      edge.pending--;
      edge.visits++;
      edge.total += value;
      if (this.#problem.players === 2) value = 1 - value;
    }
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i]!;
      node.visits++;
      if (node.edges !== undefined && !node.edges.some((edge) => edge.isOpen(this.#problem.players)))
        node.exhausted = true;
    }
  }

  #stateOf(node: Node<Action>): SearchState<Action> {
    const { id, depth, action, evaluation } = node;
    return { vst: this.#checkout(node), id, depth, action, evaluation };
  }

  #checkout(node: Node<Action>): Vst {
    if (node.state !== undefined) return this.#helios.checkout(node.state);
    // Of a search that was resumed: the states are computed again when they are needed.
    const vst = this.#checkout(node.parent!);
    this.#problem.apply(vst, node.action as Action);
    node.state = vst.commit();
    return vst;
  }

  #report(): void {
    const { onProgress, progressMs = DEFAULT_PROGRESS_MS } = this.#options;
    if (onProgress === undefined) return;
    const nowMs = performance.now();
    if (nowMs - this.#reportedMs < progressMs) return;
    this.#reportedMs = nowMs;
    onProgress(this.#progress());
  }

  #progress(): SearchProgress<Action> {
    return {
      iterations: this.#iterations,
      evaluations: this.#evaluations,
      states: this.#nodes.size,
      transpositions: this.#transpositions,
      elapsedMs: performance.now() - this.#startedMs,
      best: this.#best === undefined ? undefined : this.#described(this.#best),
    };
  }

  #described(node: Node<Action>): BestState<Action> {
    if (node.state === undefined) this.#checkout(node);
    const { id, evaluation, line } = node;
    return { id, commit: node.commit!, reward: evaluation!.reward, line, evaluation: evaluation! };
  }

  #principalLine(): Action[] {
    const line: Action[] = [];
    const seen = new Set<Node<Action>>();
    for (let node: Node<Action> | undefined = this.#root; node?.edges !== undefined && !seen.has(node);) {
      seen.add(node);
      const tried: Edge<Action>[] = node.edges.filter((edge) => edge.visits > 0 && !edge.dead);
      if (tried.length === 0) break;
      const most = tried.reduce((a, b) => (b.visits > a.visits ? b : a));
      line.push(most.action);
      node = most.child;
    }
    return line;
  }

  #save(ref: string): void {
    writeSavedSearch(this.#helios, ref, {
      root: this.#root,
      nodes: [...this.#nodes.values()],
      randomState: this.#random.state,
      iterations: this.#iterations,
      evaluations: this.#evaluations,
      transpositions: this.#transpositions,
    });
  }
}

/** What is known of a state, for whoever moved into it. */
function valueOf<Action>(node: Node<Action>): number {
  return node.evaluation?.reward ?? 0;
}

/** Where a search begins: by commit and not by ref, which its commits would move. */
function beginning(helios: Helios, from: string | Snapshot): [SnapshotId, Snapshot | string] {
  if (typeof from !== "string") return [from.id, from];
  const [newest] = helios.log(from, 1);
  if (newest !== undefined) return [newest.snapshot, newest.commit];
  const empty = helios.vst().commit();
  return [empty.id, empty];
}
