/**
 * A chess position, small and slow rather than clever: it makes the moves of a workload on a board of 64 keys, and is
 * checked by known perft counts. Squares are numbered a1 = 0, b1 = 1 ... h8 = 63.
 */

/** FEN's letters: upper case is White. */
export type Piece = "P" | "N" | "B" | "R" | "Q" | "K" | "p" | "n" | "b" | "r" | "q" | "k";
export type Side = "w" | "b";

export interface Position {
  /** 64 squares. */
  readonly board: readonly (Piece | undefined)[];
  readonly toMove: Side;
  /** Letters of FEN: who may still castle, and where. */
  readonly castling: string;
  /** The square behind a pawn that has just made two steps. */
  readonly enPassant: number | undefined;
}

export interface Move {
  readonly from: number;
  readonly to: number;
  readonly promotion?: Piece;
}

const START = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq -";

export function squareName(square: number): string {
  return `${"abcdefgh"[square % 8]}${1 + Math.floor(square / 8)}`;
}

export function sideOf(piece: Piece): Side {
  return piece < "a" ? "w" : "b";
}

/** Reads the first four fields of FEN (Forsyth-Edwards Notation); the counters of moves are not kept. */
export function parseFen(fen: string = START): Position {
  const [rows = "", toMove = "w", castling = "-", enPassant = "-"] = fen.split(" ");
  const board: (Piece | undefined)[] = Array.from({ length: 64 }, () => undefined);
  let square = 56;
  for (const letter of rows) {
    if (letter === "/") square -= 16;
    else if (letter >= "1" && letter <= "8") square += Number(letter);
    else board[square++] = letter as Piece;
  }
  return {
    board,
    toMove: toMove as Side,
    castling: castling === "-" ? "" : castling,
    enPassant:
      enPassant === "-" ? undefined : "abcdefgh".indexOf(enPassant[0]!) + 8 * (Number(enPassant[1]) - 1),
  };
}

const KNIGHT = [
  [1, 2],
  [2, 1],
  [2, -1],
  [1, -2],
  [-1, -2],
  [-2, -1],
  [-2, 1],
  [-1, 2],
] as const;
const STRAIGHT = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;
const DIAGONAL = [
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
] as const;
const ALL = [...STRAIGHT, ...DIAGONAL];

type Direction = readonly [number, number];

/** The square so many files and ranks away, or -1 beyond the edge. */
function step(square: number, [files, ranks]: Direction): number {
  const file = (square % 8) + files;
  const rank = Math.floor(square / 8) + ranks;
  return file < 0 || file > 7 || rank < 0 || rank > 7 ? -1 : file + 8 * rank;
}

/** All legal moves, in order of squares: the same position gives the same list. */
export function legalMoves(position: Position): Move[] {
  return pseudoLegalMoves(position).filter((move) => {
    const after = applyMove(position, move);
    return !isAttacked(after.board, kingOf(after.board, position.toMove), after.toMove);
  });
}

export function isCheck({ board, toMove }: Position): boolean {
  return isAttacked(board, kingOf(board, toMove), toMove === "w" ? "b" : "w");
}

export function applyMove(position: Position, { from, to, promotion }: Move): Position {
  const { toMove, enPassant } = position;
  const board = [...position.board];
  const piece = board[from]!;
  const kind = piece.toLowerCase();
  board[to] = promotion ?? piece;
  board[from] = undefined;
  if (kind === "p" && to === enPassant) board[to + (toMove === "w" ? -8 : 8)] = undefined;
  if (kind === "k" && Math.abs(to - from) === 2) {
    const [rookFrom, rookTo] = to > from ? [from + 3, from + 1] : [from - 4, from - 1];
    board[rookTo] = board[rookFrom];
    board[rookFrom] = undefined;
  }
  return {
    board,
    toMove: toMove === "w" ? "b" : "w",
    castling: castlingAfter(position.castling, from, to),
    enPassant: kind === "p" && Math.abs(to - from) === 16 ? (from + to) / 2 : undefined,
  };
}

/** Number of leaves of the tree of legal moves: https://www.chessprogramming.org/Perft_Results gives known ones. */
export function perft(position: Position, depth: number): number {
  if (depth === 0) return 1;
  let leaves = 0;
  for (const move of legalMoves(position)) leaves += perft(applyMove(position, move), depth - 1);
  return leaves;
}

/** A right to castle ends when king or rook leave their square, or something takes the rook there. */
const CASTLING_SQUARES: ReadonlyMap<number, string> = new Map([
  [0, "Q"],
  [4, "KQ"],
  [7, "K"],
  [56, "q"],
  [60, "kq"],
  [63, "k"],
]);

