/**
 * Walks a project and everything installed in it, and says of every file what it is to a licence guard. A package is
 * what stands directly in a `node_modules` directory, however deep (nested bundles, pnpm's store included); every file
 * belongs to the innermost package around it, the rest to the project itself.
 *
 * Symbolic links are not followed: their targets are visited where they really are, and a target outside the root is
 * reported. Not part of a tree are the stores of version control (`.git`, `.helios` and their like) and the tools' own
 * directories `node_modules/.bin` and `.cache`. What vanishes while it is read was not there.
 */
import { closeSync, lstatSync, openSync, readFileSync, readSync } from "node:fs";
import type { Dirent } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import path from "node:path";
import { throwIfAborted } from "../guard.ts";
import type { NotScanned } from "../guard.ts";
import { fileKind } from "./file-kind.ts";
import {
  isNativeHead,
  licenceTextFile,
  parseManifest,
  readmeFile,
  sourceFile,
  textInProse,
} from "./file-reading.ts";
import type { Manifest, ScannedFile } from "./file-reading.ts";

export interface InstalledPackage {
  /** Relative to the root, "" for the project itself. */
  readonly path: string;
  /** Undefined where there is none, or where it cannot be read (then it is in `notScanned`). */
  readonly manifest: Manifest | undefined;
  readonly files: readonly ScannedFile[];
}

export interface InstalledTree {
  readonly packages: readonly InstalledPackage[];
  readonly notScanned: readonly NotScanned[];
}

const textLimitBytes = 2 * 1024 * 1024;
/** Generated parsers and bundles reach tens of megabytes; they are read one at a time. */
const sourceLimitBytes = 64 * 1024 * 1024;
/** Deeper is a loop or an attack; npm nests a few dozen at most. */
const depthLimit = 200;

/** What yarn keeps for itself; the packages in its cache are in the lock file, and missed where nothing unpacks them. */
const yarnsOwn: ReadonlySet<string> = new Set([".yarn/cache", ".yarn/install-state.gz"]);
const stores: ReadonlySet<string> = new Set([".git", ".hg", ".svn", ".helios", ".helios-runs"]);

/**
 * @param tick called once per package, before it is read.
 * Cost: reads every source file and document up to 64 MiB once; about 10,000 files a second on a warm cache.
 */
export async function readInstalledTree(
  root: string,
  tick: (path: string) => void,
  signal: AbortSignal | undefined,
): Promise<InstalledTree> {
  const walk = new Walk(root, tick, signal);
  await walk.package("");
  return { packages: walk.packages, notScanned: walk.notScanned };
}

class Walk {
  readonly packages: InstalledPackage[] = [];
  readonly notScanned: NotScanned[] = [];
  readonly #root: string;
  readonly #tick: (path: string) => void;
  readonly #signal: AbortSignal | undefined;
  #realRoot: string | undefined;

  constructor(root: string, tick: (path: string) => void, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#tick = tick;
    this.#signal = signal;
  }

  async package(at: string): Promise<void> {
    throwIfAborted(this.#signal);
    this.#tick(at);
    const files: ScannedFile[] = [];
    const nested: string[] = [];
    const manifest = this.#ownManifest(at);
    await this.#directory(at, at, files, nested, 0);
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    this.packages.push({ path: at, manifest, files });
    for (const modules of nested.sort()) await this.#modules(modules);
  }

  /** Packages of one `node_modules` directory; scopes and pnpm's store are directories of packages. */
  async #modules(at: string): Promise<void> {
    for (const entry of await this.#entries(at)) {
      const below = `${at}/${entry.name}`;
      if (entry.isSymbolicLink()) {
        await this.#link(below);
      } else if (!entry.isDirectory()) {
        continue;
      } else if (entry.name === ".bin" || entry.name === ".cache") {
        continue;
      } else if (entry.name.startsWith("@")) {
        await this.#modules(below);
      } else if (entry.name.startsWith(".")) {
        await this.#store(below);
      } else {
        await this.package(below);
      }
    }
  }

  /** `node_modules/.pnpm/<name@version>/node_modules/...` and its like. */
  async #store(at: string): Promise<void> {
    for (const entry of await this.#entries(at)) {
      if (!entry.isDirectory()) continue;
      const below = `${at}/${entry.name}`;
      await (entry.name === "node_modules" ? this.#modules(below) : this.#modulesBelow(below));
    }
  }

