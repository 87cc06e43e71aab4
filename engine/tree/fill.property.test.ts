/** A tree that is filled at once is the tree that edits give. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { contentHash, hostileKeys } from "./hostile-keys.fixture.ts";
import { Tree } from "./tree.ts";

const noLoad = (): never => assert.fail("nothing is to be loaded");

const sorted = [...new Set(hostileKeys)].sort((a, b) => Buffer.from(a).compare(Buffer.from(b)));
const someKeys = fc.oneof(
  fc.subarray(sorted, { minLength: 0, maxLength: 12 }),
  fc.subarray(sorted, { minLength: sorted.length - 3 }),
  fc.subarray(sorted),
);
const entryOf = (path: string, value: number) => ({
  path,
  hash: contentHash(value),
  mode: value % 3,
  sizeBytes: value * 1000,
});

test("filling gives the root, the entries and the order that single edits give, and can be edited further", () => {
  fc.assert(
    fc.property(someKeys, fc.subarray(sorted, { maxLength: 5 }), (paths, later) => {
      const filled = new Tree(noLoad);
      filled.fill(paths.map((path, i) => entryOf(path, i % 7)));
      const edited = new Tree(noLoad);
      for (const [i, path] of paths.entries()) {
        const { hash, mode, sizeBytes } = entryOf(path, i % 7);
        edited.put(path, hash, mode, sizeBytes);
      }
      assert.deepEqual(Buffer.from(filled.rootHash()), Buffer.from(edited.rootHash()));
      assert.equal(filled.size, paths.length);
      assert.deepEqual([...filled.iterate()], [...edited.iterate()]);
      for (const path of later) {
        for (const tree of [filled, edited])
          if (tree.has(path)) tree.delete(path);
          else tree.put(path, contentHash(9), 0, 9);
      }
      assert.deepEqual(Buffer.from(filled.rootHash()), Buffer.from(edited.rootHash()));
    }),
    { numRuns: 50 },
  );
});

test("a tree that holds something is not filled", () => {
  const tree = new Tree(noLoad);
  tree.put("a", contentHash(1), 0, 1);
  assert.throws(() => {
    // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a tree is no array
    tree.fill([entryOf("b", 1)]);
  });
  assert.equal(tree.size, 1);
});
