import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import type { Plan } from "./plan.ts";
import { readRunDirectory, readUnfinishedDirectory } from "./read-run-directory.ts";
import type { CellRecord, Environment, RunRecord } from "./results.ts";
import {
  appendEvent,
  createRunDirectory,
  sealRunDirectory,
  writeEvidence,
  writeJson,
  writeRunRecord,
  writeSamples,
} from "./run-directory.ts";
import { isInShard, mergeRunDirectories, parseShard } from "./shard.ts";

const arm = (id: string, runs: number): Plan["cells"][number]["arms"][number] => ({
  id,
  subject: id,
  runs,
  warmup: 0,
  operations: 3,
  timeoutSeconds: 1,
});
const plan: Plan = {
  format: "helios-plan/1",
  id: "p",
  title: "P",
  canGo: false,
  seed: 1,
  cells: [
    {
      id: "c",
      workload: "w",
      parameters: {},
      durability: "memory",
      purpose: ["context"],
      arms: [arm("a", 5), arm("b", 3)],
    },
    {
      id: "left-out",
      workload: "w",
      parameters: {},
      durability: "memory",
      purpose: ["context"],
      arms: [arm("a", 1)],
    },
  ],
  gates: [],
};

let root = "";
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "helios-shard-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Changes {
  readonly name?: string;
  readonly plan?: Plan;
  readonly environment?: Partial<Environment>;
  readonly cell?: Partial<CellRecord>;
  readonly isShard?: boolean;
  readonly runs?: (id: string) => boolean;
  readonly seal?: boolean;
}

/** A shard of the plan as a run would leave it. */
function shardDirectory(index: number, count: number, changes: Changes = {}): string {
  const directory = join(root, changes.name ?? `shard-${index}-of-${count}`);
  const shard = { format: "helios-shard/1", index, count } as const;
  createRunDirectory(directory);
  writeJson(directory, "plan.json", changes.plan ?? plan);
  const environment = { format: "helios-environment/1", node: "v1", tools: {}, ...changes.environment };
  writeJson(directory, "environment.json", environment);
  if (changes.isShard !== false) writeJson(directory, "shard.json", shard);
  const about = { format: "helios-cell/1", facts: {}, expected: [] };
  writeJson(directory, "runs/c/cell.json", { ...about, cell: "c", ...changes.cell });
  writeJson(directory, "runs/left-out/cell.json", { ...about, cell: "left-out", absent: "no input" });
  appendEvent(directory, { at: `2030-01-0${index}`, kind: "begun", runs: 8 });
  for (const one of plan.cells[0]?.arms ?? []) {
    for (let run = 0; run < one.runs; run++) {
      const isMine = changes.runs?.(`${one.id}-${run}`) ?? isInShard(run, shard);
      if (isMine) writeRun(directory, one.id, run);
    }
  }
  if (changes.seal !== false) sealRunDirectory(directory);
  return directory;
}

function writeRun(directory: string, armId: string, run: number): void {
  const stem = `runs/c/${armId}-${run}`;
  const samples = [writeSamples(directory, stem, "step", Float64Array.of(run, 2, 3))];
  const about = { format: "helios-run/1", cell: "c", arm: armId, subject: armId, run, durability: "memory" };
  writeRunRecord(directory, stem, {
    ...about,
    outcome: { kind: "completed" },
    samples,
  } as unknown as RunRecord);
}

describe("shards", () => {
  test("are named like 2/3, and nothing else", () => {
    assert.deepEqual(parseShard("2/3"), { format: "helios-shard/1", index: 2, count: 3 });
    for (const text of ["0/3", "4/3", "1", "1/0", "a/b", "1/3/4", "-1/3", "1.5/3", ""]) {
      assert.equal(parseShard(text), undefined, text);
    }
  });

  test("share out every run to exactly one, whole rounds to each", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 100 }), (count, run) => {
        const shards = Array.from({ length: count }, (_, i) => parseShard(`${i + 1}/${count}`));
        assert.equal(shards.filter((shard) => isInShard(run, shard)).length, 1);
      }),
    );
    assert.ok(isInShard(7, undefined));
  });
});

