/**
 * A glob, matched in time O(pattern * path) whatever the two are.
 *
 * Globs are usually turned into regular expressions, and those backtrack: "@(a|a|aa)+" or a dozen stars against a long
 * name take longer than anybody lives, and a name may come from someone hostile. Here a star remembers one place to
 * come back to, the latest, which suffices because a later star can stand for all that an earlier one could.
 *
 *     *  any characters of a segment      **  any number of segments      ?  one character of a segment
 *     [a-z] [!a-z] [^a-z]  one character of a set      {a,b} {1..9}  alternatives      \  what follows, literally
 */

type Token =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "one" }
  | { readonly kind: "star" }
  | {
      readonly kind: "set";
      readonly negated: boolean;
      readonly ranges: readonly (readonly [number, number])[];
    };

/** Undefined stands for `**`. */
type Segment = readonly Token[] | undefined;

/** A list of alternatives longer than this is a mistake or worse. */
const ALTERNATIVES_MAX = 1024;
const BRACES_DEPTH_MAX = 8;

/** Why a pattern is none. */
export class GlobError extends Error {}

/** Throws GlobError. */
export function compileGlob(pattern: string): (path: string) => boolean {
  const alternatives = expandBraces(pattern).map((each) => each.split("/").map(parseSegment));
  return (path) => {
    const segments = path.split("/");
    return alternatives.some((wanted) => matchSegments(wanted, segments));
  };
}

/** As for characters: on a mismatch, the latest `**` takes one segment more. */
function matchSegments(wanted: readonly Segment[], segments: readonly string[]): boolean {
  let [w, s] = [0, 0];
  let [backW, backS] = [-1, 0];
  while (s < segments.length) {
    if (w < wanted.length && wanted[w] === undefined) {
      [backW, backS] = [++w, s];
    } else if (w < wanted.length && matchSegment(wanted[w]!, segments[s]!)) {
      w++;
      s++;
    } else if (backW >= 0) {
      [w, s] = [backW, ++backS];
    } else return false;
  }
  while (w < wanted.length && wanted[w] === undefined) w++;
  return w === wanted.length;
}

function matchSegment(tokens: readonly Token[], text: string): boolean {
  let [t, at] = [0, 0];
  let [backT, backAt] = [-1, 0];
  for (;;) {
    const token = tokens[t];
    if (token === undefined && at === text.length) return true;
    if (token?.kind === "star") {
      [backT, backAt] = [++t, at];
      continue;
    }
    const end = token === undefined ? -1 : endOfToken(token, text, at);
    if (end >= 0) {
      at = end;
      t++;
    } else if (backT >= 0 && backAt < text.length) {
      [t, at] = [backT, ++backAt];
    } else return false;
  }
}

/** Where what the token stands for ends, or -1. */
function endOfToken(token: Token, text: string, at: number): number {
  if (token.kind === "literal") return text.startsWith(token.text, at) ? at + token.text.length : -1;
  const character = text.codePointAt(at);
  if (character === undefined) return -1;
  const end = at + (character > 0xffff ? 2 : 1);
  if (token.kind !== "set") return end;
  const isIn = token.ranges.some(([from, to]) => character >= from && character <= to);
  return isIn === token.negated ? -1 : end;
}

function parseSegment(text: string): Segment {
  if (text === "**") return undefined;
  const tokens: Token[] = [];
  let literal = "";
  const push = (token: Token): void => {
    if (literal !== "") tokens.push({ kind: "literal", text: literal });
    literal = "";
    if (token.kind !== "star" || tokens.at(-1)?.kind !== "star") tokens.push(token);
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if ("?*+@!".includes(character) && text[at + 1] === "(")
      fail(`it has ${character}(...); alternatives are written {a,b}`);
    if (character === "\\") {
      literal += text[++at] ?? fail("it ends in a backslash");
    } else if (character === "*") push({ kind: "star" });
    else if (character === "?") push({ kind: "one" });
    else if (character === "[") {
      const end = endOfSet(text, at);
      push(parseSet(text.slice(at + 1, end)));
      at = end;
    } else if (character === "]") fail("it has a ] without a [");
    else literal += character;
  }
  if (literal !== "") tokens.push({ kind: "literal", text: literal });
  return tokens;
}

