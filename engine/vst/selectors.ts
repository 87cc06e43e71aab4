/**
 * Which paths of a snapshot are meant: a list of globs, read in order, the last one that matches decides.
 *
 *     ["src/**", "!src/**\/*.test.ts", "src/keep.test.ts"]
 *
 * - `*` and `?` stay within a segment, `**` crosses them, `{a,b}` and `[abc]` work as in a shell (glob.ts). A file whose
 *   name starts with a dot is matched like any other: a snapshot is selected from, not listed for people.
 * - `!` at the start negates. A list that starts with a negation starts from everything.
 * - A pattern without glob characters names a path and, if that is a directory, all below it; so does one that ends
 *   in `/`.
 * - No patterns at all select everything.
 *
 * Paths are compared as they are stored: case matters, on every system.
 */
import { HeliosError } from "../errors.ts";
import { compileGlob, GlobError } from "./glob.ts";

/** Whether a path is chosen. */
export type PathSelector = (path: string) => boolean;

interface Rule {
  readonly include: boolean;
  readonly matches: PathSelector;
}

/** Throws PATTERN_INVALID for what no path can ever match by intention: empty, absolute, `..`, unbalanced brackets. */
export function compileSelectors(patterns: readonly string[]): PathSelector {
  if (patterns.length === 0) return () => true;
  const rules = patterns.map(compileRule);
  const startsFromEverything = rules[0]?.include === false;
  rules.reverse();
  return (path) => rules.find((rule) => rule.matches(path))?.include ?? startsFromEverything;
}

function compileRule(text: string): Rule {
  const include = !text.startsWith("!");
  const pattern = include ? text : text.slice(1);
  refuseImpossible(text, pattern);
  return { include, matches: compilePattern(text, pattern.replace(/^\.\//, "")) };
}

function compilePattern(text: string, pattern: string): PathSelector {
  if (pattern.endsWith("/")) return compilePattern(text, `${pattern}**/*`);
  if (!/[*?[\]{}\\]|[+@!]\(/.test(pattern))
    return (path) => path === pattern || path.startsWith(`${pattern}/`);
  try {
    return compileGlob(pattern);
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    throw invalid(text, error.message, error);
  }
}

function refuseImpossible(text: string, pattern: string): void {
  if (pattern === "" || pattern === "./") throw invalid(text, "it is empty");
  if (pattern.startsWith("/"))
    throw invalid(text, "it is absolute, and the paths of a snapshot are relative");
  if (pattern.split("/").includes("..")) throw invalid(text, 'it has a ".." segment');
  if (pattern.includes("\0")) throw invalid(text, "it holds a NUL character");
}

function invalid(text: string, reason: string, cause?: unknown): HeliosError {
  return new HeliosError(
    "PATTERN_INVALID",
    `${JSON.stringify(text)} is not a selector: ${reason}`,
    'use a glob such as "src/**/*.ts", "!" in front to leave paths out, "\\\\" before a character meant literally',
    { cause },
  );
}
