/**
 * The tree-sitter grammars behind one door. JavaScript and TypeScript are built into `@ast-grep/napi`; the others
 * are libraries that have to be registered in ONE call per process, a second call is ignored without a word. So
 * all of them are registered together, the first time one of them is needed.
 *
 * The parser itself takes any nesting; what reads its tree must not copy the same text again and again. So nodes, texts and
 * ancestors are handed out against a budget per file, which only huge bundles and files made to be expensive use up.
 */
import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { SgNode, SgRoot } from "@ast-grep/napi";
import type { Place, Problem } from "../hit.ts";
import { triggerWords } from "../rules/triggers.ts";

export type Node = SgNode;
export type Grammar = "JavaScript" | "TypeScript" | "Tsx" | "c" | "cpp" | "go" | "rust" | "python";

interface LanguagePackage {
  readonly libraryPath: string;
  readonly extensions: string[];
  readonly languageSymbol?: string;
  readonly expandoChar?: string;
}

interface AstGrep {
  parse(language: string, source: string): SgRoot;
  registerDynamicLanguage(languages: Record<string, LanguagePackage>): void;
}

// CommonJS packages with native code: required when first used, so that a tree without such files never loads them.
const require = createRequire(import.meta.url);
const builtIn: ReadonlySet<string> = new Set(["JavaScript", "TypeScript", "Tsx"]);
const registered = ["c", "cpp", "go", "rust", "python"];

let astGrep: AstGrep | undefined;
let languagesAreRegistered = false;

/** In characters; a large ordinary file uses a few per cent. Half a million nodes: about ten seconds on a slow machine, and 200 MB. */
const budgetPerFile = 400_000_000;
let budget = budgetPerFile;

/** What crossing from native code costs, in characters of text. */
const nodeCost = 800;
const ancestorCost = 100;

/** Thrown inside of a front end, caught where files are scanned: reading on would take minutes. */
export class TreeBudgetSpent extends Error {
  constructor() {
    super("larger or nested deeper than is read: it would take minutes");
  }
}

function spend(amount: number): void {
  budget -= amount;
  if (budget < 0) throw new TreeBudgetSpent();
}

/** @throws whatever loading the native parser throws, for instance on a platform without a prebuilt grammar. */
export function parseSource(grammar: Grammar, text: string): Node {
  astGrep ??= require("@ast-grep/napi") as AstGrep;
  if (!builtIn.has(grammar) && !languagesAreRegistered) {
    const languages = registered.map((name) => {
      const { libraryPath, extensions, languageSymbol, expandoChar } = require(
        `@ast-grep/lang-${name}`,
      ) as LanguagePackage;
      return [
        name,
        {
          libraryPath,
          extensions,
          ...(languageSymbol && { languageSymbol }),
          ...(expandoChar && { expandoChar }),
        },
      ];
    });
    astGrep.registerDynamicLanguage(Object.fromEntries(languages) as Record<string, LanguagePackage>);
    languagesAreRegistered = true;
  }
  budget = budgetPerFile;
  parsedSinceRelease += text.length;
  return astGrep.parse(grammar, text).root();
}

/** A tree takes about fifty times its source; so much source may be held in trees that nobody needs any more. */
const releaseEvery = 2 * 1024 * 1024;
let parsedSinceRelease = 0;
let collect: (() => void) | undefined;

/**
 * To be called between files. V8 does not know how large the trees behind its objects are, so it sees no reason to
 * collect them, and they are freed in a later turn of the event loop only: ten bundles in a row took 2 GB.
 */
export async function releaseTrees(): Promise<void> {
  if (parsedSinceRelease < releaseEvery) return;
  parsedSinceRelease = 0;
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  await setImmediate();
  collect();
  await setImmediate();
}

const knownKinds = new Map<string, boolean>();

