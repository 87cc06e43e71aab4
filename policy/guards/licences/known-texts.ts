/**
 * Recognises licence texts by likeness to the known ones in `known-texts.json` (texts of the SPDX licence list, one
 * entry per id; `id#notice` is the notice that stands for it in sources). It complements the phrases of `texts.ts`: a text whose title was changed, whose names were replaced or
 * whose paragraphs were cut is still mostly the words of its licence.
 *
 * Compared are shingles of five words. A licence is in a text as far as the text has the licence's shingles, so a file
 * may hold many licences and words around them. Licences are kin (AGPL, GPL and SSPL share nine tenths; BSD-2 lies
 * within BSD-3): of kin one stays only if what tells it from the other is there, too.
 */
import { readFileSync } from "node:fs";

/** Five words in a row hardly ever agree by chance, and one changed word spoils only five of them. */
const shingleWords = 5;
/** Below this share of its shingles a licence is not in a text: quotations and kin stay well under it. */
const presentFrom = 0.7;
/** Kin: this share of the smaller one's shingles also occurs in the other. */
const kinFrom = 0.3;

export interface KnownTextMatch {
  /** SPDX id, as in `known-texts.json`. */
  readonly id: string;
  /** Share of the licence's shingles that occur in the text, 0 to 1. */
  readonly coverage: number;
}

export interface KnownTextMatches {
  /** Best first. */
  readonly matches: readonly KnownTextMatch[];
  /** Per word of the text: whether it belongs to one of the matches. */
  readonly covered: readonly boolean[];
}

interface KnownText {
  readonly id: string;
  readonly shingles: ReadonlySet<number>;
}

interface Index {
  readonly texts: readonly KnownText[];
  /** Which texts have a shingle. */
  readonly holders: ReadonlyMap<number, readonly KnownText[]>;
}

let index: Index | undefined;

/**
 * @param words as `wordsOf` writes them, split.
 * Cost: about 0.3 ms for a common licence; 2 MiB of text 0.2 s; the first call reads the known texts (60 ms).
 */
export function matchKnownTexts(words: readonly string[]): KnownTextMatches {
  index ??= readIndex();
  const inText = shinglesOf(words);
  const distinct = new Set(inText);
  const counts = new Map<KnownText, number>();
  for (const shingle of distinct)
    for (const text of index.holders.get(shingle) ?? []) counts.set(text, (counts.get(text) ?? 0) + 1);
  const present = [...counts]
    .map(([text, count]) => ({ text, coverage: count / text.shingles.size }))
    .filter(({ coverage }) => coverage >= presentFrom)
    .sort((a, b) => b.coverage - a.coverage || b.text.shingles.size - a.text.shingles.size);
  const whole = new Set(present.map(({ text }) => text.id));
  const kept = present.filter(
    ({ text }) =>
      // The GPL ends with its own notice, as advice how to apply it.
      !(text.id.endsWith("-or-later") && whole.has(text.id.replace(/-or-later$/, "-only"))) &&
      present.every((rival) => rival.text === text || staysBeside(text, rival.text, distinct)),
  );
  return {
    matches: kept.map(({ text, coverage }) => ({ id: text.id, coverage })),
    covered: coveredWords(
      inText,
      words.length,
      kept.map(({ text }) => text),
    ),
  };
}

/** Whether a text that is present is more than what it shares with a rival that is present, too. */
function staysBeside(text: KnownText, rival: KnownText, present: ReadonlySet<number>): boolean {
  const own = [...text.shingles].filter((shingle) => !rival.shingles.has(shingle));
  const shared = text.shingles.size - own.length;
  if (shared < kinFrom * Math.min(text.shingles.size, rival.shingles.size)) return true;
  const ownShare = shareOf(own, present);
  const rivalShare = shareOf(
    [...rival.shingles].filter((shingle) => !text.shingles.has(shingle)),
    present,
  );
  // Of two that are equally there by what is their own, both are there; a part of a rival is only that part.
  return own.length === 0 ? false : ownShare >= 0.5 || (ownShare > 0 && ownShare >= rivalShare);
}

const kin = new Map<string, boolean>();

/** Whether two known licences are kin, by what they share; false for an id that is not known. */
export function shareShingles(a: string, b: string): boolean {
  const key = `${a} ${b}`;
  const known = kin.get(key);
  if (known !== undefined) return known;
  index ??= readIndex();
  const [first, second] = [a, b].map((id) => index?.texts.find((text) => text.id === id)?.shingles);
  const share =
    first !== undefined &&
    second !== undefined &&
    [...first].filter((shingle) => second.has(shingle)).length >= kinFrom * Math.min(first.size, second.size);
  kin.set(key, share);
  return share;
}

function shareOf(shingles: readonly number[], present: ReadonlySet<number>): number {
  return shingles.length === 0
    ? 0
    : shingles.filter((shingle) => present.has(shingle)).length / shingles.length;
}

function coveredWords(
  inText: readonly number[],
  words: number,
  kept: readonly KnownText[],
): readonly boolean[] {
  const covered = Array.from({ length: words }, () => false);
  inText.forEach((shingle, at) => {
    if (kept.some(({ shingles }) => shingles.has(shingle)))
      covered.fill(true, at, Math.min(words, at + shingleWords));
  });
  return covered;
}

/** One hash per place where five words start; a text of fewer words is one shingle. */
function shinglesOf(words: readonly string[]): readonly number[] {
  if (words.length === 0) return [];
  const hashes = words.map(hashOf);
  const count = Math.max(1, hashes.length - shingleWords + 1);
  return Array.from({ length: count }, (_, at) => {
    let hash = 0;
    for (let next = at; next < Math.min(hashes.length, at + shingleWords); next++)
      hash = (Math.imul(hash, 0x01000193) ^ hashes[next]!) >>> 0;
    return hash;
  });
}

/** FNV-1a, 32 bit: among the 100,000 known shingles a chance hit is one in 40,000. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

/** The known texts themselves, by the keys of `known-texts.json`. */
export function knownTexts(): ReadonlyMap<string, string> {
  const file = new URL("known-texts.json", import.meta.url);
  const json = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, readonly string[]>>;
  return new Map(Object.entries(json).map(([id, lines]) => [id, lines.join("\n")]));
}

function readIndex(): Index {
  const texts: KnownText[] = [];
  const holders = new Map<number, KnownText[]>();
  for (const [id, text] of knownTexts()) {
    const known = { id: id.replace(/#.*$/, ""), shingles: new Set(shinglesOf(wordsOf(text).split(" "))) };
    texts.push(known);
    for (const shingle of known.shingles) holders.set(shingle, [...(holders.get(shingle) ?? []), known]);
  }
  return { texts, holders };
}

/** Words only, in lower case, one space between; British and American spelling of licence are one. */
export function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .replace(/licence/g, "license")
    .trim();
}
