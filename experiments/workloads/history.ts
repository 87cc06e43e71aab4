/**
 * The real commits of a Git repository, replayed: every file change along the first-parent line of HEAD, oldest
 * first, with its deletions, modes, symbolic links, binary contents and names as they are.
 *
 * The repository is read once before the runs, into two files; the runs read only those, so no Git process of the
 * extraction is ever charged to a subject. What the replay leaves out is counted: submodules (gitlinks), because
 * they have no content, and paths that are not UTF-8 or not relative.
 *
 * Parameters: `mostCommits`; `mostBaseMegabytes`, above which the cell is absent; `mostStepMegabytes`, which
 * shortens the replay to the newest commits that fit.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { join } from "node:path";
import { type Edit, type FileMode, HarnessError, type Step, type WorkloadParameters } from "@helios/harness";
import { execa } from "execa";
import { gitOptions, requireGit } from "../git-command.ts";
import { wholeParameter } from "./generated-tree.ts";
import type { PrepareContext, Prepared, PreparedWorkload } from "./prepared-workload.ts";

/** Fewer commits than this say nothing: the first of them are warm-up. */
const LEAST_COMMITS = 5;

export const history: PreparedWorkload = {
  id: "history",
  title: "The real commits of a Git repository, replayed",

  async check({ repo, signal }): Promise<void> {
    await requireGit();
    await headOf(repo, signal);
  },

  prepare,

  *base(parameters): Iterable<Edit> {
    const extract = new Extract(parameters);
    try {
      for (const change of extract.content.base) yield extract.edit(change);
    } finally {
      extract.close();
    }
  },

  *steps(parameters): Iterable<Step> {
    const extract = new Extract(parameters);
    try {
      // Read whole before the first step, so that no timed window holds a read of ours.
      const steps = extract.content.steps.map((changes) => changes.map((change) => extract.edit(change)));
      for (const edits of steps) yield { kind: "commit", edits };
    } finally {
      extract.close();
    }
  },
};

/** One file of a tree, or one change. An undefined blob is a deletion. */
interface Change {
  readonly path: string;
  readonly mode: FileMode;
  readonly blob: { readonly offset: number; readonly sizeBytes: number } | undefined;
}

interface ExtractContent {
  readonly format: "helios-history/1";
  readonly base: readonly Change[];
  /** Oldest first; deletions before puts, so that a file may become a directory. */
  readonly steps: readonly (readonly Change[])[];
}

/** What was extracted, as the runs read it. */
class Extract {
  readonly content: ExtractContent;
  readonly #blobs: number;

  constructor(parameters: WorkloadParameters) {
    const directory = parameters["extract"];
    if (typeof directory !== "string" || !existsSync(join(directory, "history.json"))) {
      throw new HarnessError(
        "WORKLOAD_PARAMETERS",
        "The history was not extracted before the run",
        "Call the workload's prepare() first and add its parameters to the cell's.",
      );
    }
    this.content = JSON.parse(readFileSync(join(directory, "history.json"), "utf8")) as ExtractContent;
    this.#blobs = openSync(join(directory, "history.blobs"), "r");
  }

