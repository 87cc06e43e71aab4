/**
 * Makefiles, and justfiles beside them: what a recipe hands to the shell. The reader knows rules, recipes, variables,
 * `define` and `$(shell ...)`; make functions and conditionals are not evaluated (all branches are read). Variables with
 * one plain value are filled in, others stay unknown.
 */
import { distinct, movedTo, type Hit, type Problem, type ScanResult } from "../hit.ts";
import type { FrontEnd } from "../frontend.ts";
import { scanShell, unknownPart, type Embed } from "../shell/shell-script.ts";

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) =>
    /(?:^|\/)\.?[jJ]ustfile$|\.just$/.test(source.path)
      ? scanJustfile(source.text, surroundings.embed)
      : scanMakefile(source.text, surroundings.embed),
};

interface LogicalLine {
  readonly text: string;
  /** 1-based number of its first line. */
  readonly line: number;
}

/** Expansions of one line; a variable that doubles itself is not followed to its end. */
const longestExpansion = 100_000;

function scanMakefile(text: string, embed: Embed): ScanResult {
  const lines = text.split(/\r?\n/);
  const variables = variablesOf(lines);
  const hits: Hit[] = [];
  const problems: Problem[] = [];
  const take = (script: string, line: number): void => {
    const expanded = expand(script, variables, 0);
    const found = movedTo(scanShell(expanded, embed), { line, column: 1 });
    hits.push(...found.hits);
    // Make's own functions leave text no shell would accept; only a recipe without them can be called broken.
    if (!/\$[({]/.test(script)) problems.push(...found.problems);
  };
  for (const recipe of recipesOf(lines)) take(recipe.text, recipe.line);
  for (const body of definitionsOf(lines)) take(body.text, body.line);
  lines.forEach((line, index) => {
    if (line.startsWith("\t") || line.trimStart().startsWith("#")) return;
    for (const script of shellCalls(line)) take(script, index + 1);
    const assigned = /^\s*[\w.-]+\s*!=\s*(.+)$/.exec(line)?.[1];
    if (assigned !== undefined) take(assigned, index + 1);
  });
  return { hits: distinct(hits), problems };
}

/** Recipe lines with their continuations joined (the newline stays, so that lines still count), prefixes `@-+` taken off. */
function recipesOf(lines: readonly string[]): LogicalLine[] {
  const prefix = /^\.RECIPEPREFIX\s*[:?]?=\s*(\S)/m.exec(lines.join("\n"))?.[1] ?? "\t";
  const recipes: LogicalLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const inline = inlineRecipe(line);
    if (inline !== undefined) recipes.push({ text: inline, line: index + 1 });
    if (!line.startsWith(prefix)) continue;
    const first = index;
    const parts = [line.slice(1).replace(/^\s*[@+-]*\s*/, "")];
    while (continues(lines[index] ?? "") && index + 1 < lines.length) {
      index += 1;
      parts.push((lines[index] ?? "").replace(/^\t/, ""));
    }
    const body = parts.join("\n");
    // Make's conditionals are its own, also where somebody indented them with a tab.
    if (!/^(?:#|(?:ifn?eq|ifn?def|else|endif)\b)/.test(body)) recipes.push({ text: body, line: first + 1 });
  }
  return recipes;
}

/** `target: prerequisites; recipe`. */
function inlineRecipe(line: string): string | undefined {
  if (line.startsWith("\t") || line.trimStart().startsWith("#")) return undefined;
  const semicolon = line.indexOf(";");
  const colon = line.indexOf(":");
  if (colon < 1 || semicolon < colon || line.slice(0, semicolon).includes("=")) return undefined;
  const recipe = line.slice(semicolon + 1).trim();
  return recipe === "" ? undefined : recipe;
}

function continues(line: string): boolean {
  let backslashes = 0;
  for (let at = line.length - 1; line[at] === "\\"; at -= 1) backslashes += 1;
  return backslashes % 2 === 1;
}

/** `define NAME ... endef`: text that a recipe calls; with its parameters unknown. */
function definitionsOf(lines: readonly string[]): LogicalLine[] {
  const bodies: LogicalLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    if (!/^\s*(?:override\s+|export\s+)?define\s/.test(lines[index] ?? "")) continue;
    const first = index + 1;
    const body: string[] = [];
    for (index += 1; index < lines.length && !/^\s*endef\b/.test(lines[index] ?? ""); index += 1)
      body.push((lines[index] ?? "").replace(/^\t?\s*[@+-]*/, ""));
    bodies.push({ text: body.join("\n"), line: first + 1 });
  }
  return bodies;
}

function variablesOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const line of lines) {
    if (line.startsWith("\t")) continue;
    const assigned = /^\s*(?:export\s+|override\s+)?([\w.-]+)\s*(?:::?|\?)?=(.*)$/.exec(line);
    if (assigned?.[1] === undefined) continue;
    const value = (assigned[2] ?? "").replace(/\s#.*$/, "").trim();
    const before = variables.get(assigned[1]);
    variables.set(assigned[1], before === undefined || before === value ? value : unknownPart);
  }
  return variables;
}

/** `$$` is the shell's dollar, `$(NAME)` make's; everything make would compute is unknown. */
function expand(script: string, variables: ReadonlyMap<string, string>, depth: number): string {
  let result = "";
  for (let at = 0; at < script.length && result.length < longestExpansion; at += 1) {
    const next = script[at + 1];
    if (script[at] !== "$" || next === undefined) {
      result += script[at] ?? "";
      continue;
    }
    if (next === "$") {
      result += "$";
      at += 1;
      continue;
    }
    if (next !== "(" && next !== "{") {
      result += unknownPart;
      at += 1;
      continue;
    }
    const end = closing(script, at + 1);
    const name = script.slice(at + 2, end);
    const value = variables.get(name);
    if (/^shell\s/.test(name))
      result += depth < 8 ? `$(${expand(name.slice(6), variables, depth + 1)})` : unknownPart;
    else if (value !== undefined && depth < 8) result += expand(value, variables, depth + 1);
    else result += /^(?:SUDO|sudo|DOAS)$/.test(name) ? "sudo" : unknownPart;
    at = end;
  }
  return result;
}

function closing(text: string, open: number): number {
  const [left, right] = text[open] === "(" ? ["(", ")"] : ["{", "}"];
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === left) depth += 1;
    if (text[at] === right) depth -= 1;
    if (depth === 0) return at;
  }
  return text.length;
}

