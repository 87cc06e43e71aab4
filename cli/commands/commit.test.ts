import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";

let folder = "";
let work = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helios-commit-"));
  work = join(folder, "work");
  mkdirSync(work);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(work, path)), { recursive: true });
  writeFileSync(join(work, path), content);
}

/** A small tree with everything a package tree has: depth, executables, symlinks, binaries, odd names. */
function putTree(): void {
  for (let i = 0; i < 200; i++)
    put(`lib/d${i % 13}/e${i % 5}/f${i}.js`, `export const x${i} = ${"x".repeat(i * 7)};\n`);
  put("bin/run.sh", "#!/bin/sh\necho run\n");
  chmodSync(join(work, "bin/run.sh"), 0o755);
  put("logo.bin", Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) & 0xff)));
  put("größe/naïve 名前.txt", "x");
  put(".hidden/.env", "A=1\n");
  put("empty", "");
  symlinkSync("../bin/run.sh", join(work, "lib/link"));
  symlinkSync("lib/d1", join(work, "to-directory"));
  symlinkSync("nowhere", join(work, "dangling"));
}

test("round trip: what is materialized elsewhere is what was committed", async () => {
  putTree();
  const store = join(folder, "store");
  const first = await spawnJson(["commit", "-m", "one", "--store", store], { cwd: work });
  assertMatchesSchema("commit", first);
  assert.equal(first["added"], 208);
  const out = join(folder, "out");
  const written = await spawnJson(["materialize", String(first["snapshot"]), out, "--store", store], {
    cwd: folder,
  });
  assertMatchesSchema("materialize", written);
  assert.deepEqual([written["files"], written["symlinks"]], [205, 3]);
  assert.equal(execFileSync("diff", ["-r", "--no-dereference", work, out], { encoding: "utf8" }), "");
  const executables = (at: string) =>
    execFileSync("find", [".", "-type", "f", "-perm", "-u+x"], { cwd: at, encoding: "utf8" });
  assert.equal(executables(out), executables(work));
});

test("a second commit without changes records nothing and gives the same id; so does another store", async () => {
  putTree();
  const store = join(folder, "store");
  const first = await spawnJson(["commit", "--store", store], { cwd: work });
  const second = await spawnJson(["commit", "--store", store], { cwd: work });
  assert.deepEqual(
    [second["snapshot"], second["commit"], second["newObjects"], second["newBytes"], second["changedPaths"]],
    [first["snapshot"], first["commit"], 0, 0, 0],
  );
  assert.equal(second["unchanged"], 208);
  assertMatchesSchema("commit", second);
  const other = await spawnJson(["commit", "--store", join(folder, "other")], { cwd: work });
  assert.equal(other["snapshot"], first["snapshot"]);
  const empty = await spawnJson(["commit", "--allow-empty", "--store", store], { cwd: work });
  assert.notEqual(empty["commit"], first["commit"]);
  assert.equal(empty["snapshot"], first["snapshot"]);
});

test("only what changed is counted, and the state follows the directory", async () => {
  put("a", "1");
  put("b", "1");
  put("c/d", "1");
  await spawnJson(["commit"], { cwd: work });
  put("a", "2");
  put("e", "1");
  rmSync(join(work, "c"), { recursive: true });
  const second = await spawnJson(["commit"], { cwd: work });
  assert.deepEqual(
    [second["added"], second["modified"], second["deleted"], second["unchanged"]],
    [1, 1, 1, 1],
  );
  const { entries } = (await spawnJson(["ls", "main"], { cwd: work })) as { entries: { path: string }[] };
  assert.deepEqual(
    entries.map(({ path }) => path),
    ["a", "b", "e"],
  );
});

test("the store is found from a subdirectory, and the whole work directory is committed", async () => {
  put("a", "1");
  put("sub/b", "1");
  const first = await spawnJson(["commit"], { cwd: work });
  assert.ok(existsSync(join(work, ".helios")));
  const second = await spawnJson(["commit"], { cwd: join(work, "sub") });
  assert.equal(second["snapshot"], first["snapshot"]);
});

test("a symlinked .helios is followed, also to a directory that is yet to be made", async () => {
  put("a", "1");
  symlinkSync("../cache", join(work, ".helios"));
  const result = await spawnJson(["commit"], { cwd: work });
  assert.ok(existsSync(join(folder, "cache")));
  const fromStore = await spawnJson(["log"], { cwd: folder, env: { HELIOS_STORE: join(folder, "cache") } });
  assert.deepEqual(
    (fromStore["commits"] as { snapshot: string }[]).map(({ snapshot }) => snapshot),
    [result["snapshot"]],
  );
});

test("branches are made when committed to, and stand apart", async () => {
  put("a", "1");
  await spawnJson(["commit"], { cwd: work });
  put("a", "2");
  const other = await spawnJson(["commit", "--branch", "try/2", "-m", "second try"], { cwd: work });
  assert.equal(other["branch"], "try/2");
  assert.equal((await spawnCli(["read", "main", "a"], { cwd: work })).stdout.toString(), "1");
  assert.equal((await spawnCli(["read", "try/2", "a"], { cwd: work })).stdout.toString(), "2");
});

test("ignore files are obeyed unless the caller says otherwise", async () => {
  put(".gitignore", "*.log\n");
  put("x.log", "");
  assert.equal((await spawnJson(["commit"], { cwd: work }))["added"], 1);
  assert.equal((await spawnJson(["commit", "--no-ignore-files"], { cwd: work }))["added"], 1);
});

test("the author comes from the flag, then from HELIOS_AUTHOR", async () => {
  put("a", "1");
  await spawnJson(["commit", "-m", "m1"], { cwd: work, env: { HELIOS_AUTHOR: "Environment" } });
  await spawnJson(["commit", "-m", "m2", "--author", "Flag", "--allow-empty"], {
    cwd: work,
    env: { HELIOS_AUTHOR: "Environment" },
  });
  const { commits } = (await spawnJson(["log"], { cwd: work })) as {
    commits: { author: string; message: string }[];
  };
  assert.deepEqual(
    commits.map(({ author, message }) => [author, message]),
    [
      ["Flag", "m2"],
      ["Environment", "m1"],
    ],
  );
});

test("text output is the snapshot id and one line about it; what is not stored is told on stderr", async () => {
  put("a", "1");
  execFileSync("mkfifo", [join(work, "pipe")]);
  const run = await spawnCli(["commit"], { cwd: work });
  assert.match(
    run.stdout.toString(),
    /^blake3:[0-9a-f]{64}\nmain c1: 1 added, 0 modified, 0 deleted; 1 new object, 1 B\n$/,
  );
  assert.equal(run.stderr, "not stored: pipe: it is a named pipe\n");
});

test("a work directory that does not exist is refused, and not made", async () => {
  const run = await spawnCli(["commit", "--work", join(folder, "nope")], { cwd: folder });
  assert.equal(run.status, 2);
  assert.match(run.stderr, /^error DIRECTORY_UNREADABLE: .+nope\ntry: /);
  assert.deepEqual(readdirSync(folder), ["work"]);
});

test("a bad branch name is refused and nothing is recorded", async () => {
  put("a", "1");
  const run = await spawnCli(["commit", "--branch", "../x"], { cwd: work });
  assert.equal(run.status, 2);
  assert.match(run.stderr, /^error REF_INVALID: /);
  const log = await spawnJson(["log"], { cwd: work });
  assert.deepEqual(log["commits"], []);
});