/** Those kinds that a grammar has: C has no lambdas, JavaScript no fields with types. */
export function kindsIn(grammar: Grammar, kinds: readonly string[]): string[] {
  return kinds.filter((kind) => {
    const key = `${grammar} ${kind}`;
    const known = knownKinds.get(key) ?? hasKind(grammar, kind);
    knownKinds.set(key, known);
    return known;
  });
}

function hasKind(grammar: Grammar, kind: string): boolean {
  try {
    astGrep?.parse(grammar, "").root().findAll({ rule: { kind } });
    return true;
  } catch {
    return false; // "Invalid Kind"
  }
}

/** Something that stands in the way of a reading: whether this stretch of source could hold a finding. */
export type Suspicion = (source: string) => boolean;

export interface Reading {
  readonly root: Node;
  readonly grammar: Grammar;
  readonly problems: readonly Problem[];
}

/** The first grammar that understands the text; where none does, the first one, with what it could not read. */
export function readSource(
  grammars: readonly [Grammar, ...Grammar[]],
  text: string,
  language: string,
  suspicious?: Suspicion,
): Reading {
  const [first, ...others] = grammars;
  const root = parseSource(first, text);
  const reading = { root, grammar: first, problems: problemsOf(root, language, suspicious) };
  if (reading.problems.length === 0) return reading;
  for (const grammar of others) {
    const other = parseSource(grammar, text);
    if (problemsOf(other, language, suspicious).length === 0) return { root: other, grammar, problems: [] };
  }
  return reading;
}

/** Every node of these kinds, in source order; the search runs in native code, only the matches cross over. */
export function nodesOf(root: Node, kinds: readonly string[]): Node[] {
  const found = root.findAll({ rule: { any: kinds.map((kind) => ({ kind })) } });
  spend(found.length * nodeCost);
  return found;
}

/** Nodes of these kinds whose source matches (in the syntax of Rust's `regex`); the search runs in native code. */
export function nodesMatching(root: Node, kinds: readonly string[], source: string): Node[] {
  const found = root.findAll({ rule: { any: kinds.map((kind) => ({ kind, regex: source })) } });
  spend(found.length * nodeCost);
  return found;
}

/** The source of a node; empty for none. */
export function textOf(node: Node | null | undefined): string {
  if (node === null || node === undefined) return "";
  const { start, end } = node.range();
  spend(end.index - start.index);
  return node.text();
}

/** The source of a field, for instance a name; empty where the node has no such field. */
export function fieldText(node: Node | null | undefined, name: string): string {
  return textOf(node?.field(name));
}

export function ancestorsOf(node: Node): Node[] {
  const ancestors = node.ancestors();
  spend(ancestors.length * ancestorCost);
  return ancestors;
}

export function placeOf(node: Node): Place {
  const { line, column } = node.range().start;
  return { line: line + 1, column: column + 1 };
}

/**
 * Where the grammar lost its way. A grammar is never quite the language (macros of C!), so an error node is a gap
 * in the scan only if something a finding could be made of stands in it, comments aside. Calls that the grammar
 * recognised inside of the error are judged like all others.
 */
function problemsOf(
  root: Node,
  language: string,
  suspicious: Suspicion = (source) => triggerWords.test(source),
): Problem[] {
  const broken = nodesOf(root, ["ERROR"]).find((node) => suspicious(withoutComments(textOf(node))));
  if (broken === undefined) return [];
  const { line } = placeOf(broken);
  return [{ code: "parse-error", reason: `${language}: not understood from line ${line} on`, line }];
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|(?:\/\/|#(?!\s*define|include)).*/g, "");
}

/** The arguments of a call, comments and punctuation left out. */
export function argumentsOf(list: Node | null | undefined): Node[] {
  if (list === null || list === undefined) return [];
  const children = list.namedChildren().filter((child) => !/comment/.test(kindOf(child)));
  spend(children.length * ancestorCost);
  return children;
}

/** The library types kinds of unknown grammars loosely; they are always text. */
export function kindOf(node: Node | null | undefined): string {
  return node === null || node === undefined ? "" : String(node.kind());
}
