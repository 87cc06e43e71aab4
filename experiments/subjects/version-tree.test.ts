import assert from "node:assert/strict";
import { test } from "node:test";
import { VersionTree } from "./version-tree.ts";

/**
 *     0 - 1 - 2 - 5
 *      \   \
 *       3   4
 */
const tree = new VersionTree();
for (const parent of [undefined, 0, 1, 0, 1, 2]) tree.add(parent);

test("the way to another state goes over the nearest common ancestor", () => {
  assert.deepEqual(tree.route(5, 4), { undo: [5, 2], redo: [4] });
  assert.deepEqual(tree.route(3, 5), { undo: [3], redo: [1, 2, 5] });
  assert.deepEqual(tree.route(5, 0), { undo: [5, 2, 1], redo: [] });
  assert.deepEqual(tree.route(0, 3), { undo: [], redo: [3] });
  assert.deepEqual(tree.route(4, 4), { undo: [], redo: [] });
});
