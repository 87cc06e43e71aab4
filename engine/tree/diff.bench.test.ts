import assert from "node:assert/strict";
import { test } from "node:test";
import { diffBenchTable, runDiffBench } from "./diff.bench.ts";

test("the diff bench finds the changes that its edits made", () => {
  const result = runDiffBench({ entries: 500, operations: 5 });
  // Five timed and one uncounted round: four neighbours with one change, a merge with ten, 63 states with 63.
  assert.equal(result.changes, 6 * (4 + 10 + 63));
  assert.match(diffBenchTable(result), /changes found 462/);
});
