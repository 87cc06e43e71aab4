/**
 * SPDX licence expressions (SPDX 2.3, annex D), as packages really write them: old ids, `+`, prose names and
 * lists with commas or slashes included. Reading never corrects by likeness: a table of exact spellings, or unknown.
 * (Correcting by likeness is how `UNLICENSED` becomes `Unlicense`.)
 */

import { wordsOf } from "./known-texts.ts";
import { aliases, deprecated } from "./licence-aliases.ts";
import { licenceNameAt } from "./licence-names.ts";
import { leadingStatement } from "./statements.ts";
import { policyTable } from "./table.ts";

export type LicenceExpression =
  | { readonly kind: "licence"; readonly id: string }
  | { readonly kind: "with"; readonly licence: string; readonly exception: string }
  | { readonly kind: "and" | "or"; readonly arms: readonly LicenceExpression[] }
  /** `MIT, GPL` or `MIT/GPL`: nobody said whether that is a choice. */
  | { readonly kind: "either"; readonly arms: readonly LicenceExpression[] };

export type Parsed =
  | { readonly kind: "expression"; readonly expression: LicenceExpression }
  | { readonly kind: "see-file"; readonly path: string }
  | { readonly kind: "unparsable"; readonly reason: string };

/** Longer is no licence field; the limits keep a hostile field from costing time or stack. */
const lengthLimit = 2000;
const depthLimit = 50;

export function parseExpression(text: string): Parsed {
  const trimmed = text.trim().replace(/\s+/g, " ");
  if (trimmed === "") return unparsable("the field is empty");
  if (trimmed.length > lengthLimit) return unparsable(`the field has ${trimmed.length} characters`);
  const file = seenFile(trimmed);
  if (file !== undefined) return { kind: "see-file", path: file };
  const name = aliasOf(trimmed) ?? licenceOfUrl(trimmed);
  if (name !== undefined) return { kind: "expression", expression: name };
  // "GPLv2 or later" is one licence; to the grammar it is a choice of two.
  const later = /\bor (?:any )?(?:later|newer|above)\b/i.test(trimmed) ? prose(trimmed) : undefined;
  if (later !== undefined) return later;
  try {
    return { kind: "expression", expression: new Parser(tokens(trimmed)).parse() };
  } catch (error) {
    if (error instanceof NotAnExpression)
      return listOf(trimmed) ?? prose(trimmed) ?? unparsable(error.message);
    throw error;
  }
}

