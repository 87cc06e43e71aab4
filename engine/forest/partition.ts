/**
 * Which tree of a forest holds a path: a function of the path alone, so that the same paths give the same trees whatever
 * the history, and that whoever looks for a path looks in one tree. A forest keeps its partition in its catalogue: its id
 * then covers it, and a proof that a path is absent can show in which tree it would have to be.
 *
 * Either by top-level name: a path is in the tree named like its first segment, and files at the top are in the tree
 * `*`. Or by rules, each of which gives one tree what it covers; the longest rule that covers a path decides:
 *
 *     assets/        all paths below this directory
 *     package.json   this path
 *     *              all that no other rule covers
 */
import { HeliosError } from "../errors.ts";
import { assertPath } from "../tree/path.ts";
import { type Bounds, boundsOf, isEmpty } from "../tree/range.ts";
import { comparePaths } from "../tree/tree-entry.ts";

/** By tree, the rules that give it paths: `{ assets: ["assets/", "media/"], rest: ["*"] }`. */
export type PartitionRules = Readonly<Record<string, readonly string[]>>;

export const PARTITION_FORMAT = "helios-partition/1";

/** What no other rule covers, and the tree of files at the top. */
const REST = "*";

export interface Partition {
  /** Equal for equal partitions: its content in the catalogue. */
  readonly text: string;
  /** TREE_UNKNOWN where no rule covers the path. */
  treeOf(path: string): string;
  /** The tree of a path, or undefined. */
  find(path: string): string | undefined;
  /** False when no path at all could be in a tree of this name. */
  knows(tree: string): boolean;
  /** False only where the tree cannot hold a path within the bounds. */
  mayHold(tree: string, bounds: Bounds): boolean;
  /** Trees that could hold paths below this one, if it were a directory; each at least once. */
  treesBelow(path: string): readonly string[];
}

class TopLevelPartition implements Partition {
  readonly text = `${JSON.stringify({ format: PARTITION_FORMAT, by: "top-level" })}\n`;

  treeOf(path: string): string {
    const slash = path.indexOf("/");
    return slash < 0 ? REST : path.slice(0, slash);
  }

  find(path: string): string {
    return this.treeOf(path);
  }

  knows(tree: string): boolean {
    return tree === REST || isTreeName(tree);
  }

  mayHold(tree: string, bounds: Bounds): boolean {
    return tree === REST || meets(bounds, `${tree}/`);
  }

  treesBelow(path: string): readonly string[] {
    return [this.treeOf(`${path}/`)];
  }
}

class RulePartition implements Partition {
  readonly text: string;
  readonly #rules: ReadonlyMap<string, readonly string[]>;
  /** Tree by rule, without `*`. */
  readonly #trees = new Map<string, string>();
  readonly #rest: string | undefined;