  async #modulesBelow(at: string): Promise<void> {
    for (const entry of await this.#entries(at)) {
      if (entry.isDirectory() && entry.name === "node_modules") await this.#modules(`${at}/node_modules`);
    }
  }

  async #directory(
    at: string,
    owner: string,
    files: ScannedFile[],
    nested: string[],
    depth: number,
  ): Promise<void> {
    if (depth > depthLimit) {
      this.#skip(`${at}/`, "too-deep", `more than ${depthLimit} directories deep`);
      return;
    }
    for (const entry of await this.#entries(at)) {
      const below = at === "" ? entry.name : `${at}/${entry.name}`;
      if (yarnsOwn.has(below)) continue;
      if (entry.isSymbolicLink()) {
        await this.#link(below);
      } else if (entry.isDirectory()) {
        // Elsewhere inside a package a `node_modules` is no place npm installs to, but part of what it ships.
        if (entry.name === "node_modules" && (owner === "" || at === owner)) nested.push(below);
        else if (!stores.has(entry.name)) await this.#directory(below, owner, files, nested, depth + 1);
      } else if (entry.isFile()) {
        this.#file(below, owner, files);
      }
    }
  }

  #file(at: string, owner: string, files: ScannedFile[]): void {
    try {
      files.push(...this.#facts(at, owner));
    } catch (error) {
      if (isGone(error)) return;
      // A manifest deep inside a package that does not parse is test data; the package's own is reported by its owner.
      if (error instanceof SyntaxError) return;
      this.#skip(at, error instanceof TooLarge ? "too-large" : "unreadable", (error as Error).message);
    }
  }

  #facts(at: string, owner: string): readonly ScannedFile[] {
    const parent = path.posix.dirname(at);
    const kind = fileKind(path.posix.basename(at), path.posix.basename(parent));
    const isTop = parent === (owner === "" ? "." : owner);
    switch (kind) {
      case "manifest": {
        if (isTop) return [];
        const manifest = parseManifest(this.#read(at, textLimitBytes));
        // Many packages carry `{"type": "module"}` as a marker: only one that names something is vendored code.
        const says = manifest.name !== undefined || manifest.licence !== undefined;
        return says ? [{ kind: "vendored-manifest", path: at, manifest }] : [];
      }
      case "licence-text":
        return licenceTextFile(at, this.#read(at, textLimitBytes));
      case "readme": {
        const bytes = this.#read(at, sourceLimitBytes);
        return [...(isTop ? readmeFile(at, bytes) : []), ...textInProse(at, bytes)];
      }
      case "prose":
        return textInProse(at, this.#read(at, sourceLimitBytes));
      case "source":
        return sourceFile(at, this.#read(at, sourceLimitBytes));
      case "native":
      case "archive":
      case "licence-unreadable":
        return [{ kind, path: at }];
      case "unnamed": {
        const head = this.#head(at);
        if (isNativeHead(head)) return [{ kind: "native", path: at }];
        // Bytes that are no text hold no licence text; what kind of data they are says their package.
        return head.includes(0) ? [] : textInProse(at, this.#read(at, sourceLimitBytes));
      }
      case "ignored":
        return [];
    }
  }

  #ownManifest(at: string): Manifest | undefined {
    const file = at === "" ? "package.json" : `${at}/package.json`;
    try {
      return parseManifest(this.#read(file, textLimitBytes));
    } catch (error) {
      // A directory without a manifest is no package; whether it should be one is for whoever knows the lock file.
      if (isGone(error)) return undefined;
      this.#skip(file, error instanceof SyntaxError ? "parse-error" : "unreadable", (error as Error).message);
      return undefined;
    }
  }

  /** Executables have no extension to know them by. */
  #head(at: string): Buffer {
    const handle = openSync(path.join(this.#root, at), "r");
    try {
      const head = Buffer.alloc(512);
      return head.subarray(0, readSync(handle, head, 0, head.length, 0));
    } finally {
      closeSync(handle);
    }
  }

  async #link(at: string): Promise<void> {
    try {
      this.#realRoot ??= await realpath(this.#root);
      const target = await realpath(path.join(this.#root, at));
      if (target !== this.#realRoot && !target.startsWith(this.#realRoot + path.sep)) {
        this.#skip(at, "outside-root", "a symbolic link to outside the root is not followed");
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A dangling link hides nothing; a loop is one, too.
      if (code !== "ENOENT" && code !== "ELOOP") this.#skip(at, "unreadable", (error as Error).message);
    }
  }

  async #entries(at: string): Promise<readonly Dirent[]> {
    try {
      const entries = await readdir(path.join(this.#root, at), { withFileTypes: true });
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      if (!isGone(error)) this.#skip(`${at}/`, "unreadable", (error as Error).message);
      return [];
    }
  }

  /** Synchronous: one file after the other is read three times as fast as through the thread pool. */
  #read(at: string, limitBytes: number): Buffer {
    const absolute = path.join(this.#root, at);
    const { size } = lstatSync(absolute);
    if (size > limitBytes) throw new TooLarge(`${size} bytes, more than ${limitBytes}`);
    return readFileSync(absolute);
  }

  #skip(at: string, code: string, reason: string): void {
    // Node names the absolute path in its messages; the report is about the tree, not about the machine.
    this.notScanned.push({
      path: at,
      code,
      reason: reason.replaceAll(`${path.resolve(this.#root)}${path.sep}`, ""),
    });
  }
}

class TooLarge extends Error {}

function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