function shellCalls(line: string): string[] {
  const scripts: string[] = [];
  for (const match of line.matchAll(/\$\(shell\s/g)) {
    const end = closing(line, match.index + 1);
    scripts.push(line.slice(match.index + match[0].length, end));
  }
  return scripts;
}

/** Recipes of just: indented lines below `name args:`, each a line of shell, or a script where the first one is `#!`. */
function scanJustfile(text: string, embed: Embed): ScanResult {
  const hits: Hit[] = [];
  const problems: Problem[] = [];
  const lines = text.split(/\r?\n/);
  const variables = new Map(
    lines.flatMap((line) => {
      const assigned = /^(?:export\s+)?(\w+)\s*:=\s*["']([^"']*)["']\s*$/.exec(line);
      return assigned?.[1] === undefined ? [] : [[assigned[1], assigned[2] ?? ""] as const];
    }),
  );
  const filled = (line: string): string =>
    line.replace(/\{\{\s*(\w*)[^}]*\}\}/g, (_whole, name: string) => variables.get(name) ?? unknownPart);
  for (let index = 0; index < lines.length; index += 1) {
    if (!/^[@\w][^=]*:(?!=)/.test(lines[index] ?? "")) continue;
    const body: string[] = [];
    const first = index + 1;
    while (index + 1 < lines.length && /^(?:\s+\S|\s*$)/.test(lines[index + 1] ?? "")) {
      index += 1;
      body.push(filled((lines[index] ?? "").trim()));
    }
    const isScript = body[0]?.startsWith("#!") === true;
    const script = isScript ? body.join("\n") : body.map((line) => line.replace(/^[@-]+/, "")).join("\n");
    const found =
      isScript && /\bpython/.test(body[0] ?? "") ? embed("recipe.py", script) : scanShell(script, embed);
    const moved = movedTo(found, { line: first + 1, column: 1 });
    hits.push(...moved.hits);
    if (!script.includes(unknownPart)) problems.push(...moved.problems);
  }
  return { hits: distinct(hits), problems };
}
