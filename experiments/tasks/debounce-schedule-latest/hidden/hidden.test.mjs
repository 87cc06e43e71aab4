import assert from "node:assert/strict";
import { test } from "node:test";
import { Batcher } from "./batcher.mjs";

test("the oldest item decides", () => {
  const sent = [];
  const batcher = new Batcher({ maxItems: 9, maxWaitMs: 100, send: (items) => sent.push([...items]) });
  batcher.add(1, 1000);
  batcher.add(2, 1090);
  batcher.tick(1100);
  assert.deepEqual(sent, [[1, 2]]);
});

test("a new batch has its own age", () => {
  const sent = [];
  const batcher = new Batcher({ maxItems: 2, maxWaitMs: 100, send: (items) => sent.push([...items]) });
  batcher.add(1, 0);
  batcher.add(2, 0);
  batcher.add(3, 500);
  batcher.tick(599);
  assert.deepEqual(sent, [[1, 2]]);
  batcher.tick(600);
  assert.deepEqual(sent, [[1, 2], [3]]);
});

test("nothing waits after a flush", () => {
  const batcher = new Batcher({ maxItems: 9, maxWaitMs: 100, send: () => {} });
  batcher.add(1, 0);
  batcher.flush();
  assert.deepEqual(batcher.waiting, 0);
});

test("a flush of nothing sends nothing", () => {
  const sent = [];
  const batcher = new Batcher({ maxItems: 2, maxWaitMs: 1, send: (items) => sent.push(items) });
  batcher.flush();
  assert.deepEqual(sent, []);
});

test("batches of one", () => {
  const sent = [];
  const batcher = new Batcher({ maxItems: 1, maxWaitMs: 100, send: (items) => sent.push([...items]) });
  batcher.add("a", 0);
  batcher.add("b", 0);
  assert.deepEqual(sent, [["a"], ["b"]]);
});

test("sent lists are not touched again", () => {
  const sent = [];
  const batcher = new Batcher({ maxItems: 2, maxWaitMs: 100, send: (items) => sent.push(items) });
  for (const n of [1, 2, 3]) batcher.add(n, 0);
  assert.deepEqual(sent, [[1, 2]]);
});
