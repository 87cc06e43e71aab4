/**
 * Nothing changes; each operation is one commit without edits. For programs that are measured by being called, over a
 * generated tree that they may look at: `command` with a program to run is the subject this is for.
 *
 * Parameters: `entries` (default 1), files in the tree.
 */
import type { Edit, Step, Workload } from "@helios/harness";
import { generatedBase } from "./edits.ts";
import { GeneratedTree, entriesParameter } from "./generated-tree.ts";

export const invocations: Workload = {
  id: "invocations",
  title: "A program is called again and again over a generated tree that stays as it is",

  *base(parameters, seed): Iterable<Edit> {
    yield* generatedBase(new GeneratedTree(entriesParameter({ entries: 1, ...parameters }), seed));
  },

  *steps(parameters): Iterable<Step> {
    entriesParameter({ entries: 1, ...parameters });
    for (;;) yield { kind: "commit", edits: [] };
  },
};
