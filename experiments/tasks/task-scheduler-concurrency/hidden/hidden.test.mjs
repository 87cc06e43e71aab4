import assert from "node:assert/strict";
import { test } from "node:test";
import { createLimiter, mapLimited } from "./limiter.mjs";

test("one at a time", async () => {
  let now = 0;
  let most = 0;
  await mapLimited([1, 2, 3], 1, async () => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
  });
  assert.deepEqual(most, 1);
});

test("a failed task makes room", async () => {
  const run = createLimiter(1);
  const failed = run(async () => {
    throw new Error("no");
  });
  await assert.rejects(failed, /no/);
  assert.deepEqual(await run(async () => 5), 5);
});

test("a task that throws at once is rejected", async () => {
  await assert.rejects(
    createLimiter(1)(() => {
      throw new Error("at once");
    }),
    /at once/,
  );
});

test("all start where the limit is high", async () => {
  let now = 0;
  let most = 0;
  await mapLimited([1, 2, 3], 10, async () => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
  });
  assert.deepEqual(most, 3);
});

test("nothing to do", async () => {
  assert.deepEqual(await mapLimited([], 2, async () => 1), []);
});

test("the waiting ones start in order", async () => {
  const begun = [];
  await mapLimited([1, 2, 3, 4, 5, 6], 2, async (n) => {
    begun.push(n);
    await new Promise(setImmediate);
  });
  assert.deepEqual(begun, [1, 2, 3, 4, 5, 6]);
});

test("values need not be promises", async () => {
  assert.deepEqual(await mapLimited([1, 2], 1, (n) => n + 1), [2, 3]);
});
