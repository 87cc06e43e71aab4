import assert from "node:assert/strict";
import { test } from "node:test";
import { runVerifyBench } from "./verify.bench.ts";

test("one thread and two verify the same store", async () => {
  const { objectBytes, commits, sound, seconds } = await runVerifyBench({
    contents: 40,
    contentBytes: 20_000,
    rounds: 1,
  });
  assert.equal(sound, true);
  assert.ok(objectBytes > 800_000 && commits === 1);
  assert.ok(seconds[1] > 0 && seconds[2] > 0);
});
