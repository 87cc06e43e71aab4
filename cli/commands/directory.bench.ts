/**
 * Directories against git, as somebody at a terminal meets both: whole processes, in pairs A B B A, on two directories
 * with the same files. Then the same work with one and with two threads. Git keeps no loose ends for later here
 * (`gc.auto 0`), and writes to the same disk.
 *
 * `runDirectoryBench` in a small setting is a test; run by itself this file is the large setting. `--files N` and
 * `--pairs N` change it.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Helios, scanDirectory } from "@helios/engine";

export interface DirectoryBenchSetting {
  readonly files: number;
  /** Their order alternates: A B, B A, A B ... */
  readonly pairs: number;
}

export interface DirectoryBenchRow {
  readonly what: string;
  readonly against: string;
  /** Medians, milliseconds of wall time. */
  readonly heliosMs: number;
  readonly otherMs: number;
  /** Median over the pairs of other / helios: how many times quicker. */
  readonly ratio: number;
}

export interface DirectoryBenchResult {
  readonly rows: readonly DirectoryBenchRow[];
  /** Snapshot of the directory at the end: equal settings give equal ones. */
  readonly checksum: string;
}

const FILES_IN_DIRECTORY = 100;
const DIRECTORIES_IN_DIRECTORY = 20;
const bin = fileURLToPath(new URL("../bin/helios-cli.js", import.meta.url));
const gitEnv = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "bench",
  GIT_AUTHOR_EMAIL: "bench@example.org",
  GIT_COMMITTER_NAME: "bench",
  GIT_COMMITTER_EMAIL: "bench@example.org",
};