  /** Sorted, so that the order in which rules are given does not matter. */
  constructor(rules: PartitionRules) {
    const sorted = Object.entries(rules).sort(([a], [b]) => comparePaths(a, b));
    this.#rules = new Map(sorted.map(([tree, own]) => [tree, [...own].sort(comparePaths)]));
    for (const [tree, own] of this.#rules) {
      if (!isTreeName(tree)) throw invalid(`${shown(tree)} cannot be the name of a tree`);
      if (own.length === 0) throw invalid(`the tree ${shown(tree)} has no rule`);
      for (const rule of own) {
        assertRule(rule);
        const other = rule === REST ? this.#rest : this.#trees.get(rule);
        if (other !== undefined)
          throw invalid(`the rule ${shown(rule)} is given twice, to ${shown(other)} and ${shown(tree)}`);
        if (rule === REST) this.#rest = tree;
        else this.#trees.set(rule, tree);
      }
    }
    if (this.#rules.size === 0) throw invalid("there is no tree");
    // Lists of pairs: a JavaScript object puts names that look like numbers first.
    const trees = [...this.#rules];
    this.text = `${JSON.stringify({ format: PARTITION_FORMAT, by: "rules", trees })}\n`;
  }

  treeOf(path: string): string {
    const tree = this.find(path);
    if (tree !== undefined) return tree;
    throw new HeliosError(
      "TREE_UNKNOWN",
      `no tree of this forest takes ${shown(path)}`,
      `A forest with a tree for the rule "*" takes every path; this one has rules for ${[...this.#rules.keys()].map(shown).join(", ")}.`,
      { path },
    );
  }

  find(path: string): string | undefined {
    return this.#trees.get(path) ?? this.#ofDirectory(path);
  }

  knows(tree: string): boolean {
    return this.#rules.has(tree);
  }

  mayHold(tree: string, bounds: Bounds): boolean {
    const own = this.#rules.get(tree) ?? [];
    return own.some((rule) => {
      if (rule === REST) return true;
      return rule.endsWith("/") ? meets(bounds, rule) : holds(bounds, rule);
    });
  }

  treesBelow(path: string): readonly string[] {
    const directory = `${path}/`;
    const whole = this.#ofDirectory(directory);
    const trees = whole === undefined ? [] : [whole];
    for (const [rule, tree] of this.#trees) if (rule.startsWith(directory)) trees.push(tree);
    return trees;
  }

  /** By the longest directory that a path is below. */
  #ofDirectory(path: string): string | undefined {
    for (let slash = path.lastIndexOf("/"); slash >= 0; slash = path.lastIndexOf("/", slash - 1)) {
      const tree = this.#trees.get(path.slice(0, slash + 1));
      if (tree !== undefined) return tree;
      if (slash === 0) break;
    }
    return this.#rest;
  }
}

const topLevel: Partition = new TopLevelPartition();

/** By top-level name where no rules are given. PARTITION_INVALID. */
export function partitionOf(rules?: PartitionRules): Partition {
  return rules === undefined ? topLevel : new RulePartition(rules);
}

/** Reads the content of a catalogue. PARTITION_INVALID for what this version would not have written. */
export function parsePartition(text: string): Partition {
  if (text === topLevel.text) return topLevel;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("it is not JSON");
  }
  const format = fieldOf(value, "format");
  if (format !== PARTITION_FORMAT) throw invalid(`its format is ${shown(format)}, not ${PARTITION_FORMAT}`);
  const trees = fieldOf(value, "trees");
  if (!Array.isArray(trees) || !trees.every(isTreeWithRules))
    throw invalid("it does not list trees and rules");
  const partition = new RulePartition(Object.fromEntries(trees));
  if (partition.text !== text) throw invalid("it is not written in the one form that it has");
  return partition;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function isTreeWithRules(value: unknown): value is [string, string[]] {
  const isPair = Array.isArray(value) && value.length === 2 && typeof value[0] === "string";
  return isPair && Array.isArray(value[1]) && value[1].every((rule) => typeof rule === "string");
}

/** One segment of a path. */
function isTreeName(name: string): boolean {
  return !name.includes("/") && isPath(name);
}

function assertRule(rule: string): void {
  const path = rule.endsWith("/") ? rule.slice(0, -1) : rule;
  if (!isPath(path))
    throw invalid(`${shown(rule)} is no rule: "directory/", "path" or "*", relative to the top`);
}

function isPath(text: string): boolean {
  try {
    assertPath(text);
    return true;
  } catch (error) {
    if (error instanceof HeliosError) return false;
    throw error;
  }
}

/** Some path that begins with the prefix is within the bounds. */
function meets({ low, high }: Bounds, prefix: string): boolean {
  const of = boundsOf({ prefix });
  const from = low === undefined || low.compare(of.low!) < 0 ? of.low : low;
  const to = high === undefined || high.compare(of.high!) > 0 ? of.high : high;
  return !isEmpty({ low: from, high: to });
}

function holds({ low, high }: Bounds, path: string): boolean {
  const key = Buffer.from(path);
  return (low === undefined || low.compare(key) <= 0) && (high === undefined || high.compare(key) > 0);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : `a ${typeof value}`;
}

function invalid(what: string): HeliosError {
  return new HeliosError(
    "PARTITION_INVALID",
    `this is no partition of paths into trees: ${what}`,
    'Give each tree its rules, as in { assets: ["assets/"], rest: ["*"] }; each rule once.',
  );
}
