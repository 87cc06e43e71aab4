import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Arm, Cell } from "./plan.ts";
import { interleave } from "./schedule.ts";

const arm = (id: string, runs: number): Arm => ({
  id,
  subject: "s",
  runs,
  warmup: 0,
  operations: 1,
  timeoutSeconds: 1,
});
const cell = (...arms: Arm[]): Cell => ({
  id: "cell",
  workload: "w",
  parameters: {},
  durability: "process",
  arms,
  purpose: ["context"],
});

describe("interleave", () => {
  test("makes every run of every arm once, in ascending order within the arm", () => {
    const turns = interleave(cell(arm("a", 10), arm("b", 5), arm("c", 3)), 1);
    for (const [id, runs] of [
      ["a", 10],
      ["b", 5],
      ["c", 3],
    ] as const) {
      const made = turns.filter((turn) => turn.arm === id).map(({ run }) => run);
      assert.deepEqual(
        made,
        Array.from({ length: runs }, (_, i) => i),
      );
    }
    assert.equal(turns.length, 18);
  });

  test("follows each round by its mirror image", () => {
    const order = interleave(cell(arm("a", 4), arm("b", 4), arm("c", 4)), 3).map(({ arm }) => arm);
    assert.deepEqual(order.slice(3, 6), order.slice(0, 3).reverse());
    assert.deepEqual(order.slice(9, 12), order.slice(6, 9).reverse());
  });

  test("spreads an arm with fewer runs over the whole cell", () => {
    const order = interleave(cell(arm("a", 10), arm("b", 5)), 1).map(({ arm }) => arm);
    for (let from = 0; from + 6 <= order.length; from++) assert.ok(order.slice(from, from + 6).includes("b"));
  });

  test("is the same for the same seed, and not always led by the same arm", () => {
    const many = cell(arm("a", 2), arm("b", 2));
    assert.deepEqual(interleave(many, 1), interleave(many, 1));
    assert.equal(new Set(Array.from({ length: 20 }, (_, seed) => interleave(many, seed)[0]?.arm)).size, 2);
  });
});
