import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type CommitRecord, Helios, scanDirectory } from "@helios/engine";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli } from "../spawn-cli.ts";

let cwd = "";
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "helios-merge-"));
  write({ text: "1\n2\n3\n4\n", bin: "\0 1", gone: "1" });
  await commit();
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string | null>>;

function write(files: Files): void {
  for (const [path, content] of Object.entries(files))
    if (content === null) rmSync(join(cwd, path));
    else writeFileSync(join(cwd, path), content);
}

const read = (...path: string[]) => readFileSync(join(cwd, ...path), "utf8");
const names = (directory = cwd) => readdirSync(directory).filter((name) => name !== ".helios");

async function withStore<T>(use: (helios: Helios) => T | Promise<T>): Promise<T> {
  const helios = await Helios.open({ root: join(cwd, ".helios") });
  try {
    return await use(helios);
  } finally {
    await helios.close();
  }
}

/** As `helios-cli commit`, without starting a program. Answers the branch's commit. */
function commit(ref = "main", directory = cwd): Promise<string> {
  return withStore(async (helios) => {
    const exists = helios.refs().some(({ name }) => name === ref);
    const vst = exists ? helios.checkout(ref) : helios.vst();
    await scanDirectory({ root: join(cwd, ".helios") }, vst, directory);
    if (!exists || vst.changes().length > 0) vst.commit("", { ref });
    return helios.refs().find(({ name }) => name === ref)!.commit;
  });
}

const readMain = (path: string): Promise<string> =>
  withStore((helios) => Buffer.from(helios.read(helios.resolve("main"), path)!).toString());
const newest = (): Promise<CommitRecord> => withStore((helios) => helios.log("main", 1)[0]!);

/** A branch `try` from the first commit on, with these changes. */
function branch(files: Files): Promise<void> {
  return withStore((helios) => {
    const vst = helios.checkout("c1");
    for (const [path, content] of Object.entries(files))
      if (content === null) vst.delete(path);
      else vst.write(path, content);
    vst.commit("a try", { ref: "try" });
  });
}

async function merge(...args: string[]): Promise<{ status: number | null; result: Record<string, unknown> }> {
  const run = await spawnCli(["merge", ...args, "--json"], { cwd });
  const result = JSON.parse(run.stdout.toString()) as Record<string, unknown>;
  if (run.status === 0 || run.status === 1) assertMatchesSchema("merge", result);
  return { status: run.status, result };
}

test("a branch without anything of its own is moved, and the files follow", async () => {
  await branch({ text: "1\n2\n3\n4\n5\n", new: "n", gone: null });
  const before = await merge("try", "--dry-run");
  assert.deepEqual(
    [before.status, before.result["outcome"], before.result["commit"]],
    [0, "fast-forward", "c1"],
  );
  const { status, result } = await merge("try");
  assert.deepEqual(
    [status, result["outcome"], result["commit"], result["written"], result["deleted"]],
    [0, "fast-forward", "c2", 2, 1],
  );
  assert.deepEqual(names(), ["bin", "new", "text"]);
  assert.equal(read("text"), "1\n2\n3\n4\n5\n");
  assert.equal(await commit(), "c2", "the files are what the branch names");
  assert.equal((await merge("try")).result["outcome"], "up-to-date");
});

test("changes of both sides come together in a commit with two parents; other changes on disk stay", async () => {
  await branch({ text: "1\n2\n3\n4\nyours\n", new: "n", gone: null });
  write({ text: "mine\n1\n2\n3\n4\n" });
  await commit();
  write({ bin: "not committed", other: "untracked" });
  const { status, result } = await merge("try", "-m", "both");
  assert.deepEqual(
    [status, result["outcome"], result["base"], result["theirs"], result["mergedTexts"]],
    [0, "merged", "c1", "c2", ["text"]],
  );
  assert.equal(read("text"), "mine\n1\n2\n3\n4\nyours\n");
  assert.deepEqual(names(), ["bin", "new", "other", "text"]);
  assert.equal(read("bin"), "not committed");
  const { message, parents } = await newest();
  assert.deepEqual([message, parents], ["both", ["c3", "c2"]]);
});

test("what is in no snapshot is not overwritten, and then nothing is merged; --lazy touches no file", async () => {
  await branch({ text: "1\n2\n3\n4\nyours\n" });
  write({ text: "not committed" });
  const run = await spawnCli(["merge", "try"], { cwd });
  assert.equal(run.status, 2);
  assert.match(run.stderr, /^error UNSAVED_CHANGES: .+: text\ntry: .+--lazy/);
  const { status, result } = await merge("try", "--lazy", "--no-fast-forward");
  assert.deepEqual([status, result["outcome"], result["written"]], [0, "merged", 0]);
  assert.equal(read("text"), "not committed");
  assert.equal(await readMain("text"), "1\n2\n3\n4\nyours\n");
});

