/**
 * Recognises licence texts by phrases that only that licence has. Texts are compared as words (lower case, no
 * punctuation, one space), so wrapping, bullets and quotes do not matter. Phrases come from the body as well as from
 * the title: a text whose title was cut off is still that licence. One file may hold many licences; all are named.
 *
 * GPL-3.0 speaks of the AGPL in its section 13 and the other way round, so neither is recognised by the other's name
 * alone.
 */

interface Fingerprint {
  /** SPDX id, or a plain word the policy table knows. */
  readonly id: string;
  /** Any group whose phrases all occur is enough. Words only, as `wordsOf` writes them. */
  readonly any: readonly (readonly string[])[];
  /** Not this licence if one of these occurs: another licence shares the phrase. */
  readonly not?: readonly string[];
}

const mitGrant =
  "permission is hereby granted free of charge to any person obtaining a copy of this software and associated documentation files";
const bsdGrant =
  "redistribution and use in source and binary forms with or without modification are permitted";
const iscGrant =
  /permission to use copy modify and (?:or )?distribute this software for any purpose with or without fee is hereby granted/;

const fingerprints: readonly Fingerprint[] = [
  {
    id: "AGPL-3.0-only",
    any: [
      ["gnu affero general public license version 3 19 november 2007"],
      ["must prominently offer all users interacting with it remotely through a computer network"],
      ["under the terms of the gnu affero general public license"],
      ["licensed under the gnu affero general public license"],
      ["licensed under the agpl"],
      ["licensed under agpl"],
    ],
  },
  { id: "AGPL-1.0-only", any: [["affero general public license version 1 march 2002"]] },
  {
    id: "GPL-3.0-only",
    any: [
      ["gnu general public license version 3 29 june 2007"],
      [
        "you have permission to link or combine any covered work with a work licensed under version 3 of the gnu affero general public license",
      ],
      ["licensed under the gnu general public license v3"],
    ],
  },
  {
    id: "GPL-2.0-only",
    any: [
      ["gnu general public license version 2 june 1991"],
      ["you may copy and distribute verbatim copies of the program s source code as you receive it"],
    ],
  },
  { id: "GPL-1.0-only", any: [["gnu general public license version 1 february 1989"]] },
  {
    id: "GPL-2.0-or-later",
    any: [["under the terms of the gnu general public license as published by the free software foundation"]],
    // The full texts end in this notice as advice on how to apply them.
    not: [
      "gnu general public license version 2 june 1991",
      "gnu general public license version 3 29 june 2007",
      "how to apply these terms to your new programs",
    ],
  },
  {
    id: "LGPL-3.0-only",
    any: [
      ["gnu lesser general public license version 3 29 june 2007"],
      [
        "this version of the gnu lesser general public license incorporates the terms and conditions of version 3",
      ],
    ],
  },
  {
    id: "LGPL-2.1-only",
    any: [
      ["gnu lesser general public license version 2 1 february 1999"],
      ["this license agreement applies to any software library or other program which contains a notice"],
      ["under the terms of the gnu lesser general public license"],
    ],
    not: ["gnu lesser general public license version 3 29 june 2007"],
  },
  { id: "LGPL-2.0-only", any: [["gnu library general public license version 2 june 1991"]] },
  {
    id: "SSPL-1.0",
    any: [
      ["server side public license version 1"],
      [
        "if you make the functionality of the program or a modified version available to third parties as a service",
      ],
    ],
  },
  {
    id: "BUSL-1.1",
    any: [
      ["business source license 1 1"],
      [
        "the licensor hereby grants you the right to copy modify create derivative works redistribute and make non production use",
      ],
    ],
  },
  {
    id: "Elastic-2.0",
    any: [
      ["elastic license 2 0"],
      ["you may not provide the software to third parties as a hosted or managed service"],
    ],
  },
  { id: "FSL-1.1-MIT", any: [["functional source license version 1 1 mit future license"]] },
  {
    id: "FSL-1.1-ALv2",
    any: [
      ["functional source license"],
      ["competing use means making the software available to others in a commercial product"],
    ],
    not: ["mit future license"],
  },
  { id: "SUL-1.0", any: [["sustainable use license"]] },
  {
    id: "Commons-Clause-1.0",
    any: [
      ["commons clause license condition"],
      ["the right to sell the software", "subject to the following condition"],
    ],
  },
  { id: "PolyForm-Noncommercial-1.0.0", any: [["polyform noncommercial license"]] },
  { id: "PolyForm-Small-Business-1.0.0", any: [["polyform small business license"]] },
  { id: "Prosperity-3.0.0", any: [["prosperity public license"]] },
  { id: "Parity-7.0.0", any: [["parity public license"]] },
  { id: "Hippocratic-2.1", any: [["hippocratic license"]] },
  { id: "OSL-3.0", any: [["open software license v 3 0"], ["open software license version 3 0"]] },
  {
    id: "CC-BY-NC-4.0",
    any: [
      ["attribution noncommercial 4 0 international"],
      ["attribution noncommercial sharealike 4 0 international"],
      ["attribution noncommercial noderivatives 4 0 international"],
      ["attribution noncommercial 3 0"],
    ],
  },
  { id: "JSON", any: [["the software shall be used for good not evil"]] },
  {
    id: "UNLICENSED",
    any: [["unauthorized copying of this file"], ["this software is proprietary and confidential"]],
  },
  {
    id: "Apache-2.0",
    any: [
      ["apache license version 2 0 january 2004"],
      ["licensed under the apache license version 2 0"],
      ["licensed under the apache license 2 0"],
      [
        "grants to you a perpetual worldwide non exclusive no charge royalty free irrevocable copyright license to reproduce prepare derivative works of",
      ],
    ],
  },
  { id: "Apache-1.1", any: [["apache software license version 1 1"]] },
  {
    id: "MPL-2.0",
    any: [
      ["mozilla public license version 2 0"],
      ["subject to the terms of the mozilla public license v 2 0"],
    ],
  },
  { id: "MPL-1.1", any: [["mozilla public license version 1 1"]] },
  { id: "EPL-2.0", any: [["eclipse public license v 2 0"]] },
  { id: "EPL-1.0", any: [["eclipse public license v 1 0"]] },
  { id: "CDDL-1.0", any: [["common development and distribution license"]] },
  {
    id: "EUPL-1.2",
    any: [["european union public licence v 1 2"], ["european union public licence version 1 2"]],
  },
  { id: "CC0-1.0", any: [["cc0 1 0 universal"], ["creative commons zero v1 0 universal"]] },
  { id: "CC-BY-SA-4.0", any: [["attribution sharealike 4 0 international"]] },
  {
    id: "CC-BY-4.0",
    any: [
      ["creative commons attribution 4 0 international"],
      ["attribution 4 0 international creative commons"],
    ],
  },
  {
    id: "CC-BY-3.0",
    any: [["creative commons attribution 3 0"], ["creative commons legal code attribution 3 0"]],
  },
  { id: "OFL-1.1", any: [["sil open font license version 1 1"]] },
  { id: "Artistic-2.0", any: [["the artistic license 2 0"], ["artistic license 2 0"]] },
  { id: "Artistic-1.0", any: [["the artistic license preamble"]] },
  { id: "BSL-1.0", any: [["boost software license version 1 0"]] },
  { id: "Python-2.0", any: [["python software foundation license version 2"]] },
  {
    id: "Unicode-3.0",
    any: [["unicode license v3"], ["unicode inc license agreement data files and software"]],
  },
  { id: "BlueOak-1.0.0", any: [["blue oak model license"]] },
  { id: "Unlicense", any: [["this is free and unencumbered software released into the public domain"]] },
  { id: "WTFPL", any: [["do what the fuck you want to public license"]] },
  { id: "UPL-1.0", any: [["the universal permissive license upl version 1 0"]] },
  { id: "NCSA", any: [["university of illinois ncsa open source license"]] },
  {
    id: "Zlib",
    any: [
      [
        "altered source versions must be plainly marked as such and must not be misrepresented as being the original software",
      ],
    ],
  },
  {
    id: "MIT",
    any: [
      [mitGrant, "the above copyright notice and this permission notice"],
      [mitGrant, "the above copyright notice and this license"],
      ["licensed under the mit license"],
      ["released under the mit license"],
      ["distributed under the mit license"],
      ["mit license http"],
      ["license mit"],
    ],
  },
  { id: "MIT-0", any: [[mitGrant]], not: ["the above copyright notice and this"] },
  {
    id: "BSD-4-Clause",
    any: [[bsdGrant, "all advertising materials mentioning features or use of this software"]],
  },
  {
    id: "BSD-3-Clause",
    any: [
      [bsdGrant, "may be used to endorse or promote products derived from"],
      [bsdGrant, "to endorse or promote products derived from this software without"],
    ],
    not: ["all advertising materials mentioning features or use of this software"],
  },
  { id: "BSD-2-Clause", any: [[bsdGrant]], not: ["to endorse or promote products derived from"] },
];