function castlingAfter(castling: string, from: number, to: number): string {
  const lost = (CASTLING_SQUARES.get(from) ?? "") + (CASTLING_SQUARES.get(to) ?? "");
  return [...castling].filter((right) => !lost.includes(right)).join("");
}

function kingOf(board: Position["board"], side: Side): number {
  return board.indexOf(side === "w" ? "K" : "k");
}

function isAttacked(board: Position["board"], square: number, by: Side): boolean {
  const is = (at: number, kinds: string): boolean => {
    const piece = at < 0 ? undefined : board[at];
    return piece !== undefined && sideOf(piece) === by && kinds.includes(piece.toLowerCase());
  };
  const below = by === "w" ? -1 : 1;
  if (is(step(square, [-1, below]), "p") || is(step(square, [1, below]), "p")) return true;
  if (KNIGHT.some((jump) => is(step(square, jump), "n"))) return true;
  if (ALL.some((direction) => is(step(square, direction), "k"))) return true;
  const meets = (directions: readonly Direction[], kinds: string): boolean =>
    directions.some((direction) => {
      let at = step(square, direction);
      while (at >= 0 && board[at] === undefined) at = step(at, direction);
      return is(at, kinds);
    });
  return meets(STRAIGHT, "rq") || meets(DIAGONAL, "bq");
}

function pseudoLegalMoves(position: Position): Move[] {
  const { board, toMove } = position;
  const moves: Move[] = [];
  for (const [from, piece] of board.entries()) {
    if (piece === undefined || sideOf(piece) !== toMove) continue;
    switch (piece.toLowerCase()) {
      case "p":
        pawnMoves(position, from, moves);
        break;
      case "n":
        leaps(position, from, KNIGHT, moves);
        break;
      case "k":
        leaps(position, from, ALL, moves);
        castlings(position, from, moves);
        break;
      case "b":
        slides(position, from, DIAGONAL, moves);
        break;
      case "r":
        slides(position, from, STRAIGHT, moves);
        break;
      default:
        slides(position, from, ALL, moves);
    }
  }
  return moves;
}

function leaps({ board, toMove }: Position, from: number, jumps: readonly Direction[], moves: Move[]): void {
  for (const jump of jumps) {
    const to = step(from, jump);
    if (to < 0) continue;
    const there = board[to];
    if (there === undefined || sideOf(there) !== toMove) moves.push({ from, to });
  }
}

function slides(
  { board, toMove }: Position,
  from: number,
  directions: readonly Direction[],
  moves: Move[],
): void {
  for (const direction of directions) {
    for (let to = step(from, direction); to >= 0; to = step(to, direction)) {
      const there = board[to];
      if (there === undefined || sideOf(there) !== toMove) moves.push({ from, to });
      if (there !== undefined) break;
    }
  }
}

function pawnMoves({ board, toMove, enPassant }: Position, from: number, moves: Move[]): void {
  const forward = toMove === "w" ? 8 : -8;
  const rank = Math.floor(from / 8);
  const add = (to: number): void => {
    if (to >= 8 && to < 56) moves.push({ from, to });
    else
      for (const kind of toMove === "w" ? "QRBN" : "qrbn") moves.push({ from, to, promotion: kind as Piece });
  };
  if (board[from + forward] === undefined) {
    add(from + forward);
    const home = toMove === "w" ? 1 : 6;
    if (rank === home && board[from + 2 * forward] === undefined) add(from + 2 * forward);
  }
  for (const files of [-1, 1]) {
    const to = step(from, [files, toMove === "w" ? 1 : -1]);
    if (to < 0) continue;
    const there = board[to];
    if (to === enPassant || (there !== undefined && sideOf(there) !== toMove)) add(to);
  }
}

/** The king may not castle out of or through an attack; into one is refused like any other move. */
function castlings({ board, toMove, castling }: Position, king: number, moves: Move[]): void {
  const by: Side = toMove === "w" ? "b" : "w";
  const free = (...squares: number[]) => squares.every((square) => board[square] === undefined);
  const safe = (...squares: number[]) => squares.every((square) => !isAttacked(board, square, by));
  if (castling.includes(toMove === "w" ? "K" : "k") && free(king + 1, king + 2) && safe(king, king + 1))
    moves.push({ from: king, to: king + 2 });
  if (
    castling.includes(toMove === "w" ? "Q" : "q") &&
    free(king - 1, king - 2, king - 3) &&
    safe(king, king - 1)
  )
    moves.push({ from: king, to: king - 2 });
}
