/**
 * The commands that measure, as a user sees them: real processes on small plans of a `command` subject. What it writes
 * is set by a variable, so that a planted fault is one whatever else the machine does: bytes do not depend on time.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, describe, test } from "node:test";
import { appendHistory, ioAvailability } from "@helios/harness";
import { assertMatchesSchema } from "../check-json.ts";
import { type CliRun, spawnCli } from "../spawn-cli.ts";

const cwd = mkdtempSync(join(tmpdir(), "helios-benchmark-"));
after(() => rmSync(cwd, { recursive: true, force: true }));

const cli = (...args: string[]): Promise<CliRun> => spawnCli(["benchmark", ...args], { cwd });
const json = (run: CliRun): Record<string, unknown> =>
  JSON.parse(run.stdout.toString()) as Record<string, unknown>;

/** Two arms of one program; the second is the A/A check of the first. */
function planFile(name: string, { runs = 2, operations = 3 } = {}): string {
  const file = join(cwd, name);
  const arm = (id: string): string => `
      - id: ${id}
        subject: command
        options:
          kind: program
          durability: [process]
          run: [sh, -c, 'sleep \${SECONDS_TO_SLEEP:-0} && head -c \${BYTES_TO_WRITE:-10000} /dev/zero > "$0"', "{scratch}/out"]
        runs: ${runs}
        warmup: 0
        operations: ${operations}
        timeoutSeconds: 60
        expectedSeconds: 0.5`;
  writeFileSync(
    file,
    `format: helios-plan/1
id: writers
title: Writers
canGo: false
seed: 1
quietWaitSeconds: 0
cells:
  - id: calls
    workload: invocations
    parameters: {}
    durability: process
    purpose: [context]
    arms:${arm("write")}${arm("write-again")}
gates: []
`,
  );
  return file;
}

describe("benchmark list", () => {
  test("names everything a plan can be made of", async () => {
    const run = await cli("list", "--json");
    assert.equal(run.status, 0, run.stderr);
    assertMatchesSchema("benchmark-list", json(run));
    const text = (await cli("list")).stdout.toString();
    for (const part of ["phase0-quick", "command", "invocations", "commit-p95"])
      assert.match(text, new RegExp(`  ${part} `));
  });
});

describe("benchmark before anything runs", () => {
  test("--print-plan prints the file as it is, --json its value", async () => {
    const file = planFile("print.yaml");
    const run = await cli("--plan", file, "--print-plan");
    assert.deepEqual([run.status, run.stdout.toString()], [0, readFileSync(file, "utf8")]);
    assert.equal(json(await cli("--plan", "phase0", "--print-plan", "--json"))["id"], "phase0");
  });

  test("--dry-run is the design report, and writes nothing", async () => {
    const file = planFile("dry.yaml");
    const run = await cli("--plan", file, "--dry-run", "--json", "--out", "dry-run-out");
    assert.equal(run.status, 0, run.stderr);
    assertMatchesSchema("benchmark-design", json(run));
    assert.deepEqual([json(run)["runs"], json(run)["expectedSeconds"]], [4, 2]);
    assert.ok(!existsSync(join(cwd, "dry-run-out")));
    const text = (await cli("--plan", "phase0", "--dry-run")).stdout.toString();
    assert.match(text, /of 10 runs the 9th smallest P95 must lie below 70 us/);
    assert.ok(
      text.split("\n").every((line) => line.length <= 80),
      "80 columns",
    );
  });

  test("a mistake in the plan is named by line and column, with what was meant", async () => {
    const file = planFile("wrong.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("quietWaitSeconds", "quietWaitSecond"));
    const run = await cli("--plan", file);
    assert.equal(run.status, 2);
    assert.match(run.stderr, /wrong\.yaml:6:1: .*"quietWaitSecond".*did you mean "quietWaitSeconds"\?/);
    const gate = planFile("gate.yaml");
    writeFileSync(
      gate,
      readFileSync(gate, "utf8").replace(
        "gates: []",
        "gates: [{ gate: commit-p96, go: 1, noGo: 2, required: true }]",
      ),
    );
    assert.match((await cli("--plan", gate)).stderr, /gate\.yaml:\d+:17: .*did you mean "commit-p95"\?/);
  });

  test("without a plan, or with two, says what to do", async () => {
    for (const args of [
      [],
      ["--quick"],
      ["--plan", "x", "--phase0-validation"],
      ["--plan", "phase0", "--shard", "4/3"],
    ]) {
      const run = await cli(...args);
      assert.equal(run.status, 2, args.join(" "));
      assert.match(run.stderr, /^error USAGE_FLAG: .*\ntry: /m);
    }
    assert.match((await cli("--plan", "phase-0")).stderr, /did you mean "phase0"/);
  });
});

test("a plan without gates measures, ends with 0, and adds to the history", async () => {
  const out = join(cwd, "runs/first");
  const run = await cli("--plan", planFile("measure.yaml"), "--out", out);
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, /Design of writers[^]*4 runs, about 2\.0 s/);
  const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8")) as {
    cells: { arms: { runs: unknown[] }[] }[];
  };
  assert.deepEqual(
    report.cells[0]?.arms.map(({ runs }) => runs.length),
    [2, 2],
  );
  assert.ok(existsSync(join(out, "design.json")));
  const trend = await cli("trend", "--json");
  assert.equal(trend.status, 0, trend.stderr);
  assertMatchesSchema("benchmark-trend", json(trend));
  assert.equal(json(trend)["validations"], 1);
  // What was learnt is known to the next design.
  const design = await cli("--plan", planFile("measure.yaml"), "--dry-run", "--json");
  assert.match(design.stdout.toString(), /"secondsSource": "earlier runs"/);

  const second = join(cwd, "runs/second");
  const compared = await cli("--plan", planFile("measure.yaml"), "--out", second, "--baseline", out);
  assert.equal(compared.status, 0, compared.stderr);
  assert.match(compared.stderr, /two times[^]*undecided[^]*2 against 2 runs are too few/);
  assertMatchesSchema("benchmark-compare", JSON.parse(readFileSync(join(second, "comparison.json"), "utf8")));
  // The comparison stands beside the report and is no part of what is judged again.
  assert.equal((await spawnCli(["report", "recheck", second], { cwd })).status, 0);
});

