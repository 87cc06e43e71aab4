import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";

let cwd = "";
let snapshot = "";
before(async () => {
  cwd = mkdtempSync(join(tmpdir(), "helios-proof-"));
  mkdirSync(join(cwd, "src"));
  for (let i = 0; i < 50; i++) writeFileSync(join(cwd, "src", `${i}.ts`), `content ${i}`);
  snapshot = String((await spawnJson(["commit"], { cwd }))["snapshot"]);
});
after(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** In a directory without a store. */
async function verify(
  ...args: string[]
): Promise<{ status: number | null; result: Record<string, unknown> }> {
  const run = await spawnCli(["verify-proof", ...args, "--json"], { cwd: join(cwd, "src") });
  const result = JSON.parse(run.stdout.toString()) as Record<string, unknown>;
  if (run.status === 0 || run.status === 1) assertMatchesSchema("verify-proof", result);
  return { status: run.status, result };
}

const file = (name: string) => join(cwd, name);

test("a proof of a path holds anywhere, for this snapshot, this path and this content", async () => {
  const proved = await spawnJson(["prove", "main", "src/7.ts", "--out", "p.json"], { cwd });
  assertMatchesSchema("prove", proved);
  assert.deepEqual([proved["entries"], proved["out"]], [1, file("p.json")]);
  const asked = [file("p.json"), "--snapshot", snapshot];
  const { status, result } = await verify(...asked, "--path", "src/7.ts", "--content", "7.ts");
  assert.equal(status, 0);
  assert.deepEqual(
    (result["entries"] as { path: string; sizeBytes: number }[]).map(({ path, sizeBytes }) => [
      path,
      sizeBytes,
    ]),
    [["src/7.ts", 9]],
  );
  assert.deepEqual((await verify(...asked, "--path", "src/8.ts")).result["reason"], "other-query");
  assert.deepEqual((await verify(...asked, "--content", "8.ts")).result["reason"], "other-content");
  const another = `blake3:${"0".repeat(64)}`;
  const refused = await verify(file("p.json"), "--snapshot", another);
  assert.deepEqual([refused.status, refused.result["reason"]], [1, "other-snapshot"]);
  const text = readFileSync(file("p.json"), "utf8");
  writeFileSync(file("bent.json"), text.replace('"nodes":["A', '"nodes":["B'));
  assert.equal((await verify(file("bent.json"), "--snapshot", snapshot)).status, 1);
  writeFileSync(file("cut.json"), text.slice(0, -10));
  assert.equal((await verify(file("cut.json"), "--snapshot", snapshot)).result["reason"], "malformed");
});

test("absence and ranges, through pipes and as text", async () => {
  const proof = (await spawnCli(["prove", "main", "src/x.ts"], { cwd })).stdout;
  writeFileSync(file("absent.json"), proof);
  const absent = await spawnCli(["verify-proof", "absent.json", "--snapshot", snapshot], { cwd });
  assert.equal(absent.stdout.toString(), `valid: there is no src/x.ts in ${snapshot}\n`);
  const content = await verify(file("absent.json"), "--snapshot", snapshot, "--content", "7.ts");
  assert.equal(content.result["reason"], "other-content");
  const range = await spawnJson(["prove", snapshot, "--prefix", "src/4"], { cwd });
  assertMatchesSchema("prove", range);
  assert.equal(range["entries"], 11);
  writeFileSync(file("range.json"), JSON.stringify(range["proof"]));
  const { result } = await verify(file("range.json"), "--snapshot", snapshot);
  assert.equal((result["entries"] as unknown[]).length, 11);
  const bounds = await spawnJson(["prove", snapshot, "--from", "src/1.ts", "--to", "src/11.ts"], { cwd });
  assert.equal(bounds["entries"], 2);
});

test("questions that cannot be asked", async () => {
  for (const args of [[], ["src/1.ts", "--prefix", "src"]])
    assert.match((await spawnCli(["prove", "main", ...args], { cwd })).stderr, /^error USAGE_ARGUMENT: /);
  const empty = await spawnCli(["prove", "main", "--from", "b", "--to", "a"], { cwd });
  assert.match(empty.stderr, /^error RANGE_INVALID: /);
  const short = await spawnCli(["verify-proof", "p.json", "--snapshot", "blake3:12"], { cwd });
  assert.match(short.stderr, /^error SNAPSHOT_ID_INVALID: /);
  assert.equal(short.status, 2);
  assert.equal((await spawnCli(["verify-proof", "none.json", "--snapshot", snapshot], { cwd })).status, 2);
});
