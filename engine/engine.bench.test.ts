import assert from "node:assert/strict";
import { test } from "node:test";
import { engineBenchTable, runEngineBench } from "./engine.bench.ts";

test("the engine bench does the same work every time, in every class", async () => {
  const setting = { entries: 200, operations: 40, warmup: 5, syncedOperations: 32, marathon: 100 };
  const [first, second] = [await runEngineBench(setting), await runEngineBench(setting)];
  assert.equal(first.checksum, second.checksum);
  assert.match(first.checksum, /^blake3:/);
  assert.deepEqual(
    [...new Set(first.rows.map((row) => row.durability))],
    ["-", "process", "power", "memory"],
  );
  for (const row of first.rows) assert.ok(row.p50Us <= row.p95Us && row.p95Us <= row.p99Us, row.what);
  assert.equal(engineBenchTable(first).split("\n").length, 1 + first.rows.length + first.figures.length + 1);
});
