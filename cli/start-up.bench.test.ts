import assert from "node:assert/strict";
import { test } from "node:test";
import { startUps } from "./start-up.bench.ts";

test("the small setting of the benchmark runs", async () => {
  const measured = await startUps(1);
  assert.deepEqual(
    measured.map(({ p50Ms, leastMs }) => leastMs > 0 && p50Ms >= leastMs),
    [true, true, true, true],
  );
});