describe("benchmark compare", () => {
  const config = (name: string, bytes: number): string => {
    const file = join(cwd, name);
    writeFileSync(file, `environment: { BYTES_TO_WRITE: "${bytes}" }\n`);
    return file;
  };
  interface Found {
    readonly kind: string;
    readonly comparisons: readonly {
      measure: string;
      verdict: string;
      ratio: { value: number };
      p: number;
    }[];
  }
  const bytesOf = (run: CliRun): Found["comparisons"][number] | undefined =>
    (json(run) as unknown as Found).comparisons.find(({ measure }) => measure === "wchar");

  test("flags a side that writes twice as much, and in the same job not the side that is the same", async (context) => {
    const io = ioAvailability(cwd);
    if (io.kind === "unavailable") return context.skip(io.reason);
    const out = join(cwd, "planted");
    const plan = planFile("planted.yaml", { runs: 5, operations: 2 });
    const paired = ["compare", "--plan", plan, "--subject", "command", "--out", out, "--json"];
    const run = await cli(...paired, "--configs", config("one.yaml", 10_000), config("two.yaml", 20_000));
    assert.equal(run.status, 1, run.stderr + run.stdout.toString());
    assertMatchesSchema("benchmark-compare", json(run));
    assert.equal(json(run)["kind"], "interleaved");
    const planted = bytesOf(run);
    assert.equal(planted?.verdict, "worse", JSON.stringify(planted));
    assert.ok(Math.abs(planted.ratio.value - 2) < 0.2 && planted.p < 0.01, JSON.stringify(planted));
    assert.ok(existsSync(join(out, "comparison.json")) && existsSync(join(out, "report.html")));

    const same = bytesOf(await cli("compare", out, "--arms", "write-a", "write-a-again", "--json"));
    assert.equal(same?.verdict, "no difference shown", JSON.stringify(same));
    // The directory is still what its manifest says, and a changed sample is found.
    assert.equal((await spawnCli(["report", "recheck", out], { cwd })).status, 0);
    appendFileSync(join(out, "runs/calls/write-b-0.step.f64"), "x");
    const changed = await cli("compare", out, "--arms", "write-a", "write-b");
    assert.deepEqual([changed.status, /RUN_TAMPERED.*write-b-0\.step\.f64/.test(changed.stderr)], [2, true]);
  });

  test("of two runs says that they were made at two times, and what it cannot decide", async () => {
    const run = await cli("compare", join(cwd, "runs/first"), join(cwd, "runs/first/report.json"));
    assert.equal(run.status, 3, run.stderr);
    assert.match(run.stdout.toString(), /two times[^]*undecided[^]*2 against 2 runs are too few/);
  });

  test("refuses what is no comparison", async () => {
    const first = join(cwd, "runs/first");
    for (const [args, message] of [
      [[first], /two runs are needed/],
      [[first, "--arms", "write"], /takes two names/],
      [[first, "--arms", "write", "nap"], /no cell with the arms write and nap/],
      [["--revisions", "A", "B"], /plan/],
      [[first, first, "--alpha", "5"], /between 0 and 1/],
      [["--plan", "phase0-quick", "--revisions", "no-such-thing", "HEAD"], /REVISION_UNUSABLE/],
    ] as const) {
      const run = await cli("compare", ...args);
      assert.equal(run.status, 2, args.join(" "));
      assert.match(run.stderr, message);
    }
  });
});

