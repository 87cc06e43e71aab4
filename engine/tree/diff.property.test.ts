/** A diff is what a comparison of two maps says, whatever the keys, and reads little more than what changed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashKeyOf } from "../object/ids.ts";
import { diffTrees } from "./diff.ts";
import { contentHash, hostileKeys, keysOfLevel, reloaded } from "./hostile-keys.fixture.ts";
import { Tree } from "./tree.ts";
import { comparePaths } from "./tree-entry.ts";

const noLoad = (): never => assert.fail("nothing is to be loaded");

type Model = Map<string, number>;
type Edit = readonly [key: number, value: number];

/** Value 0 deletes. */
const edits = (maxLength: number) =>
  fc.array(fc.tuple(fc.nat(hostileKeys.length - 1), fc.nat(3)), { maxLength, size: "max" });

function apply(tree: Tree, model: Model, list: readonly Edit[]): void {
  for (const [index, value] of list) {
    const path = hostileKeys[index]!;
    if (value === 0) {
      tree.delete(path);
      model.delete(path);
    } else {
      tree.put(path, contentHash(value), value, value);
      model.set(path, value);
    }
  }
}

function naive(from: Model, to: Model): string[] {
  return [...new Set([...from.keys(), ...to.keys()])]
    .sort(comparePaths)
    .filter((path) => from.get(path) !== to.get(path))
    .map((path) => `${path}: ${from.get(path)} -> ${to.get(path)}`);
}

function found(from: Tree, to: Tree): string[] {
  return from.diff(to).map((change) => {
    const before = change.kind === "added" ? undefined : change.from;
    const after = change.kind === "deleted" ? undefined : change.to;
    for (const entry of [before, after])
      if (entry !== undefined) assert.equal(entry.hash, hashKeyOf(contentHash(entry.mode)));
    if (change.kind === "modified") assert.equal(before!.path, after!.path);
    return `${(before ?? after)!.path}: ${before?.sizeBytes} -> ${after?.sizeBytes}`;
  });
}

test("a diff of two versions of a tree is that of two maps, with and without hashes", () => {
  fc.assert(
    fc.property(edits(900), edits(60), fc.boolean(), fc.boolean(), (first, second, hashBefore, hashAfter) => {
      const before = new Tree(noLoad);
      const old: Model = new Map();
      apply(before, old, first);
      if (hashBefore) before.rootHash();
      const after = before.fork();
      const now = new Map(old);
      apply(after, now, second);
      if (hashAfter) after.rootHash();
      assert.deepEqual(found(before, after), naive(old, now));
      assert.deepEqual(found(after, before), naive(now, old));
      assert.deepEqual(found(reloaded(before), reloaded(after)), naive(old, now));
      assert.deepEqual(found(reloaded(after), before), naive(now, old));
    }),
    { numRuns: 40 },
  );
});

test("a diff of two trees that were built apart is that of two maps", () => {
  fc.assert(
    fc.property(edits(900), edits(900), (first, second) => {
      const [before, after] = [new Tree(noLoad), new Tree(noLoad)];
      const [old, now]: Model[] = [new Map(), new Map()];
      apply(before, old!, first);
      apply(after, now!, second);
      assert.deepEqual(found(before, after), naive(old!, now!));
    }),
    { numRuns: 40 },
  );
});

test("a diff with the empty tree lists everything", () => {
  const tree = new Tree(noLoad);
  const model: Model = new Map();
  apply(
    tree,
    model,
    hostileKeys.map((_, i) => [i, 1]),
  );
  assert.deepEqual(found(new Tree(noLoad), tree), naive(new Map(), model));
  assert.deepEqual(found(tree, new Tree(noLoad)), naive(model, new Map()));
  assert.deepEqual(found(tree, tree.fork()), []);
  assert.deepEqual(found(tree, reloaded(tree)), []);
});

test("a diff reads the nodes on the way to a change and no others", () => {
  const tree = new Tree(noLoad);
  for (let i = 0; i < 20_000; i++) tree.put(`src/${i % 100}/file-${i}`, contentHash(i % 5), 0, i);
  const changed = tree.fork();
  changed.put("src/50/file-50", contentHash(77), 0, 1);
  changed.put("src/50/file-new", contentHash(78), 0, 1);
  changed.delete("src/7/file-107");
  // Boundaries of a higher level: nodes above the leaves are split and joined.
  const [boundary] = keysOfLevel(3, 1, "src/31/boundary-");
  changed.put(boundary!, contentHash(79), 0, 1);
  let loads = 0;
  const changes = diffTrees(
    reloaded(tree, () => loads++),
    reloaded(changed, () => loads++),
  );
  assert.deepEqual(
    changes.map((change) => change.kind),
    ["added", "modified", "added", "deleted"],
  );
  // Both trees, four changes, at most eight levels with a neighbour each.
  assert.ok(loads <= 2 * 4 * 8 * 2, `${loads} nodes were loaded`);
});
