function toRegExp(pattern) {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === "*" && pattern[at + 1] === "*") {
      source += ".*";
      at++;
    } else if (character === "*") {
      source += "[^/]*";
    } else if (character === "?") {
      source += "[^/]";
    } else {
      source += character.replace(/[.+^${}()|[\]\\]/, "\\$&");
    }
  }
  return new RegExp(`^${source}$`);
}

export function matchesGlob(pattern, path) {
  return toRegExp(pattern).test(path);
}

export function filterGlob(pattern, paths) {
  const expression = toRegExp(pattern);
  return paths.filter((path) => expression.test(path));
}
