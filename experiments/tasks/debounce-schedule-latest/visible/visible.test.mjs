import assert from "node:assert/strict";
import { test } from "node:test";
import { Batcher } from "./batcher.mjs";

test("a full batch goes out once", () => {
  const sent = [];
  const batcher = new Batcher({ maxItems: 2, maxWaitMs: 100, send: (items) => sent.push([...items]) });
  for (const n of [1, 2, 3]) batcher.add(n, 0);
  assert.deepEqual(sent, [[1, 2]]);
});

test("an old batch goes out", () => {
  const sent = [];
  const batcher = new Batcher({ maxItems: 9, maxWaitMs: 100, send: (items) => sent.push([...items]) });
  batcher.add(1, 1000);
  batcher.tick(1099);
  assert.deepEqual(sent, []);
  batcher.tick(1100);
  assert.deepEqual(sent, [[1]]);
});

test("nothing is no batch", () => {
  const sent = [];
  const batcher = new Batcher({ maxItems: 2, maxWaitMs: 100, send: (items) => sent.push(items) });
  batcher.tick(1000);
  assert.deepEqual(sent, []);
});
