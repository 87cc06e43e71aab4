/**
 * The tree-sitter grammars behind one door. JavaScript and TypeScript are built into `@ast-grep/napi`; the others
 * are libraries that have to be registered in ONE call per process, a second call is ignored without a word. So
 * all of them are registered together, the first time one of them is needed.
 */
import { createRequire } from "node:module";
import type { SgNode, SgRoot } from "@ast-grep/napi";
import type { Place, Problem } from "../hit.ts";
import { triggerWords } from "../rules.ts";

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
  return astGrep.parse(grammar, text).root();
}

/** Every node of these kinds, in source order; the search runs in native code, only the matches cross over. */
export function nodesOf(root: Node, kinds: readonly string[]): Node[] {
  return root.findAll({ rule: { any: kinds.map((kind) => ({ kind })) } });
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
export function problemsOf(root: Node, language: string, suspicious: RegExp = triggerWords): Problem[] {
  const broken = nodesOf(root, ["ERROR"]).find((node) => suspicious.test(withoutComments(node.text())));
  if (broken === undefined) return [];
  const { line } = placeOf(broken);
  return [{ code: "parse-error", reason: `${language}: not understood from line ${line} on`, line }];
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|(?:\/\/|#(?!\s*define|include)).*/g, "");
}

/** The arguments of a call, comments and punctuation left out. */
export function argumentsOf(list: Node | null): Node[] {
  return list === null ? [] : list.namedChildren().filter((child) => !/comment/.test(kindOf(child)));
}

/** The library types kinds of unknown grammars loosely; they are always text. */
export function kindOf(node: Node): string {
  return String(node.kind());
}
