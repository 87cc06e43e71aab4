/**
 * The Git command line as its users run it: files in a directory, `git add`, `git commit`, `git checkout`.
 *
 * It is given every fair advantage: only the changed paths are named to `git add`, no hooks, no signing, no
 * automatic gc in the middle, no configuration of the machine. The base is loaded by `git fast-import` into one
 * pack and checked out (4 s for 100,000 files, against minutes with `git add`); loading is not timed. A run hands
 * the checked-out base on to the next one: making and removing 100,000 files again and again is slow, and ext4
 * without a journal slows down many times over while it must avoid inodes freed in the last five minutes.
 *
 * Class `process` is Git's default: `git add` and `git commit` make no fsync of loose objects. Class `power` is
 * `core.fsync=all`.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type {
  DurabilityClass,
  Edit,
  FileMode,
  Session,
  SessionOptions,
  StateId,
  Subject,
} from "@helios/harness";
import { execa } from "execa";
import { GIT_REMEDY, gitEnvironment, gitOptions, gitVersion } from "../git-command.ts";
import { DirectoryTree } from "./directory-tree.ts";

export const git: Subject = {
  id: "git",
  title: "Git command line: add and commit in a working tree",
  durabilityClasses: ["process", "power"],
  workingSet: "directory",

  async availability() {
    const version = await gitVersion();
    return version === undefined
      ? { kind: "unavailable", reason: "the program git was not found", remedy: GIT_REMEDY }
      : { kind: "available", version };
  },

  async open(options) {
    const session = new GitSession(options);
    await session.open();
    return session;
  },
};

const PERSON = "Helios Harness <harness@helios.invalid>";
/** More path bytes than this go to `git add` through its standard input: an argument list is bounded (ARG_MAX). */
const MOST_ARGUMENT_BYTES = 64 << 10;

class GitSession implements Session {
  readonly #workTree: string;
  readonly #tree: DirectoryTree;
  readonly #durability: DurabilityClass;
  readonly #baseCache: string | undefined;
  readonly #options: ReturnType<typeof gitOptions>;
  /** Paths changed since the last commit. */
  #changed: string[] = [];

