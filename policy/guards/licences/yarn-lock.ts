/**
 * yarn's lock file, version 1 and Berry (2 and later), to names, versions and what needs what. It does not say what is
 * for development: that is read from the manifests of the project and its workspaces.
 */
import { parseSyml } from "@yarnpkg/parsers";
import { lockProblem, placedByGraph, record, sha256Of, text } from "./lockfile.ts";
import type { GraphPackage, LockReading, OwnPackage } from "./lockfile.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A manifest of the project: "" is the root. */
export interface OwnManifest {
  readonly path: string;
  readonly json: Fields;
}

export function parseYarnLock(
  file: string,
  bytes: Uint8Array,
  manifests: readonly OwnManifest[],
): LockReading {
  let lock: Fields | undefined;
  try {
    lock = record(parseSyml(Buffer.from(bytes).toString("utf8")));
  } catch (error) {
    return lockProblem(file, "parse-error", (error as Error).message.split("\n")[0]!);
  }
  if (lock === undefined) return lockProblem(file, "parse-error", "it is no mapping");
  const berry = lock["__metadata"] !== undefined;
  const entries = Object.entries(lock).flatMap(([descriptors, value]) => {
    const fields = record(value);
    return descriptors === "__metadata" || fields === undefined ? [] : [entryOf(descriptors, fields)];
  });
  const resolve = resolver(entries);
  const packages = new Map<string, GraphPackage>();
  for (const entry of entries) {
    if (entry.workspace) continue;
    const dependsOn = [...entry.dependencies].flatMap(([name, range]) => resolve(name, range));
    packages.set(entry.key, {
      ...entry,
      dependsOn: [...new Set(dependsOn)].sort(),
      installScript: false,
    });
  }
  const optionalNames = optionalOnly(entries);
  for (const [key, found] of packages)
    packages.set(key, { ...found, optional: found.optional || optionalNames.has(found.name) });
  const own = manifests.map((manifest) => ownOf(manifest, resolve));
  return {
    kind: "lock",
    lock: {
      file,
      sha256: sha256Of(bytes),
      tool: "yarn",
      install: berry ? "yarn install --immutable" : "yarn install --frozen-lockfile",
      placed: false,
      recordsLicences: false,
      knowsPlatforms: berry,
      packages: placedByGraph(packages, {
        production: productionOf(manifests, resolve),
        all: own.flatMap(({ dependsOn }) => dependsOn),
      }),
      own,
    },
  };
}

interface Entry extends Omit<GraphPackage, "dependsOn" | "installScript"> {
  readonly descriptors: readonly string[];
  readonly dependencies: ReadonlyMap<string, string>;
  /** Names that this one can do without. */
  readonly optionalNames: readonly string[];
  readonly workspace: boolean;
}

function entryOf(key: string, fields: Fields): Entry {
  const descriptors = key.split(/,\s*/);
  const resolution = text(fields["resolution"]);
  // Berry resolves to `name@npm:1.0.0`; version 1 may ask for `alias@npm:name@range`.
  const locator = resolution ?? descriptors[0]!;
  const alias = /@npm:(@?[^@]+)@/.exec(resolution === undefined ? locator : "")?.[1];
  const name = alias ?? locator.slice(0, locator.indexOf("@", 1));
  const version = text(fields["version"]) ?? "";
  const optional = record(fields["optionalDependencies"]) ?? {};
  const meta = Object.entries(record(fields["dependenciesMeta"]) ?? {});
  const conditions = text(fields["conditions"]) ?? "";
  return {
    key: `${name}@${version}`,
    name,
    version,
    descriptors,
    dependencies: new Map(
      [...Object.entries(record(fields["dependencies"]) ?? {}), ...Object.entries(optional)].map(
        ([dependency, range]) => [dependency, String(range)],
      ),
    ),
    optionalNames: [
      ...Object.keys(optional),
      ...meta.filter(([, value]) => String(record(value)?.["optional"]) === "true").map(([name]) => name),
    ],
    optional: conditions !== "",
    os: valuesOf(conditions, "os"),
    cpu: valuesOf(conditions, "cpu"),
    libc: valuesOf(conditions, "libc"),
    integrity: text(fields["integrity"]),
    workspace: /@workspace:/.test(resolution ?? "") || /@(?:link|portal):/.test(resolution ?? ""),
  };
}

/** `os=linux & cpu=x64 & libc=glibc`. */
function valuesOf(conditions: string, what: string): readonly string[] {
  return [...conditions.matchAll(new RegExp(`\\b${what}=([\\w-]+)`, "g"))].map((match) => match[1]!);
}

type Resolve = (name: string, range: string) => readonly string[];

/** A request to the key it is locked at. A resolution that overrides a range leaves only the name to go by. */
function resolver(entries: readonly Entry[]): Resolve {
  const byDescriptor = new Map(
    entries.flatMap((entry) => entry.descriptors.map((descriptor) => [descriptor, entry] as const)),
  );
  const byName = new Map<string, Entry[]>();
  for (const entry of entries) byName.set(entry.name, [...(byName.get(entry.name) ?? []), entry]);
  return (name, range) => {
    const exact = byDescriptor.get(`${name}@${range}`) ?? byDescriptor.get(`${name}@npm:${range}`);
    const found = exact === undefined ? (byName.get(name) ?? []) : [exact];
    return found.filter(({ workspace }) => !workspace).map(({ key }) => key);
  };
}

/** Names that everybody who asks for them can do without. */
function optionalOnly(entries: readonly Entry[]): ReadonlySet<string> {
  const optional = new Set(entries.flatMap(({ optionalNames }) => optionalNames));
  for (const { dependencies, optionalNames } of entries)
    for (const name of dependencies.keys()) if (!optionalNames.includes(name)) optional.delete(name);
  return optional;
}

function productionOf(manifests: readonly OwnManifest[], resolve: Resolve): readonly string[] {
  return manifests.flatMap(({ json }) =>
    ["dependencies", "optionalDependencies"].flatMap((kind) =>
      requests(json, kind).flatMap(([name, range]) => resolve(name, range)),
    ),
  );
}

function ownOf({ path, json }: OwnManifest, resolve: Resolve): OwnPackage {
  const kinds = ["dependencies", "devDependencies", "optionalDependencies"];
  const found = kinds.flatMap((kind) =>
    requests(json, kind).flatMap(([name, range]) => resolve(name, range)),
  );
  return { path, dependencies: undefined, dependsOn: [...new Set(found)].sort() };
}

function requests(json: Fields, kind: string): readonly (readonly [name: string, range: string])[] {
  return Object.entries(record(json[kind]) ?? {}).map(([name, range]) => [name, String(range)]);
}
