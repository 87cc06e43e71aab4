/** A range lists, counts and ranks what a filtered, sorted list would. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { contentHash, hostileKeys, reloaded } from "./hostile-keys.fixture.ts";
import { countInRange, entriesInRange, entryOfRank, type RangeOptions } from "./range.ts";
import { Tree } from "./tree.ts";
import { comparePaths } from "./tree-entry.ts";

function built(paths: Iterable<string>): Tree {
  const tree = new Tree(() => assert.fail("nothing is to be loaded"));
  for (const path of paths) tree.put(path, contentHash(1), 0, 1);
  return tree;
}

function isInRange(path: string, { gt, gte, lt, lte, prefix = "" }: RangeOptions): boolean {
  return (
    (gt === undefined || comparePaths(path, gt) > 0) &&
    (gte === undefined || comparePaths(path, gte) >= 0) &&
    (lt === undefined || comparePaths(path, lt) < 0) &&
    (lte === undefined || comparePaths(path, lte) <= 0) &&
    path.startsWith(prefix)
  );
}

const key = fc.oneof(
  fc.nat(hostileKeys.length - 1).map((i) => hostileKeys[i]!),
  fc.constantFrom("", "a", "b1", "c\u{10FFFF}", "d/long/", "e/3", "e/3/", "é", "zz"),
);
const options = fc.record(
  {
    gt: key,
    gte: key,
    lt: key,
    lte: key,
    prefix: key,
    limit: fc.nat(30),
    reverse: fc.boolean(),
  },
  { requiredKeys: [] },
);

test("a range of a tree is that of a sorted list", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(hostileKeys.length - 1), { maxLength: hostileKeys.length, size: "max" }),
      fc.array(options, { minLength: 20, maxLength: 20 }),
      (indices, queries) => {
        const paths = indices.map((i) => hostileKeys[i]!).sort(comparePaths);
        const tree = built(paths);
        for (const query of [{}, ...queries]) {
          const all = paths.filter((path) => isInRange(path, query));
          const expected = (query.reverse === true ? all.toReversed() : all).slice(0, query.limit);
          assert.deepEqual(
            Array.from(entriesInRange(tree, query), ({ path }) => path),
            expected,
          );
          assert.equal(countInRange(tree, query), all.length);
        }
        for (const rank of [0, 1, Math.floor(paths.length / 2), paths.length - 1, paths.length])
          assert.equal(entryOfRank(tree, rank)?.path, paths[rank]);
      },
    ),
    { numRuns: 40 },
  );
});

test("a rank that no entry has", () => {
  const tree = built(["a", "b"]);
  for (const rank of [-1, 2, 0.5, NaN, Infinity]) assert.equal(entryOfRank(tree, rank), undefined);
  assert.equal(entryOfRank(built([]), 0), undefined);
});

test("counting reads the two ends of the range and nothing between", () => {
  const tree = built(Array.from({ length: 20_000 }, (_, i) => `src/${i % 100}/file-${i}`));
  let loads = 0;
  const stored = reloaded(tree, () => loads++);
  assert.equal(countInRange(stored, { gte: "src/2", lt: "src/7" }), 11_000);
  assert.ok(loads <= 2 * 10, `${loads} nodes were loaded`);
});
