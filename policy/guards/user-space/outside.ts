/**
 * Commands that reach the shell through a function of another file: `run("sudo umount /data")`, where `run` comes from
 * `./tools`. A front end says that a call of something it does not know has a command among its arguments
 * (`OutsideCall`); once all files are seen, the file that is meant is read, and its own functions say what the call comes to.
 *
 * Only files that such a call can mean are read, so a project without such calls pays nothing. One level is followed from
 * file to file, and modules that only hand on (`export * from`, `__init__.py`); within the file all wrappers are.
 */
import type { FileSource } from "./discovery.ts";
import { claimOf } from "./frontends/index.ts";
import type { FrontEndRow, Surroundings } from "./frontend.ts";
import type { Hit, OpenFunctions, OutsideCall } from "./hit.ts";
import { releaseTrees } from "./syntax/ast-grep.ts";
import { decoded } from "./source-text.ts";

/** A project that calls more than this has its own name for it; what is found until then stands. */
const mostCalls = 5_000;
const mostFiles = 500;
/** `index.ts` of a folder of an index of a folder. */
const deepestHandingOn = 3;
const sourceLimitBytes = 1024 * 1024;

interface Waiting {
  readonly file: string;
  readonly row: FrontEndRow;
  readonly call: OutsideCall;
}

