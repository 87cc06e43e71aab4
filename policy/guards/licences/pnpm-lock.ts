/**
 * pnpm's lock file, `lockfileVersion` 5 to 9, to names, versions and what needs what. Keys are dependency paths:
 * `/a/1.0.0_peer@2` (5), `/a@1.0.0(peer@2)` (6 to 8), `a@1.0.0(peer@2)` (9, the graph apart in `snapshots`).
 *
 * Read with the failsafe schema of `@yarnpkg/parsers`: every scalar is a text, so `1.10` stays a version, and aliases
 * are references that nothing here follows twice.
 */
import { parseSyml } from "@yarnpkg/parsers";
import { lockProblem, placedByGraph, record, sha256Of, text, texts } from "./lockfile.ts";
import type { GraphPackage, LockReading, OwnPackage } from "./lockfile.ts";

type Fields = Readonly<Record<string, unknown>>;

const kinds = ["dependencies", "devDependencies", "optionalDependencies"] as const;

export function parsePnpmLock(file: string, bytes: Uint8Array): LockReading {
  let lock: Fields | undefined;
  try {
    lock = record(parseSyml(Buffer.from(bytes).toString("utf8")));
  } catch (error) {
    return lockProblem(file, "parse-error", (error as Error).message.split("\n")[0]!);
  }
  const version = text(lock?.["lockfileVersion"]);
  const major = Number.parseInt(version ?? "", 10);
  if (lock === undefined || !(major >= 5 && major <= 9)) {
    return lockProblem(
      file,
      "lock-not-covered",
      `lockfileVersion is ${version ?? "missing"}, 5 to 9 are read`,
    );
  }
  const packages = packagesOf(lock);
  // A lock file of one package has its fields at the top.
  const importers = Object.entries(record(lock["importers"]) ?? { ".": lock }).map(
    ([path, fields]) => [path === "." ? "" : path, record(fields) ?? {}] as const,
  );
  const production = importers.flatMap(([, fields]) => [
    ...targets(fields, "dependencies"),
    ...targets(fields, "optionalDependencies"),
  ]);
  const overridden = lock["overrides"] !== undefined;
  const ownPackages = importers.map(([path, fields]) => own(path, fields, overridden));
  return {
    kind: "lock",
    lock: {
      file,
      sha256: sha256Of(bytes),
      tool: "pnpm",
      install: "pnpm install --frozen-lockfile",
      placed: false,
      recordsLicences: false,
      knowsPlatforms: true,
      packages: placedByGraph(packages, { production, all: ownPackages.flatMap((one) => one.dependsOn) }),
      own: ownPackages,
    },
  };
}

/** One entry per name and version: variants that differ in their peers are one package. */
function packagesOf(lock: Fields): ReadonlyMap<string, GraphPackage> {
  const found = new Map<string, GraphPackage>();
  const details = record(lock["packages"]) ?? {};
  const snapshots = record(lock["snapshots"]) ?? details;
  for (const [path, value] of Object.entries(snapshots)) {
    const { name, version } = nameAndVersion(path);
    const snapshot = record(value) ?? {};
    const detail = record(details[path]) ?? record(details[path.split("(")[0]!]) ?? snapshot;
    // A tarball from elsewhere carries its name and version as fields.
    const named = text(detail["name"]) ?? name;
    const key = `${named}@${text(detail["version"]) ?? version}`;
    const before = found.get(key);
    const deps = kinds.flatMap((kind) => targets(snapshot, kind));
    found.set(key, {
      key,
      name: named,
      version: text(detail["version"]) ?? version,
      optional: (before?.optional ?? true) && snapshot["optional"] === "true",
      os: texts(detail["os"]),
      cpu: texts(detail["cpu"]),
      libc: texts(detail["libc"]),
      dependsOn: [...new Set([...(before?.dependsOn ?? []), ...deps])].sort(),
      integrity: text(record(detail["resolution"])?.["integrity"]),
      installScript: detail["requiresBuild"] === "true",
    });
  }
  return found;
}

function own(path: string, fields: Fields, overridden: boolean): OwnPackage {
  const specifiers = record(fields["specifiers"]);
  const requested = kinds.flatMap((kind) =>
    Object.entries(record(fields[kind]) ?? {}).map(
      ([name, value]) =>
        [name, text(record(value)?.["specifier"]) ?? text(specifiers?.[name]) ?? ""] as const,
    ),
  );
  return {
    path,
    // With overrides the lock file repeats what they made of the requests.
    dependencies:
      overridden || requested.some(([, range]) => range === "") ? undefined : Object.fromEntries(requested),
    dependsOn: [...new Set(kinds.flatMap((kind) => targets(fields, kind)))].sort(),
  };
}

/** Keys of what one kind of dependency resolves to; links into the workspace are nobody else's code. */
function targets(fields: Fields, kind: string): readonly string[] {
  return Object.entries(record(fields[kind]) ?? {}).flatMap(([name, value]) => {
    const target = text(value) ?? text(record(value)?.["version"]);
    if (target === undefined || /^(?:link|workspace):/.test(target)) return [];
    // An alias names its target in full; a version alone belongs to the name.
    const named =
      target.startsWith("/") || (!/^\d+\./.test(target) && /^@?[^@(]+@/.test(target.split("(")[0]!));
    const full = named ? target : undefined;
    const { name: found, version } =
      full === undefined ? { name, version: versionOf(target) } : nameAndVersion(full);
    return [`${found}@${version}`];
  });
}

function nameAndVersion(path: string): { readonly name: string; readonly version: string } {
  const base = path.replace(/^\//, "").split("(")[0]!;
  const at = base.indexOf("@", 1);
  const slash = base.lastIndexOf("/");
  // Version 5 separates by a slash, and its peers follow an underscore.
  if (at < 0 || (path.startsWith("/") && slash > 0 && /^\d/.test(base.slice(slash + 1)) && slash < at)) {
    return { name: base.slice(0, slash), version: versionOf(base.slice(slash + 1)) };
  }
  return { name: base.slice(0, at), version: versionOf(base.slice(at + 1)) };
}

function versionOf(text: string): string {
  return text.split("(")[0]!.replace(/^(\d[^_]*)_.*$/, "$1");
}