export async function runDirectoryBench({
  files,
  pairs,
}: DirectoryBenchSetting): Promise<DirectoryBenchResult> {
  const home = mkdtempSync(join(tmpdir(), "helios-directory-bench-"));
  try {
    const [ours, theirs] = [join(home, "helios"), join(home, "git")];
    for (const place of [ours, theirs]) makeFiles(place, files);
    const bench = new Bench(home, ours, theirs, pairs);
    const rows = [bench.firstImport(), bench.oneChange(), bench.status(), bench.output()];
    for (const row of await bench.threads()) rows.push(row);
    return { rows, checksum: helios(ours, "commit", "--json").snapshot };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

class Bench {
  readonly #home: string;
  readonly #ours: string;
  readonly #theirs: string;
  readonly #pairCount: number;
  #edits = 0;

  constructor(home: string, ours: string, theirs: string, pairCount: number) {
    this.#home = home;
    this.#ours = ours;
    this.#theirs = theirs;
    this.#pairCount = pairCount;
  }

  firstImport(): DirectoryBenchRow {
    const prepare = () => {
      rmSync(join(this.#ours, ".helios"), { recursive: true, force: true });
      rmSync(join(this.#theirs, ".git"), { recursive: true, force: true });
      git(this.#theirs, "init", "--quiet", ".");
      git(this.#theirs, "config", "gc.auto", "0");
    };
    return this.#pairs(
      "first import",
      "git add -A && git commit",
      prepare,
      () => helios(this.#ours, "commit"),
      () => {
        git(this.#theirs, "add", "-A");
        git(this.#theirs, "commit", "--quiet", "-m", "first");
      },
    );
  }

  oneChange(): DirectoryBenchRow {
    const edit = () => {
      for (const place of [this.#ours, this.#theirs])
        appendFileSync(join(place, pathOf(7)), `export const edit${++this.#edits} = true;\n`);
    };
    return this.#pairs(
      "commit, one file changed",
      "git add -A && git commit",
      edit,
      () => helios(this.#ours, "commit"),
      () => {
        git(this.#theirs, "add", "-A");
        git(this.#theirs, "commit", "--quiet", "-m", "edit");
      },
    );
  }

  status(): DirectoryBenchRow {
    return this.#pairs(
      "status, nothing changed",
      "git status",
      () => {},
      () => helios(this.#ours, "status"),
      () => git(this.#theirs, "status", "--short"),
    );
  }

  output(): DirectoryBenchRow {
    const [out, checkedOut] = [join(this.#home, "out"), join(this.#home, "checked-out")];
    const prepare = () => {
      for (const place of [out, checkedOut]) rmSync(place, { recursive: true, force: true });
      git(this.#theirs, "worktree", "prune");
      git(this.#theirs, "worktree", "add", "--quiet", "--no-checkout", checkedOut);
    };
    return this.#pairs(
      "materialize",
      "git checkout",
      prepare,
      () => helios(this.#ours, "materialize", "main", out),
      () => git(checkedOut, "checkout", "--quiet", "HEAD", "--", "."),
    );
  }

  /** In this process, so that starting one is not part of it. */
  async threads(): Promise<DirectoryBenchRow[]> {
    const root = join(this.#home, "threads");
    const out = join(this.#home, "threads-out");
    const importing: [number[], number[]] = [[], []];
    const writing: [number[], number[]] = [[], []];
    for (let pair = 0; pair < this.#pairCount; pair++) {
      for (const threads of pair % 2 === 0 ? [2, 1] : [1, 2]) {
        for (const place of [root, out]) rmSync(place, { recursive: true, force: true });
        const store = await Helios.open({ root });
        const vst = store.checkout("main");
        importing[threads - 1]!.push(
          await timed(async () => {
            await scanDirectory({ root }, vst, this.#ours, { threads });
            vst.commit();
          }),
        );
        const { snapshot } = store.log()[0]!;
        await store.checkpoint();
        writing[threads - 1]!.push(await timed(() => store.materialize(snapshot, out, { threads })));
        await store.close();
      }
    }
    return [
      rowOf("first import, two threads", "one thread", importing[1], importing[0]),
      rowOf("materialize, two threads", "one thread", writing[1], writing[0]),
    ];
  }

  #pairs(
    what: string,
    against: string,
    prepare: () => void,
    ours: () => unknown,
    theirs: () => unknown,
  ): DirectoryBenchRow {
    const [oursMs, theirsMs]: [number[], number[]] = [[], []];
    const run = (isOurs: boolean) => (isOurs ? oursMs : theirsMs).push(timedSync(isOurs ? ours : theirs));
    for (let pair = 0; pair < this.#pairCount; pair++) {
      prepare();
      // So that what was just written is old enough to be believed by either.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      for (const isOurs of pair % 2 === 0 ? [true, false] : [false, true]) run(isOurs);
    }
    return rowOf(what, against, oursMs, theirsMs);
  }
}

function pathOf(file: number): string {
  const directory = Math.floor(file / FILES_IN_DIRECTORY);
  return `package-${Math.floor(directory / DIRECTORIES_IN_DIRECTORY)}/src-${directory % DIRECTORIES_IN_DIRECTORY}/file-${file}.ts`;
}

/** Sources of 30 to 2,500 bytes, none like another. */
function makeFiles(place: string, count: number): void {
  for (let i = 0; i < count; i++) {
    const file = join(place, pathOf(i));
    if (i % FILES_IN_DIRECTORY === 0) mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      `export const value${i} = "${"abcdefghij".repeat(1 + ((i * 7919) % 60))}";\n`.repeat(1 + (i % 4)),
    );
  }
}

function helios(cwd: string, ...args: string[]): { readonly snapshot: string } {
  const { HELIOS_STORE: _, ...env } = process.env;
  const run = spawnSync(process.execPath, [bin, ...args], { cwd, env, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`helios-cli ${args.join(" ")}: ${run.stderr}`);
  return args.includes("--json") ? (JSON.parse(run.stdout) as { snapshot: string }) : { snapshot: "" };
}

function git(cwd: string, ...args: string[]): void {
  const run = spawnSync("git", args, { cwd, env: gitEnv, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`git ${args.join(" ")}: ${run.stderr}`);
}

function timedSync(operation: () => unknown): number {
  const started = performance.now();
  operation();
  return performance.now() - started;
}

async function timed(operation: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await operation();
  return performance.now() - started;
}

function rowOf(
  what: string,
  against: string,
  oursMs: readonly number[],
  theirsMs: readonly number[],
): DirectoryBenchRow {
  return {
    what,
    against,
    heliosMs: median(oursMs),
    otherMs: median(theirsMs),
    ratio: median(oursMs.map((ms, i) => theirsMs[i]! / ms)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function directoryBenchTable({ rows, checksum }: DirectoryBenchResult): string {
  const cells = [
    ["what", "against", "helios ms", "other ms", "times quicker"],
    ...rows.map((row) => [
      row.what,
      row.against,
      row.heliosMs.toFixed(0),
      row.otherMs.toFixed(0),
      row.ratio.toFixed(2),
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
  );
  return [...lines, `checksum ${checksum}`].join("\n");
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { files: { type: "string" }, pairs: { type: "string" } } });
  const setting = { files: Number(values.files ?? 100_000), pairs: Number(values.pairs ?? 8) };
  console.log(`${setting.files} files, ${setting.pairs} pairs each, Node ${process.version}`);
  console.log(directoryBenchTable(await runDirectoryBench(setting)));
}
