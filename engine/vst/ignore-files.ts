/**
 * What `.gitignore` and `.heliosignore` leave out, at every level of a directory tree.
 *
 * The rules of all levels are one list, outer files first, `.heliosignore` after the `.gitignore` beside it, and the
 * last rule that matches decides, so an inner file can take back what an outer one says. As in git, nothing below an
 * ignored directory can be taken back: it is never looked into. A pattern of an inner file is rewritten to what it
 * means from the top (`*.log` in `a/` is `/a/**\/*.log`), because asking one matcher per level and combining their
 * answers gets "a directory taken back" wrong.
 *
 * Not read: `.git/info/exclude`, the user's global excludes, and ignore files above the directory. A snapshot depends
 * on the tree alone, so the same tree gives the same id on every machine.
 */
import ignore from "ignore";
import { hashBlob } from "../object/hash.ts";

/** In the order in which their rules are added. */
export const ignoreFileNames = [".gitignore", ".heliosignore"] as const;

export class IgnoreRules {
  /** Ignores nothing. */
  static readonly none = new IgnoreRules([]);

  /** The same for the same rules, 0 for none: a path let through by rules needs no second look by equal ones. */
  readonly fingerprint: number;
  readonly #patterns: readonly string[];
  readonly #matcher: ignore.Ignore;

  private constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
    this.fingerprint = patterns.length === 0 ? 0 : fingerprintOf(patterns);
    this.#matcher = ignore({ ignorecase: false }).add(patterns);
  }

  /** These rules and, after them, those of an ignore file in `directory` ("" is the top; no slash at the end). */
  with(directory: string, content: string): IgnoreRules {
    const own = linesOf(content).map((line) => rebasePattern(line, directory));
    const patterns = own.filter((pattern) => pattern !== undefined);
    return patterns.length === 0 ? this : new IgnoreRules([...this.#patterns, ...patterns]);
  }

  /** `path` is relative to the top. Cost: a few microseconds for some tens of rules. */
  ignores(path: string, isDirectory: boolean): boolean {
    if (this.#patterns.length === 0) return false;
    return this.#matcher.ignores(isDirectory ? `${path}/` : path);
  }
}

/** Rules that are known by their fingerprint and read when a name has to be asked about: mostly never. */
export class LazyRules {
  static readonly none = LazyRules.of(IgnoreRules.none);

  readonly fingerprint: number;
  #rules: IgnoreRules | undefined;
  readonly #load: () => IgnoreRules;

  constructor(fingerprint: number, load: () => IgnoreRules) {
    this.fingerprint = fingerprint;
    this.#load = load;
  }

  static of(rules: IgnoreRules): LazyRules {
    return new LazyRules(rules.fingerprint, () => rules);
  }

  get rules(): IgnoreRules {
    return (this.#rules ??= this.#load());
  }
}

/** 48 bits of BLAKE3, which a double holds exactly. */
function fingerprintOf(patterns: readonly string[]): number {
  return Buffer.from(hashBlob(Buffer.from(patterns.join("\n")))).readUIntLE(0, 6);
}

function linesOf(content: string): string[] {
  return content.replace(/^\uFEFF/, "").split(/\r?\n/);
}

/** The same pattern as seen from the top; undefined for comments and blank lines. */
function rebasePattern(line: string, directory: string): string | undefined {
  // A trailing space counts only when escaped.
  const pattern = line.replace(/(?<!\\)[ \t]+$/, "");
  if (pattern === "" || pattern.startsWith("#")) return undefined;
  if (directory === "") return pattern;
  const negated = pattern.startsWith("!");
  const body = negated ? pattern.slice(1) : pattern;
  // A slash anywhere but at the end ties a pattern to the directory of its file.
  const isAnchored = body.slice(0, -1).includes("/");
  const base = `/${escapeGlob(directory)}/`;
  const rebased = isAnchored
    ? base + body.replace(/^\//, "")
    : `${base}**/${body.replace(/^\\([!#])/, "$1")}`;
  return negated ? `!${rebased}` : rebased;
}

function escapeGlob(directory: string): string {
  return directory.replace(/[\\*?[\] ]/g, "\\$&");
}
