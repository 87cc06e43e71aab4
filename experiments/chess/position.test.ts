import assert from "node:assert/strict";
import { test } from "node:test";
import { applyMove, isCheck, legalMoves, parseFen, perft, squareName } from "./position.ts";

// Counts: https://www.chessprogramming.org/Perft_Results (start position; positions 2 "Kiwipete", 3, 4, 5).
const KNOWN: readonly (readonly [name: string, fen: string | undefined, counts: readonly number[]])[] = [
  ["start", undefined, [20, 400, 8902]],
  ["Kiwipete", "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq -", [48, 2039]],
  ["3", "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - -", [14, 191, 2812]],
  ["4", "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq -", [6, 264, 9467]],
  ["5", "rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ -", [44, 1486]],
];

for (const [name, fen, counts] of KNOWN)
  test(`legal moves of position ${name}, counted to depth ${counts.length}`, () => {
    for (const [i, count] of counts.entries()) assert.equal(perft(parseFen(fen), i + 1), count);
  });

test("a mate is a check without a legal move", () => {
  const fool = ["f2f3", "e7e5", "g2g4", "d8h4"].reduce((position, text) => {
    const move = legalMoves(position).find(({ from, to }) => squareName(from) + squareName(to) === text);
    return applyMove(position, move!);
  }, parseFen());
  assert.deepEqual([isCheck(fool), legalMoves(fool).length], [true, 0]);
});
