/**
 * YAML, and JSON with its comments, as a `ConfigNode`. Aliases and merge keys are followed, within a budget: a file whose
 * aliases unfold into millions of nodes is given up on and reported, not unfolded.
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
import { Budget, ConfigNode } from "./node.ts";

export interface ParsedConfig {
  readonly documents: readonly ConfigNode[];
  /** The first thing the parser could not understand. */
  readonly error: { readonly reason: string; readonly line: number } | undefined;
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
      document.contents === null ? [] : [new YamlNode(document, document.contents, placeOf, budget)],
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

class YamlNode extends ConfigNode {
  readonly #document: Document;
  readonly #node: Node | undefined;
  readonly #placeOf: (offset: number) => Place;
  readonly #budget: Budget;

  constructor(document: Document, node: Node, placeOf: (offset: number) => Place, budget: Budget) {
    super();
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

  get place(): Place {
    return this.#placeOf(this.#node?.range?.[0] ?? 0);
  }

  get textPlace(): Place {
    const { line, column } = this.place;
    const isBlock = isScalar(this.#node) && String(this.#node.type).startsWith("BLOCK");
    return isBlock ? { line: line + 1, column: 1 } : { line, column };
  }

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

  #child(node: Node): ConfigNode {
    return new YamlNode(this.#document, node, this.#placeOf, this.#budget);
  }
}