/** Index of the bracket that closes a set; one that comes first belongs to it. */
function endOfSet(text: string, start: number): number {
  let at = start + 1;
  if (text[at] === "!" || text[at] === "^") at++;
  if (text[at] === "]") at++;
  for (; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "]") return at;
  }
  return fail("it has a [ without a ]");
}

function parseSet(text: string): Token {
  const negated = text.startsWith("!") || text.startsWith("^");
  const characters: { readonly code: number; readonly escaped: boolean }[] = [];
  let escaped = false;
  for (const character of negated ? text.slice(1) : text) {
    if (character === "\\" && !escaped) {
      escaped = true;
      continue;
    }
    characters.push({ code: character.codePointAt(0)!, escaped });
    escaped = false;
  }
  const ranges: (readonly [number, number])[] = [];
  const dash = "-".codePointAt(0)!;
  for (let i = 0; i < characters.length; i++) {
    const from = characters[i]!.code;
    const isRange =
      characters[i + 1]?.code === dash && !characters[i + 1]!.escaped && i + 2 < characters.length;
    const to = isRange ? characters[i + 2]!.code : from;
    if (to < from) fail("it has a range of characters that ends before it begins");
    ranges.push([from, to]);
    if (isRange) i += 2;
  }
  return { kind: "set", negated, ranges };
}

/** The patterns that one with braces stands for, left to right. Sets and escapes are passed over as they are. */
function expandBraces(pattern: string): string[] {
  const [start, end] = outerBraces(pattern);
  if (start < 0) return [pattern];
  const [before, after] = [pattern.slice(0, start), expandBraces(pattern.slice(end + 1))];
  const inside = alternativesIn(pattern.slice(start + 1, end)).flatMap(expandBraces);
  if (inside.length * after.length > ALTERNATIVES_MAX)
    fail(`its braces stand for more than ${ALTERNATIVES_MAX} patterns`);
  return inside.flatMap((middle) => after.map((rest) => before + middle + rest));
}

/** The first braces and where they end; [-1, -1] without any. */
function outerBraces(pattern: string): [number, number] {
  let [start, depth] = [-1, 0];
  for (const [at, character] of plainCharacters(pattern)) {
    if (character === "{" && depth++ === 0) start = at;
    if (depth > BRACES_DEPTH_MAX) fail(`its braces stand in each other more than ${BRACES_DEPTH_MAX} deep`);
    if (character !== "}") continue;
    if (depth === 0) fail("it has a } without a {");
    if (--depth === 0) return [start, at];
  }
  if (depth > 0) fail("it has a { without a }");
  return [-1, -1];
}

/** `a,b`, or `1..9` and `a..f`. */
function alternativesIn(inside: string): string[] {
  const numbers = /^(\d{1,6})\.\.(\d{1,6})$/.exec(inside);
  if (numbers !== null) return range(Number(numbers[1]), Number(numbers[2]), String);
  const letters = /^([A-Za-z])\.\.([A-Za-z])$/.exec(inside);
  if (letters !== null)
    return range(
      letters[1]!.charCodeAt(0),
      letters[2]!.charCodeAt(0),
      (code) => `\\${String.fromCharCode(code)}`,
    );
  const alternatives: string[] = [];
  let [from, depth] = [0, 0];
  for (const [at, character] of plainCharacters(inside)) {
    if (character === "{") depth++;
    if (character === "}") depth--;
    if (character !== "," || depth > 0) continue;
    alternatives.push(inside.slice(from, at));
    from = at + 1;
  }
  return [...alternatives, inside.slice(from)];
}

function range(from: number, to: number, show: (n: number) => string): string[] {
  if (Math.abs(to - from) >= ALTERNATIVES_MAX)
    fail(`its braces stand for more than ${ALTERNATIVES_MAX} patterns`);
  const step = to < from ? -1 : 1;
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => show(from + i * step));
}

/** Characters outside sets and not escaped, with their places. */
function* plainCharacters(pattern: string): IterableIterator<[number, string]> {
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "[") at = endOfSet(pattern, at);
    else yield [at, pattern[at]!];
  }
}

function fail(reason: string): never {
  throw new GlobError(reason);
}
