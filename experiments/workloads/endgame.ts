/**
 * A search of a chess endgame: 64 keys, one for each square, and a few besides; a move writes two to four of them and is a
 * commit. The search goes down random lines from positions it has kept, as playouts from a tree do.
 *
 * Parameters: `keptPercent` (default 20), the share of positions that later lines may start from; `depth` (default 12),
 * moves of a line.
 */
import { type Edit, Random, type Step, type Workload } from "@helios/harness";
import { applyMove, legalMoves, parseFen, type Position, squareName } from "../chess/position.ts";
import { wholeParameter } from "./generated-tree.ts";

/** King, rook and pawns against king, rook and pawns: 20 to 30 moves in most positions, and few of them end the game. */
const ENDGAME = "4k3/1p3ppp/p7/8/2P1r3/1P4P1/P4P1P/3R2K1 w - -";
const MOST_KEPT = 256;

interface Kept {
  readonly ordinal: number;
  readonly position: Position;
}

export const endgame: Workload = {
  id: "endgame",
  title: "Search of a chess endgame on a board of 64 keys",

  base(): Iterable<Edit> {
    return difference(undefined, parseFen(ENDGAME));
  },

  *steps(parameters, seed): Iterable<Step> {
    const keptPercent = wholeParameter(parameters, "keptPercent", { least: 0, most: 100, otherwise: 20 });
    const depth = wholeParameter(parameters, "depth", { least: 1, most: 1000, otherwise: 12 });
    const random = new Random(seed, "steps of endgame");
    let kept: Kept[] = [{ ordinal: -1, position: parseFen(ENDGAME) }];
    for (let ordinal = 0; ;) {
      const from = random.pick(kept);
      yield { kind: "checkout", ordinal: from.ordinal };
      let { position } = from;
      for (let i = 0; i < depth; i++) {
        const moves = legalMoves(position);
        if (moves.length === 0) break;
        const next = applyMove(position, random.pick(moves));
        yield { kind: "commit", edits: difference(position, next) };
        position = next;
        if (random.below(100) < keptPercent) kept = [...kept.slice(1 - MOST_KEPT), { ordinal, position }];
        ordinal++;
      }
    }
  },
};

/** What has to be written to come from one position to the next. */
function difference(before: Position | undefined, after: Position): Edit[] {
  const edits: Edit[] = [];
  const put = (path: string, text: string): void => {
    edits.push({ kind: "put", path, bytes: Buffer.from(text), mode: "file" });
  };
  for (const [square, piece] of after.board.entries())
    if (before === undefined || before.board[square] !== piece)
      put(`board/${squareName(square)}`, piece ?? ".");
  if (before?.toMove !== after.toMove) put("to-move", after.toMove);
  if (before?.castling !== after.castling) put("castling", after.castling || "-");
  const passed = (position: Position | undefined) =>
    position?.enPassant === undefined ? "-" : squareName(position.enPassant);
  if (before === undefined || passed(before) !== passed(after)) put("en-passant", passed(after));
  return edits;
}
