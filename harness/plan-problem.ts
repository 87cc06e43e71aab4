/** One thing wrong with a plan: where, as a path of keys and indexes, and what, as a sentence. */
export interface PlanProblem {
  readonly path: readonly (string | number)[];
  /** Set where the problem is a key that should not be there: its position is the key's own. */
  readonly key?: string;
  readonly text: string;
}

/** `cells[2].arms[0].runs`; `plan` for the whole. */
export function placeOf(path: PlanProblem["path"]): string {
  const place = path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}${text && "."}${part}`),
    "",
  );
  return place || "plan";
}

/** The text, and the known name that was probably meant. */
export function withSuggestion(text: string, word: string, known: readonly string[]): string {
  const near = nearestName(word, known);
  return near === undefined ? text : `${text}; did you mean "${near}"?`;
}

/** The known name at most one edit in three letters away, a swap of neighbours being one; undefined where none is near. */
export function nearestName(word: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of known) {
    const edits = editsBetween(word.toLowerCase(), name.toLowerCase());
    if (edits < least) [nearest, least] = [name, edits];
  }
  return nearest;
}

/** Levenshtein's distance with swaps ("optimal string alignment"; Damerau, CACM 7(3), 1964). */
function editsBetween(from: string, to: string): number {
  const lines = [Array.from({ length: to.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => lines[i]?.[j] ?? Infinity;
  for (let i = 1; i <= from.length; i++) {
    const line = [i];
    lines.push(line);
    for (let j = 1; j <= to.length; j++) {
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const replaced = at(i - 1, j - 1) + Number(from[i - 1] !== to[j - 1]);
      line.push(
        Math.min(replaced, at(i - 1, j) + 1, at(i, j - 1) + 1, isSwap ? at(i - 2, j - 2) + 1 : Infinity),
      );
    }
  }
  return at(from.length, to.length);
}
