/**
 * The nearest common ancestor of two commits.
 *
 * A commit's number is greater than those of its parents, so visiting commits from the greatest number down meets every
 * descendant before its ancestors: the first one that both sides reach is a common ancestor that no other one descends
 * from. Where there are several (after criss-cross merges) it is the one committed last.
 */
import type { Core } from "../core.ts";
import { commitIdOf, type Sequence } from "../object/ids.ts";
import type { TreeNode } from "../tree/node.ts";
import type { MergeRelation, MergeResult } from "./merge.ts";

const FROM_OURS = 1;
const FROM_THEIRS = 2;
const FROM_BOTH = FROM_OURS | FROM_THEIRS;

export interface Related {
  readonly relation: MergeRelation;
  /** State of the common ancestor; undefined: none, or the empty state. */
  readonly root: TreeNode | undefined;
  readonly result: Pick<MergeResult, "relation" | "base" | "theirs">;
}

/** How two states stand to each other; undefined: one before any commit. */
export function relate(core: Core, ours: Sequence | undefined, theirs: Sequence | undefined): Related {
  const base = ours === undefined || theirs === undefined ? undefined : mergeBase(core, ours, theirs);
  const relation =
    base === theirs
      ? "up-to-date"
      : base === undefined
        ? "unrelated"
        : base === ours
          ? "fast-forward"
          : "diverged";
  const result = {
    relation,
    ...(base === undefined ? {} : { base: commitIdOf(base) }),
    ...(theirs === undefined ? {} : { theirs: commitIdOf(theirs) }),
  } as const;
  return { relation, root: base === undefined ? undefined : core.rootOf(base), result };
}

/** Undefined where the two share no commit. Cost: reads the records of all commits younger than the answer. */
export function mergeBase(core: Core, ours: Sequence, theirs: Sequence): Sequence | undefined {
  const reachedBy = new Map<Sequence, number>();
  /** Ascending; commits reached and not yet visited. */
  const frontier: Sequence[] = [];
  const reach = (commit: Sequence, side: number): void => {
    const known = reachedBy.get(commit);
    reachedBy.set(commit, (known ?? 0) | side);
    if (known === undefined) frontier.splice(placeOf(frontier, commit), 0, commit);
  };
  reach(ours, FROM_OURS);
  reach(theirs, FROM_THEIRS);
  for (let commit = frontier.pop(); commit !== undefined; commit = frontier.pop()) {
    const side = reachedBy.get(commit)!;
    if (side === FROM_BOTH) return commit;
    reachedBy.delete(commit);
    for (const parent of core.recordOf(commit).head.parents) reach(parent, side);
  }
  return undefined;
}

function placeOf(sorted: readonly Sequence[], commit: Sequence): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < commit) low = middle + 1;
    else high = middle;
  }
  return low;
}