test("benchmark trend shows a step, and fails on it when asked to", async () => {
  const history = join(cwd, "steps.jsonl");
  for (let day = 1; day <= 20; day++) {
    const p95Us = (day <= 10 ? 20 : 27) + (day % 3) / 5;
    appendHistory(history, {
      format: "helios-history/1",
      recordedAt: `2030-01-${String(day).padStart(2, "0")}T00:00:00Z`,
      plan: { id: "p", hash: "sha256:0" },
      heliosVersion: "0",
      revision: { commit: String(day).padStart(40, "0"), clean: true },
      machine: "a machine",
      node: "v",
      arms: [{ cell: "edits", arm: "helios", key: "k", runs: [{ seconds: 1, p95Us }] }],
    });
  }
  const run = await cli("trend", "--history", history);
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout.toString(), /worse from 000000000000 \(2030-01-11.*20\.2 µs -> 27\.2 µs, 1\.35x/);
  const failed = await cli("trend", "--history", history, "--fail-on-step", "--json");
  assert.equal(failed.status, 1);
  assertMatchesSchema("benchmark-trend", json(failed));
  assert.match(
    (await cli("trend", "--history", join(cwd, "none.jsonl"))).stdout.toString(),
    /no results yet/,
  );
});

describe("shards", () => {
  test("are merged into one judged run; without all of them nothing is", async () => {
    const plan = planFile("shards.yaml");
    for (const index of [1, 2]) {
      const run = await cli(
        "--plan",
        plan,
        "--shard",
        `${index}/2`,
        "--out",
        join(cwd, `shard-${index}`),
        "--json",
      );
      assert.equal(run.status, 0, run.stderr);
      assert.equal(json(run)["shard"], `${index}/2`);
    }
    const merge = (...args: string[]): Promise<CliRun> => spawnCli(["report", "merge", ...args], { cwd });
    const part = await merge("shard-1", "--out", "whole");
    assert.equal(part.status, 2);
    assert.match(part.stderr, /MERGE_REFUSED[^]*missing: shard 2\/2/);
    const whole = await merge("shard-2", "shard-1", "--out", "whole", "--json");
    assert.equal(whole.status, 0, whole.stderr);
    assertMatchesSchema("report-merge", json(whole));
    assert.equal(json(whole)["runs"], 4);
  });
});

test("Ctrl-C keeps the finished runs, and --resume makes only the others", async () => {
  const out = join(cwd, "interrupted");
  const plan = planFile("interrupted.yaml", { runs: 3, operations: 2 });
  const bin = fileURLToPath(new URL("../bin/helios-cli.js", import.meta.url));
  const child = spawn(process.execPath, [bin, "benchmark", "--plan", plan, "--out", out], {
    cwd,
    env: { ...process.env, SECONDS_TO_SLEEP: "0.2" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const records = (): string[] =>
    ["write", "write-again"].flatMap((arm) =>
      [0, 1, 2].map((run) => join(out, `runs/calls/${arm}-${run}.json`)).filter((file) => existsSync(file)),
    );
  while (records().length < 2 && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGINT");
  assert.equal(await ended, 130, stderr);
  assert.match(stderr, /INTERRUPTED: interrupted; the finished runs are kept[^]*benchmark --resume/);
  const kept = new Map(records().map((file) => [file, readFileSync(file, "utf8")]));
  assert.ok(kept.size >= 2 && kept.size < 6, `${kept.size} runs`);
  const resumed = await cli("--resume", out);
  assert.equal(resumed.status, 0, resumed.stderr);
  assert.equal(records().length, 6);
  for (const [file, text] of kept) assert.equal(readFileSync(file, "utf8"), text);
  const again = await cli("--resume", out);
  assert.deepEqual([again.status, /is finished and sealed/.test(again.stderr)], [2, true]);
});
