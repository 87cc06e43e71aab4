/**
 * One file of a generated tree changes per step, chosen evenly over the tree: mostly one line in place, sometimes
 * the whole file. Even choice is the hard case: no part of the tree stays hot, and at a checkpoint as many tree
 * nodes as possible have changed.
 *
 * Parameters: `entries`; `rewritePercent` (default 5), the share of steps that rewrite the file.
 */
import { type Edit, Random, type Step, type Workload } from "@helios/harness";
import { GeneratedTree, entriesParameter, replaceLine, wholeParameter } from "./generated-tree.ts";

export const edits: Workload = {
  id: "edits",
  title: "One file of a generated tree changes per step",

  *base(parameters, seed): Iterable<Edit> {
    yield* generatedBase(new GeneratedTree(entriesParameter(parameters), seed));
  },

  *steps(parameters, seed): Iterable<Step> {
    const tree = new GeneratedTree(entriesParameter(parameters), seed);
    const rewritePercent = wholeParameter(parameters, "rewritePercent", {
      least: 0,
      most: 100,
      otherwise: 5,
    });
    const random = new Random(seed, "steps of edits");
    // Texts of the files touched so far; the others are what they were first.
    const texts = new Map<number, string>();
    for (;;) {
      const i = random.below(tree.entries);
      const text =
        random.below(100) < rewritePercent
          ? tree.freshText(random)
          : replaceLine(texts.get(i) ?? tree.text(i), random, tree.freshLine(random));
      texts.set(i, text);
      yield {
        kind: "commit",
        edits: [{ kind: "put", path: tree.path(i), bytes: Buffer.from(text), mode: "file" }],
      };
    }
  },
};

/** The whole tree as puts, streamed. */
export function* generatedBase(tree: GeneratedTree): Iterable<Edit> {
  for (let i = 0; i < tree.entries; i++) {
    yield { kind: "put", path: tree.path(i), bytes: Buffer.from(tree.text(i)), mode: "file" };
  }
}
