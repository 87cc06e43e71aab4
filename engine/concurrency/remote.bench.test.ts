import assert from "node:assert/strict";
import { test } from "node:test";
import { remoteCosts } from "./remote.bench.ts";

test("the small setting of the benchmark runs", async () => {
  const costs = await remoteCosts(50);
  assert.deepEqual(
    costs.map(({ p50Us, p95Us }) => p50Us > 0 && p95Us >= p50Us),
    [true, true, true],
  );
});
