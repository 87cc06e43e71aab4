/** Which commits a collection keeps. */
import type { Sequence } from "../object/ids.ts";
import type { CommitTable } from "./commit-table.ts";

export interface KeepRule {
  /** Commits that refs name, and pinned ones. */
  readonly roots: Iterable<Sequence>;
  /** Commits whose time is this or later stay, whoever names them. */
  readonly youngFromMs: number;
}

/**
 * One byte for each commit of the table, 1 for those that stay: roots, young ones, and all their ancestors by every
 * parent. A parent always comes before its children, so one pass from the end suffices.
 */
export function keptCommits(table: CommitTable, { roots, youngFromMs }: KeepRule): Uint8Array {
  const kept = new Uint8Array(table.size);
  for (const sequence of roots) {
    const index = table.indexOf(sequence);
    if (index >= 0) kept[index] = 1;
  }
  for (let index = table.size - 1; index >= 0; index--) {
    if (table.timeMs(index) >= youngFromMs) kept[index] = 1;
    if (kept[index] === 0) continue;
    for (const parent of table.parents(index)) kept[table.indexOf(parent)] = 1;
  }
  return kept;
}
