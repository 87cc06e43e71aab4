/**
 * Reads npm's lock file, versions 2 and 3: which packages at which versions belong to the project, on every
 * platform. Other lock files are named as what they are, so that the guard can say it did not read them.
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";

export interface LockedPackage {
  /** Key in the lock file, which is where npm puts it: `node_modules/a/node_modules/b`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** Licence field as the lock file repeats it; nearly half of the entries in the wild have none. */
  readonly licence: string | undefined;
  readonly development: boolean;
  readonly optional: boolean;
  readonly installScript: boolean;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc: readonly string[];
  /** Names this package needs, peers included. */
  readonly needs: readonly string[];
}

export interface LockFile {
  /** Relative to the root. */
  readonly file: string;
  readonly sha256: string;
  readonly packages: readonly LockedPackage[];
  /** Keys of the project's own packages: "" and the workspaces. */
  readonly own: readonly { readonly path: string; readonly dependencies: Readonly<Record<string, string>> }[];
}

export type LockReading =
  | { readonly kind: "lock"; readonly lock: LockFile }
  | { readonly kind: "problem"; readonly file: string; readonly code: string; readonly reason: string };

/** npm itself writes a few megabytes for thousands of packages; more is not a lock file. */
const sizeLimitBytes = 64 * 1024 * 1024;

const npmLockNames = ["npm-shrinkwrap.json", "package-lock.json"];
const otherLocks = ["pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"];

export async function readLock(root: string): Promise<LockReading> {
  for (const file of npmLockNames) {
    const bytes = await readIfPresent(path.join(root, file));
    if (bytes instanceof Error) return problem(file, "unreadable", bytes.message);
    if (bytes !== undefined) return parseLock(file, bytes);
  }
  for (const file of otherLocks) {
    if ((await readIfPresent(path.join(root, file))) !== undefined) {
      return problem(
        file,
        "lock-not-covered",
        "only package-lock.json and npm-shrinkwrap.json of version 2 and 3 are read",
      );
    }
  }
  return problem(
    "package-lock.json",
    "lock-missing",
    "without a lock file nobody knows which packages belong to the project",
  );
}

async function readIfPresent(file: string): Promise<Buffer | Error | undefined> {
  try {
    const { size } = await stat(file);
    if (size > sizeLimitBytes) return new Error(`it has ${size} bytes, more than ${sizeLimitBytes}`);
    return await readFile(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : (error as Error);
  }
}

export function parseLock(file: string, bytes: Uint8Array): LockReading {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    return problem(file, "parse-error", (error as Error).message);
  }
  const lock = record(parsed);
  const version = lock?.["lockfileVersion"];
  const packages = record(lock?.["packages"]);
  if (version !== 2 && version !== 3)
    return problem(file, "lock-not-covered", `lockfileVersion is ${String(version)}, 2 and 3 are read`);
  if (packages === undefined) return problem(file, "parse-error", "it has no `packages`");
  const entries = Object.entries(packages).map(([key, value]) => [key, record(value) ?? {}] as const);
  return {
    kind: "lock",
    lock: {
      file,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      packages: entries
        .filter(([key, entry]) => isDependency(key) && entry["link"] !== true)
        .map(([key, entry]) => locked(key, entry)),
      own: entries
        .filter(([key]) => !isDependency(key))
        .map(([key, entry]) => ({ path: key, dependencies: requested(entry) })),
    },
  };
}

function isDependency(key: string): boolean {
  return key.startsWith("node_modules/") || key.includes("/node_modules/");
}

function locked(key: string, entry: Readonly<Record<string, unknown>>): LockedPackage {
  const licence = entry["license"] ?? entry["licenses"];
  return {
    path: key,
    name: text(entry["name"]) ?? key.slice(key.lastIndexOf("node_modules/") + "node_modules/".length),
    version: text(entry["version"]) ?? "",
    licence: text(licence),
    // `devOptional`: wanted by development and by an optional production dependency, so production counts.
    development: entry["dev"] === true,
    optional: entry["optional"] === true || entry["devOptional"] === true,
    installScript: entry["hasInstallScript"] === true,
    os: texts(entry["os"]),
    cpu: texts(entry["cpu"]),
    libc: texts(entry["libc"]),
    needs: ["dependencies", "optionalDependencies", "peerDependencies"].flatMap((kind) =>
      Object.keys(record(entry[kind]) ?? {}),
    ),
  };
}

/** What a manifest (or its copy in the lock file) asks for: name to range, over all kinds. */
export function requested(manifest: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const kinds = ["dependencies", "devDependencies", "optionalDependencies"];
  return Object.fromEntries(
    kinds
      .flatMap((kind) => Object.entries(record(manifest[kind]) ?? {}))
      .map(([name, range]) => [name, String(range)]),
  );
}

function problem(file: string, code: string, reason: string): LockReading {
  return { kind: "problem", file, code, reason };
}

export function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === "string")
    : typeof value === "string"
      ? [value]
      : [];
}
