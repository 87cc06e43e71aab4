import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Helios } from "@helios/engine";
import { assertMatchesSchema } from "./check-json.ts";
import { spawnCli } from "./spawn-cli.ts";

let cwd = "";
before(() => {
  cwd = mkdtempSync(join(tmpdir(), "helios-run-"));
});
after(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** Fails with status 2, says why and what to do on stderr, and prints nothing to be piped on. */
async function failure(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const run = await spawnCli(args, { cwd, env });
  assert.equal(run.status, 2, run.stderr);
  assert.equal(run.stdout.toString(), "");
  assert.match(run.stderr, /^error [A-Z0-9_]+: .+\ntry: .+\n$/);
  return run.stderr;
}

test("help lists the commands, alone, as a flag and as a word", async () => {
  for (const args of [[], ["--help"], ["-h"], ["help"]]) {
    const run = await spawnCli(args, { cwd });
    assert.equal(run.status, 0);
    assert.match(run.stdout.toString(), /commit .+\n/);
    assert.match(run.stdout.toString(), /stats .+\n/);
  }
});

test("help of a command shows its flags and examples", async () => {
  for (const args of [
    ["commit", "--help"],
    ["help", "commit"],
  ]) {
    const text = (await spawnCli(args, { cwd })).stdout.toString();
    assert.match(text, /--message/);
    assert.match(text, /EXAMPLES/);
    assert.match(text, /--store/);
  }
});

test("the version is one line on standard output", async () => {
  const run = await spawnCli(["--version"], { cwd });
  assert.equal(run.status, 0);
  assert.match(run.stdout.toString(), /^helios-cli\/\d+\.\d+\.\d+ .+\n$/);
});

test("an unknown command is refused with the nearest one", async () => {
  const text = await failure(["comit"]);
  assert.match(text, /^error USAGE_COMMAND: unknown command "comit"\ntry: helios-cli commit /);
});

test("an unknown flag is refused with the nearest one, before any store is made", async () => {
  const text = await failure(["commit", "--mesage", "x"]);
  assert.match(text, /^error USAGE_FLAG: unknown flag --mesage\ntry: --message /);
  assert.deepEqual(readdirSync(cwd), []);
});

test("a missing argument, one too many and a bad value are refused with the way to help", async () => {
  assert.match(
    await failure(["materialize", "main"]),
    /^error USAGE_ARGUMENT: Missing 1 required arg.+\ntry: helios-cli materialize --help\n/,
  );
  assert.match(await failure(["stats", "extra"]), /^error USAGE_ARGUMENT: .+extra/);
  assert.match(await failure(["stats", "--format", "xml"]), /^error USAGE_FLAG: .+table, json, prometheus/);
  assert.match(await failure(["log", "--limit", "-1"]), /^error USAGE_FLAG: .+0/);
});

test("under --json a failure is one JSON value on standard output, and the status the same", async () => {
  for (const args of [
    ["comit", "--json"],
    ["stats", "--nope", "--json"],
    ["stats", "--json"],
  ]) {
    const run = await spawnCli(args, { cwd });
    assert.equal(run.status, 2);
    assert.equal(run.stderr, "");
    assertMatchesSchema("error", JSON.parse(run.stdout.toString()));
  }
});

test("a missing store is refused by every command that reads, and none is made", async () => {
  for (const args of [
    ["stats"],
    ["log"],
    ["ls", "main"],
    ["read", "main", "a"],
    ["diff", "a", "b"],
    ["materialize", "main", "out"],
    ["restore", "main"],
  ]) {
    assert.match(await failure(args), /^error STORE_MISSING: /);
  }
  assert.deepEqual(readdirSync(cwd), []);
});

test("the store is named by --store, which beats HELIOS_STORE", async () => {
  const store = join(cwd, "elsewhere");
  assert.match(await failure(["stats"], { HELIOS_STORE: store }), new RegExp(store));
  assert.match(
    await failure(["stats", "--store", `${store}-2`], { HELIOS_STORE: store }),
    new RegExp(`${store}-2`),
  );
});

test("a directory that is no store, and a store of another format, are refused", async () => {
  const store = join(cwd, "broken");
  mkdirSync(store);
  writeFileSync(join(store, "format.json"), "{");
  assert.match(await failure(["stats", "--store", store]), /^error STORE_CORRUPT: /);
  writeFileSync(join(store, "format.json"), JSON.stringify({ format: "helios-store/99" }));
  assert.match(await failure(["stats", "--store", store]), /^error STORE_FORMAT: /);
  rmSync(store, { recursive: true });
});

test("a second writer is told who holds the store", async () => {
  const root = join(cwd, "locked");
  const work = join(cwd, "work");
  mkdirSync(work);
  const helios = await Helios.open({ root });
  try {
    const text = await failure(["commit", "--store", root, "--work", work]);
    assert.match(text, new RegExp(`^error STORE_LOCKED: .+${process.pid}`));
  } finally {
    await helios.close();
    rmSync(root, { recursive: true });
    rmSync(work, { recursive: true });
  }
});

const pretendNode20 =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})';

test("a Node that is too old hands over to the pinned one", async () => {
  const run = await spawnCli(["--version"], { cwd, nodeArgs: ["--import", pretendNode20] });
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout.toString(), /^helios-cli\//);
});

test("a Node that is too old, without a pinned one, says so", async () => {
  const run = await spawnCli(["--version"], {
    cwd,
    nodeArgs: ["--import", pretendNode20],
    env: { HELIOS_PINNED_NODE: "1" },
  });
  assert.equal(run.status, 2);
  assert.match(run.stderr, /^error NODE_TOO_OLD: .+\ntry: .+\n$/);
});

test("HELIOS_DEBUG shows what the engine does as JSON lines on stderr, for the topics it names", async () => {
  const own = mkdtempSync(join(tmpdir(), "helios-debug-"));
  try {
    writeFileSync(join(own, "a"), "one");
    const run = await spawnCli(["commit", "--json"], {
      cwd: own,
      env: { HELIOS_DEBUG: "engine:*,-engine:close" },
    });
    assert.equal(run.status, 0, run.stderr);
    const lines = run.stderr.trimEnd().split("\n");
    const events = lines.map((line) => JSON.parse(line) as { topic: string; commit?: string; store: string });
    assert.deepEqual(
      events.map(({ topic }) => topic),
      ["engine:open", "engine:commit"],
    );
    assert.equal(events[1]?.commit, "c1");
    const silent = await spawnCli(["commit", "--json"], { cwd: own, env: { HELIOS_DEBUG: "" } });
    assert.equal(silent.stderr, "");
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
});
