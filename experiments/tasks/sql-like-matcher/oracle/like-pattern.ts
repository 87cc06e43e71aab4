/** Whether the whole text is as the pattern says. */
export function isLike(text: string, pattern: string): boolean {
  return matches([...text.toLowerCase()], 0, [...pattern.toLowerCase()], 0);
}

function matches(text: readonly string[], at: number, pattern: readonly string[], from: number): boolean {
  if (from === pattern.length) return at === text.length;
  const wanted = pattern[from];
  if (wanted === "%") {
    for (let next = at; next <= text.length; next++) {
      if (matches(text, next, pattern, from + 1)) return true;
    }
    return false;
  }
  if (at === text.length) return false;
  if (wanted === "\\" && from + 1 < pattern.length) {
    return text[at] === pattern[from + 1] && matches(text, at + 1, pattern, from + 2);
  }
  if (wanted !== "_" && wanted !== text[at]) return false;
  return matches(text, at + 1, pattern, from + 1);
}

export function filterLike(texts: readonly string[], pattern: string): string[] {
  return texts.filter((text) => isLike(text, pattern));
}
