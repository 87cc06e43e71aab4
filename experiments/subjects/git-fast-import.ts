/**
 * Git at its strongest: no working tree and no index, one long-lived `git fast-import` that is told what changed
 * (git-fast-import(1)). What a program would use that keeps its own working set and wants Git's format.
 *
 * In class `memory` commits go into the pack that is being written and nothing is asked of the disk: the process's end
 * would lose them. In class `process` a `checkpoint` follows each commit, which closes the pack (or makes its few
 * objects loose ones) and moves the branch; `power` is the same with core.fsync=all. The answer to a `get-mark` or a
 * `progress` after it says that it was done.
 *
 * Returning to a state moves a pointer: the next commit is `from` there.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { type DurabilityClass, type Edit, type FileMode, HarnessError } from "@helios/harness";
import type { Session, SessionOptions, StateId, Subject } from "@helios/harness";
import { execa } from "execa";
import { gitEnvironment, gitOptions } from "../git-command.ts";
import { git, quotedPath } from "./git.ts";

export const gitFastImport: Subject = {
  id: "git-fast-import",
  title: "Git without a working tree: one long-lived fast-import stream",
  durabilityClasses: ["memory", "process", "power"],
  workingSet: "internal",
  availability: () => git.availability(),

  async open(options) {
    const session = new FastImportSession(options);
    await session.open();
    return session;
  },
};

const BRANCH = "refs/heads/work";
const PERSON = "Helios Harness <harness@helios.invalid> 978307200 +0000";
const MODES: Readonly<Record<FileMode, string>> = { file: "100644", executable: "100755", symlink: "120000" };
const LINE_FEED = 0x0a;

class FastImportSession implements Session {
  readonly #repository: string;
  readonly #durability: DurabilityClass;
  readonly #options: ReturnType<typeof gitOptions>;
  #import: FastImport | undefined;
  readonly #pending = new Map<string, Edit>();
  #mark = 0;
  #head: StateId = "";
  /** Marks of this stream: what lies in its open pack cannot be named otherwise. */
  readonly #marks = new Map<StateId, number>();

  constructor({ directory, durability }: SessionOptions) {
    this.#repository = join(realpathSync(directory), "repository");
    this.#durability = durability;
    this.#options = gitOptions(this.#repository, {
      ...gitEnvironment(),
      GIT_CEILING_DIRECTORIES: dirname(this.#repository),
    });
  }

  async open(): Promise<void> {
    mkdirSync(this.#repository);
    await execa("git", ["init", "--quiet", "--bare", "--template=", "."], this.#options);
  }

  /** A stream of its own, so that the base's pack is closed and charged to nobody. */
  async load(base: Iterable<Edit>): Promise<StateId> {
    const stream = this.#started();
    const files: string[] = [];
    for (const edit of base) {
      if (edit.kind === "delete") continue;
      await stream.write(Buffer.from(`blob\nmark :${++this.#mark}\ndata ${edit.bytes.length}\n`));
      await stream.write(Buffer.concat([edit.bytes, Buffer.from("\n")]));
      files.push(`M ${MODES[edit.mode]} :${this.#mark} ${quotedPath(edit.path)}\n`);
    }
    const mark = ++this.#mark;
    await stream.write(Buffer.from(`commit ${BRANCH}\nmark :${mark}\ncommitter ${PERSON}\ndata 4\nbase\n`));
    for (const file of files) await stream.write(Buffer.from(file));
    await stream.write(Buffer.from("\n"));
    this.#head = await stream.ask(`get-mark :${mark}\n`);
    await this.settle();
    return this.#head;
  }

  apply(edits: readonly Edit[]): void {
    for (const edit of edits) this.#pending.set(edit.path, edit);
  }

  async commit(message: string): Promise<StateId> {
    const stream = this.#started();
    const mark = ++this.#mark;
    const text = Buffer.from(message);
    const head = `commit ${BRANCH}\nmark :${mark}\ncommitter ${PERSON}\ndata ${text.length}\n${message}\nfrom ${this.#named()}\n`;
    const edits = [...this.#pending.values()];
    // Deletions first: a file may become a directory.
    const deletions = edits
      .filter(({ kind }) => kind === "delete")
      .map(({ path }) => `D ${quotedPath(path)}\n`);
    const puts = edits.flatMap((edit) =>
      edit.kind === "put"
        ? [
            Buffer.from(`M ${MODES[edit.mode]} inline ${quotedPath(edit.path)}\ndata ${edit.bytes.length}\n`),
            edit.bytes,
            NEW_LINE,
          ]
        : [],
    );
    await stream.write(Buffer.concat([Buffer.from(head + deletions.join("")), ...puts, NEW_LINE]));
    this.#pending.clear();
    this.#head = await stream.ask(`get-mark :${mark}\n`);
    this.#marks.set(this.#head, mark);
    if (this.#durability !== "memory") await stream.checkpoint();
    return this.#head;
  }

  checkout(state: StateId): void {
    this.#pending.clear();
    this.#head = state;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const edit = this.#pending.get(path);
    if (edit) return edit.kind === "put" ? edit.bytes : undefined;
    const entry = await this.#entry(path);
    return entry && this.#started().blob(entry.blob);
  }

  async mode(path: string): Promise<FileMode | undefined> {
    const edit = this.#pending.get(path);
    if (edit) return edit.kind === "put" ? edit.mode : undefined;
    return (await this.#entry(path))?.mode;
  }

  async count(): Promise<number> {
    if (this.#pending.size > 0) {
      const remedy = "Commit first; this subject counts what is committed.";
      throw new HarnessError("RUN_FAILED", "There are edits that are not committed", remedy);
    }
    // Another process looks, so what is in the open pack has to be closed.
    await this.#started().checkpoint();
    const { stdout } = await execa("git", ["ls-tree", "-r", "-z", this.#head], {
      ...this.#options,
      encoding: "buffer",
    });
    return stdout.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  }

  /** Ends the stream, so that its pack is closed and its bytes are booked. */
  async settle(): Promise<void> {
    const stream = this.#import;
    this.#import = undefined;
    this.#marks.clear();
    await stream?.end();
  }

  close(): Promise<void> {
    return this.settle();
  }

  async #entry(path: string): Promise<{ mode: FileMode; blob: string } | undefined> {
    // `<mode> SP <type> SP <name> HT <path>`, or `missing SP <path>`.
    const answer = await this.#started().ask(`ls ${this.#named()} ${quotedPath(path)}\n`);
    const [, number, blob] = /^(\d{6}) blob ([0-9a-f]+)\t/.exec(answer) ?? [];
    const mode = (Object.keys(MODES) as FileMode[]).find((one) => MODES[one] === number);
    return mode === undefined || blob === undefined ? undefined : { mode, blob };
  }

  #named(): string {
    const mark = this.#marks.get(this.#head);
    return mark === undefined ? this.#head : `:${mark}`;
  }

  #started(): FastImport {
    this.#import ??= new FastImport(this.#repository, this.#durability, this.#options.env);
    return this.#import;
  }
}

const NEW_LINE = Buffer.from("\n");

/** A running `git fast-import`: commands in, answers out in their order. */
class FastImport {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #received: Buffer = Buffer.alloc(0);
  #wake = (): void => {};
  #stderr = "";

  constructor(
    cwd: string,
    durability: DurabilityClass,
    env: Readonly<Record<string, string | undefined>> | undefined,
  ) {
    const fsync = durability === "power" ? ["-c", "core.fsync=all"] : [];
    // --force: a branch from an earlier state moves the reference to a commit that does not contain the one before.
    const args = [...fsync, "fast-import", "--quiet", "--force", "--date-format=raw", "--cat-blob-fd=1"];
    this.#child = spawn("git", args, { cwd, env: { ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.#ended = once(this.#child, "close");
    this.#child.stdout?.on("data", (bytes: Buffer) => {
      this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.#child.stdin?.on("error", () => this.#wake());
    this.#child.on("close", () => this.#wake());
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { stdin } = this.#child;
    if (stdin?.write(bytes) === false && stdin.writable)
      await Promise.race([once(stdin, "drain"), this.#ended]);
  }

  /** A command of one line of answer. */
  async ask(command: string): Promise<string> {
    await this.write(Buffer.from(command));
    return this.#line();
  }

  async checkpoint(): Promise<void> {
    await this.ask("checkpoint\n\nprogress done\n");
  }

  async blob(name: string): Promise<Buffer> {
    // `<name> SP blob SP <size> LF <contents> LF`
    const head = await this.ask(`cat-blob ${name}\n`);
    const sizeBytes = Number(head.split(" ")[2]);
    const bytes = await this.#take(() => (this.#received.length > sizeBytes ? sizeBytes + 1 : undefined));
    return bytes.subarray(0, sizeBytes);
  }

  async end(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
    if (this.#child.exitCode !== 0) throw this.#failure();
  }

  async #line(): Promise<string> {
    const bytes = await this.#take(() => {
      const at = this.#received.indexOf(LINE_FEED);
      return at === -1 ? undefined : at + 1;
    });
    return bytes.subarray(0, -1).toString();
  }

  async #take(length: () => number | undefined): Promise<Buffer> {
    for (;;) {
      const found = length();
      if (found !== undefined) {
        const bytes = this.#received.subarray(0, found);
        this.#received = this.#received.subarray(found);
        return bytes;
      }
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw this.#failure();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #failure(): HarnessError {
    return new HarnessError(
      "RUN_FAILED",
      `git fast-import ended: ${this.#stderr.trim().slice(-500)}`,
      "Git 2.20 or later is needed; the crash report lies in the repository.",
    );
  }
}
