/**
 * Connect Four as files, for `mcts.ts`: seven stacks of `x` and `o`, the bottom first. Whose turn it is follows from how
 * many stones there are, so two orders of moves that lead to the same board lead to the same files, and to the same id.
 */

/** The contents of `column/0` to `column/6`. */
export type Board = readonly string[];
export type Player = "x" | "o";

export const COLUMNS = 7;
const ROWS = 6;
const LINE = 4;

export const emptyBoard: Board = Array.from({ length: COLUMNS }, () => "");

export function columnPath(column: number): string {
  return `column/${column}`;
}

export function playerToMove(board: Board): Player {
  return board.join("").length % 2 === 0 ? "x" : "o";
}

/** Columns that take another stone; none when the game is over. */
export function legalMoves(board: Board): number[] {
  if (winnerOf(board) !== undefined) return [];
  return board.flatMap((stack, column) => (stack.length < ROWS ? [column] : []));
}

export function afterMove(board: Board, column: number): Board {
  return board.map((stack, i) => (i === column ? stack + playerToMove(board) : stack));
}

const directions = [
  [1, 0],
  [0, 1],
  [1, 1],
  [1, -1],
] as const;

export function winnerOf(board: Board): Player | undefined {
  for (let column = 0; column < COLUMNS; column++)
    for (let row = 0; row < board[column]!.length; row++) {
      const player = board[column]![row] as Player;
      for (const [dx, dy] of directions) {
        let length = 1;
        while (length < LINE && board[column + dx * length]?.[row + dy * length] === player) length++;
        if (length === LINE) return player;
      }
    }
  return undefined;
}
