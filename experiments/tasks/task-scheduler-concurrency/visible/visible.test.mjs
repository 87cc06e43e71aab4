import assert from "node:assert/strict";
import { test } from "node:test";
import { mapLimited } from "./limiter.mjs";

test("no more at once than allowed", async () => {
  let now = 0;
  let most = 0;
  await mapLimited([1, 2, 3, 4, 5], 2, async () => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
  });
  assert.deepEqual(most, 2);
});

test("results keep their order", async () => {
  assert.deepEqual(await mapLimited([3, 1, 2], 2, async (n) => n * 10), [30, 10, 20]);
});

test("tasks start in their order", async () => {
  const begun = [];
  await mapLimited([1, 2, 3, 4], 1, async (n) => {
    begun.push(n);
    await new Promise(setImmediate);
  });
  assert.deepEqual(begun, [1, 2, 3, 4]);
});
