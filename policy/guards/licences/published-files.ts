/**
 * Which files of a package npm would publish: the rules of `npm pack` (npm documentation, "package.json: files" and
 * "npm-packlist"). `files` names what is in; without it `.npmignore`, or else `.gitignore`, names what is out, in every
 * directory for what is below it. Some files are always in, some never.
 *
 * Patterns with character classes (`[a-z]`) are not understood; they leave nothing out, so that too much is judged
 * rather than too little.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Dirent } from "node:fs";
import path from "node:path";
import { matchesGlob } from "../../glob.ts";
import { texts } from "./lockfile.ts";

/** Deeper is a loop or an attack. */
const depthLimit = 100;

const alwaysOut = [
  "**/.git/**",
  "**/node_modules/**",
  "**/.svn/**",
  "**/.hg/**",
  "**/CVS/**",
  "**/.npmignore",
  "**/.gitignore",
  "**/.npmrc",
  "**/.DS_Store",
  "**/._*",
  "**/.*.swp",
  "**/*.orig",
  "**/config.gypi",
  "**/npm-debug.log",
  "**/.wafpickle-*",
  "package-lock.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "bun.lockb",
  "bun.lock",
  "archived-packages/**",
];
const alwaysIn = /^(?:package\.json|readme(?:\..*)?|(?:licen[cs]e|copying)(?:\..*)?)$/i;

/** A line of an ignore file. */
interface IgnoreRule {
  /** Directory of the file it stands in, relative to the package. */
  readonly base: string;
  readonly glob: string;
  readonly negated: boolean;
}

/**
 * @param directory of the package, absolute.
 * @returns paths relative to it, sorted. What cannot be read is left out: the walk of the tree reports it.
 */
export function publishedFiles(
  directory: string,
  manifest: Readonly<Record<string, unknown>>,
): readonly string[] {
  const files = manifest["files"];
  const named = Array.isArray(files) ? texts(files) : undefined;
  const entryPoints = entryPointsOf(manifest);
  const found: string[] = [];
  const walk = (at: string, rules: readonly IgnoreRule[], depth: number): void => {
    if (depth > depthLimit) return;
    // With `files`, the ignore file of the package itself has no say.
    const here = at === "" && named !== undefined ? rules : [...rules, ...ignoreRules(directory, at)];
    for (const entry of entriesOf(path.join(directory, at))) {
      const below = at === "" ? entry.name : `${at}/${entry.name}`;
      if (alwaysOut.some((glob) => matchesGlob(below, glob) || matchesGlob(`${below}/`, glob))) continue;
      if (entry.isDirectory()) walk(below, here, depth + 1);
      else if (entry.isFile() && isPublished(below, named, here, entryPoints)) found.push(below);
    }
  };
  walk("", [], 0);
  return found.sort();
}

function isPublished(
  file: string,
  named: readonly string[] | undefined,
  rules: readonly IgnoreRule[],
  entryPoints: ReadonlySet<string>,
): boolean {
  if ((!file.includes("/") && alwaysIn.test(file)) || entryPoints.has(file)) return true;
  if (named !== undefined && !isNamed(file, named)) return false;
  // The last rule that matches decides, as in git.
  const last = rules.findLast((rule) => matchesRule(file, rule));
  return last === undefined || last.negated;
}

/** `files`: in order, a later pattern takes back what an earlier one gave. */
function isNamed(file: string, named: readonly string[]): boolean {
  let included = false;
  for (const pattern of named) {
    const negated = pattern.startsWith("!");
    const glob = pattern
      .replace(/^!/, "")
      .replace(/^\.?\//, "")
      .replace(/\/+$/, "");
    if (glob === "" || glob === "." || matchesGlob(file, glob) || matchesGlob(file, `${glob}/**`))
      included = !negated;
  }
  return included;
}

function ignoreRules(directory: string, at: string): readonly IgnoreRule[] {
  for (const name of [".npmignore", ".gitignore"]) {
    try {
      const text = readFileSync(path.join(directory, at, name), "utf8");
      return text.split(/\r?\n/).flatMap((line) => ruleOf(line, at));
    } catch {
      // Not there: the next one counts.
    }
  }
  return [];
}

function ruleOf(line: string, base: string): readonly IgnoreRule[] {
  const text = line.replace(/(?<!\\)\s+$/, "");
  if (text === "" || text.startsWith("#") || text.includes("[")) return [];
  const negated = text.startsWith("!");
  const pattern = text
    .replace(/^!/, "")
    .replace(/^\\(?=[#!])/, "")
    .replace(/\/+$/, "");
  // A pattern without a slash is about names, wherever they stand.
  const anchored = pattern.replace(/^\//, "").includes("/") || pattern.startsWith("/");
  const glob = anchored ? pattern.replace(/^\//, "") : `**/${pattern}`;
  return [{ base, glob, negated }];
}

function matchesRule(file: string, { base, glob }: IgnoreRule): boolean {
  if (base !== "" && !file.startsWith(`${base}/`)) return false;
  const relative = base === "" ? file : file.slice(base.length + 1);
  return matchesGlob(relative, glob) || matchesGlob(relative, `${glob}/**`);
}

/** What `main` and `bin` point to is published whatever else is said. */
function entryPointsOf(manifest: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const bin = manifest["bin"];
  const targets = [
    manifest["main"],
    ...(typeof bin === "object" && bin !== null ? Object.values(bin) : [bin]),
  ];
  return new Set(
    targets
      .filter((target) => typeof target === "string")
      .map((target) => path.posix.normalize(target).replace(/^\.\//, "")),
  );
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
