/**
 * Which files are looked at: the project's own, and the native code of its production dependencies.
 *
 * Own files are what Git knows or would add (`git ls-files --cached --others --exclude-standard`): build output and
 * installed packages are not the project's source, while a new file counts before it is committed. Outside of a
 * checkout the tree is walked, without `.git` and `node_modules`.
 *
 * Of dependencies, only the ELF files of production packages are looked at: they run in our process with our
 * privileges, and their import tables cannot be argued with. Their JavaScript is not scanned unless that is asked for
 * (`includeDependencies`); it cannot make a system call, and what it starts is seen by the dynamic proof.
 */
import { execFile } from "node:child_process";
import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
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

export type Content =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "too-large"; readonly sizeBytes: number };

/** Files to look at and their contents: those of a directory, or those that are staged. */
export interface FileSource {
  /** Relative to the root, sorted by bytes. */
  readonly own: readonly string[];
  readonly native: readonly NativeFile[];
  readonly notScanned: readonly NotScanned[];
  /** All files of the project, looked at or not: a function of one of them may be meant. */
  readonly files: ReadonlySet<string>;
  /** @throws what the file system or Git answers. */
  read(file: string, limitBytes: number): Promise<Content>;
  /** The files with these extensions in which each word stands, as a whole word. */
  mentioning(
    words: readonly string[],
    extensions: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>>;
}

export interface DiscoverOptions {
  /** Everything below `node_modules` too, as source. */
  readonly includeDependencies?: boolean;
}

/** Beyond this a list of files is a mistake, not a project. */
const listLimitBytes = 512 * 1024 * 1024;

/** The files of a directory. */
export async function discover(root: string, options: DiscoverOptions = {}): Promise<FileSource> {
  const notScanned: NotScanned[] = [];
  const walk = new Walk(
    root,
    notScanned,
    options.includeDependencies === true || isInside(root, "node_modules"),
  );
  const listed = walk.entersPackages ? undefined : await listedByGit(root, notScanned);
  const own = listed === undefined ? await walk.files() : await filesAmong(root, listed, notScanned);
  const native = walk.entersPackages ? [] : await nativeFiles(root, notScanned);
  const read = (file: string, limitBytes: number) => readBelow(root, file, limitBytes);
  return {
    own: own.toSorted(byBytes),
    native,
    notScanned,
    files: new Set(own),
    read,
    mentioning: async (words, extensions) => {
      const files = own.filter((file) => extensions.some((each) => file.endsWith(each)));
      return await mentionsIn(files, words, read);
    },
  };
}

/** Sources larger than this define no function that a command is handed to. */
const searchLimitBytes = 1024 * 1024;

/** Reads the files once for all words. */
export async function mentionsIn(
  files: readonly string[],
  words: readonly string[],
  read: FileSource["read"],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const wanted = new RegExp(`\\b(?:${words.join("|")})\\b`, "g");
  const found = new Map<string, string[]>(words.map((word) => [word, []]));
  for (const file of files) {
    const content = await read(file, searchLimitBytes).catch(() => undefined);
    if (content?.kind !== "bytes") continue;
    const text = Buffer.from(content.bytes).toString("latin1");
    for (const word of new Set(text.match(wanted))) found.get(word)?.push(file);
  }
  return found;
}

async function readBelow(root: string, file: string, limitBytes: number): Promise<Content> {
  const absolute = path.join(root, file);
  const { size } = await stat(absolute);
  return size > limitBytes
    ? { kind: "too-large", sizeBytes: size }
    : { kind: "bytes", bytes: await readFile(absolute) };
}

function isInside(root: string, name: string): boolean {
  return root.split(path.sep).includes(name);
}

/** A hook runs with variables that point Git at another index or directory. */
export function withoutGitVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
}

async function listedByGit(root: string, notScanned: NotScanned[]): Promise<string[] | undefined> {
  try {
    const { stdout } = await runFile(
      "git",
      ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      { cwd: root, env: withoutGitVariables(), maxBuffer: listLimitBytes, encoding: "buffer" },
    );
    const files = namesIn(stdout, notScanned);
    // A directory that Git ignores as a whole lists nothing: it was named on purpose, so it is walked.
    return files.length === 0 ? undefined : files;
  } catch {
    return undefined; // no Git, or no checkout
  }
}

