import assert from "node:assert/strict";
import { test } from "node:test";
import { forestBenchTable, runForestBench } from "./forest.bench.ts";

test("the forest bench does the same work with one worker and with two", async () => {
  const bench = await runForestBench({ files: 120, trees: 3, rounds: 1 });
  assert.deepEqual(
    bench.rows.map(({ what, oneMs, twoMs }) => [what, oneMs.length, twoMs.length]),
    [
      ["import", 2, 2],
      ["verify", 2, 2],
    ],
  );
  assert.match(forestBenchTable(bench), /^checksum blake3:[0-9a-f]{64}$/m);
});
