/** Finds and reads the lock file of a project: npm's, pnpm's or yarn's, the first there is. */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { matchesGlob } from "../../glob.ts";
import { lockProblem, record, texts } from "./lockfile.ts";
import type { LockReading } from "./lockfile.ts";
import { parseNpmLock } from "./npm-lock.ts";
import type { OwnManifest } from "./yarn-lock.ts";

/** npm itself writes a few megabytes for thousands of packages; more is not a lock file. */
const sizeLimitBytes = 64 * 1024 * 1024;
/** YAML takes a hundred times its size to read; the largest real ones have some five megabytes. */
const yamlLimitBytes = 16 * 1024 * 1024;

type Reader = (file: string, bytes: Buffer, root: string) => LockReading | Promise<LockReading>;

/** In the order in which the tools themselves prefer them. */
const readers: readonly (readonly [file: string, limitBytes: number, read: Reader])[] = [
  ["npm-shrinkwrap.json", sizeLimitBytes, parseNpmLock],
  ["package-lock.json", sizeLimitBytes, parseNpmLock],
  [
    "pnpm-lock.yaml",
    yamlLimitBytes,
    async (file, bytes) => (await import("./pnpm-lock.ts")).parsePnpmLock(file, bytes),
  ],
  ["yarn.lock", yamlLimitBytes, readYarn],
  ["bun.lock", sizeLimitBytes, notCovered],
  ["bun.lockb", sizeLimitBytes, notCovered],
];

export async function readLock(root: string): Promise<LockReading> {
  for (const [file, limitBytes, read] of readers) {
    const bytes = await readIfPresent(path.join(root, file), limitBytes);
    if (bytes instanceof Error)
      return lockProblem(file, "unreadable", bytes.message.replaceAll(path.resolve(root) + path.sep, ""));
    if (bytes !== undefined) return read(file, bytes, root);
  }
  return lockProblem(
    "package-lock.json",
    "lock-missing",
    "without a lock file nobody knows which packages belong to the project",
  );
}

async function readIfPresent(file: string, limitBytes: number): Promise<Buffer | Error | undefined> {
  try {
    const { size } = await stat(file);
    if (size > limitBytes) return new Error(`it has ${size} bytes, more than ${limitBytes}`);
    return await readFile(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : (error as Error);
  }
}

function notCovered(file: string): LockReading {
  return lockProblem(file, "lock-not-covered", "the lock files of npm, pnpm and yarn are read");
}

async function readYarn(file: string, bytes: Buffer, root: string): Promise<LockReading> {
  const { parseYarnLock } = await import("./yarn-lock.ts");
  return parseYarnLock(file, bytes, await ownManifests(root));
}

/** The manifests of the root and of its workspaces; one that cannot be read is reported by whoever walks the tree. */
async function ownManifests(root: string): Promise<readonly OwnManifest[]> {
  const main = await manifestAt(root, "");
  if (main === undefined) return [];
  const workspaces = main.json["workspaces"];
  const globs = texts(record(workspaces)?.["packages"] ?? workspaces).map((glob) =>
    glob.replace(/^\.\//, "").replace(/\/+$/, ""),
  );
  const found = globs.length === 0 ? [] : await directoriesBelow(root, "", Math.max(...globs.map(depthOf)));
  const own = found.filter((at) => globs.some((glob) => matchesGlob(at, glob)));
  const manifests = await Promise.all(own.map((at) => manifestAt(root, at)));
  return [main, ...manifests.filter((manifest) => manifest !== undefined)];
}

function depthOf(glob: string): number {
  return glob.includes("**") ? 6 : glob.split("/").length;
}

async function directoriesBelow(root: string, at: string, depth: number): Promise<readonly string[]> {
  if (depth === 0) return [];
  const entries = await readdir(path.join(root, at), { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory() && !/^(?:node_modules|\..*)$/.test(entry.name));
  const here = names.map(({ name }) => (at === "" ? name : `${at}/${name}`)).sort();
  const below = await Promise.all(here.map((directory) => directoriesBelow(root, directory, depth - 1)));
  return [...here, ...below.flat()];
}

async function manifestAt(root: string, at: string): Promise<OwnManifest | undefined> {
  try {
    const json = record(JSON.parse(await readFile(path.join(root, at, "package.json"), "utf8")));
    return json === undefined ? undefined : { path: at, json };
  } catch {
    return undefined;
  }
}
