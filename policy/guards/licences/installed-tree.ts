/**
 * Walks a project and everything installed in it, and says of every file what it is to a licence guard. A package is
 * what stands directly in a `node_modules` directory, however deep (nested bundles, pnpm's store included); every file
 * belongs to the innermost package around it, the rest to the project itself.
 *
 * Symbolic links are not followed: their targets are visited where they really are, and a target outside the root is
 * reported. Not part of a tree are the stores of version control (`.git`, `.helios` and their like) and the tools' own
 * directories `node_modules/.bin` and `.cache`. What vanishes while it is read was not there.
 */
import type { Dirent } from "node:fs";
import { lstat, open, readdir, readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { pinOfBytes } from "../../exceptions.ts";
import { throwIfAborted } from "../guard.ts";
import type { NotScanned } from "../guard.ts";
import { record } from "./lockfile.ts";
import { headerGrants, recogniseTexts } from "./texts.ts";
import type { HeaderGrant } from "./texts.ts";

export interface Manifest {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly private: boolean;
  /** `license` or the old `licenses`, as they stand in the file. */
  readonly licence: unknown;
  /** Scripts that npm runs at install. */
  readonly installScripts: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
}

export interface InstalledPackage {
  /** Relative to the root, "" for the project itself. */
  readonly path: string;
  /** Undefined where there is none, or where it cannot be read (then it is in `notScanned`). */
  readonly manifest: Manifest | undefined;
  readonly files: readonly ScannedFile[];
}

/** What a file is to this guard. Files of no interest are not listed. */
export type ScannedFile =
  | {
      readonly kind: "licence-text";
      readonly path: string;
      readonly sha256: string;
      readonly ids: readonly string[];
    }
  /** Listed only where its comments grant a licence. */
  | {
      readonly kind: "source";
      readonly path: string;
      readonly sha256: string;
      readonly grants: readonly HeaderGrant[];
    }
  /** Native code, or an archive nobody looked into. */
  | { readonly kind: "native" | "archive"; readonly path: string }
  /** A manifest that is not the package's own: vendored code. */
  | { readonly kind: "vendored-manifest"; readonly path: string; readonly manifest: Manifest };

export interface InstalledTree {
  readonly packages: readonly InstalledPackage[];
  readonly notScanned: readonly NotScanned[];
}

const textLimitBytes = 2 * 1024 * 1024;
/** Generated parsers and bundles reach tens of megabytes; they are read one at a time. */
const sourceLimitBytes = 64 * 1024 * 1024;
/** Deeper is a loop or an attack; npm nests a few dozen at most. */
const depthLimit = 200;

const stores: ReadonlySet<string> = new Set([".git", ".hg", ".svn", ".helios", ".helios-runs"]);

const licenceName =
  /^(?:(?:[\w.-]*[-_. ])?(?:licen[cs]es?|copying|unlicen[cs]e|eula|copyright)(?:[-_. ].*)?|notices?(?:[-_.].*)?|.*third[-_ ]?part(?:y|ies).*|.*3rd[-_ ]?party.*)$/i;
const notProse =
  /\.(?:[cm]?[jt]sx?|json5?|map|py|rb|go|rs|java|kt|c|h|cc|cpp|hpp|cs|php|sh|ya?ml|toml|xml|css|s[ac]ss|svg|png|jpe?g|gif|ico|pdf|node|wasm|snap|inc|mk|cmake)$/i;
const licenceDirectory = /^(?:licen[cs]es|LICEN[CS]ES)$/;
const nativeName = /\.(?:node|wasm|so(?:\.\d+)*|dylib|dll|exe|a|lib|o|obj|jar|class|pyd)$/i;
const archiveName = /\.(?:zip|tgz|tar|tar\.\w+|7z|rar|gz|xz|bz2|zst|br|asar|whl|gem|crate|deb|rpm)$/i;
const sourceName =
  /\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|c|h|cc|cpp|cxx|hpp|hh|m|mm|cs|php|sh|css|s[ac]ss|vue|svelte|pl|lua|swift|gyp|s|asm)$/i;
const boringName =
  /\.(?:md|markdown|json|map|txt|html?|ya?ml|svg|png|jpe?g|gif|ico|woff2?|ttf|snap|lock|d\.ts)$/i;