  constructor({ directory, durability, baseCache }: SessionOptions) {
    this.#workTree = join(realpathSync(directory), "worktree");
    this.#tree = new DirectoryTree(this.#workTree);
    this.#durability = durability;
    this.#baseCache = baseCache;
    this.#options = gitOptions(this.#workTree, {
      ...gitEnvironment(),
      // The run's directory may lie inside another repository; Git must not look there.
      GIT_CEILING_DIRECTORIES: dirname(this.#workTree),
      GIT_AUTHOR_NAME: "Helios Harness",
      GIT_AUTHOR_EMAIL: "harness@helios.invalid",
      GIT_AUTHOR_DATE: "2001-01-01T00:00:00Z",
      GIT_COMMITTER_NAME: "Helios Harness",
      GIT_COMMITTER_EMAIL: "harness@helios.invalid",
      GIT_COMMITTER_DATE: "2001-01-01T00:00:00Z",
      // Git may write the index when it refreshes it: that is part of what it costs.
      GIT_OPTIONAL_LOCKS: "1",
    });
  }

  /** Takes the base that an earlier run left, or makes an empty repository. */
  async open(): Promise<void> {
    if (this.#baseCache !== undefined && existsSync(this.#baseCache)) {
      renameSync(this.#baseCache, this.#workTree);
      return;
    }
    mkdirSync(this.#workTree, { recursive: true });
    await this.#git("init", "--quiet", "--template=", ".");
    const settings = {
      "gc.auto": "0",
      "maintenance.auto": "false",
      "commit.gpgSign": "false",
      "advice.detachedHead": "false",
      // Bytes go in and come out as they are, whatever attributes a replayed history brings along.
      "core.autocrlf": "false",
      "core.safecrlf": "false",
      ...(this.#durability === "power" ? { "core.fsync": "all" } : {}),
    };
    const text = Object.entries(settings).map(
      ([key, value]) => `[${key.split(".")[0]}]\n\t${key.split(".")[1]} = ${value}\n`,
    );
    writeFileSync(join(this.#workTree, ".git/config"), text.join(""), { flag: "a" });
    mkdirSync(join(this.#workTree, ".git/info"), { recursive: true });
    writeFileSync(
      join(this.#workTree, ".git/info/attributes"),
      "* -text -filter -ident -working-tree-encoding\n",
    );
  }

  async load(base: Iterable<Edit>): Promise<StateId> {
    if (existsSync(join(this.#workTree, ".git/refs/heads/base"))) {
      // Whoever watches the base must see it, even where it is there already.
      for (const _ of base);
      return this.#head();
    }
    // The base's pack is not what is measured: not deltified and not fsynced, which takes seconds on a busy disk.
    // Always a pack, however small, so that loose objects are those of the run.
    const quickly = [
      "-c",
      "fastimport.unpackLimit=0",
      "-c",
      "core.compression=0",
      "-c",
      "pack.depth=0",
      "-c",
      "core.fsync=none",
    ];
    await execa("git", [...quickly, "fast-import", "--quiet"], {
      ...this.#options,
      stdin: "pipe",
      input: Readable.from(chunks(fastImportStream(base)), { objectMode: false }),
    });
    await this.#git("checkout", "--quiet", "--force", "--detach", "refs/heads/base");
    return this.#head();
  }

  apply(edits: readonly Edit[]): void {
    this.#tree.apply(edits);
    for (const { path } of edits) this.#changed.push(path);
  }

  async commit(message: string): Promise<StateId> {
    if (this.#changed.length > 0) await this.#add(this.#changed);
    this.#changed = [];
    await this.#git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message);
    return this.#head();
  }

  async checkout(state: StateId): Promise<void> {
    // Without --force Git would keep, or stumble over, what was edited and not committed.
    await this.#git(
      "checkout",
      "--quiet",
      ...(this.#changed.length > 0 ? ["--force"] : []),
      "--detach",
      state,
    );
    this.#changed = [];
  }

  read(path: string): Uint8Array | undefined {
    return this.#tree.read(path);
  }

  mode(path: string): FileMode | undefined {
    return this.#tree.mode(path);
  }

  async count(): Promise<number> {
    const { stdout } = await execa("git", ["ls-files", "-z"], { ...this.#options, encoding: "buffer" });
    let count = 0;
    for (let end = stdout.indexOf(0); end !== -1; end = stdout.indexOf(0, end + 1)) count++;
    return count;
  }

  /** Nothing is put off: automatic gc is off, and one `git gc` would be a cost of its own. */
  settle(): void {}

  /** With a cache: back to the base, in the tree and in the repository, and handed on. */
  async close(): Promise<void> {
    if (this.#baseCache === undefined) return;
    // What was edited and not committed is made known to Git, or a new file would outlive the checkout.
    if (this.#changed.length > 0) await this.#add(this.#changed);
    await this.#git("checkout", "--quiet", "--force", "--detach", "refs/heads/base");
    const objects = join(this.#workTree, ".git/objects");
    for (const name of readdirSync(objects))
      if (name.length === 2) rmSync(join(objects, name), { recursive: true });
    rmSync(join(this.#workTree, ".git/logs"), { recursive: true, force: true });
    mkdirSync(dirname(this.#baseCache), { recursive: true });
    renameSync(this.#workTree, this.#baseCache);
  }

  async #add(paths: readonly string[]): Promise<void> {
    const force = ["--all", "--force"]; // a replayed history may track what its .gitignore names
    const bytes = paths.reduce((sum, path) => sum + Buffer.byteLength(path) + 1, 0);
    const named =
      bytes <= MOST_ARGUMENT_BYTES
        ? await execa("git", ["add", ...force, "--", ...paths], { ...this.#options, reject: false })
        : await execa("git", ["add", ...force, "--pathspec-from-file=-", "--pathspec-file-nul"], {
            ...this.#options,
            stdin: "pipe",
            input: paths.join("\0"),
            reject: false,
          });
    // A deleted path below what is now a symbolic link cannot be named; then the whole tree is looked at.
    if (named.failed) await this.#git("add", ...force, "--", ".");
  }

  /** HEAD is detached, so its file holds the commit itself. Cheaper than a `git rev-parse`, to Git's advantage. */
  #head(): StateId {
    return readFileSync(join(this.#workTree, ".git/HEAD"), "latin1").trim();
  }

  async #git(...args: string[]): Promise<void> {
    await execa("git", args, { ...this.#options, stdout: "ignore" });
  }
}

/** Pieces joined to chunks of at least 256 KiB: a pipe write per small file would cost more than Git's own work. */
function* chunks(pieces: Iterable<Buffer>): Iterable<Buffer> {
  let gathered: Buffer[] = [];
  let sizeBytes = 0;
  for (const piece of pieces) {
    gathered.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes < 256 << 10) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    sizeBytes = 0;
  }
  yield Buffer.concat(gathered);
}

/** The base as one commit on refs/heads/base (git-fast-import(1)). Blobs first, then the list of files. */
function* fastImportStream(base: Iterable<Edit>): Iterable<Buffer> {
  const files: string[] = [];
  let mark = 0;
  for (const edit of base) {
    if (edit.kind === "delete") continue;
    yield Buffer.from(`blob\nmark :${++mark}\ndata ${edit.bytes.length}\n`);
    yield Buffer.from(edit.bytes);
    yield Buffer.from("\n");
    const mode = { file: "100644", executable: "100755", symlink: "120000" }[edit.mode];
    files.push(`M ${mode} :${mark} ${quotedPath(edit.path)}\n`);
  }
  yield Buffer.from(`commit refs/heads/base\ncommitter ${PERSON} 978307200 +0000\ndata 4\nbase\n`);
  for (const file of files) yield Buffer.from(file);
}

/** git-fast-import(1): a path that begins with a quote or holds a line feed is C-quoted; quoting all is allowed. */
export function quotedPath(path: string): string {
  const escaped = path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${escaped}"`;
}