/** `SEE LICENSE IN terms.md`, and what people write instead: `See LICENSE`, `LICENSE.txt`. */
function seenFile(text: string): string | undefined {
  const told = /^see (?:the )?licen[cs]e (?:file )?in:? ?(?:the )?(?:file )?(.+)$/i.exec(text);
  const alone = /^(?:see )?(?:the )?(?:file )?(licen[cs]e(?:\.(?:md|txt|html?))?)(?: file)?\.?$/i.exec(text);
  return (told ?? alone)?.[1]?.replace(/^["'<]|["'>]$/g, "");
}

/** Words that name licences and nothing else: `GPLv2 or later`, `MIT or Apache 2.0`. */
function prose(text: string): Parsed | undefined {
  const words = wordsOf(text).replace(/ licenses?$/, "");
  // "MIT style" is what its author made of it.
  if (/\b(?:style|like|based|modified|compatible)\b/.test(words) || /[<>=@#()]/.test(text)) return undefined;
  if (licenceNameAt(words.replace(/^the /, ""), 0) === undefined) return undefined;
  const said = leadingStatement(words);
  if (said === undefined || said.end !== words.length || !said.joined) return undefined;
  const arms = said.ids.map((id) => normaliseLicence(id));
  if (arms.length === 1) return { kind: "expression", expression: arms[0]! };
  return { kind: "expression", expression: { kind: said.choice ? "or" : "and", arms } };
}

/** The addresses under which the texts are published. */
const published: readonly (readonly [address: RegExp, id: (match: RegExpExecArray) => string])[] = [
  [/opensource\.org\/licen[cs]es?\/([\w.-]+?)(?:-license)?(?:\.(?:php|html))?$/, ([, id]) => id!],
  [/choosealicense\.com\/licenses\/([\w.-]+)$/, ([, id]) => id!],
  [/spdx\.org\/licenses\/([\w.+-]+?)(?:\.html)?$/, ([, id]) => id!],
  [/gnu\.org\/licenses\/(?:old-licenses\/)?((?:a|l)?gpl-\d\.\d)(?:\.\w+)*$/, ([, id]) => id!],
  [/gnu\.org\/licenses\/((?:a|l)?gpl)(?:\.\w+)*$/, ([, id]) => `${id!}-3.0`],
  [/apache\.org\/licenses\/license-2\.0(?:\.\w+)?$/, () => "Apache-2.0"],
  [/mozilla\.org\/(?:en-us\/)?mpl\/(\d\.\d)$/, ([, version]) => `MPL-${version}`],
  [/unlicense\.org$/, () => "Unlicense"],
  [/wtfpl\.net(?:\/.*)?$/, () => "WTFPL"],
  [/creativecommons\.org\/publicdomain\/zero\/1\.0$/, () => "CC0-1.0"],
  [
    /creativecommons\.org\/licenses\/([\w-]+)\/(\d\.\d)/,
    ([, kind, version]) => `CC-${kind!.toUpperCase()}-${version}`,
  ],
];

function licenceOfUrl(text: string): LicenceExpression | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined;
  const address = text.toLowerCase().replace(/\/+$/, "");
  for (const [pattern, id] of published) {
    const match = pattern.exec(address);
    if (match !== null) return normaliseLicence(id(match));
  }
  return undefined;
}

function unparsable(reason: string): Parsed {
  return { kind: "unparsable", reason };
}

class NotAnExpression extends Error {}

function tokens(text: string): readonly string[] {
  return text.match(/[()]|[^\s()]+/g) ?? [];
}

/** Recursive descent; WITH binds tighter than AND, AND tighter than OR. */
class Parser {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;
  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  parse(): LicenceExpression {
    const expression = this.#chain("or");
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw new NotAnExpression(`${JSON.stringify(rest)} was not expected`);
    return expression;
  }

  #chain(operator: "or" | "and"): LicenceExpression {
    const arms: LicenceExpression[] = [];
    do arms.push(operator === "or" ? this.#chain("and") : this.#term());
    while (this.#accept(operator));
    return arms.length === 1
      ? arms[0]!
      : { kind: operator, arms: arms.flatMap((arm) => flat(arm, operator)) };
  }

  #term(): LicenceExpression {
    if (this.#tokens[this.#at] !== "(") return this.#simple();
    this.#at++;
    if (++this.#depth > depthLimit) throw new NotAnExpression(`it is nested more than ${depthLimit} deep`);
    const inner = this.#chain("or");
    this.#depth--;
    if (this.#tokens[this.#at++] !== ")") throw new NotAnExpression("a parenthesis is not closed");
    return inner;
  }

  #simple(): LicenceExpression {
    const licence = normaliseLicence(this.#word("a licence id"));
    if (!this.#accept("with")) return licence;
    const exception = this.#word("an exception id");
    if (licence.kind !== "licence") throw new NotAnExpression("two exceptions on one licence");
    return { kind: "with", licence: licence.id, exception: canonical(exception) };
  }

  #word(what: string): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new NotAnExpression(`${what} is missing at the end`);
    if (isOperator(token) || !/^[A-Za-z0-9.:+-]+$/.test(token)) {
      throw new NotAnExpression(`${JSON.stringify(token)} stands where ${what} belongs`);
    }
    return token;
  }

  /** Operators are upper case or lower case, never mixed (SPDX 2.3, D.2). */
  #accept(operator: string): boolean {
    const token = this.#tokens[this.#at];
    const found = token === operator || token === operator.toUpperCase();
    if (found) this.#at++;
    return found;
  }
}

function isOperator(token: string): boolean {
  return /^(?:and|or|with|AND|OR|WITH)$/.test(token);
}

function flat(arm: LicenceExpression, kind: "and" | "or"): readonly LicenceExpression[] {
  return arm.kind === kind ? arm.arms : [arm];
}

/** `A, B` and `A/B` where every part is a licence by itself. */
function listOf(text: string): Parsed | undefined {
  const parts = text.replace(/^\((.*)\)$/, "$1").split(/\s*[,;/|&]\s*/);
  if (parts.length < 2 || parts.length > 20) return undefined;
  const arms = parts.map((part) => {
    if (/[()]/.test(part)) return undefined;
    const parsed = aliasOf(part) ?? (/^[A-Za-z0-9.:+-]+$/.test(part) ? normaliseLicence(part) : undefined);
    return parsed;
  });
  return arms.every((arm) => arm !== undefined)
    ? { kind: "expression", expression: { kind: "either", arms } }
    : undefined;
}

function normaliseLicence(token: string): LicenceExpression {
  const replaced = lookUp(deprecated, token) ?? lookUp(aliases, token);
  if (replaced !== undefined) {
    const [licence, exception] = replaced.split(" WITH ") as [string, string?];
    return exception === undefined ? { kind: "licence", id: licence } : { kind: "with", licence, exception };
  }
  const gnu = /^((?:A|L)?GPL|GFDL)-(\d\.\d)(?:-(only|or-later))?(\+)?$/i.exec(token);
  if (gnu) {
    const later = gnu[4] === "+" || gnu[3]?.toLowerCase() === "or-later";
    return { kind: "licence", id: `${gnu[1]!.toUpperCase()}-${gnu[2]}-${later ? "or-later" : "only"}` };
  }
  return { kind: "licence", id: canonical(token) };
}

/** Ids are compared without case (SPDX 2.3, D.2) and written as the list writes them. */
function canonical(token: string): string {
  const plain = token.endsWith("+") ? token.slice(0, -1) : token;
  const known = spellings.get(plain.toLowerCase());
  return known === undefined ? token : token.endsWith("+") ? `${known}+` : known;
}

const spellings: ReadonlyMap<string, string> = new Map(
  [
    ...policyTable.licences.flatMap((row) => row.ids),
    ...policyTable.exceptions.flatMap((row) => row.exceptions),
    ..."MPL-1.0 MPL-1.1 MPL-2.0 EPL-1.0 EPL-2.0 CDDL-1.0 CDDL-1.1 EUPL-1.1 EUPL-1.2 OFL-1.1 ODbL-1.0".split(
      " ",
    ),
    ..."CC-BY-3.0 CC-BY-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC-BY-NC-4.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0".split(" "),
    ..."SSPL-1.0 BUSL-1.1 Elastic-2.0 FSL-1.1-MIT FSL-1.1-ALv2 OSL-3.0 AFL-2.1 Artistic-1.0 Artistic-2.0".split(
      " ",
    ),
  ]
    .filter((id) => !id.includes("*"))
    .map((id) => [id.toLowerCase(), id]),
);

function aliasOf(text: string): LicenceExpression | undefined {
  const id = lookUp(aliases, text);
  return id === undefined ? undefined : { kind: "licence", id };
}

function lookUp(names: Readonly<Record<string, string>>, name: string): string | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(names, key) ? names[key] : undefined;
}

/** Canonical text of an expression; reading it again gives the same expression (`either` reads as a list). */
export function expressionText(expression: LicenceExpression): string {
  switch (expression.kind) {
    case "licence":
      return expression.id;
    case "with":
      return `${expression.licence} WITH ${expression.exception}`;
    case "and":
    case "or":
      return expression.arms.map(armText).join(expression.kind === "and" ? " AND " : " OR ");
    case "either":
      return expression.arms.map(armText).join(", ");
  }
}

function armText(arm: LicenceExpression): string {
  return arm.kind === "licence" || arm.kind === "with" ? expressionText(arm) : `(${expressionText(arm)})`;
}

/** Every licence id that an expression names, each once. */
export function idsOf(expression: LicenceExpression): readonly string[] {
  switch (expression.kind) {
    case "licence":
      return [expression.id];
    case "with":
      return [expression.licence];
    case "and":
    case "or":
    case "either":
      return [...new Set(expression.arms.flatMap(idsOf))];
  }
}
