#!/usr/bin/env node
/**
 * Completes package-lock.json with the optional packages of systems other than this one.
 *
 *   node .github/scripts/complete-lock-file.mjs [FILE]           writes the missing entries
 *   node .github/scripts/complete-lock-file.mjs --check [FILE]   status 1 and their names when there are any
 *
 * A mirror that does not carry the builds for every system makes `npm install` leave them out of the lock file, and
 * `npm ci` then refuses that lock file everywhere. The version is known all the same: the package that wants them
 * names it exactly. What is not known is the hash, so these entries have none; npm fetches them only on their own
 * system, and a later `npm install` against a complete registry adds the hash.
 */
import { readFile, writeFile } from "node:fs/promises";

const words = process.argv.slice(2);
const lockFile =
  words.find((word) => word !== "--check") ?? new URL("../../package-lock.json", import.meta.url);
const lock = JSON.parse(await readFile(lockFile, "utf8"));
const missing = missingEntries(lock.packages);
if (missing.length === 0) {
  console.log("lock file: complete");
} else if (words.includes("--check")) {
  console.error(`lock file: without an entry: ${missing.map(([path]) => path).join(", ")}`);
  process.exitCode = 1;
} else {
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
  lock.packages = Object.fromEntries(packages.sort(([a], [b]) => a.localeCompare(b, "en")));
  await writeFile(lockFile, JSON.stringify(lock, null, 2) + "\n");
  console.log(`lock file: ${missing.length} entries added; now try: npm ci`);
}

/** @returns {[path: string, entry: object][]} */
function missingEntries(packages) {
  const found = [];
  for (const [path, wanter] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(wanter.optionalDependencies ?? {})) {
      const places = [`node_modules/${name}`, `${path}/node_modules/${name}`];
      if (places.some((place) => place in packages) || !/^\d/.test(version)) continue;
      found.push([places[0], entryOf(packages, name, version, wanter)]);
    }
  }
  return found;
}

/** Keys in npm's own order, so that npm has nothing to rearrange. */
function entryOf(packages, name, version, wanter) {
  const { os, cpu, libc } = platformOf(name);
  // What the builds of one package have in common, a sibling in the lock file knows.
  const scope = `node_modules/${name.slice(0, name.lastIndexOf("/") + 1)}`;
  const sibling = Object.entries(packages).find(([path]) => path.startsWith(scope))?.[1] ?? wanter;
  return {
    version,
    cpu: [cpu],
    ...(wanter.dev && { dev: true }),
    ...(libc && { libc: [libc] }),
    ...(sibling.license && { license: sibling.license }),
    optional: true,
    os: [os],
    ...(sibling.engines && { engines: sibling.engines }),
  };
}

/** Platform packages are named `<scope>/<binding->system-processor[-libc]`. */
function platformOf(name) {
  const match = /(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name);
  if (match === null) throw new Error(`${name} does not name its system; add its entry by hand`);
  const [, os, cpu, abi = ""] = match;
  const libc =
    os !== "linux"
      ? undefined
      : abi.startsWith("musl")
        ? "musl"
        : abi.startsWith("gnu")
          ? "glibc"
          : undefined;
  return { os, cpu, libc };
}
