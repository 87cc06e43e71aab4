/** The forest commands, as a user meets them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { Helios } from "@helios/engine";
import { assertMatchesSchema } from "../../check-json.ts";
import { spawnCli, spawnJson } from "../../spawn-cli.ts";

let cwd = "";
let elsewhere = "";
const put = (path: string, content: string): void => {
  mkdirSync(dirname(join(cwd, path)), { recursive: true });
  writeFileSync(join(cwd, path), content);
};
before(() => {
  cwd = mkdtempSync(join(tmpdir(), "helios-cli-forest-"));
  elsewhere = mkdtempSync(join(tmpdir(), "helios-cli-forest-"));
  for (const path of ["src/a.ts", "src/b.ts", "docs/x.md", "README.md"]) put(path, `content of ${path}\n`);
});
after(() => {
  for (const directory of [cwd, elsewhere]) rmSync(directory, { recursive: true, force: true });
});

async function json(schema: string, ...args: string[]): Promise<Record<string, unknown>> {
  const result = await spawnJson(args, { cwd });
  assertMatchesSchema(schema, result);
  return result;
}
async function text(...args: string[]): Promise<string[]> {
  const run = await spawnCli(args, { cwd });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.toString().trimEnd().split("\n");
}
async function refusal(status: number, ...args: string[]): Promise<string> {
  const run = await spawnCli(args, { cwd });
  assert.equal(run.status, status, run.stdout.toString());
  return run.stderr + run.stdout.toString();
}

test("a directory is imported, looked at, written out and verified as a forest", async () => {
  const first = await json("forest-import", "forest", "import", "-m", "first");
  const trees = first["trees"] as { name: string; paths: number }[];
  assert.deepEqual(
    trees.map(({ name, paths }) => [name, paths]),
    [["*", 1], ["docs", 1], ["src", 2]], // prettier-ignore
  );
  assert.deepEqual([first["added"], first["changedPaths"]], [4, 4]);
  const again = await json("forest-import", "forest", "import");
  assert.deepEqual([again["forest"], again["commit"]], [first["forest"], first["commit"]]);

  put("src/a.ts", "changed");
  put("lib/new.ts", "new");
  const status = await json("forest-status", "forest", "status");
  assert.equal(status["clean"], false);
  assert.deepEqual(
    (status["trees"] as { name: string; changes: Record<string, number> }[]).map(({ name, changes }) => [
      name,
      changes["added"],
      changes["modified"],
    ]),
    [["*", 0, 0], ["docs", 0, 0], ["src", 0, 1], ["lib", 1, 0]], // prettier-ignore
  );
  const lines = await text("forest", "status");
  assert.match(lines.join("\n"), /^src +blake3:\w+ +2 paths {2}1 modified$/m);
  assert.match(lines.join("\n"), /^lib +new +0 paths {2}1 added\n2 paths differ$/m);

  const second = await json("forest-import", "forest", "import", "-m", "second");
  assert.deepEqual([second["added"], second["modified"], second["changedPaths"]], [1, 1, 2]);

  const [clean, trees2, below, before, long, out, verified] = await Promise.all([
    text("forest", "status"),
    json("forest-ls", "forest", "ls", "main"),
    text("forest", "ls", "main", "src"),
    text("forest", "ls", first["forest"] as string, "--all"),
    json("forest-ls", "forest", "ls", "main", "--tree", "docs", "--long"),
    json("forest-materialize", "forest", "materialize", "main", join(elsewhere, "out"), "--select", "src"),
    json("forest-verify", "forest", "verify", "main", "--threads", "0"),
  ]);
  assert.equal(clean.at(-1), "nothing differs");
  assert.equal((trees2["trees"] as []).length, 4);
  assert.deepEqual(below, ["src/a.ts", "src/b.ts"]);
  assert.deepEqual(before, ["README.md", "docs/x.md", "src/a.ts", "src/b.ts"]);
  assert.equal((long["entries"] as []).length, 1);
  assert.equal(out["files"], 2);
  assert.equal(readFileSync(join(elsewhere, "out/src/a.ts"), "utf8"), "changed");
  assert.deepEqual([verified["sound"], verified["forest"]], [true, second["forest"]]);
});

test("what a forest holds is proved, and verified without the store", async () => {
  const proved = await json("forest-prove", "forest", "prove", "main", "src/b.ts", "--out", "b.json");
  const check = (...args: string[]) => spawnCli(["verify-proof", ...args], { cwd });
  const id = proved["forest"] as string;
  const sound = await check(
    "b.json",
    "--snapshot",
    id,
    "--path",
    "src/b.ts",
    "--content",
    "src/b.ts",
    "--json",
  );
  assert.equal(sound.status, 0);
  assertMatchesSchema("verify-proof", JSON.parse(sound.stdout.toString()));
  const other = await check("b.json", "--snapshot", id, "--path", "src/a.ts", "--json");
  assert.equal(other.status, 1);
  assertMatchesSchema("verify-proof", JSON.parse(other.stdout.toString()));
  const range = await json("forest-prove", "forest", "prove", "main", "--prefix", "");
  assert.equal(range["entries"], 5);
  const tampered = range["proof"] as { trees: unknown[] };
  tampered.trees.pop();
  writeFileSync(join(cwd, "b.json"), JSON.stringify(tampered));
  const refused = await check("b.json", "--snapshot", id, "--json");
  assert.equal((JSON.parse(refused.stdout.toString()) as { reason: string }).reason, "tree-missing");
  assertMatchesSchema("verify-proof", JSON.parse(refused.stdout.toString()));
  rmSync(join(cwd, "b.json"));
});

test("rules are given once and kept; other ones, and what is no forest, are refused", async () => {
  const own = [
    "forest",
    "import",
    "--branch",
    "ruled",
    "--tree",
    "code=src/",
    "--tree",
    "code=lib/",
    "--tree",
    "rest=*",
  ];
  const ruled = await json("forest-import", ...own);
  assert.deepEqual(
    (ruled["trees"] as { name: string }[]).map(({ name }) => name),
    ["code", "rest"],
  );
  assert.equal(
    (await json("forest-import", "forest", "import", "--branch", "ruled"))["forest"],
    ruled["forest"],
  );
  assert.match(
    await refusal(2, "forest", "import", "--branch", "ruled", "--tree", "all=*"),
    /^error PARTITION_INVALID/,
  );
  assert.match(await refusal(2, "forest", "import", "--tree", "nonsense"), /^error USAGE_FLAG/);
  assert.match(
    await refusal(2, "forest", "ls", "ruled", "--tree", "src"),
    /^error TREE_UNKNOWN.*\n.*"code", "rest"/,
  );
  assert.match(await refusal(2, "forest", "ls", "ruled", "nowhere"), /^error PATH_UNKNOWN/);
  await spawnJson(["commit", "--branch", "plain"], { cwd });
  for (const command of ["ls", "verify"])
    assert.match(await refusal(2, "forest", command, "plain"), /^error FOREST_INVALID/);
});

test("damage is found, told by tree, and is exit status 1", async () => {
  const helios = await Helios.open({ root: join(cwd, ".helios") });
  const catalogue = helios.checkout("main");
  const other = helios.forest("main").tree("docs").identify()!;
  catalogue.write("trees/src", `helios-tree/1\n${other}\n1\n`);
  catalogue.commit("wrong", { ref: "wrong" });
  await helios.close();
  const run = await spawnCli(["forest", "verify", "wrong", "--json"], { cwd });
  assert.equal(run.status, 1);
  const report = JSON.parse(run.stdout.toString()) as { damages: { tree: string; where: string }[] };
  assertMatchesSchema("forest-verify", report);
  assert.deepEqual(
    report.damages.map(({ tree, where }) => [tree, where]),
    [["src", "docs/x.md"]],
  );
  assert.match(
    await refusal(1, "forest", "verify", "wrong"),
    /DAMAGED: 1 finding\ntree src: path docs\/x\.md: FOREST_INVALID/,
  );
});
