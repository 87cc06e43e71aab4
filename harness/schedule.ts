/**
 * The order of the runs. Arms of a cell are interleaved in random order, each round followed by its mirror image
 * (A B, B A, ...): a machine that gets slower in mid-validation then slows all arms alike, and a linear drift
 * cancels within two rounds.
 */
import type { Cell } from "./plan.ts";
import { Random } from "./random.ts";

export interface Turn {
  readonly arm: string;
  /** 0-based within the arm. */
  readonly run: number;
}

/** All runs of a cell in the order they are made. Arms with fewer runs are spread evenly over the rounds. */
export function interleave(cell: Cell, seed: number): Turn[] {
  const random = new Random(seed, `order of ${cell.id}`);
  const rounds = Math.max(...cell.arms.map(({ runs }) => runs));
  const turns: Turn[] = [];
  let order: readonly string[] = [];
  for (let round = 0; round < rounds; round++) {
    const armIds = cell.arms.map(({ id }) => id);
    order = round % 2 === 0 ? random.shuffle(armIds) : [...order].reverse();
    for (const id of order) {
      const runs = cell.arms.find((arm) => arm.id === id)?.runs ?? 0;
      const run = Math.floor((round * runs) / rounds);
      if (Math.floor(((round + 1) * runs) / rounds) > run) turns.push({ arm: id, run });
    }
  }
  return turns;
}