  edit({ path, mode, blob }: Change): Edit {
    if (blob === undefined) return { kind: "delete", path };
    const bytes = Buffer.alloc(blob.sizeBytes);
    for (let read = 0; read < bytes.length;) {
      const got = readSync(this.#blobs, bytes, read, bytes.length - read, blob.offset + read);
      if (got === 0) throw new HarnessError("RUN_FAILED", "The extracted history is cut short", "Run again.");
      read += got;
    }
    return { kind: "put", path, bytes, mode };
  }

  close(): void {
    closeSync(this.#blobs);
  }
}

async function prepare(parameters: WorkloadParameters, context: PrepareContext): Promise<Prepared> {
  const mostCommits = wholeParameter(parameters, "mostCommits", { least: 1, most: 1_000_000 });
  const mostBase = wholeParameter(parameters, "mostBaseMegabytes", { least: 1, most: 1 << 20 }) * 1e6;
  const mostStep = wholeParameter(parameters, "mostStepMegabytes", { least: 1, most: 1 << 20 }) * 1e6;
  const { repo, directory, signal } = context;
  const git = new Repository(repo, signal);
  const head = await headOf(repo, signal);
  const shallow = (await git.text("rev-parse", "--is-shallow-repository")).trim() === "true";
  const line = (await git.text("rev-list", "--first-parent", `--max-count=${mostCommits + 1}`, head))
    .trim()
    .split("\n")
    .reverse();
  const found = { head, shallow: String(shallow), commitsFound: line.length };
  const absent = (reason: string): Prepared => ({ kind: "absent", reason, facts: found });
  if (line.length <= LEAST_COMMITS) {
    const why = shallow ? "it is a shallow clone (git fetch --unshallow brings the rest)" : "it is young";
    return absent(
      `${line.length} commit(s) on the first-parent line of HEAD, and ${LEAST_COMMITS + 1} are needed for a replay: ${why}`,
    );
  }

  const left = new LeftOut();
  let steps = await stepsOf(git, line, left);
  const sizes = await git.sizes(steps.flatMap(({ changes }) => changes.flatMap(({ blob }) => blob ?? [])));
  steps = newestWithin(steps, sizes, mostStep);
  if (steps.length < LEAST_COMMITS) {
    return absent(
      `only ${steps.length} of the newest commits fit in the plan's ${mostStep / 1e6} MB of changed contents`,
    );
  }
  const baseCommit = line[line.indexOf((steps[0] as RawStep).commit) - 1] as string;
  const base = await treeOf(git, baseCommit, left);
  const baseBytes = base.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (baseBytes > mostBase) {
    return absent(
      `the tree of ${Math.ceil(baseBytes / 1e6)} MB is larger than the plan's ${mostBase / 1e6} MB`,
    );
  }

  const wanted = new Set(
    [...base, ...steps.flatMap(({ changes }) => changes)].flatMap(({ blob }) => blob ?? []),
  );
  const places = await git.writeBlobs([...wanted], join(directory, "history.blobs"));
  const placed = ({ path, mode, blob }: RawChange): Change => ({
    path,
    mode,
    blob: blob === undefined ? undefined : places.get(blob),
  });
  const content: ExtractContent = {
    format: "helios-history/1",
    base: base.map(placed),
    steps: steps.map(({ changes }) => changes.map(placed)),
  };
  writeFileSync(join(directory, "history.json"), JSON.stringify(content));
  const changes = steps.flatMap((step) => step.changes);
  return {
    kind: "ready",
    parameters: { extract: directory },
    facts: {
      ...found,
      base: baseCommit,
      baseEntries: base.length,
      baseBytes,
      commitsReplayed: steps.length,
      changes: changes.length,
      deletions: changes.filter(({ blob }) => blob === undefined).length,
      changedBytes: changes.reduce(
        (sum, { blob }) => sum + (blob === undefined ? 0 : (sizes.get(blob) ?? 0)),
        0,
      ),
      gitlinksLeftOut: left.gitlinks.size,
      pathsLeftOut: left.paths.size,
    },
  };
}

interface RawChange {
  readonly path: string;
  readonly mode: FileMode;
  /** Git's name of the blob; undefined for a deletion. */
  readonly blob: string | undefined;
}

interface RawStep {
  readonly commit: string;
  readonly changes: readonly RawChange[];
}

/** Distinct paths the replay leaves out. */
class LeftOut {
  readonly gitlinks = new Set<string>();
  readonly paths = new Set<string>();

  /** The path as text, or undefined (and counted) where the replay cannot hold it. */
  path(bytes: Buffer): string | undefined {
    const path = bytes.toString("utf8");
    const isText = Buffer.from(path).equals(bytes);
    const isPlain = path
      .split("/")
      .every((segment) => !["", ".", ".."].includes(segment) && !/^\.git$/i.test(segment));
    if (isText && isPlain) return path;
    this.paths.add(bytes.toString("latin1"));
    return undefined;
  }
}

const GITLINK = "160000";

function fileMode(gitMode: string): FileMode {
  if (gitMode === "120000") return "symlink";
  return gitMode === "100755" ? "executable" : "file";
}

/** Changes of each commit against the one before it in the line. */
async function stepsOf(git: Repository, line: readonly string[], left: LeftOut): Promise<RawStep[]> {
  const pairs = line.slice(1).map((commit, i) => `${commit} ${line[i]}\n`);
  const output = await git.bytes(
    pairs.join(""),
    "diff-tree",
    "--stdin",
    "-r",
    "-z",
    "--raw",
    "--no-renames",
    "--no-abbrev",
    "--always",
  );
  const fields = splitAtZero(output);
  const steps: { commit: string; deletions: RawChange[]; puts: RawChange[] }[] = [];
  for (let i = 0; i < fields.length; i++) {
    const field = (fields[i] as Buffer).toString("latin1").trim();
    if (!field.startsWith(":")) {
      steps.push({ commit: field.split(" ")[0] as string, deletions: [], puts: [] });
      continue;
    }
    // `:oldmode newmode oldname newname status`, then the path (git-diff-tree(1), raw output format).
    const [oldMode, newMode, , blob] = field.slice(1).split(" ") as [string, string, string, string];
    const path = left.path(fields[++i] as Buffer);
    const step = steps.at(-1);
    if (path === undefined || step === undefined) continue;
    if (oldMode === GITLINK || newMode === GITLINK) left.gitlinks.add(path);
    const existed = oldMode !== "000000" && oldMode !== GITLINK;
    const exists = newMode !== "000000" && newMode !== GITLINK;
    if (exists) step.puts.push({ path, mode: fileMode(newMode), blob });
    else if (existed) step.deletions.push({ path, mode: "file", blob: undefined });
  }
  return steps.map(({ commit, deletions, puts }) => ({ commit, changes: [...deletions, ...puts] }));
}

async function treeOf(
  git: Repository,
  commit: string,
  left: LeftOut,
): Promise<(RawChange & { sizeBytes: number })[]> {
  const output = await git.bytes("", "ls-tree", "-r", "-z", "--long", "--full-tree", commit);
  return splitAtZero(output).flatMap((field) => {
    const tab = field.indexOf(0x09);
    const [mode, type, blob, size] = field.subarray(0, tab).toString("latin1").split(/ +/) as [
      string,
      string,
      string,
      string,
    ];
    const path = left.path(field.subarray(tab + 1));
    if (path === undefined) return [];
    if (type === "blob") return [{ path, mode: fileMode(mode), blob, sizeBytes: Number(size) }];
    left.gitlinks.add(path);
    return [];
  });
}

/** The longest run of newest steps whose contents together stay within the limit. */
function newestWithin(
  steps: readonly RawStep[],
  sizes: ReadonlyMap<string, number>,
  mostBytes: number,
): RawStep[] {
  let total = 0;
  let from = steps.length;
  while (from > 0) {
    const { changes } = steps[from - 1] as RawStep;
    total += changes.reduce((sum, { blob }) => sum + (blob === undefined ? 0 : (sizes.get(blob) ?? 0)), 0);
    if (total > mostBytes) break;
    from--;
  }
  return steps.slice(from);
}

/** HEAD's commit, or why there is none. */
async function headOf(repo: string, signal: AbortSignal | undefined): Promise<string> {
  const git = new Repository(repo, signal);
  const isDirectory = statSync(repo, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isDirectory || !(await git.succeeds("rev-parse", "--git-dir"))) {
    throw new HarnessError(
      "NOT_A_GIT_REPOSITORY",
      `${repo} is ${isDirectory ? "not a Git repository" : "not a directory"}`,
      "Give --repo the directory of a Git repository.",
    );
  }
  if (!(await git.succeeds("rev-parse", "--verify", "--quiet", "HEAD^{commit}"))) {
    throw new HarnessError(
      "EMPTY_REPOSITORY",
      `${repo} has no commit to replay`,
      "Give --repo a repository whose HEAD has commits.",
    );
  }
  return (await git.text("rev-parse", "--verify", "HEAD^{commit}")).trim();
}

/** Questions to a repository. It is only read, so who owns it does not matter (safe.directory). */
class Repository {
  readonly #repo: string;
  readonly #signal: AbortSignal | undefined;

  constructor(repo: string, signal: AbortSignal | undefined) {
    this.#repo = repo;
    this.#signal = signal;
  }

  async succeeds(...args: string[]): Promise<boolean> {
    const { failed } = await execa("git", this.#arguments(args), { ...this.#options(), reject: false });
    this.#signal?.throwIfAborted();
    return !failed;
  }

  async text(...args: string[]): Promise<string> {
    return (await this.bytes("", ...args)).toString("utf8");
  }

  async bytes(input: string, ...args: string[]): Promise<Buffer> {
    const { stdout } = await execa("git", this.#arguments(args), {
      ...this.#options(),
      stdin: "pipe",
      input,
      encoding: "buffer",
      maxBuffer: 2 ** 31,
    });
    return Buffer.from(stdout);
  }

  /** Sizes of blobs by name. */
  async sizes(blobs: readonly string[]): Promise<Map<string, number>> {
    const names = [...new Set(blobs)];
    const lines = (await this.bytes(names.map((name) => `${name}\n`).join(""), "cat-file", "--batch-check"))
      .toString("latin1")
      .split("\n");
    return new Map(
      names.map((name, i) => {
        const [, type, size] = (lines[i] ?? "").split(" ");
        if (type !== "blob") throw objectMissing(this.#repo, name);
        return [name, Number(size)] as const;
      }),
    );
  }

  /** Writes the contents one after the other into a file; answers where each lies. Holds one blob at a time. */
  async writeBlobs(
    blobs: readonly string[],
    file: string,
  ): Promise<Map<string, { offset: number; sizeBytes: number }>> {
    const places = new Map<string, { offset: number; sizeBytes: number }>();
    const reading = execa("git", this.#arguments(["cat-file", "--batch", "--buffer"]), {
      ...this.#options(),
      stdin: "pipe",
      input: blobs.map((name) => `${name}\n`).join(""),
      encoding: "buffer",
      buffer: false,
    });
    const writing = createWriteStream(file);
    const reader = new ChunkReader(reading.stdout);
    let offset = 0;
    for (const name of blobs) {
      // `name blob size`, the content, a line feed (git-cat-file(1), batch output).
      const [, type, size] = (await reader.line()).split(" ");
      if (type !== "blob") throw objectMissing(this.#repo, name);
      const sizeBytes = Number(size);
      for await (const chunk of reader.exactly(sizeBytes)) {
        if (!writing.write(chunk)) await once(writing, "drain");
      }
      await reader.line();
      places.set(name, { offset, sizeBytes });
      offset += sizeBytes;
    }
    writing.end();
    await finished(writing);
    await reading;
    return places;
  }

  #arguments(args: readonly string[]): string[] {
    return ["-c", "safe.directory=*", ...args];
  }

  #options() {
    return { ...gitOptions(this.#repo), ...(this.#signal ? { cancelSignal: this.#signal } : {}) };
  }
}

/** Takes lines and exact byte counts off a stream of chunks. */
class ChunkReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Up to the next line feed, without it. */
  async line(): Promise<string> {
    let text = "";
    for (;;) {
      const end = this.#rest.indexOf(0x0a);
      if (end >= 0) {
        text += this.#rest.toString("latin1", 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return text;
      }
      text += this.#rest.toString("latin1");
      this.#rest = await this.#next();
    }
  }

  async *exactly(sizeBytes: number): AsyncIterable<Buffer> {
    for (let left = sizeBytes; left > 0;) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const chunk = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  async #next(): Promise<Buffer> {
    const { done, value } = await this.#chunks.next();
    if (done === true) throw new Error("git cat-file ended early");
    return value;
  }
}

function splitAtZero(bytes: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(0, from);
    const to = end < 0 ? bytes.length : end;
    fields.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return fields;
}

function objectMissing(repo: string, name: string): HarnessError {
  return new HarnessError(
    "NOT_A_GIT_REPOSITORY",
    `${repo} lacks object ${name}: it is a partial clone or damaged`,
    "Give --repo a complete clone, or complete this one with `git fetch --refetch`.",
  );
}
