/**
 * What a front end hands back: a place and the row of the rule table it falls under. Everything a finding needs
 * beyond that (file, message, hash of the line, pardon) is added once, in `scan.ts`.
 */
import { ruleById, type Rule } from "./rules.ts";
import type { Arguments } from "./syntax/parameters.ts";

export interface Hit {
  readonly rule: Rule;
  /** What was found, as the reader would write it: `mount()`, `unshare -Ur`, `privileged: true`. */
  readonly what: string;
  /** 1-based, within the text that was scanned. */
  readonly line: number;
  /** 1-based, UTF-16 units. */
  readonly column: number;
  /** Only a finding if the project itself does not define this C function; decided when all files are seen. */
  readonly unless?: Unless;
}

/** A call that may mean a function of the project instead of the C library's. */
export interface Unless {
  readonly name: string;
  /** Whether the call stands in a method, where methods of the same name are meant. */
  readonly inMethod: boolean;
  /** The system header that declares the C library's. */
  readonly header: string | undefined;
}

/** A C function or macro that a file defines or declares. */
export interface Definition {
  readonly name: string;
  readonly kind: "static" | "external" | "method" | "macro" | "prototype";
}

/** What the other files of the project need to know about a C file; see `frontends/c/linkage.ts`. */
export interface SourceFacts {
  /** Of functions a rule is about. */
  readonly definitions: readonly Definition[];
  /** `#include "..."`, as written. */
  readonly ownIncludes: readonly string[];
  /** `#include <...>`, as written. */
  readonly systemIncludes: readonly string[];
}

/** Something that could not be understood: the file is then reported as not (fully) scanned. */
export interface Problem {
  readonly code: "parse-error" | "too-deep";
  readonly reason: string;
  readonly line: number;
}

/** Functions of a file that execute what they are given. */
export interface OpenFunctions {
  /** What a call of `name` with these arguments executes; `default` is what the file exports by default. */
  call(name: string, given: Arguments): readonly Hit[];
  /** Where a name comes from that the file only hands on. */
  handsOn(name: string): readonly { readonly module: string; readonly name: string }[];
}

/** A call of a function of another file, with a command among its arguments; see `outside.ts`. */
export interface OutsideCall {
  /** As written: `./run`, `..tools`, `crate::run`; empty where the call does not say. */
  readonly module: string;
  readonly name: string;
  /** What it comes to with the functions of the file that is meant; `name` may be another one there. */
  judge(open: OpenFunctions, name: string): readonly Hit[];
}

export interface ScanResult {
  readonly hits: readonly Hit[];
  readonly problems: readonly Problem[];
  readonly facts?: SourceFacts;
  readonly open?: OpenFunctions;
  readonly outside?: readonly OutsideCall[];
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

export function hit(rule: Rule | string, what: string, at: Place): Hit {
  return {
    rule: typeof rule === "string" ? ruleById(rule) : rule,
    what: shorten(what),
    line: at.line,
    column: at.column,
  };
}

/** Moves what was found in an embedded text (`run:` block, here-document, string) to its place in the file. */
export function movedTo(result: ScanResult, start: Place): ScanResult {
  return {
    hits: result.hits.map((found) => ({
      ...found,
      line: start.line + found.line - 1,
      column: found.line === 1 ? start.column : found.column,
    })),
    problems: result.problems.map((problem) => ({ ...problem, line: start.line + problem.line - 1 })),
  };
}

/** Several hits of one rule on one line are one finding: the reader has one place to change. */
export function distinct(hits: readonly Hit[]): Hit[] {
  const seen = new Set<string>();
  return hits.filter((found) => {
    const key = `${found.rule.id}:${found.line}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Turns offsets into lines and columns; building costs one pass, each look-up a binary search. */
export function placesOf(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

const longestWhat = 80;

function shorten(what: string): string {
  const oneLine = what.replace(/\s+/g, " ").trim();
  return oneLine.length > longestWhat ? `${oneLine.slice(0, longestWhat - 1)}…` : oneLine;
}
