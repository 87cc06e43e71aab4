import assert from "node:assert/strict";
import { test } from "node:test";
import { runHashBench } from "./hash.bench.ts";

test("the hash bench measures every size", async () => {
  const bench = await runHashBench(1);
  assert.equal(bench.tasks.length, 7);
  for (const task of bench.tasks) assert.equal(task.result.state, "completed");
});
