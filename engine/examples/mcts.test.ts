import assert from "node:assert/strict";
import { test } from "node:test";
import { afterMove, type Board, emptyBoard, legalMoves, playerToMove, winnerOf } from "./connect-four.ts";
import { search, storeWith } from "./mcts.ts";

const played = (moves: string): Board => moves.split(" ").map(Number).reduce(afterMove, emptyBoard);

test("the game: turns, full columns and lines in all four directions", () => {
  assert.equal(playerToMove(emptyBoard), "x");
  assert.equal(playerToMove(played("3")), "o");
  assert.deepEqual(legalMoves(played("0 0 0 0 0 0")), [1, 2, 3, 4, 5, 6]);
  assert.equal(winnerOf(played("0 1 0 1 0 1")), undefined);
  assert.equal(winnerOf(played("0 1 0 1 0 1 0")), "x");
  assert.equal(winnerOf(played("0 0 1 1 2 2 3")), "x");
  assert.equal(winnerOf(played("0 1 1 2 2 3 2 3 3 6 3")), "x");
  assert.equal(winnerOf(played("6 5 5 4 4 3 4 3 3 0 3")), "x");
  assert.deepEqual(legalMoves(played("0 1 0 1 0 1 0")), []);
});

test("the search takes a win, stops the other's, and recognises boards that it reached another way", async () => {
  // x has three in a row on the floor with both ends open; o has two elsewhere.
  for (const [position, moves] of [
    ["2 2 3 3 4 6", [1, 5]], // x wins at either end
    ["0 3 0 3 1 3", [3]], // x must stop o's column
  ] as const) {
    const { helios, position: id } = await storeWith(position);
    const found = search(helios, id, { iterations: 600, seed: 7 });
    assert.ok((moves as readonly number[]).includes(found.move), `${position}: ${found.move}`);
    assert.ok(found.transpositions > 0 && found.states <= found.iterations + 1);
    const best = helios.checkout("search/best");
    const stack = Buffer.from(best.read(`column/${found.move}`)!).toString();
    assert.equal(stack, afterMove(played(position), found.move)[found.move]);
    await helios.close();
  }
});

test("the same seed gives the same search, another store the same ids", async () => {
  const runs = [];
  for (let i = 0; i < 2; i++) {
    const { helios, position } = await storeWith("3 3 2");
    runs.push({ position, found: search(helios, position, { iterations: 150, seed: 3 }) });
    await helios.close();
  }
  assert.deepEqual(runs[0], runs[1]);
});