/** Names between zero bytes, each once. One that is not UTF-8 cannot be spelled in a report and is said to be so. */
export function namesIn(output: Buffer, notScanned: NotScanned[]): string[] {
  const names = new Set<string>();
  for (let start = 0; start < output.length;) {
    const found = output.indexOf(0, start);
    const end = found === -1 ? output.length : found;
    const bytes = output.subarray(start, end);
    const name = bytes.toString("utf8");
    if (Buffer.from(name, "utf8").equals(bytes)) names.add(name);
    else notScanned.push({ path: name, code: "unreadable", reason: "its name is not UTF-8" });
    start = end + 1;
  }
  names.delete("");
  return [...names];
}

async function filesAmong(
  root: string,
  listed: readonly string[],
  notScanned: NotScanned[],
): Promise<string[]> {
  const files: string[] = [];
  for (const file of listed) if (await isOwnFile(root, file, notScanned)) files.push(file);
  return files;
}

class Walk {
  readonly entersPackages: boolean;
  readonly #root: string;
  readonly #notScanned: NotScanned[];

  constructor(root: string, notScanned: NotScanned[], entersPackages: boolean) {
    this.#root = root;
    this.#notScanned = notScanned;
    this.entersPackages = entersPackages;
  }

  async files(): Promise<string[]> {
    const files: string[] = [];
    const open = [""];
    for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
      for (const entry of await this.#entries(directory)) {
        const relative = directory === "" ? entry.name : `${directory}/${entry.name}`;
        if (entry.isDirectory()) {
          if (entry.name !== ".git" && (this.entersPackages || entry.name !== "node_modules"))
            open.push(relative);
        } else if (entry.isFile()) files.push(relative);
        else if (entry.isSymbolicLink()) await isOwnFile(this.#root, relative, this.#notScanned);
        else special(relative, this.#notScanned);
      }
    }
    return files;
  }

  async #entries(directory: string) {
    try {
      return await readdir(path.join(this.#root, directory), { withFileTypes: true });
    } catch (error) {
      this.#notScanned.push({ path: `${directory}/`, code: "unreadable", reason: reasonOf(error) });
      return [];
    }
  }
}

/** A pipe or socket that is named like source: reading it would wait for ever. */
function special(file: string, notScanned: NotScanned[]): void {
  if (claimOf(file).kind === "covered")
    notScanned.push({
      path: file,
      code: "unreadable",
      reason: "no ordinary file (a pipe, socket or device)",
    });
}

/** Links are not followed: a target inside the root is looked at under its own name, one outside is reported. */
async function isOwnFile(root: string, file: string, notScanned: NotScanned[]): Promise<boolean> {
  try {
    const status = await lstat(path.join(root, file));
    if (status.isFile()) return true;
    if (status.isDirectory()) {
      const reason = "a repository of its own; scan it there";
      notScanned.push({ path: `${file}/`, code: "submodule", reason });
      return false;
    }
    if (!status.isSymbolicLink()) {
      special(file, notScanned);
      return false;
    }
    const target = await realpath(path.join(root, file));
    const realRoot = await realpath(root);
    if (!`${target}${path.sep}`.startsWith(`${realRoot}${path.sep}`)) {
      if (!/^(?:covered|uncovered)$/.test(claimOf(file).kind)) return false;
      const reason = "a symbolic link that leads out of the tree";
      notScanned.push({ path: file, code: "outside-root", reason });
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
    if (!isBelow(where)) {
      const reason = "a package path that leads out of the tree";
      notScanned.push({ path: where, code: "outside-root", reason });
    } else if (await exists(path.join(root, where))) {
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

/** A lock file is data of somebody else: `../../etc` is not a package. */
function isBelow(where: string): boolean {
  return !path.isAbsolute(where) && !where.split(/[\\/]/).includes("..");
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
