import assert from "node:assert/strict";
import { test } from "node:test";
import { runStatisticsBench } from "./statistics.bench.ts";

test("the statistics benchmark runs, in its small setting", async () => {
  const { tasks } = await runStatisticsBench(1);
  assert.ok(tasks.length >= 10);
  for (const task of tasks) assert.equal(task.result.state, "completed", task.name);
});
