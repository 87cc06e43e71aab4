/**
 * What a licence text says: which licences it holds (by phrase, by likeness, by a sentence that grants one by name),
 * which it names only for artwork, and what it adds that may take rights away. Everything else a file may contain
 * (names, years, headings) is passed over.
 */
import { matchKnownTexts, shareShingles, wordsOf } from "./known-texts.ts";
import { statementsIn } from "./statements.ts";
import type { Statement } from "./statements.ts";
import { idsByPhrase } from "./text-phrases.ts";

export interface LicenceText {
  /** SPDX ids of the licences it holds. */
  readonly ids: readonly string[];
  /** Licences it offers beside an allowed one, in one sentence: explained by that choice. */
  readonly offered: readonly Statement[];
  /** Licences of logos and artwork only. */
  readonly artwork: readonly string[];
  /** The words, outside what was recognised, that may restrict; undefined where there are none. */
  readonly restriction: string | undefined;
  /** Words that belong to no recognised text. */
  readonly unknownWords: number;
  /** All words as `wordsOf` writes them: to look for a licence's name. */
  readonly words: string;
}

/** Cost: linear in the text, about 0.3 s for two million characters. */
export function readLicenceText(text: string): LicenceText {
  const words = wordsOf(text);
  const list = words === "" ? [] : words.split(" ");
  const { matches, covered } = matchKnownTexts(list);
  const starts = wordStarts(list);
  // The GPL ends with advice how to apply it, in the very words of a grant.
  const statements = statementsIn(words).filter(({ at }) => covered[wordAt(starts, at)] !== true);
  const artwork = statements.filter(({ at }) => isAboutArtwork(words, at));
  const said = statements.filter((statement) => !artwork.includes(statement));
  const phrases = idsByPhrase(words).filter((id) => !artworkOnly(id, words, artwork));
  const likeness = matches
    .map(({ id }) => id)
    .filter((id) => !phrases.some((known) => known === id || shareShingles(known, id)));
  const single = said.filter(({ choice }) => !choice).flatMap(({ ids }) => ids);
  const ids = [...new Set([...phrases, ...likeness])];
  return {
    ids: [...ids, ...new Set(single.filter((id) => !ids.some((known) => sameFamily(known, id))))],
    offered: said.filter(({ choice }) => choice),
    artwork: [...new Set(artwork.flatMap(({ ids }) => ids))],
    restriction: restrictionIn(list, covered),
    unknownWords: covered.filter((one) => !one).length,
    words,
  };
}

/** SPDX ids only, every offer included. */
export function recogniseTexts(text: string): readonly string[] {
  const { ids, offered } = readLicenceText(text);
  return [...new Set([...ids, ...offered.flatMap((offer) => offer.ids)])];
}

function wordStarts(list: readonly string[]): readonly number[] {
  let at = 0;
  return list.map((word) => {
    const start = at;
    at += word.length + 1;
    return start;
  });
}

/** Index of the word at a character, by bisection. */
function wordAt(starts: readonly number[], at: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** "Logo created by ..., licensed under CC BY-SA": no code, and nearly never in the package. */
function isAboutArtwork(words: string, at: number): boolean {
  return /\b(?:logos?|artwork|mascot|illustrations?)\b/.test(words.slice(Math.max(0, at - 160), at));
}

function artworkOnly(id: string, words: string, artwork: readonly Statement[]): boolean {
  if (!id.startsWith("CC-")) return false;
  return (
    artwork.some(({ ids }) => ids.some((one) => sameFamily(one, id))) &&
    !words.includes("public license by exercising")
  );
}

function sameFamily(a: string, b: string): boolean {
  const family = (id: string): string => id.replace(/-(?:only|or-later)$/, "").replace(/-\d.*$/, "");
  return family(a) === family(b);
}

/** Phrases that take rights away, on words; each is looked for outside of recognised texts only. */
const restrictions: readonly RegExp[] = [
  /\bnon ?commercial\b/,
  /\b(?:evaluation|educational|academic|research|personal|private|internal|trial)(?: (?:and|or) \w+){0,5}(?: business)? (?:use|purposes?) only\b/,
  /\b(?:only|solely) (?:for|with|in) (?:the )?(?:evaluation|educational|academic|research|personal|private|internal|use|connection|relevant)\b/,
  /\buse only with\b/,
  // "You may not use this file except in compliance with the License": the Apache notice in any of its forms.
  /\b(?:you|licensee|customer|user)s? (?:may|must|shall|can|will) not\b(?! use (?:this|these|the) \w+ except in compliance)/,
  /\b(?:may|must|shall|can) not be (?:used|sold|copied|modified|redistributed|distributed|reproduced|sublicensed)\b/,
  /\b(?:not|without|no) (?:\w+ ){0,4}commercial(?:ly)?\b/,
  /\bcommercial(?: \w+){0,6} (?:require|requires|prohibited|forbidden|governed|purchase|purchased|contact)\b/,
  /\b(?:require|requires|purchase|obtain|buy)(?: \w+){0,4} commercial\b/,
  /\bgood not evil\b/,
  /\b(?:proprietary|confidential|trade secrets?)\b/,
  /\bunauthori[sz]ed (?:copying|use|distribution|reproduction)\b/,
  /\b(?:all rights (?:are )?reserved|no license is granted|no rights are granted)(?! redistribution)\b.{0,80}\b(?:no part|may be|without)\b/,
  /\b(?:military|weapons?|nuclear|surveillance|human rights|police)\b/,
  /\bmore than \w+ (?:million )?(?:users|employees|developers|seats)\b/,
  /\bterminates automatically\b/,
];

function restrictionIn(list: readonly string[], covered: readonly boolean[]): string | undefined {
  for (const run of uncoveredRuns(list, covered)) {
    for (const pattern of restrictions) {
      const match = pattern.exec(run);
      if (match !== null) return quote(run, match.index, match[0].length);
    }
  }
  return undefined;
}

/** The words between recognised texts. A run of few words is a name or a year. */
function* uncoveredRuns(list: readonly string[], covered: readonly boolean[]): Generator<string> {
  let from = 0;
  while (from < list.length) {
    if (covered[from] === true) {
      from++;
      continue;
    }
    let to = from;
    while (to < list.length && covered[to] !== true) to++;
    if (to - from >= 3) yield list.slice(from, to).join(" ");
    from = to;
  }
}

function quote(run: string, at: number, length: number): string {
  const from = run.lastIndexOf(" ", Math.max(0, at - 40)) + 1;
  const end = run.indexOf(" ", at + length + 40);
  return run.slice(from, end < 0 ? undefined : end);
}
