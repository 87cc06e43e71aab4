/** npm's lock file, versions 2 and 3 (`package-lock.json`, `npm-shrinkwrap.json`): its keys are places. */
import { lockProblem, record, requested, sha256Of, text, texts } from "./lockfile.ts";
import type { LockedPackage, LockReading } from "./lockfile.ts";

type Entries = readonly (readonly [key: string, entry: Readonly<Record<string, unknown>>])[];

export function parseNpmLock(file: string, bytes: Uint8Array): LockReading {
  let parsed: unknown;
  try {
    parsed = JSON.parse(
      Buffer.from(bytes)
        .toString("utf8")
        .replace(/^\uFEFF/, ""),
    );
  } catch (error) {
    return lockProblem(file, "parse-error", (error as Error).message);
  }
  const lock = record(parsed);
  const version = lock?.["lockfileVersion"];
  const packages = record(lock?.["packages"]);
  if (version !== 2 && version !== 3)
    return lockProblem(file, "lock-not-covered", `lockfileVersion is ${String(version)}, 2 and 3 are read`);
  if (packages === undefined) return lockProblem(file, "parse-error", "it has no `packages`");
  const entries: Entries = Object.entries(packages).map(([key, value]) => [key, record(value) ?? {}]);
  const places = new Set(
    entries.filter(([key, entry]) => isDependency(key) && entry["link"] !== true).map(([key]) => key),
  );
  return {
    kind: "lock",
    lock: {
      file,
      sha256: sha256Of(bytes),
      tool: "npm",
      install: "npm ci",
      placed: true,
      recordsLicences: true,
      knowsPlatforms: true,
      packages: entries.filter(([key]) => places.has(key)).map(([key, entry]) => locked(key, entry, places)),
      own: entries
        .filter(([key]) => !isDependency(key))
        .map(([key, entry]) => ({
          path: key,
          dependencies: requested(entry),
          dependsOn: resolveAll(
            key,
            [...needsOf(entry), ...Object.keys(record(entry["devDependencies"]) ?? {})],
            places,
          ),
        })),
    },
  };
}

function isDependency(key: string): boolean {
  return key.startsWith("node_modules/") || key.includes("/node_modules/");
}

function locked(
  key: string,
  entry: Readonly<Record<string, unknown>>,
  places: ReadonlySet<string>,
): LockedPackage {
  return {
    key,
    path: key,
    name: text(entry["name"]) ?? key.slice(key.lastIndexOf("node_modules/") + "node_modules/".length),
    version: text(entry["version"]) ?? "",
    licence: text(entry["license"] ?? entry["licenses"]),
    // `devOptional`: wanted by development and by an optional production dependency, so production counts.
    development: entry["dev"] === true,
    optional: entry["optional"] === true || entry["devOptional"] === true,
    installScript: entry["hasInstallScript"] === true,
    os: texts(entry["os"]),
    cpu: texts(entry["cpu"]),
    libc: texts(entry["libc"]),
    dependsOn: resolveAll(key, needsOf(entry), places),
    integrity: text(entry["integrity"]),
  };
}

function needsOf(entry: Readonly<Record<string, unknown>>): readonly string[] {
  return ["dependencies", "optionalDependencies", "peerDependencies"].flatMap((kind) =>
    Object.keys(record(entry[kind]) ?? {}),
  );
}

function resolveAll(from: string, names: readonly string[], places: ReadonlySet<string>): readonly string[] {
  return [
    ...new Set(names.map((name) => resolve(from, name, places)).filter((found) => found !== undefined)),
  ].sort();
}

/** As Node looks for it: below itself, then beside itself, then one directory up, as far as the root. */
function resolve(from: string, name: string, places: ReadonlySet<string>): string | undefined {
  let at = from;
  for (;;) {
    const candidate = at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (places.has(candidate)) return candidate;
    if (at === "") return undefined;
    const up = at.lastIndexOf("/");
    at = up < 0 ? "" : at.slice(0, up).replace(/(?:^|\/)node_modules$/, "");
  }
}
