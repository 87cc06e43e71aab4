/**
 * Statements that grant by name, without the text: "licensed under the GNU AGPL version 3", "available under the MIT
 * license or the GPL". Read in licence files and in the licence section of a README, where such a sentence is what the
 * author says about the package.
 */
import { licenceNameAt } from "./licence-names.ts";

export interface Statement {
  /** Each a licence the sentence names. */
  readonly ids: readonly string[];
  /** `or` between them: one may be chosen. */
  readonly choice: boolean;
  /** Each is joined to the next by a word, as in "MIT or ISC"; a row of names leaves open what it means. */
  readonly joined: boolean;
  /** Character of `words` where it starts. */
  readonly at: number;
  /** Character behind the last name. */
  readonly end: number;
}

const opening =
  /\b(?:(?:dual |multi |tri )?licen[cs]ed|re?licen[cs]ed|released|(?:re)?distribut(?:ed|e it(?: and or modify it)?)|modify it|available|provided|offered|published|made available|use it|governed|covered|subject)(?: \w+){0,4}? (?:under|by|to)\b/g;
const filler =
  /(?: (?:a|an|and|both|conditions|dual|either|following|licen[cs]es?|model|of|one|or|restrictions|software|subject|terms|the|this|to|two|under|version|your choice of|in|is|available|\d)\b)*/y;
/** Not about this package now: denied, past, supposed, or about "any other software". */
const denial =
  /\b(?:(?:not|never|no longer|nor|was|were|previously|formerly|originally|if|unless|could be|cannot be|isn t)(?: \w+){0,2}|(?:any|others?|such|certain|some)(?: \w+){0,4}) ?$/;

/** @param words as `wordsOf` writes them. Linear: every opening looks a bounded way ahead. */
export function statementsIn(words: string): readonly Statement[] {
  const found: Statement[] = [];
  for (const match of words.matchAll(opening)) {
    if (denial.test(words.slice(Math.max(0, match.index - 60), match.index))) continue;
    const named = namesFrom(words, match.index + match[0].length);
    if (named !== undefined) found.push({ ...named, at: match.index });
    if (found.length === 1000) break;
  }
  return found;
}

/** A text that begins with a name: the section "License" of a README that says "MIT". */
export function leadingStatement(words: string): Statement | undefined {
  const named = namesFrom(` ${words}`, 0);
  return named === undefined ? undefined : { ...named, at: 0, end: named.end - 1 };
}

const joint =
  /(?: (?:licen[cs]es?|https? [\w ]{0,60}?(?:html|txt|0|licen[cs]es|mit)|version|v?\d)){0,3}? (or|and|as well as)\b/y;

/** The names that follow, over fillers, with `or`, `and` or nothing but words like "license" between them. */
function namesFrom(words: string, from: number): Omit<Statement, "at"> | undefined {
  let at = skip(words, from);
  const first = licenceNameAt(words, at);
  if (first === undefined) return undefined;
  const ids = [first.id];
  let choice = false;
  let joints = 0;
  at += first.length;
  for (let arms = 0; arms < 5; arms++) {
    joint.lastIndex = at;
    // A list puts its "or" before the last: "the GPL, the AGPL or Apache-2.0".
    const joined = joint.exec(words);
    const next = skip(words, at + (joined?.[0].length ?? 0));
    const named = licenceNameAt(words, next);
    if (named === undefined) break;
    choice ||= joined?.[1] === "or";
    joints += joined === null ? 0 : 1;
    ids.push(named.id);
    at = next + named.length;
  }
  // "Dual licensed under MIT and GPL" offers a choice; so does a heading that says so.
  return {
    ids: [...new Set(ids)],
    joined: joints === ids.length - 1,
    end: at,
    choice: choice || /\bdual(?: |ly )?licen[cs]/.test(words.slice(Math.max(0, from - 40), at)),
  };
}

function skip(words: string, from: number): number {
  filler.lastIndex = from;
  const end = from + (filler.exec(words)?.[0].length ?? 0);
  return words[end] === " " ? end + 1 : end;
}
