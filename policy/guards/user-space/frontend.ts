/**
 * The contract of a front end: it knows one language (or file format), finds who is called and what is executed,
 * and hands back places and rules. It never reads files, never throws because of what is in the text (but for the
 * budgets of `syntax/ast-grep.ts`, which are caught where files are scanned), and decides nothing that `rules.ts` does
 * not say. Each is one file in `frontends/`, one row in `frontends/index.ts`, and one call to `frontend.suite.ts`.
 */
import type { Embed } from "./shell/shell-script.ts";
import type { ScanResult } from "./hit.ts";

export interface Source {
  /** Relative to the root, `/`-separated. */
  readonly path: string;
  readonly text: string;
}

export interface Surroundings {
  /** Scans text of another language found inside this one. */
  readonly embed: Embed;
}

export interface FrontEnd {
  scan(source: Source, surroundings: Surroundings): ScanResult;
}

/** How a front end is chosen. */
export interface FrontEndRow {
  readonly id: string;
  /** What people call what it reads. */
  readonly title: string;
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  /** File names (without directory) that need no extension. */
  readonly names?: RegExp;
  /** Paths, for formats that are told apart by where they stand. */
  readonly paths?: RegExp;
  /** The program on the `#!` line. */
  readonly interpreter?: RegExp;
  /** A second necessary condition, for a language that knows its own better than the trigger words do. */
  readonly alsoNeeds?: RegExp;
  /** Every line means something, so the trigger words decide nothing. */
  readonly readsAll?: true;
  /** Larger texts are not parsed but reported; where it is not given, `parseLimitBytes` of `scan.ts`. */
  readonly limitBytes?: number;
  /** Parsers behind it are loaded when it first scans, not when it is listed. */
  readonly frontEnd: FrontEnd;
}
