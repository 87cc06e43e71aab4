function isPlainObject(value) {
  return typeof value === "object" && value !== null;
}

export function mergeConfig(base, override) {
  const merged = { ...base };
  for (const [key, value] of Object.entries(override)) {
    if (value === null) continue;
    const before = merged[key];
    merged[key] = isPlainObject(before) && isPlainObject(value) ? mergeConfig(before, value) : value;
  }
  return merged;
}

export function mergeAll(...configs) {
  return configs.reduce((merged, config) => mergeConfig(merged, config), {});
}

/** The value at a path of keys such as "server.port", or the fallback. */
export function valueAt(config, path, fallback) {
  let at = config;
  for (const key of path.split(".")) {
    if (!isPlainObject(at) || !Object.hasOwn(at, key)) return fallback;
    at = at[key];
  }
  return at;
}
