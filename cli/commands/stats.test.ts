/** What stats shows, by who has the store: nobody, a writer at work, a writer that was killed. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Helios } from "@helios/engine";
import { assertMatchesSchema } from "../check-json.ts";
import { answerQuickly } from "../quick-answer.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";

let cwd = "";
let store = "";
before(async () => {
  cwd = mkdtempSync(join(tmpdir(), "helios-stats-"));
  store = join(cwd, ".helios");
  const helios = await Helios.open({ root: store });
  commitTo(helios, 3);
  await helios.close();
});
after(() => rmSync(cwd, { recursive: true, force: true }));

function commitTo(helios: Helios, commits: number): void {
  const vst = helios.checkout("main");
  for (let i = 0; i < commits; i++) {
    vst.write("a", `${i} ${vst.read("a")?.length ?? 0}`);
    vst.commit();
  }
}

async function stats(at: string) {
  const result = await spawnJson(["stats", "--store", at], { cwd });
  assertMatchesSchema("stats", result);
  return result;
}

test("of a closed store, what its last writer left is shown and the store is not opened", async () => {
  const objects = join(store, "objects");
  renameSync(objects, `${objects}-away`);
  try {
    const { source, commits, commit_latency_us_p50: p50 } = await stats(store);
    assert.deepEqual([source, commits], ["closed", 3]);
    assert.ok(Number(p50) > 0);
  } finally {
    renameSync(`${objects}-away`, objects);
  }
});

test("beside a writer, and after one that was killed, the store is opened to see", async () => {
  const copy = join(cwd, "copy");
  cpSync(store, copy, { recursive: true });
  const helios = await Helios.open({ root: copy });
  commitTo(helios, 2);
  const beside = await stats(copy);
  assert.deepEqual([beside["source"], beside["commits"]], ["opened", 5]);
  // The files of this moment are those of a killed process.
  const killed = join(cwd, "killed");
  cpSync(copy, killed, { recursive: true });
  await helios.close();
  const recovered = await stats(killed);
  assert.deepEqual([recovered["source"], recovered["commits"]], ["opened", 5]);
});

test("the quick answer and the command's are the same bytes, and only plain questions get a quick one", async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "helios-stats-"));
  const command = new URL("../run.ts", import.meta.url).href;
  const slowly = async (args: readonly string[], at: string) =>
    promisify(execFile)(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import { runCli } from "${command}"; await runCli(${JSON.stringify(args)});`,
      ],
      { cwd: at },
    );
  try {
    for (const [args, at] of [
      [["stats"], cwd],
      [["stats", "--json"], cwd],
      [["stats", "--format", "json"], cwd],
      [["stats", "--format=prometheus", "--store", store], elsewhere],
      [["stats", "-w", cwd, "--runs", "nowhere"], elsewhere],
    ] as const) {
      const quick = await spawnCli(args, { cwd: at });
      assert.equal(quick.stdout.toString(), (await slowly(args, at)).stdout, args.join(" "));
    }
    for (const args of [
      ["stats", "--help"],
      ["stats", "--nope"],
      ["stats", "x"],
      ["stats", "--format", "xml"],
      ["log"],
    ])
      assert.equal(await answerQuickly([...args, "--store", store]), undefined, args.join(" "));
    for (const args of [
      ["--store", elsewhere],
      ["--work", join(cwd, "nowhere")],
    ])
      assert.equal(await answerQuickly(["stats", ...args]), undefined, args.join(" "));
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test("without a store, stats says how to get one", async () => {
  const run = await spawnCli(["stats", "--store", join(cwd, "nowhere")], { cwd });
  assert.match(run.stderr, /^error STORE_MISSING: /);
});