describe("merging", () => {
  test("gives one sealed directory with every run, in whatever order the shards are named", () => {
    const parts = [3, 1, 2].map((index) => shardDirectory(index, 3));
    writeEvidence(parts[0] as string, "licences", { scanned: 3 });
    sealRunDirectory(parts[0] as string);
    const out = join(root, "whole");
    mergeRunDirectories(parts, out);
    const whole = readRunDirectory(out);
    assert.equal(whole.records.length, 8);
    assert.equal(whole.shard, undefined);
    assert.deepEqual(
      whole.records.map((record) => whole.samples(record, "step")?.[0]),
      [0, 1, 2, 3, 4, 0, 1, 2],
    );
    assert.deepEqual(whole.evidence.get("licences"), { scanned: 3 });
    assert.deepEqual(
      whole.events.map(({ at }) => at),
      ["2030-01-01", "2030-01-02", "2030-01-03"],
    );
  });

  for (const [name, parts, message] of [
    [
      "a missing shard",
      () => [shardDirectory(1, 3), shardDirectory(3, 3)],
      /missing: shard 2\/3[^]*missing: run c\/a-1/,
    ],
    [
      "a shard given twice",
      () => [shardDirectory(1, 2), shardDirectory(1, 2, { name: "again" }), shardDirectory(2, 2)],
      /shard 1 once more[^]*run c\/a-0 is in .*again and in/,
    ],
    [
      "a missing run",
      () => [
        shardDirectory(1, 2, { runs: (id) => id === "a-0" || id === "a-4" || id === "b-0" || id === "b-2" }),
        shardDirectory(2, 2),
      ],
      /missing: run c\/a-2$/,
    ],
    [
      "a run of another shard",
      () => [shardDirectory(1, 2, { runs: (id) => id !== "a-1" }), shardDirectory(2, 2)],
      /run c\/a-3 in .* belongs to another shard/,
    ],
    [
      "another plan",
      () => [shardDirectory(1, 2), shardDirectory(2, 2, { plan: { ...plan, seed: 2 } })],
      /another plan/,
    ],
    [
      "another environment",
      () => [shardDirectory(1, 2), shardDirectory(2, 2, { environment: { node: "v2", cpuModel: "X" } })],
      /Node v1 and v2[^]*processor undefined and X/,
    ],
    [
      "another input",
      () => [shardDirectory(1, 2), shardDirectory(2, 2, { cell: { facts: { head: "abc" } } })],
      /cell c is another one/,
    ],
    ["no shard at all", () => [shardDirectory(1, 1, { isShard: false })], /is no shard/],
    [
      "shards of another count",
      () => [shardDirectory(1, 2), shardDirectory(2, 3)],
      /one of 3 shards, not of 2/,
    ],
    ["nothing", () => [], /none was given/],
  ] as const) {
    test(`is refused for ${name}, with nothing written`, () => {
      const out = join(root, "whole");
      assert.throws(() => mergeRunDirectories(parts(), out), {
        code: "MERGE_REFUSED",
        message,
        remedy: /--shard/,
      });
      assert.ok(!existsSync(out));
    });
  }

  test("is refused for a shard that was changed, or that is not finished", () => {
    const changed = shardDirectory(1, 2);
    appendFileSync(join(changed, "runs/c/a-0.step.f64"), "x");
    const out = join(root, "whole");
    assert.throws(() => mergeRunDirectories([changed, shardDirectory(2, 2)], out), {
      code: "RUN_TAMPERED",
      message: /a-0\.step\.f64/,
    });
    const open = shardDirectory(1, 2, { name: "open", seal: false });
    assert.throws(() => mergeRunDirectories([open], out), { code: "RUN_DIRECTORY", message: /not finished/ });
  });
});

describe("a directory whose runs were interrupted", () => {
  const begun = (): string => shardDirectory(1, 1, { name: "begun", seal: false });

  test("gives its finished runs, and leftovers of the last one are removed", () => {
    const directory = begun();
    for (const file of ["runs/c/a-9.step.f64", "runs/c/a-9.json.partial"])
      writeFileSync(join(directory, file), "x");
    appendFileSync(join(directory, "events.jsonl"), '{"at":"cut off');
    const found = readUnfinishedDirectory(directory);
    assert.equal(found.records.length, 8);
    assert.ok(!existsSync(join(directory, "runs/c/a-9.step.f64")));
    assert.ok(!existsSync(join(directory, "runs/c/a-9.json.partial")));
    assert.equal(found.events.length, 1);
    assert.ok(readFileSync(join(directory, "events.jsonl"), "utf8").endsWith("\n"));
  });

  test("is refused when a finished run is not what it says", () => {
    const directory = begun();
    appendFileSync(join(directory, "runs/c/a-1.step.f64"), "x");
    assert.throws(() => readUnfinishedDirectory(directory), {
      code: "RUN_TAMPERED",
      message: /a-1\.step\.f64/,
    });
    const other = shardDirectory(1, 1, { name: "other", seal: false });
    writeFileSync(join(other, "runs/c/b-1.json"), "{");
    assert.throws(() => readUnfinishedDirectory(other), {
      code: "RUN_TAMPERED",
      message: /b-1\.json is not JSON/,
    });
  });

  test("is refused when it is finished, or never was begun", () => {
    assert.throws(() => readUnfinishedDirectory(shardDirectory(1, 1)), {
      code: "RUN_DIRECTORY",
      message: /is finished/,
    });
    assert.throws(() => readUnfinishedDirectory(root), {
      code: "RUN_DIRECTORY",
      message: /has no plan\.json/,
    });
  });
});
