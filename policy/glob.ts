/**
 * Globs for package names and paths in policy files. Three signs only (`*` and `?` within a segment, `**` over
 * segments), because a pardon must be readable: anything cleverer hides what it covers. Compiled to a linear
 * matcher (no nested quantifiers), so a policy file cannot make a guard hang.
 */
export function matchesGlob(text: string, glob: string): boolean {
  return matchSegments(text.split("/"), glob.split("/"));
}

function matchSegments(text: readonly string[], glob: readonly string[]): boolean {
  return wildcardMatch(
    text,
    glob,
    (part) => part === "**",
    (segment, pattern) =>
      wildcardMatch(
        [...segment],
        [...pattern],
        (sign) => sign === "*",
        (char, sign) => sign === "?" || sign === char,
      ),
  );
}

/** Greedy matching with one point of return: O(items x pattern), the classic two-pointer method. */
function wildcardMatch(
  items: readonly string[],
  pattern: readonly string[],
  isStar: (sign: string) => boolean,
  matchesOne: (item: string, sign: string) => boolean,
): boolean {
  let item = 0;
  let sign = 0;
  let starSign = -1;
  let starItem = 0;
  while (item < items.length) {
    const next = pattern[sign];
    if (next !== undefined && isStar(next)) {
      starSign = sign++;
      starItem = item;
    } else if (next !== undefined && matchesOne(items[item]!, next)) {
      sign++;
      item++;
    } else if (starSign >= 0) {
      sign = starSign + 1;
      item = ++starItem;
    } else {
      return false;
    }
  }
  while (sign < pattern.length && isStar(pattern[sign]!)) sign++;
  return sign === pattern.length;
}
