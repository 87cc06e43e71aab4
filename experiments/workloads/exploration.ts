/**
 * What a search does: from a state it kept, it branches, edits and commits a few times, looks at the result, and
 * nine times out of ten throws the branch away and starts from another kept state.
 *
 * Parameters: `entries`; `keptPercent` (default 10), the share of branches whose last state is kept;
 * `mostCommitsPerBranch` (default 4).
 */
import { type Edit, Random, type Step, type Workload } from "@helios/harness";
import { generatedBase } from "./edits.ts";
import { GeneratedTree, entriesParameter, replaceLine, wholeParameter } from "./generated-tree.ts";

/** A state the search may branch from, with what it holds beyond the base. */
interface Kept {
  readonly ordinal: number;
  readonly texts: ReadonlyMap<number, string>;
  /** Paths added by the search. */
  readonly added: readonly string[];
}

/** A search looks back over so many kept states; older ones are pruned. */
const MOST_KEPT = 64;

export const exploration: Workload = {
  id: "exploration",
  title: "Branches from earlier states, most of them discarded, as a search does",

  *base(parameters, seed): Iterable<Edit> {
    yield* generatedBase(new GeneratedTree(entriesParameter(parameters), seed));
  },

  *steps(parameters, seed): Iterable<Step> {
    const tree = new GeneratedTree(entriesParameter(parameters), seed);
    const keptPercent = wholeParameter(parameters, "keptPercent", { least: 0, most: 100, otherwise: 10 });
    const mostCommits = wholeParameter(parameters, "mostCommitsPerBranch", {
      least: 1,
      most: 1000,
      otherwise: 4,
    });
    const random = new Random(seed, "steps of exploration");
    let kept: Kept[] = [{ ordinal: -1, texts: new Map(), added: [] }];
    let ordinal = -1;
    for (let branch = 0; ; branch++) {
      const from = random.pick(kept);
      yield { kind: "checkout", ordinal: from.ordinal };
      const texts = new Map(from.texts);
      const added = [...from.added];
      const commits = 1 + random.below(mostCommits);
      for (let i = 0; i < commits; i++) {
        yield { kind: "commit", edits: branchEdits(tree, random, texts, added, `${branch}-${i}`) };
        ordinal++;
      }
      if (random.below(100) < keptPercent) kept = [...kept.slice(1 - MOST_KEPT), { ordinal, texts, added }];
    }
  },
};

/** One or two files change; now and then the branch adds a file, or drops one that the search added. */
function branchEdits(
  tree: GeneratedTree,
  random: Random,
  texts: Map<number, string>,
  added: string[],
  name: string,
): Edit[] {
  const files = new Set(Array.from({ length: 1 + random.below(2) }, () => random.below(tree.entries)));
  const made: Edit[] = [...files].map((i) => {
    const text = replaceLine(texts.get(i) ?? tree.text(i), random, tree.freshLine(random));
    texts.set(i, text);
    return { kind: "put", path: tree.path(i), bytes: Buffer.from(text), mode: "file" };
  });
  const chance = random.below(10);
  if (chance === 0) {
    const path = `search/candidate-${name}.ts`;
    added.push(path);
    made.push({ kind: "put", path, bytes: Buffer.from(tree.freshText(random)), mode: "file" });
  } else if (chance === 1 && added.length > 0) {
    made.push({ kind: "delete", path: added.splice(random.below(added.length), 1)[0] as string });
  }
  return made;
}
