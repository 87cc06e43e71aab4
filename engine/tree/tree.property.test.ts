/** What must hold for every tree: it is a map, its root depends on its entries alone, its nodes are bounded. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashBlob } from "../object/hash.ts";
import { hashKeyOf } from "../object/ids.ts";
import { levelOfKey, PIECE_MAX_ENTRIES } from "./boundary.ts";
import { decodeNode, type TreeNode } from "./node.ts";
import { Tree } from "./tree.ts";
import { comparePaths } from "./tree-entry.ts";

const noLoad = (): never => assert.fail("nothing is to be loaded");
const content = (n: number) => hashBlob(Buffer.from(`content ${n}`));

type Edit = { path: string; value: number | undefined };

const segment = fc.oneof(
  fc.constantFrom("a", "b", "ab", "src", "é", "\u{1F600}", "a.b"),
  fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom(..."0123456789abcdef") }),
);
const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join("/"));
const edits = fc.array(fc.record({ path, value: fc.option(fc.nat(5), { nil: undefined }) }), {
  maxLength: 400,
  size: "max",
});

function applyAll(tree: Tree, list: readonly Edit[], model = new Map<string, number>()): Map<string, number> {
  for (const edit of list) {
    if (edit.value === undefined) {
      assert.equal(tree.delete(edit.path), model.delete(edit.path));
    } else {
      const changed = model.get(edit.path) !== edit.value;
      assert.equal(tree.put(edit.path, content(edit.value), 1, edit.value), changed);
      model.set(edit.path, edit.value);
    }
  }
  return model;
}

function sorted(model: ReadonlyMap<string, number>): [string, number][] {
  return [...model].sort(([a], [b]) => comparePaths(a, b));
}

function built(model: Iterable<[string, number]>): Tree {
  const tree = new Tree(noLoad);
  for (const [at, value] of model) tree.put(at, content(value), 1, value);
  return tree;
}

/** Every node reachable in memory, with its hash proved and its encoding decodable. */
function assertSound(tree: Tree): number {
  tree.rootHash();
  let nodes = 0;
  const visit = (node: TreeNode): void => {
    nodes++;
    assert.ok(node.count <= PIECE_MAX_ENTRIES);
    const again = decodeNode(node.encode(), node.computeHash());
    assert.equal(again.entries, node.entries);
    node.children?.forEach((child, i) => {
      if (child === null) return;
      assert.deepEqual(Buffer.from(child.computeHash()), Buffer.from(node.childHash(i)));
      assert.equal(child.entries, node.childEntries(i));
      visit(child);
    });
  };
  visit(tree.freeze());
  return nodes;
}

test("a tree is a sorted map", () => {
  fc.assert(
    fc.property(edits, (list) => {
      const tree = new Tree(noLoad);
      const model = applyAll(tree, list);
      assert.equal(tree.size, model.size);
      const listed = [...tree.iterate()];
      assert.deepEqual(
        listed.map((entry) => [entry.path, entry.sizeBytes]),
        sorted(model),
      );
      for (const [at, value] of model) assert.equal(tree.get(at)?.hash, hashKeyOf(content(value)));
      for (const prefix of ["a", "src/", "é", "ab/a", "zz"])
        assert.deepEqual(
          [...tree.iterate(prefix)].map((entry) => entry.path),
          sorted(model)
            .map(([at]) => at)
            .filter((at) => at.startsWith(prefix)),
        );
      assertSound(tree);
    }),
    { numRuns: 150 },
  );
});

test("equal entries give equal roots, whatever the order and history of edits", () => {
  fc.assert(
    fc.property(edits, fc.infiniteStream(fc.nat()), (list, picks) => {
      const tree = new Tree(noLoad);
      const model = applyAll(tree, list);
      const shuffled = [...model]
        .map((entry) => ({ entry, order: picks.next().value as number }))
        .sort((a, b) => a.order - b.order)
        .map(({ entry }) => entry);
      assert.deepEqual(built(shuffled).rootHash(), tree.rootHash());
      assert.deepEqual(built(sorted(model)).rootHash(), tree.rootHash());
    }),
    { numRuns: 150 },
  );
});

test("a fork does not see later edits of its parent, nor the parent those of the fork", () => {
  fc.assert(
    fc.property(edits, edits, edits, (first, mine, theirs) => {
      const parent = new Tree(noLoad);
      const base = applyAll(parent, first);
      const child = parent.fork();
      const parentModel = applyAll(parent, mine, new Map(base));
      const childModel = applyAll(child, theirs, new Map(base));
      assert.deepEqual(parent.rootHash(), built(sorted(parentModel)).rootHash());
      assert.deepEqual(child.rootHash(), built(sorted(childModel)).rootHash());
      assertSound(parent);
      assertSound(child);
    }),
    { numRuns: 100 },
  );
});

test("a diff lists exactly what differs", () => {
  fc.assert(
    fc.property(edits, edits, (first, second) => {
      const before = new Tree(noLoad);
      const old = applyAll(before, first);
      const after = before.fork();
      const now = applyAll(after, second, new Map(old));
      const expected: string[] = [];
      for (const at of [...new Set([...old.keys(), ...now.keys()])].sort(comparePaths)) {
        if (old.get(at) === now.get(at)) continue;
        expected.push(`${old.has(at) ? (now.has(at) ? "modified" : "deleted") : "added"} ${at}`);
      }
      const found = [...before.diff(after)].map(
        (change) => `${change.kind} ${change.kind === "added" ? change.to.path : change.from.path}`,
      );
      assert.deepEqual(found, expected);
    }),
    { numRuns: 150 },
  );
});

test("chosen keys cannot make a node large, and the tree stays canonical", () => {
  // Keys of level 0 only: without the piece rule they would all share one leaf.
  const chosen: string[] = [];
  for (let i = 0; chosen.length < 1200; i++)
    if (levelOfKey(Buffer.from(`key-${i}`)) === 0) chosen.push(`key-${i}`);
  const forward = built(chosen.map((at, i) => [at, i % 7]));
  const backward = built(chosen.map((at, i): [string, number] => [at, i % 7]).reverse());
  assert.deepEqual(forward.rootHash(), backward.rootHash());
  assert.ok(assertSound(forward) > 1200 / PIECE_MAX_ENTRIES);
  const changed = forward.fork();
  changed.put("key-1", content(99), 1, 0);
  changed.delete(chosen[600]!);
  assert.deepEqual(
    [...forward.diff(changed)].map((change) => change.kind).sort(),
    forward.has("key-1") ? ["deleted", "modified"] : ["added", "deleted"],
  );
  for (const at of chosen) changed.delete(at);
  changed.delete("key-1");
  assert.equal(changed.size, 0);
  assert.deepEqual(changed.rootHash(), new Tree(noLoad).rootHash());
});

test("long keys are cut into pieces by their bytes", () => {
  const long = Array.from({ length: 60 }, (_, i) => `${"d".repeat(250)}/${"e".repeat(1000)}/${i}`);
  const tree = built(long.map((at, i) => [at, i]));
  assertSound(tree);
  assert.equal(tree.size, 60);
  for (const at of long) assert.ok(tree.has(at));
});
