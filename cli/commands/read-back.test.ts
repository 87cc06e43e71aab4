/** The commands that only read, on one store: diff, materialize, log, ls, read, stats. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";

let folder = "";
let cwd = "";
const binary = Buffer.from([0, 1, 2, 255, 254]);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "helios-read-"));
  cwd = join(folder, "work");
  mkdirSync(join(cwd, "src/deep"), { recursive: true });
  writeFileSync(join(cwd, "src/a.ts"), "one\ntwo\nthree\n");
  writeFileSync(join(cwd, "src/a.test.ts"), "test\n");
  writeFileSync(join(cwd, "src/deep/ü\t.ts"), "odd\n");
  writeFileSync(join(cwd, "src2"), "not in src\n");
  writeFileSync(join(cwd, "logo"), binary);
  writeFileSync(join(cwd, "run"), "#!/bin/sh");
  symlinkSync("src", join(cwd, "link"));
  await spawnJson(["commit", "-m", "first\nwith a \u001b[31mcolour"], { cwd });
  cpSync(cwd, join(folder, "before"), { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(cwd, "src/a.ts"), "one\n2\nthree\nfour");
  writeFileSync(join(cwd, 'new "quoted"'), "new\n");
  writeFileSync(join(cwd, "logo"), Buffer.concat([binary, binary]));
  chmodSync(join(cwd, "run"), 0o755);
  rmSync(join(cwd, "src/a.test.ts"));
  rmSync(join(cwd, "link"));
  writeFileSync(join(cwd, "link"), "now a file\n");
  await spawnJson(["commit", "-m", "second"], { cwd });
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

const text = async (...args: string[]) => {
  const run = await spawnCli(args, { cwd });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.toString();
};
const refusal = async (...args: string[]) => {
  const run = await spawnCli(args, { cwd });
  assert.equal(run.status, 2, run.stderr);
  return run.stderr;
};

test("diff names what changed, in byte order, and quotes names that would break a line", async () => {
  assert.equal(
    await text("diff", "c1", "main"),
    'M link\nM logo\nA "new \\"quoted\\""\nM run\nD src/a.test.ts\nM src/a.ts\n',
  );
  assert.equal(await text("diff", "main", "main"), "");
  assert.equal(await text("diff", "c1", "c2", "--select", "src"), "D src/a.test.ts\nM src/a.ts\n");
});

test("diff under --json has both entries of every change", async () => {
  const result = await spawnJson(["diff", "c1", "c2"], { cwd });
  assertMatchesSchema("diff", result);
  const changes = result["changes"] as {
    path: string;
    kind: string;
    from?: { mode: string };
    to?: { mode: string };
  }[];
  const run = changes.find(({ path }) => path === "run");
  assert.deepEqual([run?.kind, run?.from?.mode, run?.to?.mode], ["modified", "file", "executable"]);
});

test("diff --stat counts lines, and says mode and binary changes in words", async () => {
  const stat = await text("diff", "c1", "c2", "--stat");
  assert.match(stat, /^ src\/a\.ts +\| \+2 -1$/m);
  assert.match(stat, /^ logo +\| binary 5 B to 10 B$/m);
  assert.match(stat, /^ run +\| file to executable$/m);
  assert.match(stat, /6 paths changed, 4 lines added, 3 removed\n$/);
});

test("diff --patch is what git applies to get from the one to the other", async (context) => {
  const patch = await text("diff", "c1", "c2", "--patch", "--select", "!logo");
  assert.match(patch, /^old mode 100644\nnew mode 100755$/m);
  assert.match(
    await text("diff", "c1", "c2", "--patch", "--select", "logo"),
    /^Binary files a\/logo and b\/logo differ$/m,
  );
  try {
    execFileSync("git", ["--version"]);
  } catch {
    context.skip("git is not installed");
    return;
  }
  const tree = join(folder, "before");
  rmSync(join(tree, ".helios"), { recursive: true, force: true });
  execFileSync("git", ["apply", "-"], { cwd: tree, input: patch });
  writeFileSync(join(tree, "logo"), readFileSync(join(cwd, "logo")));
  const out = join(folder, "after");
  await text("materialize", "c2", out);
  assert.equal(execFileSync("diff", ["-r", "--no-dereference", tree, out], { encoding: "utf8" }), "");
});

test("materialize writes what is selected, refuses a directory with anything in it, and overwrites when told", async () => {
  const out = join(folder, "selected");
  assert.match(
    await text("materialize", "c1", out, "--select", "src/**", "--select", "!**/*.test.ts"),
    /^2 files .+ written to /,
  );
  assert.deepEqual(readdirSync(join(out, "src")), ["a.ts", "deep"]);
  assert.match(await refusal("materialize", "c1", out), /^error OUTPUT_NOT_EMPTY: .+\ntry: .+--overwrite/);
  await text("materialize", "c2", out, "--overwrite");
  assert.equal(readFileSync(join(out, "src/a.ts"), "utf8"), "one\n2\nthree\nfour");
  assert.match(
    await refusal("materialize", "c1", join(folder, "x"), "--select", "a["),
    /^error PATTERN_INVALID: "a\["/,
  );
  assert.equal(existsSync(join(folder, "x")), false);
});

