/**
 * A Monte Carlo tree search over forks: how a program tries many states, keeps few and recognises those it has seen.
 *
 *   node engine/examples/mcts.ts [iterations]
 *
 * The search is UCT (L. Kocsis and C. Szepesvári, "Bandit Based Monte-Carlo Planning", ECML 2006). Each state of the
 * game is a working set; a move is a fork, one write and a commit. The id of the commit is the key of the transposition
 * table: boards that are equal have the same id however they came about, so what was learnt of one is known of all.
 * Nothing names the states that were tried, and none of them is written out in full; the line that was found gets a
 * name and stays.
 */
import { pathToFileURL } from "node:url";
import { Helios, type SnapshotId, type Vst } from "../index.ts"; // for you: "@helios/engine"
import {
  afterMove,
  type Board,
  COLUMNS,
  columnPath,
  legalMoves,
  playerToMove,
  winnerOf,
} from "./connect-four.ts";

/** What is known of one state, whichever way it was reached. */
interface Known {
  readonly id: SnapshotId;
  readonly vst: Vst;
  readonly board: Board;
  readonly moves: readonly number[];
  /** By move; the same state may be the child of several. */
  readonly children: Map<number, Known>;
  visits: number;
  /** Sum of results for the player who moved here: 1 for a win, 0.5 for a draw. */
  score: number;
}

export interface SearchResult {
  readonly move: number;
  /** Moves that both sides are expected to make. */
  readonly line: readonly number[];
  readonly iterations: number;
  /** Different boards that were committed. */
  readonly states: number;
  /** How often a move led to a board that was known from another order of moves. */
  readonly transpositions: number;
  /** Share of points that the player to move won with the best move. */
  readonly value: number;
}

export interface SearchOptions {
  readonly iterations: number;
  readonly seed: number;
}

/** UCT's balance between what looks best and what was tried least: sqrt(2), from the paper. */
const EXPLORATION = Math.SQRT2;

/** Searches from a position of the store and names what it found `search/best`. */
export function search(helios: Helios, from: SnapshotId, options: SearchOptions): SearchResult {
  const random = seededRandom(options.seed);
  const table = new Map<SnapshotId, Known>();
  const root = known(table, helios.checkout(from), from);
  let transpositions = 0;

  const step = (parent: Known, move: number): Known => {
    const seen = parent.children.get(move);
    if (seen !== undefined) return seen;
    const child = parent.vst.fork(); // O(1), whatever the size of the state
    child.write(columnPath(move), afterMove(parent.board, move)[move]!);
    const { id } = child.commit();
    if (table.has(id)) transpositions++;
    const found = table.get(id) ?? known(table, child, id);
    parent.children.set(move, found);
    return found;
  };

  for (let i = 0; i < options.iterations; i++) {
    const path = [root];
    let at = root;
    // Down to a state with a move that was never tried, or to the end of the game.
    while (at.moves.length > 0 && at.children.size === at.moves.length) path.push((at = bestChild(at)));
    if (at.moves.length > 0) {
      const untried = at.moves.filter((move) => !at.children.has(move));
      path.push((at = step(at, untried[Math.floor(random() * untried.length)]!)));
    }
    const winner = playOut(at.board, random);
    for (const state of path) {
      const mover = playerToMove(state.board) === "x" ? "o" : "x";
      state.visits++;
      state.score += winner === undefined ? 0.5 : Number(winner === mover);
    }
  }

  const line = mostVisited(root);
  const best = root.children.get(line[0]!)!;
  best.vst.commit("the move that the search chose", { ref: "search/best" });
  return {
    move: line[0]!,
    line,
    iterations: options.iterations,
    states: table.size,
    transpositions,
    value: best.score / best.visits,
  };
}

function known(table: Map<SnapshotId, Known>, vst: Vst, id: SnapshotId): Known {
  const board = boardOf(vst);
  const state = { id, vst, board, moves: legalMoves(board), children: new Map(), visits: 0, score: 0 };
  table.set(id, state);
  return state;
}

function boardOf(vst: Vst): Board {
  return Array.from({ length: COLUMNS }, (_, i) => Buffer.from(vst.read(columnPath(i)) ?? "").toString());
}

/** The child of highest upper confidence bound. One reached only through another parent is looked at first. */
function bestChild(parent: Known): Known {
  let best: Known | undefined;
  let highest = -Infinity;
  for (const child of parent.children.values()) {
    const bound =
      child.visits === 0
        ? Infinity
        : child.score / child.visits + EXPLORATION * Math.sqrt(Math.log(parent.visits) / child.visits);
    if (bound > highest) [best, highest] = [child, bound];
  }
  return best!;
}

/** Random moves to the end of the game: they are thrown away, so they need no state. */
function playOut(board: Board, random: () => number): "x" | "o" | undefined {
  for (let moves = legalMoves(board); moves.length > 0; moves = legalMoves(board))
    board = afterMove(board, moves[Math.floor(random() * moves.length)]!);
  return winnerOf(board);
}

function mostVisited(root: Known): number[] {
  const line: number[] = [];
  for (let at = root; at.children.size > 0;) {
    const [move, child] = [...at.children].reduce((a, b) => (b[1].visits > a[1].visits ? b : a));
    line.push(move);
    at = child;
  }
  return line;
}

/** mulberry32: the same search for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A store of one process with a position, as rows of moves: `"3 3 2"` is x in the middle, o above it, x beside. */
export async function storeWith(moves: string): Promise<{ helios: Helios; position: SnapshotId }> {
  const helios = await Helios.open({ root: "", l2: "memory" });
  const vst = helios.checkout("main");
  let board: Board = boardOf(vst);
  for (const move of moves.split(" ").filter(Boolean).map(Number)) {
    board = afterMove(board, move);
    vst.write(columnPath(move), board[move]!);
  }
  const { id } = vst.commit("the position");
  return { helios, position: id };
}

async function main(): Promise<void> {
  const iterations = Number(process.argv[2] ?? 20_000);
  const { helios, position } = await storeWith("3 3 2");
  const started = performance.now();
  const found = search(helios, position, { iterations, seed: 1 });
  const seconds = (performance.now() - started) / 1000;
  const { commit_latency_us_p50: p50, commit_latency_us_p95: p95 } = helios.stats();
  process.stdout.write(
    [
      `column ${found.move}, expected line ${found.line.slice(0, 6).join(" ")}, ${(100 * found.value).toFixed(0)} % of the points`,
      `${found.iterations} iterations in ${seconds.toFixed(1)} s, ${found.states} different boards, ${found.transpositions} reached again another way`,
      `a commit took ${p50?.toFixed(1)} us (P50), ${p95?.toFixed(1)} us (P95), the id apart`,
      "",
    ].join("\n"),
  );
  await helios.close();
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
