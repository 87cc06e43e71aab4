import assert from "node:assert/strict";
import { test } from "node:test";
import { UnionFind } from "./union-find.mjs";

test("a group less with each join", () => {
  const sets = new UnionFind(3);
  sets.join(0, 1);
  assert.deepEqual(sets.groups, 2);
});

test("a group of two", () => {
  const sets = new UnionFind(3);
  sets.join(0, 1);
  assert.deepEqual(sets.sizeOf(1), 2);
});

test("groups are joined through others", () => {
  const sets = new UnionFind(8);
  sets.join(0, 1);
  sets.join(2, 3);
  sets.join(0, 2);
  sets.join(4, 5);
  sets.join(6, 7);
  sets.join(4, 6);
  sets.join(0, 4);
  assert.ok(sets.isJoined(3, 7));
});