/** SPDX ids of every licence whose text or grant stands in `text`, in the order of the table. */
export function recogniseTexts(text: string): readonly string[] {
  const words = wordsOf(text);
  const found = fingerprints
    .filter(
      ({ any, not }) =>
        any.some((phrases) => phrases.every((phrase) => words.includes(phrase))) &&
        !(not ?? []).some((phrase) => words.includes(phrase)),
    )
    .map(({ id }) => id);
  // ISC with its condition; the same grant without a condition is 0BSD.
  const grant = iscGrant.exec(words);
  if (grant) {
    const after = words.slice(grant.index + grant[0].length);
    found.push(after.trimStart().startsWith("provided that the above copyright notice") ? "ISC" : "0BSD");
  }
  return found;
}

/** Words only, in lower case, one space between; British and American spelling of licence are one. */
export function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .replace(/\blicence/g, "license")
    .trim();
}

/**
 * A licence declared or granted in the comments of a source file. Only comments count: data, patterns and strings
 * that name a licence are not a grant of it.
 */
export interface HeaderGrant {
  readonly expression: string;
  /** An SPDX header or a tag says exactly this; a prose notice may go on with an exception or another choice. */
  readonly exact: boolean;
  readonly line: number;
}

const commentStart = /^\s*(?:\/\/|\/?\*|#|;|--|<!--|%|"""|'''|dnl\b|rem\b)/i;

/** SPDX headers and AGPL/GPL/SSPL notices in comments. Linear in the text; looks at whole bundles too. */
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
    add(match[1]!.replace(/[\s-]+$/, ""), match.index, true);
  }
  for (const match of firstOf(text.matchAll(/@licen[cs]e[ \t]+((?:AGPL|GPL|SSPL|BUSL)[-A-Za-z0-9.+]*)/g))) {
    add(match[1]!, match.index, true);
  }
  for (const match of firstOf(text.matchAll(gnuName))) {
    if (!isGrant(text, match.index)) continue;
    const kind = match[1]?.toLowerCase();
    const id =
      kind === undefined ? "GPL-2.0-or-later" : kind === "affero" ? "AGPL-3.0-or-later" : "LGPL-2.1-or-later";
    add(id, match.index, false);
  }
  return found;
}

/** The name, over line ends and comment signs. */
const gnuName =
  /GNU[\s*/#;-]{1,12}(?:(Affero|Lesser|Library)[\s*/#;-]{1,12})?General[\s*/#;-]{1,12}Public[\s*/#;-]{1,12}Licen[cs]e/gi;

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
  return /(?:under (?:the )?terms of(?: the)?|(?:licensed|released|distributed|available) under(?: the)?)$/.test(
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