const mine = { text: "1\nmine\n3\n4\n", bin: "\0 2", gone: "2" };
const yours = { text: "1\nyours\n3\n4\n", bin: "\0 3", gone: null, clean: "c" };
const marked = "1\n<<<<<<< main\nmine\n=======\nyours\n>>>>>>> try\n3\n4\n";

test("conflicts are listed, end with status 1, and change nothing", async () => {
  await branch(yours);
  write(mine);
  await commit();
  const { status, result } = await merge("try");
  assert.deepEqual([status, result["outcome"], result["commit"]], [1, "conflicts", "c3"]);
  const conflicts = result["conflicts"] as Record<string, unknown>[];
  assert.deepEqual(
    conflicts.map(({ path, kind, resolution }) => `${String(path)} ${String(kind)} ${String(resolution)}`),
    ["bin both-modified both-kept", "gone modify-delete modified-kept", "text both-modified markers"],
  );
  assert.equal(read("text"), mine.text);
  assert.deepEqual(names(), ["bin", "gone", "text"]);
  const run = await spawnCli(["merge", "try"], { cwd });
  assert.equal(run.status, 1);
  assert.match(
    run.stdout.toString(),
    /^blake3:.+\nmain c3: not merged, 3 conflicts\n {2}bin: changed on both sides; theirs is kept as bin\.theirs-/,
  );
  assert.match(run.stderr, /--out DIR.+--resolved DIR/);
});

test("conflicts are settled in a directory, and given back", async () => {
  await branch(yours);
  write(mine);
  await commit();
  const out = join(cwd, ".helios-merge");
  const first = await merge("try", "--out", out);
  assert.deepEqual([first.status, first.result["out"], first.result["commit"]], [1, out, "c3"]);
  assert.equal(readFileSync(join(out, "text"), "utf8"), marked);
  const kept = names(out).find((name) => name.startsWith("bin.theirs-"));
  assert.equal(readFileSync(join(out, kept ?? ""), "utf8"), "\0 3");
  assert.equal(readFileSync(join(out, "clean"), "utf8"), "c");
  const early = await merge("try", "--resolved", out);
  assert.deepEqual(
    [early.status, (early.result["conflicts"] as { path: string }[]).map(({ path }) => path)],
    [1, ["text"]],
  );
  writeFileSync(join(out, "text"), "1\nboth\n3\n4\n");
  rmSync(join(out, kept ?? ""));
  const settled = await merge("try", "--resolved", out, "--lazy");
  assert.deepEqual([settled.status, settled.result["outcome"]], [0, "merged"]);
  assert.deepEqual((await newest()).parents, ["c3", "c2"]);
  assert.equal(await readMain("text"), "1\nboth\n3\n4\n");
  assert.equal((await merge("try")).result["outcome"], "up-to-date");
});

test("conflicts are committed as they are if that is asked for, and --conflict-style shows the base", async () => {
  await branch(yours);
  write(mine);
  await commit();
  const { status, result } = await merge("try", "--commit-conflicts", "--conflict-style", "diff3");
  assert.deepEqual([status, result["outcome"], result["commit"]], [1, "merged", "c4"]);
  assert.equal(read("text"), "1\n<<<<<<< main\nmine\n||||||| base\n2\n=======\nyours\n>>>>>>> try\n3\n4\n");
  assert.equal(names().length, 5);
});

test("no common commit, no such branch, no such directory", async () => {
  mkdirSync(join(cwd, "elsewhere"));
  writeFileSync(join(cwd, "elsewhere", "text"), "another\n");
  await commit("other", join(cwd, "elsewhere"));
  const unrelated = await spawnCli(["merge", "other"], { cwd });
  assert.equal(unrelated.status, 2);
  assert.match(unrelated.stderr, /^error MERGE_UNRELATED: .+\ntry: .*--base.+--allow-unrelated/);
  assert.equal((await merge("other", "--allow-unrelated")).status, 1);
  assert.equal((await merge("other", "--base", "c1", "--lazy")).status, 0);
  assert.match(
    (await spawnCli(["merge", "main", "--into", "no"], { cwd })).stderr,
    /^error BRANCH_UNKNOWN: /,
  );
  assert.match((await spawnCli(["merge", "no"], { cwd })).stderr, /^error SNAPSHOT_UNKNOWN: /);
  assert.match(
    (await spawnCli(["merge", "other", "--resolved", "no"], { cwd })).stderr,
    /^error PATH_UNKNOWN: .+\ntry: --out DIR/,
  );
  assert.ok(!existsSync(join(cwd, "no")));
});
