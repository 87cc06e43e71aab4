function decode(text) {
  return decodeURIComponent(text.replaceAll("+", " "));
}

/** Names with several values give a list. */
export function parseQuery(query) {
  const result = {};
  const text = query.startsWith("?") ? query.slice(1) : query;
  for (const part of text.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = decode(at === -1 ? part : part.slice(0, at));
    const value = at === -1 ? "" : decode(part.slice(at + 1));
    if (!Object.hasOwn(result, name)) result[name] = value;
    else if (Array.isArray(result[name])) result[name].push(value);
    else result[name] = [result[name], value];
  }
  return result;
}

export function formatQuery(values) {
  return Object.entries(values)
    .flatMap(([name, value]) =>
      [value].flat().map((each) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`),
    )
    .join("&");
}