/**
 * @param tick called once per package, before it is read.
 * Cost: reads every source file up to 64 MiB once; about 10,000 files a second on a warm cache.
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
    const manifest = await this.#ownManifest(at);
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
      if (entry.isSymbolicLink()) {
        await this.#link(below);
      } else if (entry.isDirectory()) {
        // Elsewhere inside a package a `node_modules` is no place npm installs to, but part of what it ships.
        if (entry.name === "node_modules" && (owner === "" || at === owner)) nested.push(below);
        else if (!stores.has(entry.name)) await this.#directory(below, owner, files, nested, depth + 1);
      } else if (entry.isFile()) {
        await this.#file(below, owner, files);
      }
    }
  }

  async #file(at: string, owner: string, files: ScannedFile[]): Promise<void> {
    const name = path.posix.basename(at);
    const parent = path.posix.basename(path.posix.dirname(at));
    try {
      if (name === "package.json") {
        if (path.posix.dirname(at) === (owner === "" ? "." : owner)) return;
        const manifest = parseManifest(await this.#read(at, textLimitBytes));
        // Many packages carry `{"type": "module"}` as a marker: only one that names something is vendored code.
        if (manifest.name !== undefined || manifest.licence !== undefined)
          files.push({ kind: "vendored-manifest", path: at, manifest });
      } else if (!notProse.test(name) && (licenceName.test(name) || licenceDirectory.test(parent))) {
        if (nativeName.test(name) || archiveName.test(name)) files.push({ kind: "archive", path: at });
        else files.push(licenceText(at, await this.#read(at, textLimitBytes)));
      } else if (nativeName.test(name)) {
        files.push({ kind: "native", path: at });
      } else if (archiveName.test(name)) {
        files.push({ kind: "archive", path: at });
      } else if (sourceName.test(name) && !/\.d\.[cm]?ts$/i.test(name)) {
        files.push(...sourceWithGrants(at, await this.#read(at, sourceLimitBytes)));
      } else if (!boringName.test(name) && (await this.#isNative(at))) {
        files.push({ kind: "native", path: at });
      }
    } catch (error) {
      if (isGone(error)) return;
      const code =
        error instanceof SyntaxError ? "parse-error" : error instanceof TooLarge ? "too-large" : "unreadable";
      // A manifest deep inside a package that does not parse is test data; the package's own is reported by its owner.
      if (code === "parse-error") return;
      this.#skip(at, code, (error as Error).message);
    }
  }

  async #ownManifest(at: string): Promise<Manifest | undefined> {
    const file = at === "" ? "package.json" : `${at}/package.json`;
    try {
      return parseManifest(await this.#read(file, textLimitBytes));
    } catch (error) {
      // A directory without a manifest is no package; whether it should be one is for whoever knows the lock file.
      if (isGone(error)) return undefined;
      this.#skip(file, error instanceof SyntaxError ? "parse-error" : "unreadable", (error as Error).message);
      return undefined;
    }
  }

  /** Executables have no extension to know them by. */
  async #isNative(at: string): Promise<boolean> {
    const handle = await open(path.join(this.#root, at));
    try {
      const head = Buffer.alloc(4);
      const { bytesRead } = await handle.read(head, 0, 4, 0);
      if (bytesRead < 4) return false;
      const magic = head.readUInt32BE(0);
      // ELF; WebAssembly; Mach-O 32/64 in both byte orders and universal; PE starts with "MZ".
      return (
        [0x7f454c46, 0x0061736d, 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe].includes(
          magic,
        ) || head.subarray(0, 2).toString("latin1") === "MZ"
      );
    } finally {
      await handle.close();
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

  async #read(at: string, limitBytes: number): Promise<Buffer> {
    const absolute = path.join(this.#root, at);
    const { size } = await lstat(absolute);
    if (size > limitBytes) throw new TooLarge(`${size} bytes, more than ${limitBytes}`);
    return readFile(absolute);
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

function licenceText(at: string, bytes: Buffer): ScannedFile {
  return {
    kind: "licence-text",
    path: at,
    sha256: pinOfBytes(bytes),
    ids: recogniseTexts(bytes.toString("utf8")),
  };
}

/** Bytes are searched before they become text: nearly no source file names a licence. */
function sourceWithGrants(at: string, bytes: Buffer): readonly ScannedFile[] {
  if (!grantMarks.some((mark) => bytes.includes(mark))) return [];
  const grants = headerGrants(bytes.toString("utf8"));
  return grants.length === 0 ? [] : [{ kind: "source", path: at, sha256: pinOfBytes(bytes), grants }];
}

const grantMarks = ["SPDX-License-Identifier", "@license", "@licence", "General Public", "Affero", "GNU"];

/** @throws SyntaxError when it is no JSON object. */
function parseManifest(bytes: Buffer): Manifest {
  const json = record(JSON.parse(bytes.toString("utf8").replace(/^\uFEFF/, "")));
  if (json === undefined) throw new SyntaxError("it is not a JSON object");
  const scripts = record(json["scripts"]) ?? {};
  const text = (key: string): string | undefined => (typeof json[key] === "string" ? json[key] : undefined);
  return {
    name: text("name"),
    version: text("version"),
    private: json["private"] === true,
    licence: json["license"] ?? json["licence"] ?? json["licenses"],
    installScripts: ["preinstall", "install", "postinstall"].filter(
      (name) => typeof scripts[name] === "string",
    ),
    json,
  };
}
