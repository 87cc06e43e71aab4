/**
 * A plan as people write it: a YAML file (JSON is YAML too), with every mistake named by line and column. Anchors
 * and merge keys save repetition; keys that begin with `x-` may hold them and are no part of the plan. What is hashed
 * is the plan's value, so comments, order and notation move nothing.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Document, LineCounter, Node } from "yaml";
import { HarnessError } from "./errors.ts";
import { type KnownNames, type Plan, planInvalid, planProblems } from "./plan.ts";
import type { PlanProblem } from "./plan-problem.ts";

// Loaded when a plan is read, which the process of a run never does.
const require = createRequire(import.meta.url);
const yaml = (): typeof import("yaml") => require("yaml") as typeof import("yaml");

/** Enough for any plan; far less than it takes to fill the memory by aliases of aliases. */
const MOST_ALIASES = 1000;

/** Reads and checks a plan file. PLAN_INVALID names each problem as `file:line:column: what`. */
export function readPlanFile(file: string, known: KnownNames = {}): Plan {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = code === "ENOENT" ? `There is no file ${file}` : `Cannot read ${file}: ${code}`;
    throw new HarnessError(
      "PLAN_INVALID",
      message,
      "Give a plan file; `benchmark list` names the plans that come along.",
      {
        cause: error,
      },
    );
  }
  return parsePlanText(text, file, known);
}

/** The same for text at hand; `file` is used in messages only. */
export function parsePlanText(text: string, file: string, known: KnownNames = {}): Plan {
  const { LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const remedy = "Correct the places named and run again; harness/plan.schema.json says what each key means.";
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  if (document.errors.length > 0) {
    throw planInvalid(
      document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message}`),
      remedy,
    );
  }
  const dangling = aliasesWithoutAnchor(document);
  if (dangling.length > 0) {
    throw planInvalid(
      dangling.map(({ offset, name }) => `${at(offset)}: there is no anchor &${name} before *${name}`),
      remedy,
    );
  }
  let value: unknown;
  try {
    value = withoutAnchorKeys(document.toJS({ maxAliasCount: MOST_ALIASES }));
  } catch (error) {
    throw planInvalid([`${at(0)}: ${(error as Error).message}`], remedy);
  }
  const problems = planProblems(value, known);
  if (problems.length === 0) return value as Plan;
  const placed = problems
    .map((problem) => ({ offset: offsetOf(document, problem), text: problem.text }))
    .sort((a, b) => a.offset - b.offset);
  throw planInvalid(
    placed.map(({ offset, text }) => `${at(offset)}: ${text}`),
    remedy,
  );
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
