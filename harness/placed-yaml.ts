/**
 * YAML as people write it, read so that whatever is wrong with it can be told by line and column: what the text itself
 * gets wrong here, and what a schema finds later through `placeOf`. Used for plans, and for anything else people write.
 */
import type * as Yaml from "yaml";
import { createRequire } from "node:module";
import type { Document, Node } from "yaml";
import type { PlanProblem } from "./plan-problem.ts";

// Loaded when a file is read, which the process of a run never does.
const require = createRequire(import.meta.url);
const yaml = (): typeof Yaml => require("yaml") as typeof Yaml;

/** Enough for any plan; far less than it takes to fill the memory by aliases of aliases. */
const MOST_ALIASES = 1000;

/** Messages are `file:line:column: what`, in the order of the text. */
export type PlacedYaml =
  | {
      readonly kind: "value";
      /** Without the keys that begin with `x-` at the top, which only hold anchors. */
      readonly value: unknown;
      readonly messages: (problems: readonly PlanProblem[]) => string[];
    }
  | { readonly kind: "broken"; readonly messages: readonly string[] };

/** `file` is used in messages only. Anchors and merge keys are followed. */
export function parsePlacedYaml(text: string, file: string): PlacedYaml {
  const { LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  if (document.errors.length > 0) {
    const messages = document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message}`);
    return { kind: "broken", messages };
  }
  const dangling = aliasesWithoutAnchor(document);
  if (dangling.length > 0) {
    const messages = dangling.map(
      ({ offset, name }) => `${at(offset)}: there is no anchor &${name} before *${name}`,
    );
    return { kind: "broken", messages };
  }
  try {
    const value = withoutAnchorKeys(document.toJS({ maxAliasCount: MOST_ALIASES }));
    const messages = (problems: readonly PlanProblem[]): string[] =>
      problems
        .map((problem) => ({ offset: offsetOf(document, problem), text: problem.text }))
        .sort((a, b) => a.offset - b.offset)
        .map(({ offset, text }) => `${at(offset)}: ${text}`);
    return { kind: "value", value, messages };
  } catch (error) {
    return { kind: "broken", messages: [`${at(0)}: ${(error as Error).message}`] };
  }
}

function aliasesWithoutAnchor(document: Document.Parsed): { offset: number; name: string }[] {
  const found: { offset: number; name: string }[] = [];
  yaml().visit(document, {
    Alias(_key, alias) {
      if (!alias.resolve(document)) found.push({ offset: alias.range?.[0] ?? 0, name: alias.source });
    },
  });
  return found;
}

function withoutAnchorKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("x-")));
}

/** Where a problem stands in the text: the value meant, the key that is too much, or the map that lacks one. */
function offsetOf(document: Document.Parsed, { path, key }: PlanProblem): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const part of path) {
    const next = childOf(document, node, part);
    if (next === undefined) return offset;
    node = next.value;
    offset = node?.range?.[0] ?? next.keyOffset ?? offset;
  }
  return (key === undefined ? undefined : childOf(document, node, key)?.keyOffset) ?? offset;
}

interface Child {
  readonly value: Node | null;
  readonly keyOffset: number | undefined;
}

/** A member of a map or sequence, aliases and merge keys followed to where the text really stands. */
function childOf(document: Document.Parsed, parent: Node | null, part: string | number): Child | undefined {
  const { isAlias, isMap, isPair, isSeq } = yaml();
  const node = isAlias(parent) ? (parent.resolve(document) ?? null) : parent;
  if (isSeq(node) && typeof part === "number") {
    const value = node.items[part] as Node | undefined;
    return value === undefined ? undefined : { value, keyOffset: undefined };
  }
  if (!isMap(node)) return undefined;
  const pairs = node.items.filter((item) => isPair(item));
  const nameOf = (key: unknown): unknown => (key as { value?: unknown } | null)?.value;
  const own = pairs.find((pair) => nameOf(pair.key) === part);
  if (own) return { value: own.value as Node | null, keyOffset: (own.key as Node).range?.[0] };
  const merged = pairs.find((pair) => nameOf(pair.key) === "<<" || String(nameOf(pair.key)) === "Symbol(<<)");
  const sources = merged && isSeq(merged.value) ? merged.value.items : merged ? [merged.value] : [];
  for (const source of sources) {
    const found = childOf(document, source as Node | null, part);
    if (found) return found;
  }
  return undefined;
}