test("a snapshot is named by its id, a beginning of it, a commit or a branch", async () => {
  const { commits } = (await spawnJson(["log"], { cwd })) as { commits: { snapshot: string }[] };
  const id = commits[1]?.snapshot ?? assert.fail("two commits");
  const listing = await text("ls", "c1");
  assert.equal(await text("ls", id), listing);
  assert.equal(await text("ls", id.slice(0, 15)), listing);
  assert.equal(await text("ls", "main"), await text("ls", "c2"));
  assert.match(await refusal("ls", "blake3:0000"), /^error SNAPSHOT_UNKNOWN: .+\ntry: /);
});

test("ls lists a file or a directory and nothing that only begins like it", async () => {
  assert.equal(await text("ls", "c1", "src"), 'src/a.test.ts\nsrc/a.ts\n"src/deep/ü\\t.ts"\n');
  assert.equal(await text("ls", "c1", "src/a.ts"), "src/a.ts\n");
  assert.match(await text("ls", "c2", "-l"), /^x +9 [0-9a-f]{12} run$/m);
  assert.match(await refusal("ls", "c1", "sr"), /^error PATH_UNKNOWN: .+\ntry: helios-cli ls /);
  assertMatchesSchema("ls", await spawnJson(["ls", "c1"], { cwd }));
});

test("read gives the exact bytes, and in JSON text or base64", async () => {
  const run = await spawnCli(["read", "c1", "logo"], { cwd });
  assert.deepEqual(run.stdout, binary);
  assert.equal(await text("read", "c1", "link"), "src");
  const asJson = await spawnJson(["read", "c1", "logo"], { cwd });
  assertMatchesSchema("read", asJson);
  assert.deepEqual([asJson["encoding"], asJson["content"]], ["base64", binary.toString("base64")]);
  assert.equal((await spawnJson(["read", "c1", "src/a.ts"], { cwd }))["content"], "one\ntwo\nthree\n");
  assert.match(
    await refusal("read", "c1", "src"),
    /^error PATH_UNKNOWN: src is a directory\ntry: helios-cli ls /,
  );
  assert.match(await refusal("read", "c1", "nope"), /^error PATH_UNKNOWN: /);
});

test("log is newest first, one line a commit, and a message cannot steer the terminal", async () => {
  const lines = (await text("log")).trimEnd().split("\n");
  assert.equal(lines.length, 2);
  assert.match(
    lines[0] ?? "",
    /^c2 {2}blake3:[0-9a-f]{64} {2}\(main\) {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}6 paths .*second$/,
  );
  assert.match(lines[1] ?? "", /first with a {2}\[31mcolour$/);
  const result = await spawnJson(["log", "--limit", "1"], { cwd });
  assertMatchesSchema("log", result);
  assert.equal((result["commits"] as unknown[]).length, 1);
  assert.equal(((await spawnJson(["log", "c1", "--limit", "0"], { cwd }))["commits"] as unknown[]).length, 1);
});

test("stats are a table, JSON or what Prometheus scrapes", async () => {
  const asJson = await spawnJson(["stats"], { cwd });
  assertMatchesSchema("stats", asJson);
  assert.deepEqual([asJson["entries"], asJson["commits"]], [7, 2]);
  assert.match(await text("stats"), /^entries +7$/m);
  assert.match(await text("stats", "--format", "prometheus"), /^helios_entries\{store=".+"\} 7$/m);
  assert.deepEqual(
    Object.keys(JSON.parse(await text("stats", "--format", "json")) as object),
    Object.keys(asJson),
  );
});

test("a reader that goes away early is no error", async () => {
  const { stdout } = await spawnShell(
    `"${process.execPath}" "${join(import.meta.dirname, "../bin/helios-cli.js")}" ls c1 | head -n 1`,
  );
  assert.equal(stdout, "link\n");
});

async function spawnShell(command: string): Promise<{ stdout: string }> {
  const { promisify } = await import("node:util");
  const { execFile } = await import("node:child_process");
  return promisify(execFile)("sh", ["-c", command], { cwd, encoding: "utf8" });
}
