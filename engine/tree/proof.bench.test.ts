import assert from "node:assert/strict";
import { test } from "node:test";
import { proofBenchTable, runProofBench } from "./proof.bench.ts";

test("the proof bench verifies what it proves, and a proof stays small beside its state", () => {
  const [one, none, range] = runProofBench({ entries: 2000, operations: 10 });
  const stateBytes = 2000 * 60;
  assert.ok(one!.nodeBytes < stateBytes / 20 && none!.nodeBytes < stateBytes / 20);
  assert.ok(range!.nodes > one!.nodes);
  assert.match(proofBenchTable([one!, none!, range!]), /absence of one path/);
});