export class OutsideCalls {
  readonly #source: FileSource;
  readonly #surroundings: Surroundings;
  readonly #waiting: Waiting[] = [];
  readonly #read = new Map<string, OpenFunctions | undefined>();
  #bySuffix: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(source: FileSource, surroundings: Surroundings) {
    this.#source = source;
    this.#surroundings = surroundings;
  }

  add(file: string, row: FrontEndRow, calls: readonly OutsideCall[]): void {
    for (const call of calls) if (this.#waiting.length < mostCalls) this.#waiting.push({ file, row, call });
  }

  async resolved(): Promise<{ readonly file: string; readonly hits: readonly Hit[] }[]> {
    const mentioned = await this.#mentioned();
    const found: { file: string; hits: readonly Hit[] }[] = [];
    for (const { file, row, call } of this.#waiting) {
      const candidates =
        call.module === ""
          ? (mentioned.get(call.name) ?? []).filter((each) => isNear(row, file, each))
          : this.#candidates(row, file, call.module);
      const hits = await this.#judge(call, row, candidates, 0);
      if (hits.length > 0) found.push({ file, hits });
    }
    return found;
  }

  async #judge(
    call: OutsideCall,
    row: FrontEndRow,
    candidates: readonly string[],
    depth: number,
  ): Promise<readonly Hit[]> {
    for (const candidate of candidates) {
      const open = await this.#open(candidate);
      if (open === undefined) continue;
      const hits = call.judge(open, call.name);
      if (hits.length > 0) return hits;
      if (depth >= deepestHandingOn) continue;
      for (const from of open.handsOn(call.name)) {
        const next = this.#candidates(row, candidate, from.module).filter((each) => each !== candidate);
        const further = await this.#judge({ ...call, name: from.name }, row, next, depth + 1);
        if (further.length > 0) return further;
      }
    }
    return [];
  }

  /** Functions of a file that execute what they are given, whether or not the file holds a word that matters. */
  async #open(file: string): Promise<OpenFunctions | undefined> {
    if (this.#read.has(file) || this.#read.size >= mostFiles) return this.#read.get(file);
    this.#read.set(file, undefined);
    const claim = claimOf(file);
    if (claim.kind !== "covered") return undefined;
    const text = await this.#text(file);
    if (text === undefined) return undefined;
    try {
      const { open } = claim.row.frontEnd.scan({ path: file, text }, this.#surroundings);
      this.#read.set(file, open);
      return open;
    } catch {
      return undefined; // over the budget: it is reported where the file itself is scanned
    } finally {
      await releaseTrees();
    }
  }

  async #text(file: string): Promise<string | undefined> {
    const content = await this.#source.read(file, sourceLimitBytes).catch(() => undefined);
    return content?.kind === "bytes" ? decoded(content.bytes) : undefined;
  }

  /** For languages whose calls do not say where a function comes from: files that mention it. */
  async #mentioned(): Promise<ReadonlyMap<string, readonly string[]>> {
    const names = new Set<string>();
    const rows = new Set<FrontEndRow>();
    for (const { row, call } of this.#waiting) {
      if (call.module !== "") continue;
      names.add(call.name);
      rows.add(row);
    }
    if (names.size === 0) return new Map();
    const extensions = [...rows].flatMap((row) => row.extensions);
    return await this.#source.mentioning([...names], extensions);
  }

  /** Files of the project that a module may be; the nearest first. */
  #candidates(row: FrontEndRow, from: string, module: string): string[] {
    const near = (paths: readonly string[]): string[] =>
      paths
        .flatMap((each) => this.#ending(each))
        .toSorted((a, b) => distance(from, a) - distance(from, b))
        .slice(0, 4);
    switch (row.id) {
      case "javascript":
      case "markup":
        return module.startsWith(".")
          ? scriptFiles(joined(directoryOf(from), module)).filter((each) => this.#source.files.has(each))
          : near(scriptFiles(module.replace(/^[@~#]\//, "")));
      case "python":
        return pythonFiles(from, module, (paths) => near(paths)).filter((each) =>
          this.#source.files.has(each),
        );
      case "rust": {
        const name = module.split("::").findLast((each) => !/^(?:crate|super|self)$/.test(each));
        return name === undefined
          ? near(["lib.rs", "main.rs", "mod.rs"])
          : near([`${name}.rs`, `${name}/mod.rs`]);
      }
      case "go":
        return this.#goFiles(module);
      default:
        return [];
    }
  }

  /** The package is a directory; the import path ends like it, and what stands before is the name of the module. */
  #goFiles(module: string): string[] {
    const parts = module.split("/");
    for (let from = 0; from < parts.length; from += 1) {
      const directory = parts.slice(from).join("/");
      const files = [...this.#source.files].filter(
        (each) => each.endsWith(".go") && directoryOf(each) === directory,
      );
      if (files.length > 0) return files;
    }
    return [];
  }

  #ending(path: string): readonly string[] {
    this.#bySuffix ??= this.#suffixes();
    const name = path.slice(path.lastIndexOf("/") + 1);
    return (this.#bySuffix.get(name) ?? []).filter((each) => each === path || each.endsWith(`/${path}`));
  }

  #suffixes(): Map<string, string[]> {
    const suffixes = new Map<string, string[]>();
    for (const file of this.#source.files) {
      const name = file.slice(file.lastIndexOf("/") + 1);
      const files = suffixes.get(name) ?? [];
      files.push(file);
      suffixes.set(name, files);
    }
    return suffixes;
  }
}

/** A function without a module is one of the same package in Go, and whatever the linker finds in C. */
function isNear(row: FrontEndRow, from: string, candidate: string): boolean {
  if (candidate === from) return false;
  return row.id !== "go" || directoryOf(candidate) === directoryOf(from);
}

function scriptFiles(path: string): string[] {
  const bare = path.replace(/\.[cm]?[jt]sx?$/, "");
  const endings = [".ts", ".js", ".mjs", ".cjs", ".tsx", ".jsx", ".mts", ".cts"];
  return [
    path,
    ...endings.map((each) => bare + each),
    ...endings.slice(0, 4).map((each) => `${bare}/index${each}`),
  ];
}

/** `..tools.run` from the directory above, `tools.run` from wherever a directory of that name is. */
function pythonFiles(
  from: string,
  module: string,
  anywhere: (paths: readonly string[]) => readonly string[],
): readonly string[] {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  const path = module.slice(dots).replaceAll(".", "/");
  const files = (base: string): string[] =>
    (path === "" ? ["__init__.py"] : [`${path}.py`, `${path}/__init__.py`]).map((each) => joined(base, each));
  if (dots === 0) return anywhere(files(""));
  return files(joined(directoryOf(from), "../".repeat(dots - 1)));
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function joined(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${base}/${path}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** How many directories lie between two files. */
function distance(a: string, b: string): number {
  const [left, right] = [directoryOf(a).split("/"), directoryOf(b).split("/")];
  let common = 0;
  while (common < left.length && left[common] === right[common]) common += 1;
  return left.length + right.length - 2 * common;
}
