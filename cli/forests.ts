/** What the commands on forests share: how rules are typed, and how trees are shown. */
import * as Args from "@oclif/core/args";
import type { Forest, PartitionRules, SnapshotId } from "@helios/engine";
import { CliError } from "./errors.ts";
import { showCount, showPath } from "./show.ts";

export const forestArg = {
  forest: Args.string({
    description: "blake3:<hex>, a unique beginning, a commit or a branch that `forest import` made",
    required: true,
  }),
};

const idDigitsShown = 19;

/** A tree as every command tells it. */
export interface ShownTree {
  readonly name: string;
  /** Null for one that is not stored yet. */
  readonly snapshot: SnapshotId | null;
  readonly paths: number;
}

/** Trees that hold something, in byte order of names. */
export function treesOf(forest: Forest): ShownTree[] {
  return forest.trees.map((name) => {
    const tree = forest.tree(name);
    return { name, snapshot: tree.identify()!, paths: tree.size };
  });
}

/** One line for each tree; `more` is put behind it. */
export function treeLines<T extends ShownTree>(
  trees: readonly T[],
  more: (tree: T) => string = () => "",
): string[] {
  const width = Math.max(0, ...trees.map(({ name }) => showPath(name).length));
  return trees.map((tree) => {
    const { name, snapshot, paths } = tree;
    const start = `${showPath(name).padEnd(width)}  ${(snapshot ?? "new").slice(0, idDigitsShown).padEnd(idDigitsShown)}`;
    return `${start}  ${showCount(paths, "path", "paths")}${more(tree)}`;
  });
}

/** `--tree assets=assets/ --tree assets=media/ --tree rest=*`; undefined where none is given. */
export function rulesOf(given: readonly string[] | undefined): PartitionRules | undefined {
  if (given === undefined || given.length === 0) return undefined;
  const rules: Record<string, string[]> = {};
  for (const text of given) {
    const at = text.indexOf("=");
    if (at <= 0)
      throw new CliError(
        "USAGE_FLAG",
        `--tree ${text} is no name and rule`,
        "give each as NAME=RULE, such as --tree assets=media/ --tree rest='*'",
      );
    (rules[text.slice(0, at)] ??= []).push(text.slice(at + 1));
  }
  return rules;
}
