/**
 * What a lock file says, whichever tool wrote it: which packages at which versions belong to a project, on every
 * platform, and what needs what. The readers stand beside (`npm-lock.ts`, `pnpm-lock.ts`, `yarn-lock.ts`); `read-lock.ts`
 * finds the file.
 */
import { createHash } from "node:crypto";

export interface LockedPackage {
  /** Unique in its lock file: the place for npm, `name@version` for the others. */
  readonly key: string;
  /** Where it is put, relative to the root; where the lock file does not say, `node_modules/<name>`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** Licence field as the lock file repeats it; nearly half of npm's entries in the wild have none. */
  readonly licence: string | undefined;
  readonly development: boolean;
  readonly optional: boolean;
  readonly installScript: boolean;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc: readonly string[];
  /** Keys of the locked packages it needs, peers included. */
  readonly dependsOn: readonly string[];
  /** Subresource integrity of the tarball, `sha512-<base64>`. */
  readonly integrity: string | undefined;
}

/** A package of the project itself: the root, or a workspace. */
export interface OwnPackage {
  /** Relative to the root; "" is the root. */
  readonly path: string;
  /** Name to range as the lock file was made for; undefined where it does not say. */
  readonly dependencies: Readonly<Record<string, string>> | undefined;
  /** Keys of the locked packages it resolves to, of all kinds. */
  readonly dependsOn: readonly string[];
}

export interface LockFile {
  /** Relative to the root. */
  readonly file: string;
  readonly sha256: string;
  readonly tool: "npm" | "pnpm" | "yarn";
  /** The command that installs exactly what is locked. */
  readonly install: string;
  /** Whether it says where each package is put. */
  readonly placed: boolean;
  /** Whether it repeats licence fields. */
  readonly recordsLicences: boolean;
  /** Whether it says for which platforms an optional package is. */
  readonly knowsPlatforms: boolean;
  readonly packages: readonly LockedPackage[];
  readonly own: readonly OwnPackage[];
}

export type LockReading =
  | { readonly kind: "lock"; readonly lock: LockFile }
  | { readonly kind: "problem"; readonly file: string; readonly code: string; readonly reason: string };

/** What a manifest (or its copy in the lock file) asks for: name to range, over all kinds. */
export function requested(manifest: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const kinds = ["dependencies", "devDependencies", "optionalDependencies"];
  return Object.fromEntries(
    kinds
      .flatMap((kind) => Object.entries(record(manifest[kind]) ?? {}))
      .map(([name, range]) => [name, String(range)]),
  );
}

export function lockProblem(file: string, code: string, reason: string): LockReading {
  return { kind: "problem", file, code, reason };
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === "string")
    : typeof value === "string"
      ? [value]
      : [];
}

/** A package as a lock file without places and development marks tells it. */
export interface GraphPackage {
  readonly key: string;
  readonly name: string;
  readonly version: string;
  readonly optional: boolean;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc: readonly string[];
  readonly dependsOn: readonly string[];
  readonly integrity: string | undefined;
  readonly installScript: boolean;
}

/**
 * What production asks for, and all it needs, is production; the rest is development. What is reached only through
 * something optional is optional itself. Each once, by name.
 */
export function placedByGraph(
  packages: ReadonlyMap<string, GraphPackage>,
  asked: { readonly production: readonly string[]; readonly all: readonly string[] },
): readonly LockedPackage[] {
  const production = reachedFrom(asked.production, packages, () => true);
  const required = reachedFrom(asked.all, packages, ({ optional }) => !optional);
  return [...packages.values()]
    .map((found) => ({
      ...found,
      path: `node_modules/${found.name}`,
      licence: undefined,
      development: !production.has(found.key),
      optional: !required.has(found.key),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function reachedFrom(
  roots: readonly string[],
  packages: ReadonlyMap<string, GraphPackage>,
  counts: (found: GraphPackage) => boolean,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...roots];
  while (open.length > 0) {
    const key = open.pop()!;
    const found = packages.get(key);
    if (reached.has(key) || found === undefined || !counts(found)) continue;
    reached.add(key);
    open.push(...found.dependsOn);
  }
  return reached;
}
