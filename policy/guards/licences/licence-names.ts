/**
 * Licences by the names people write in prose, on words as `wordsOf` writes them: "gnu affero general public license
 * version 3 or later", "agplv3", "mit license". Needed where no field and no text says it: statements ("licensed under
 * ..."), notices in sources, README sections.
 */

export interface NamedLicence {
  readonly id: string;
  /** Characters of the name. */
  readonly length: number;
}

/** Version words after a GNU name: `version 3`, `v3 0`, `3`; and whether a later one may be chosen. */
const version = "(?: (?:as )?published by the free software foundation)?(?:,? (?:either )?(?:version|v))?";
const later = "( (?:of the license )?(?:or (?:at your option )?(?:any )?(?:later|newer|above)|and later))?";
const gnuLong = new RegExp(
  `(?:gnu )?(?:(affero|lesser|library) )?(?:gpl )?general public licen[cs]es?(?: (?:a|l)?gpl)?${version} ?v?(\\d)?(?: (\\d))?${later}`,
  "y",
);
const gnuShort = new RegExp(
  `(?:gnu )?(a|l)?gpl(?: ?(?:version|v))? ?(\\d)?(?: (\\d))?( ?or later)?${later}`,
  "y",
);

/** The first that matches wins: longer names stand before the names they begin with. */
const names: readonly (readonly [pattern: RegExp, id: (match: RegExpExecArray) => string])[] = [
  [gnuLong, ([, kind, major, minor, after]) => gnuId(gnuKind(kind), major, minor, after)],
  [
    gnuShort,
    ([, kind, major, minor, a, b]) => gnuId(`${(kind ?? "").toUpperCase()}GPL`, major, minor, a ?? b),
  ],
  [/(?:the )?(?:mongodb )?(?:server side public license|sspl)/y, () => "SSPL-1.0"],
  [/(?:business source license|busl|bsl 1 1)/y, () => "BUSL-1.1"],
  [/elastic license(?: (?:v|version )?2(?: 0)?)?/y, () => "Elastic-2.0"],
  [/functional source license/y, () => "FSL-1.1-ALv2"],
  [/fair core license/y, () => "FCL-1.0"],
  [/sustainable use license/y, () => "SUL-1.0"],
  [/commons clause/y, () => "Commons-Clause-1.0"],
  [/polyform (noncommercial|small business|shield|perimeter|strict|internal use|free trial)/y, polyform],
  [/(?:redis source available license|rsal(?:v2)?)/y, () => "RSALv2"],
  [/confluent community license/y, () => "Confluent-Community-1.0"],
  [/timescale license/y, () => "TSL-2.0"],
  [/(?:gnu )?(?:free documentation license|gfdl)/y, () => "GFDL-1.3-or-later"],
  [
    /(?:creative commons|cc) (?:attribution|by)((?: (?:non ?commercial|nc|share ?alike|sa|no ?deriv(?:ative)?s?|nd))*)(?: licen[cs]e)?(?: v?(\d) (\d))?/y,
    creativeCommons,
  ],
  [/(?:creative commons zero|cc0|cc 0)(?: 1 0)?/y, () => "CC0-1.0"],
  [
    /(?:mozilla public license|mpl)(?: (?:version|v))? ?v?(\d)? ?(\d)?/y,
    ([, major]) => `MPL-${major ?? "2"}.${major === "1" ? "1" : "0"}`,
  ],
  [
    /(?:eclipse public license|epl)(?: (?:version|v))? ?v?(\d)?(?: 0)?/y,
    ([, major]) => `EPL-${major ?? "2"}.0`,
  ],
  [/(?:common development and distribution license|cddl)/y, () => "CDDL-1.0"],
  [/apache(?: software)?(?: licen[cs]e)?s?(?: (?:version|v))? ?v?2(?: 0)?/y, () => "Apache-2.0"],
  [/isc(?: licen[cs]e)?/y, () => "ISC"],
  [/(?:mit|expat)(?: x11| expat)?(?: style)?(?: open source)?(?: licen[cs]es?)?(?: mit)?/y, () => "MIT"],
  [/(?:new|modified|revised|3 clause) bsd|bsd 3(?: clause)?|3 clause bsd/y, () => "BSD-3-Clause"],
  [/(?:simplified|freebsd|2 clause) bsd|bsd 2(?: clause)?/y, () => "BSD-2-Clause"],
  [/bsd(?: style)? licen[cs]e/y, () => "BSD-3-Clause"],
  [/(?:the )?unlicense/y, () => "Unlicense"],
  [/boost software license/y, () => "BSL-1.0"],
  [/zlib(?: libpng)?(?: licen[cs]e)?/y, () => "Zlib"],
  [/wtfpl/y, () => "WTFPL"],
  [/artistic license(?: 2 0)?/y, () => "Artistic-2.0"],
  [/python software foundation license/y, () => "PSF-2.0"],
  [/blue oak model license/y, () => "BlueOak-1.0.0"],
  [
    /(?:a )?(?:commercial|proprietary|paid)(?: \w+){0,2} (?:licen[cs]es?|terms|agreement)/y,
    () => "LicenseRef-Commercial",
  ],
];

/** The licence whose name starts at `at`, or none. */
export function licenceNameAt(words: string, at: number): NamedLicence | undefined {
  for (const [pattern, id] of names) {
    pattern.lastIndex = at;
    const match = pattern.exec(words);
    // A name ends where a word ends: "mit" is not the beginning of "mitigation".
    if (match === null || /[\p{L}\p{N}]/u.test(words[at + match[0].trimEnd().length] ?? "")) continue;
    return { id: id(match), length: match[0].trimEnd().length };
  }
  return undefined;
}

function gnuKind(kind: string | undefined): string {
  return kind === undefined ? "GPL" : kind === "affero" ? "AGPL" : "LGPL";
}

/** Without a version the author leaves the choice of one: any that was published. */
function gnuId(
  kind: string,
  major: string | undefined,
  minor: string | undefined,
  after: string | undefined,
): string {
  const first = kind === "AGPL" ? "3" : "2";
  const number = `${major ?? first}.${minor ?? (kind === "LGPL" && (major ?? "2") === "2" ? "1" : "0")}`;
  return `${kind}-${number}-${major === undefined || after !== undefined ? "or-later" : "only"}`;
}

function polyform([, kind]: RegExpExecArray): string {
  const word = (kind ?? "").replace(/\b\w/g, (letter) => letter.toUpperCase()).replaceAll(" ", "-");
  return `PolyForm-${word}-1.0.0`;
}

function creativeCommons([, parts = "", major, minor]: RegExpExecArray): string {
  const terms = [
    /nc|non ?commercial/.test(parts) ? "-NC" : "",
    /sa|share ?alike/.test(parts) ? "-SA" : "",
    /nd|no ?deriv/.test(parts) ? "-ND" : "",
  ];
  return `CC-BY${terms.join("")}-${major ?? "4"}.${minor ?? "0"}`;
}
