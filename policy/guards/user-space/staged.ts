/**
 * The files that the next commit changes, as the commit will have them: contents come from Git's index, not from the
 * working directory, where the same file may have been edited since (or made harmless after it was staged). A commit of
 * some files only (`git commit file`) has an index of its own, which Git names in the environment of the hook; it is used.
 */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { PolicyError } from "../../errors.ts";
import type { NotScanned } from "../guard.ts";
import { mentionsIn, namesIn, type Content, type FileSource } from "./discovery.ts";

const runFile = promisify(execFile);
const outputLimitBytes = 256 * 1024 * 1024;

interface Entry {
  readonly mode: string;
  readonly object: string;
}

/** @throws PolicyError `GUARD_ROOT` where `root` is in no Git checkout. */
export async function stagedFiles(root: string): Promise<FileSource> {
  const notScanned: NotScanned[] = [];
  const changed = namesIn(
    // Renamed and copied files under their new name; a type change may turn a link into source.
    await git(root, [
      "diff",
      "--cached",
      "--name-only",
      "--no-renames",
      "--relative",
      "--diff-filter=ACMRT",
      "-z",
    ]),
    notScanned,
  );
  const entries = changed.length === 0 ? new Map<string, Entry>() : await indexed(root);
  const own = changed.filter((file) => {
    const mode = entries.get(file)?.mode;
    if (mode === "160000")
      notScanned.push({
        path: `${file}/`,
        code: "submodule",
        reason: "a repository of its own; scan it there",
      });
    return mode === "100644" || mode === "100755";
  });
  const objects = new Objects(root);
  const read = (file: string, limitBytes: number) =>
    objects.read(entries.get(file)?.object ?? "", limitBytes);
  return {
    own: own.toSorted(),
    native: [],
    notScanned,
    files: new Set(entries.keys()),
    read,
    mentioning: async (words, extensions) =>
      await mentionsIn(await grep(root, words, extensions), words, read),
  };
}

/** Files of the index that hold one of the words; Git searches faster than they could be read one by one. */
async function grep(
  root: string,
  words: readonly string[],
  extensions: readonly string[],
): Promise<string[]> {
  const patterns = words.flatMap((word) => ["-e", word]);
  const paths = extensions.map((each) => `*${each}`);
  try {
    const { stdout } = await runFile(
      "git",
      ["grep", "--cached", "-l", "-z", "-w", "-F", "--no-color", ...patterns, "--", ...paths],
      { cwd: root, maxBuffer: outputLimitBytes, encoding: "buffer" },
    );
    return namesIn(stdout, []);
  } catch {
    return []; // status 1: nowhere
  }
}

async function git(root: string, args: readonly string[]): Promise<Buffer> {
  try {
    const { stdout } = await runFile("git", [...args], {
      cwd: root,
      maxBuffer: outputLimitBytes,
      encoding: "buffer",
    });
    return stdout;
  } catch (cause) {
    throw new PolicyError(
      "GUARD_ROOT",
      "staged files can only be read in a Git checkout",
      "run it inside of one, or without --staged",
      { cause },
    );
  }
}

/** Mode and object of each path, `100644 <object> 0\t<path>`. */
async function indexed(root: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const listed = (await git(root, ["ls-files", "--stage", "-z"])).toString("utf8");
  for (const row of listed.split("\0")) {
    const match = /^(\d+) ([0-9a-f]+) \d\t(.*)$/s.exec(row);
    if (match?.[3] === undefined) continue;
    entries.set(match[3], { mode: match[1] ?? "", object: match[2] ?? "" });
  }
  return entries;
}

/** Contents of objects, by one `git cat-file` for all of them: a process for each would take the second a commit has. */
class Objects {
  readonly #root: string;
  #reader: Reader | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  async read(object: string, limitBytes: number): Promise<Content> {
    this.#reader ??= new Reader(this.#root);
    return await this.#reader.read(object, limitBytes);
  }
}

interface Waiting {
  readonly limitBytes: number;
  resolve(content: Content): void;
  reject(error: Error): void;
}

class Reader {
  readonly #child;
  readonly #waiting: Waiting[] = [];
  #buffered: Buffer[] = [];
  #sizeBytes = 0;
  #header: { readonly sizeBytes: number } | undefined;

  constructor(root: string) {
    this.#child = spawn("git", ["cat-file", "--batch"], { cwd: root, stdio: ["pipe", "pipe", "ignore"] });
    this.#child.stdout.on("data", (chunk: Buffer) => {
      this.#buffered.push(chunk);
      this.#sizeBytes += chunk.length;
      this.#advance();
    });
    this.#child.on("error", (error) => this.#fail(error));
    this.#child.on("close", () => this.#fail(new Error("git cat-file ended")));
    this.#child.stdin.on("error", () => {});
    // Nobody has to end it: it does not keep the process alive, and goes with it.
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout])
      (stream as { unref?: () => void }).unref?.();
  }

  async read(object: string, limitBytes: number): Promise<Content> {
    const keepAlive = setInterval(() => {}, 60_000);
    try {
      return await new Promise<Content>((resolve, reject) => {
        this.#waiting.push({ limitBytes, resolve, reject });
        this.#child.stdin.write(`${object}\n`);
      });
    } finally {
      clearInterval(keepAlive);
    }
  }

  #fail(error: Error): void {
    for (const each of this.#waiting.splice(0)) each.reject(error);
  }

  /** `<object> blob <size>\n<contents>\n`, once as much has arrived. */
  #advance(): void {
    for (;;) {
      if (this.#header === undefined) {
        const bytes = this.#joined();
        const end = bytes.indexOf(10);
        if (end === -1) return;
        const [, type, size] = bytes.subarray(0, end).toString("latin1").split(" ");
        this.#keep(bytes.subarray(end + 1));
        if (type !== "blob") {
          this.#waiting.shift()?.reject(new Error("not a blob"));
          continue;
        }
        this.#header = { sizeBytes: Number(size) };
      }
      if (this.#sizeBytes < this.#header.sizeBytes + 1) return;
      const { sizeBytes } = this.#header;
      const bytes = this.#joined();
      this.#header = undefined;
      const waiting = this.#waiting.shift();
      const tooLarge = sizeBytes > (waiting?.limitBytes ?? 0);
      waiting?.resolve(
        tooLarge ? { kind: "too-large", sizeBytes } : { kind: "bytes", bytes: bytes.subarray(0, sizeBytes) },
      );
      this.#keep(bytes.subarray(sizeBytes + 1));
    }
  }

  #joined(): Buffer {
    if (this.#buffered.length !== 1) this.#keep(Buffer.concat(this.#buffered));
    return this.#buffered[0] ?? Buffer.alloc(0);
  }

  #keep(rest: Buffer): void {
    this.#buffered = [rest];
    this.#sizeBytes = rest.length;
  }
}
