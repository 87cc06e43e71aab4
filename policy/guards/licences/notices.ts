/**
 * Licences declared or granted in the comments of a source file: SPDX headers, `@license` tags and banners of bundles,
 * notices in prose. Only comments count: data, patterns and strings that name a licence are not a grant of it. What
 * everybody may use (MIT banners, Apache headers) is not looked for, only what a policy could refuse.
 */
import { wordsOf } from "./known-texts.ts";
import { leadingStatement } from "./statements.ts";

export interface HeaderGrant {
  readonly expression: string;
  /** An SPDX header or a tag says exactly this; a prose notice may go on with an exception or another choice. */
  readonly exact: boolean;
  readonly line: number;
}

const commentStart = /^\s*(?:\/\/|\/?\*|#|;|--|<!--|%|"""|'''|dnl\b|rem\b)/i;

/** Linear in the text; looks at whole bundles too. */
export function headerGrants(text: string): readonly HeaderGrant[] {
  const found: HeaderGrant[] = [];
  const seen = new Set<string>();
  const add = (expression: string, at: number, exact: boolean): void => {
    const key = expression.toLowerCase();
    if (seen.has(key) || !insideComment(text, at)) return;
    seen.add(key);
    found.push({ expression, exact, line: lineAt(text, at) });
  };
  for (const match of firstOf(
    text.matchAll(/SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+:() \t-]{1,200})/g),
  )) {
    add(expressionAtStart(match[1]!), match.index, true);
  }
  for (const match of firstOf(text.matchAll(tag))) {
    const expression = match[1]!.replace(/[\s,;.-]+$/, "");
    if (restricted.test(expression) && !/compatib/i.test(expression))
      add(named(expression) ?? expression, match.index, true);
  }
  for (const match of firstOf(text.matchAll(notice))) {
    if (!isGrant(text, match.index)) continue;
    const expression = named(text.slice(match.index, match.index + 300));
    if (expression !== undefined) add(expression, match.index, false);
  }
  for (const match of firstOf(
    text.matchAll(/\bUnauthorized copying of this (?:file|software|code|source)\b/gi),
  )) {
    add("LicenseRef-Proprietary", match.index, false);
  }
  return found;
}

/** `@license X` and `License: X`, as far as the line, the comment or the next sentence goes. */
const tag = /(?:@licen[cs]e|\bLicen[cs]e:)[ \t]+([A-Za-z][A-Za-z0-9.+() \t-]{1,80})/g;
const restricted =
  /^(?:\(*\s*)?(?:GNU\b|A?L?GPL|SSPL|BUSL|Business Source|Elastic|Server Side|CC-BY-N|CC BY-N|PolyForm|Commons Clause|FSL-|UNLICENSED|Proprietary|Commercial)/i;

/** The name starts where `notice` matched: over line ends and comment signs, hence what may stand between words. */
const between = "[\\s*/#;-]{1,12}";
const notice = new RegExp(
  [
    `GNU${between}(?:(?:Affero|Lesser|Library)${between})?General${between}Public${between}Licen[cs]e`,
    `Server${between}Side${between}Public${between}License`,
    `Business${between}Source${between}License`,
    `Elastic${between}License`,
    `Functional${between}Source${between}License`,
    `Commons${between}Clause`,
    "PolyForm",
    "(?:A|L)?GPL(?=[\\s,.;v)/-]?(?:v?\\d|[\\s,.;)*]))",
  ].join("|"),
  "gi",
);

/** An expression stays as it is; prose becomes the licences it names, a choice among them as a choice. */
function named(text: string): string | undefined {
  if (/^\(*\s*[A-Z0-9][\w.+-]*\d[\w.+-]*(?:\s+(?:OR|AND|WITH)\s+[\w.+()-]+)*\)*$/i.test(text)) return text;
  const statement = leadingStatement(wordsOf(text));
  return statement?.ids.join(statement.choice ? " OR " : " AND ");
}

/** As much of a line as is an expression: "MIT - see LICENSE" goes on in prose. */
function expressionAtStart(line: string): string {
  const found =
    /^[\s(]*[\w.+:-]+(?:[ \t]*\))*(?:[ \t]+(?:AND|OR|WITH|and|or|with)[ \t]+[( \t]*[\w.+:-]+(?:[ \t]*\))*){0,20}/.exec(
      line,
    );
  return (found?.[0] ?? line).replace(/[\s-]+$/, "").trim();
}

/** A file that grants a thousand times is an attack on the reader, and its first thousand say enough. */
function* firstOf(matches: Iterable<RegExpExecArray>): Generator<RegExpExecArray> {
  let left = 1000;
  for (const match of matches) {
    if (left-- === 0) return;
    yield match;
  }
}

/** "... modify it under the terms of the", "licensed under the" before the name; not "compatible with the". */
function isGrant(text: string, at: number): boolean {
  const before = wordsOf(text.slice(Math.max(0, at - 120), at));
  if (/\b(?:not|never|previously|formerly|originally)(?: \w+){0,3} (?:under|terms of)(?: the)?$/.test(before))
    return false;
  return /(?:under (?:the )?terms of(?: (?:the|version \d of the|either the))?|(?:licensed|released|distributed|available|published|provided|dual licensed|covered|governed) (?:under|by)(?: (?:the|a|version \d of the|either the))?|subject to (?:the )?(?:terms of )?the|\b(?:is|are|file|code|library|software|package|module) under(?: (?:a|the))?)$/.test(
    before,
  );
}

function insideComment(text: string, at: number): boolean {
  // In a minified line, or in a block comment without stars: an opened and not yet closed block comment.
  const before = text.slice(Math.max(0, at - 5000), at);
  // What a block comment of the same line has closed no longer counts.
  const sinceLine = before.slice(before.lastIndexOf("\n") + 1);
  const closedAt = sinceLine.lastIndexOf("*/");
  if (commentStart.test(closedAt < 0 ? sinceLine : sinceLine.slice(closedAt + 2))) return true;
  const opened = Math.max(before.lastIndexOf("/*"), before.lastIndexOf("<!--"));
  const closed = Math.max(before.lastIndexOf("*/"), before.lastIndexOf("-->"));
  // Behind a quote it is data that looks like a comment.
  return (
    opened >= 0 && opened > closed && !/["'`][ \t]*$/.test(before.slice(Math.max(0, opened - 20), opened))
  );
}

function lineAt(text: string, at: number): number {
  let line = 1;
  for (let next = text.indexOf("\n"); next >= 0 && next < at; next = text.indexOf("\n", next + 1)) line++;
  return line;
}
