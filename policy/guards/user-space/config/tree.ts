/**
 * A configuration file as a tree that knows its places: YAML and JSON (with comments) look the same from here, so
 * each schema is written once. Aliases and merge keys are followed, within a budget: a file whose aliases unfold
 * into millions of nodes is given up on and reported, not unfolded.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
} from "yaml";
import { placesOf, type Place } from "../hit.ts";

export interface ParsedConfig {
  readonly documents: readonly ConfigNode[];
  /** The first thing the parser could not understand. */
  readonly error: { readonly reason: string; readonly line: number } | undefined;
}

/** Nodes one file may be looked at; a large real workflow has a few thousand. */
const nodeBudget = 200_000;

class Budget {
  #left = nodeBudget;

  spend(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new BudgetSpent();
  }
}

/** Thrown inside the walk, caught by the front end: the file unfolds into more than anyone wrote by hand. */
export class BudgetSpent extends Error {
  constructor() {
    super(`unfolds into more than ${nodeBudget} nodes`);
  }
}

export function parseConfig(text: string): ParsedConfig {
  const placeOf = placesOf(text);
  const documents: (Document.Parsed | Document)[] = [];
  const parsed = parseAllDocuments(text, {
    strict: false,
    uniqueKeys: false,
    logLevel: "silent",
    merge: true,
  });
  if (Array.isArray(parsed)) documents.push(...parsed);
  const error = documents.flatMap((document) => document.errors)[0];
  const budget = new Budget();
  return {
    documents: documents.flatMap((document) =>
      document.contents === null ? [] : [new ConfigNode(document, document.contents, placeOf, budget)],
    ),
    error:
      error === undefined
        ? undefined
        : { reason: error.message.split("\n")[0] ?? "", line: placeOf(error.pos[0]).line },
  };
}

/** `//` and `/* *\/` comments of JSON blanked out, every other character where it was. */
export function withoutJsonComments(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (match) =>
    match.startsWith('"') ? match : match.replace(/[^\n]/g, " "),
  );
}

export class ConfigNode {
  readonly #document: Document;
  readonly #node: Node | undefined;
  readonly #placeOf: (offset: number) => Place;
  readonly #budget: Budget;

  constructor(document: Document, node: Node, placeOf: (offset: number) => Place, budget: Budget) {
    budget.spend();
    this.#document = document;
    this.#node = isAlias(node) ? (node.resolve(document) as Node | undefined) : node;
    this.#placeOf = placeOf;
    this.#budget = budget;
  }

  get isMap(): boolean {
    return isMap(this.#node);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  /** Where the value stands. */
  get place(): Place {
    return this.#placeOf(this.#node?.range?.[0] ?? 0);
  }

  /** Where the first line of a text stands: below the `|` of a block, at the value otherwise. */
  get textPlace(): Place {
    const { line, column } = this.place;
    const isBlock = isScalar(this.#node) && String(this.#node.type).startsWith("BLOCK");
    return isBlock ? { line: line + 1, column: 1 } : { line, column };
  }

  /** A scalar as text; undefined for maps, lists and null. */
  get text(): string | undefined {
    const value: unknown = isScalar(this.#node) ? this.#node.value : undefined;
    if (typeof value === "string") return value;
    return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint"
      ? String(value)
      : undefined;
  }

  get isTrue(): boolean {
    return isScalar(this.#node) && (this.#node.value === true || /^(?:true|yes|on)$/i.test(this.text ?? ""));
  }

  get(key: string): ConfigNode | undefined {
    return this.entries().find(([name]) => name === key)?.[1];
  }

  at(...keys: readonly string[]): ConfigNode | undefined {
    const [first, ...rest] = keys;
    return first === undefined ? this : this.get(first)?.at(...rest);
  }

  entries(): [string, ConfigNode][] {
    if (!isMap(this.#node)) return [];
    const entries: [string, ConfigNode][] = [];
    const merged: [string, ConfigNode][] = [];
    for (const pair of this.#node.items as Pair<unknown, Node | null>[]) {
      if (pair.value === null) continue;
      const key = isScalar(pair.key) ? pair.key.value : pair.key;
      const name =
        typeof key === "string" || typeof key === "number" || typeof key === "boolean"
          ? String(key)
          : typeof key === "symbol"
            ? "<<"
            : "";
      const value = this.#child(pair.value);
      if (name !== "<<") entries.push([name, value]);
      else merged.push(...(value.isList ? value.items() : [value]).flatMap((each) => each.entries()));
    }
    const own = new Set(entries.map(([name]) => name));
    return [...entries, ...merged.filter(([name]) => !own.has(name))];
  }

  items(): ConfigNode[] {
    return isSeq(this.#node)
      ? (this.#node.items as Node[]).filter((item) => item !== null).map((item) => this.#child(item))
      : [];
  }

  /** A list of texts, or one text as a list of one. */
  texts(): string[] {
    if (this.text !== undefined) return [this.text];
    return this.items().flatMap((item) => (item.text === undefined ? [] : [item.text]));
  }

  /** This node and everything below it. */
  *everything(): Generator<ConfigNode> {
    yield this;
    for (const [, value] of this.entries()) yield* value.everything();
    for (const item of this.items()) yield* item.everything();
  }

  #child(node: Node): ConfigNode {
    return new ConfigNode(this.#document, node, this.#placeOf, this.#budget);
  }
}
