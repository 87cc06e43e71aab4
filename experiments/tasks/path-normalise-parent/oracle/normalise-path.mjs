/** Resolves "." and ".." and repeated slashes in a path with "/" between its parts. */
export function normalisePath(path) {
  const isAbsolute = path.startsWith("/");
  const parts = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") {
      parts.push(part);
    } else if (parts.length > 0 && parts[parts.length - 1] !== "..") {
      parts.pop();
    } else if (!isAbsolute) {
      parts.push(part);
    }
  }
  const joined = parts.join("/");
  if (isAbsolute) return `/${joined}`;
  return joined === "" ? "." : joined;
}

export function joinPaths(...paths) {
  return normalisePath(paths.filter((path) => path !== "").join("/"));
}
