/**
 * Which files are looked at: the project's own, and the native code of its production dependencies.
 *
 * Own files are what Git knows or would add (`git ls-files --cached --others --exclude-standard`): build output and
 * installed packages are not the project's source, while a new file counts before it is committed. Outside of a
 * checkout the tree is walked, without `.git` and `node_modules`.
 *
 * Of dependencies, only the ELF files of production packages are looked at: they run in our process with our
 * privileges, and their import tables cannot be argued with. Their JavaScript is not scanned here (it cannot make a
 * system call; what it starts is seen by the dynamic proof), and development tools do not ship.
 */
import { execFile } from "node:child_process";
import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { NotScanned } from "../guard.ts";
import { claimOf } from "./frontends/index.ts";

const runFile = promisify(execFile);

export interface NativeFile {
  readonly path: string;
  /** `name@version`. */
  readonly package: string;
}

export interface Discovered {
  /** Relative to the root, sorted by bytes. */
  readonly own: readonly string[];
  readonly native: readonly NativeFile[];
  readonly notScanned: readonly NotScanned[];
}

/** Beyond this a list of files is a mistake, not a project. */
const listLimitBytes = 512 * 1024 * 1024;

export async function discover(root: string): Promise<Discovered> {
  const notScanned: NotScanned[] = [];
  const listed = (await listedByGit(root)) ?? (await walked(root, "", notScanned));
  const own: string[] = [];
  for (const file of listed) {
    if (await isOwnFile(root, file, notScanned)) own.push(file);
  }
  const native = await nativeFiles(root, notScanned);
  return { own: own.toSorted(byBytes), native, notScanned };
}

async function listedByGit(root: string): Promise<string[] | undefined> {
  // A hook runs with variables that point Git at another index or directory.
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")),
  );
  try {
    const { stdout } = await runFile(
      "git",
      ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      {
        cwd: root,
        env: environment,
        maxBuffer: listLimitBytes,
      },
    );
    const files = stdout.split("\0").filter((file) => file !== "");
    // A directory that Git ignores as a whole lists nothing: it was named on purpose, so it is walked.
    return files.length === 0 ? undefined : [...new Set(files)];
  } catch {
    return undefined; // no Git, or no checkout
  }
}

async function walked(root: string, directory: string, notScanned: NotScanned[]): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(path.join(root, directory), { withFileTypes: true });
  } catch (error) {
    notScanned.push({ path: `${directory}/`, code: "unreadable", reason: reasonOf(error) });
    return [];
  }
  const files: string[] = [];
  for (const entry of entries) {
    const relative = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== ".git" && entry.name !== "node_modules")
        files.push(...(await walked(root, relative, notScanned)));
    } else if (entry.isFile() || entry.isSymbolicLink()) {
      files.push(relative);
    }
  }
  return files;
}

/** Links are not followed: a target inside the root is looked at under its own name, one outside is reported. */
async function isOwnFile(root: string, file: string, notScanned: NotScanned[]): Promise<boolean> {
  try {
    const status = await lstat(path.join(root, file));
    if (status.isFile()) return true;
    if (status.isDirectory()) {
      notScanned.push({
        path: `${file}/`,
        code: "submodule",
        reason: "a repository of its own; scan it there",
      });
      return false;
    }
    if (!status.isSymbolicLink()) return false;
    const target = await realpath(path.join(root, file));
    const realRoot = await realpath(root);
    if (!`${target}${path.sep}`.startsWith(`${realRoot}${path.sep}`)) {
      if (claimOf(file).kind === "not-source" || claimOf(file).kind === "look-inside") return false;
      notScanned.push({
        path: file,
        code: "outside-root",
        reason: "a symbolic link that leads out of the tree",
      });
    }
    return false;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ELOOP")
      notScanned.push({ path: file, code: "symlink-loop", reason: "symbolic links that lead to each other" });
    else if (code !== "ENOENT" && code !== "ENOTDIR")
      notScanned.push({ path: file, code: "unreadable", reason: reasonOf(error) });
    return false; // ENOENT: removed but still in the index, or a link to nothing
  }
}

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

async function nativeFiles(root: string, notScanned: NotScanned[]): Promise<NativeFile[]> {
  const packages = await lockedPackages(root, notScanned);
  const production = Object.entries(packages).filter(
    ([where, each]) =>
      where.includes("node_modules/") && each.dev !== true && each.devOptional !== true && each.link !== true,
  );
  if (production.length === 0) return [];
  if (!(await exists(path.join(root, "node_modules")))) {
    notScanned.push({
      path: "node_modules/",
      code: "not-installed",
      reason: "the lock file names production dependencies, none is installed; run npm ci",
    });
    return [];
  }
  const found: NativeFile[] = [];
  for (const [where, each] of production) {
    const name = where.slice(where.lastIndexOf("node_modules/") + "node_modules/".length);
    if (await exists(path.join(root, where))) {
      const files = await nativeBelow(root, where, notScanned);
      found.push(...files.map((file) => ({ path: file, package: `${name}@${each.version ?? ""}` })));
    } else if (each.optional !== true && each.os === undefined && each.cpu === undefined) {
      notScanned.push({
        path: where,
        code: "not-installed",
        reason: "a production dependency of the lock file that is not installed; run npm ci",
      });
    }
  }
  return found.toSorted((a, b) => byBytes(a.path, b.path));
}

async function lockedPackages(
  root: string,
  notScanned: NotScanned[],
): Promise<Readonly<Record<string, LockedPackage>>> {
  let text: string;
  try {
    text = await readFile(path.join(root, "package-lock.json"), "utf8");
  } catch {
    return {};
  }
  try {
    const { packages } = JSON.parse(text) as { packages?: Record<string, LockedPackage> };
    if (packages !== undefined && typeof packages === "object" && packages !== null) return packages;
    notScanned.push({
      path: "package-lock.json",
      code: "parse-error",
      reason: "no list of packages; lock file version 2 or later is needed to find native code",
    });
  } catch {
    notScanned.push({
      path: "package-lock.json",
      code: "parse-error",
      reason: "not valid JSON, so native code of dependencies is not found",
    });
  }
  return {};
}

async function nativeBelow(root: string, directory: string, notScanned: NotScanned[]): Promise<string[]> {
  const files: string[] = [];
  try {
    for (const entry of await readdir(path.join(root, directory), { withFileTypes: true })) {
      const relative = `${directory}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== "node_modules")
        files.push(...(await nativeBelow(root, relative, notScanned)));
      if (entry.isFile() && /\.(?:node|so(?:\.\d+)*)$/.test(entry.name)) files.push(relative);
    }
  } catch (error) {
    notScanned.push({ path: `${directory}/`, code: "unreadable", reason: reasonOf(error) });
  }
  return files;
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** The error's own words carry absolute paths; its code does not. */
export function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "could not be read";
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
