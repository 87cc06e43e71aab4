/**
 * SPDX licence expressions (SPDX 2.3, annex D), as packages really write them: old ids, `+`, prose names and
 * lists with commas or slashes included. Reading never corrects by likeness: a table of exact spellings, or unknown.
 * (Correcting by likeness is how `UNLICENSED` becomes `Unlicense`.)
 */

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
  const seeFile = /^see licen[cs]e (?:file )?in:? ?(.+)$/i.exec(trimmed);
  if (seeFile) return { kind: "see-file", path: seeFile[1]!.replace(/^["'<]|["'>]$/g, "") };
  const name = aliasOf(trimmed);
  if (name !== undefined) return { kind: "expression", expression: name };
  try {
    return { kind: "expression", expression: new Parser(tokens(trimmed)).parse() };
  } catch (error) {
    if (error instanceof NotAnExpression) return listOf(trimmed) ?? unparsable(error.message);
    throw error;
  }
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
    return { kind: "with", licence: licence.id, exception };
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

/** Ids the SPDX list deprecates (list 3.27), by what replaces them. */
const deprecated: Readonly<Record<string, string>> = {
  "bsd-2-clause-freebsd": "BSD-2-Clause-Views",
  "bsd-2-clause-netbsd": "BSD-2-Clause",
  "bzip2-1.0.5": "bzip2-1.0.6",
  "ecos-2.0": "GPL-2.0-or-later WITH eCos-exception-2.0",
  "gpl-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
  "gpl-2.0-with-bison-exception": "GPL-2.0-only WITH Bison-exception-2.2",
  "gpl-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
  "gpl-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
  "gpl-2.0-with-gcc-exception": "GPL-2.0-only WITH GCC-exception-2.0",
  "gpl-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
  "gpl-3.0-with-gcc-exception": "GPL-3.0-only WITH GCC-exception-3.1",
  "standardml-nj": "SMLNJ",
  wxwindows: "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
};

function normaliseLicence(token: string): LicenceExpression {
  const replaced = lookUp(deprecated, token);
  if (replaced !== undefined) {
    const [licence, exception] = replaced.split(" WITH ") as [string, string?];
    return exception === undefined ? { kind: "licence", id: licence } : { kind: "with", licence, exception };
  }
  const gnu = /^((?:A|L)?GPL|GFDL)-(\d\.\d)(?:-(only|or-later))?(\+)?$/i.exec(token);
  if (gnu) {
    const later = gnu[4] === "+" || gnu[3]?.toLowerCase() === "or-later";
    return { kind: "licence", id: `${gnu[1]!.toUpperCase()}-${gnu[2]}-${later ? "or-later" : "only"}` };
  }
  return { kind: "licence", id: token };
}

/** Prose names, spelled exactly as found in the wild (lower-cased, punctuation kept). */
const aliases: Readonly<Record<string, string>> = {
  "apache 2": "Apache-2.0",
  "apache 2.0": "Apache-2.0",
  "apache-2": "Apache-2.0",
  "apache license 2.0": "Apache-2.0",
  "apache license, version 2.0": "Apache-2.0",
  "apache license version 2.0": "Apache-2.0",
  "apache v2": "Apache-2.0",
  apache2: "Apache-2.0",
  "apache2.0": "Apache-2.0",
  apachev2: "Apache-2.0",
  "the apache license, version 2.0": "Apache-2.0",
  expat: "MIT",
  "mit license": "MIT",
  "mit licence": "MIT",
  "mit-license": "MIT",
  "mit/x11": "MIT",
  "mit/expat": "MIT",
  "mit expat": "MIT",
  "the mit license": "MIT",
  "the mit license (mit)": "MIT",
  "mit license (mit)": "MIT",
  "isc license": "ISC",
  "2-clause bsd": "BSD-2-Clause",
  "3-clause bsd": "BSD-3-Clause",
  "bsd 2-clause": "BSD-2-Clause",
  "bsd 3-clause": "BSD-3-Clause",
  "bsd-2": "BSD-2-Clause",
  "bsd-3": "BSD-3-Clause",
  bsd2: "BSD-2-Clause",
  bsd3: "BSD-3-Clause",
  "new bsd": "BSD-3-Clause",
  "new bsd license": "BSD-3-Clause",
  "simplified bsd": "BSD-2-Clause",
  cc0: "CC0-1.0",
  "cc0 1.0": "CC0-1.0",
  "the unlicense": "Unlicense",
  psf: "PSF-2.0",
  mpl: "MPL-2.0",
  mpl2: "MPL-2.0",
  "mpl 2.0": "MPL-2.0",
  "mozilla public license 2.0": "MPL-2.0",
  gpl: "GPL-2.0-or-later",
  "gpl-2": "GPL-2.0-only",
  "gpl-3": "GPL-3.0-only",
  gpl2: "GPL-2.0-only",
  gpl3: "GPL-3.0-only",
  gplv2: "GPL-2.0-only",
  "gpl v2": "GPL-2.0-only",
  gplv3: "GPL-3.0-only",
  "gpl v3": "GPL-3.0-only",
  "gpl 2.0": "GPL-2.0-only",
  "gpl 3.0": "GPL-3.0-only",
  "gplv2+": "GPL-2.0-or-later",
  "gplv3+": "GPL-3.0-or-later",
  "gnu gpl": "GPL-2.0-or-later",
  "gnu gplv3": "GPL-3.0-only",
  "gnu gpl v3": "GPL-3.0-only",
  "gnu general public license": "GPL-2.0-or-later",
  "gnu general public license v2.0": "GPL-2.0-only",
  "gnu general public license v3.0": "GPL-3.0-only",
  lgpl: "LGPL-2.1-or-later",
  lgplv2: "LGPL-2.0-only",
  "lgplv2.1": "LGPL-2.1-only",
  lgplv3: "LGPL-3.0-only",
  "lgpl-2": "LGPL-2.0-only",
  "lgpl-3": "LGPL-3.0-only",
  "lgpl 2.1": "LGPL-2.1-only",
  "lgpl 3.0": "LGPL-3.0-only",
  agpl: "AGPL-3.0-or-later",
  "agpl-3": "AGPL-3.0-only",
  "agpl 3": "AGPL-3.0-only",
  "agpl 3.0": "AGPL-3.0-only",
  agpl3: "AGPL-3.0-only",
  agplv3: "AGPL-3.0-only",
  "agpl v3": "AGPL-3.0-only",
  "agplv3+": "AGPL-3.0-or-later",
  "gnu agpl": "AGPL-3.0-or-later",
  "gnu agplv3": "AGPL-3.0-only",
  "gnu agpl v3": "AGPL-3.0-only",
  "gnu affero general public license": "AGPL-3.0-or-later",
  "gnu affero general public license v3.0": "AGPL-3.0-only",
  sspl: "SSPL-1.0",
  "server side public license": "SSPL-1.0",
  "bsl 1.1": "BUSL-1.1",
  "bsl-1.1": "BUSL-1.1",
  busl: "BUSL-1.1",
  "business source license 1.1": "BUSL-1.1",
  "elastic license 2.0": "Elastic-2.0",
  elv2: "Elastic-2.0",
};

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
