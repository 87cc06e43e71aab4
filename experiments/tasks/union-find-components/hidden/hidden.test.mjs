import assert from "node:assert/strict";
import { test } from "node:test";
import { UnionFind } from "./union-find.mjs";

test("joining twice changes nothing", () => {
  const sets = new UnionFind(3);
  assert.deepEqual([sets.join(0, 1), sets.join(1, 0)], [true, false]);
  assert.deepEqual(sets.groups, 2);
  assert.deepEqual(sets.sizeOf(0), 2);
});

test("everything in one group", () => {
  const sets = new UnionFind(10);
  for (let i = 1; i < 10; i++) sets.join(i - 1, i);
  assert.deepEqual(sets.groups, 1);
  assert.deepEqual(sets.sizeOf(5), 10);
});

test("by pairs", () => {
  const sets = new UnionFind(8);
  for (const step of [1, 2, 4]) for (let i = 0; i + step < 8; i += 2 * step) sets.join(i, i + step);
  assert.deepEqual(sets.groups, 1);
  assert.deepEqual(sets.sizeOf(7), 8);
  assert.ok(sets.isJoined(1, 7));
});

test("groups apart stay apart", () => {
  const sets = new UnionFind(4);
  sets.join(0, 1);
  sets.join(2, 3);
  assert.deepEqual(sets.isJoined(1, 2), false);
  assert.deepEqual(
    [0, 1, 2, 3].map((e) => sets.sizeOf(e)),
    [2, 2, 2, 2],
  );
});

test("a new one has groups of one", () => {
  const sets = new UnionFind(3);
  assert.deepEqual(sets.groups, 3);
  assert.deepEqual(sets.sizeOf(2), 1);
});

test("a small group joins a large one", () => {
  const sets = new UnionFind(5);
  sets.join(0, 1);
  sets.join(1, 2);
  sets.join(3, 0);
  assert.deepEqual(sets.sizeOf(3), 4);
  assert.deepEqual(sets.groups, 2);
});
