/** The laws of a three-way merge. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assertPath } from "./path.ts";
import { contentHash, hostileKeys, reloaded } from "./hostile-keys.fixture.ts";
import { mergeTrees, type TreeConflict, type TreeMerge } from "./merge.ts";
import { Tree } from "./tree.ts";
import { comparePaths, type TreeEntry } from "./tree-entry.ts";

interface Edit {
  readonly path: string;
  /** 0 deletes. */
  readonly value: number;
  readonly mode: number;
}

/** Few names, so that sides meet, and names that are files here and directories there. */
const name = fc.constantFrom("a", "b", "c");
const path = fc.oneof(
  fc.array(name, { minLength: 1, maxLength: 3 }).map((segments) => segments.join("/")),
  fc.nat(hostileKeys.length - 1).map((i) => hostileKeys[i]!),
);
const edits = (maxLength: number) =>
  fc.array(fc.record({ path, value: fc.nat(3), mode: fc.nat(3) }), { maxLength, size: "max" });

function apply(tree: Tree, list: readonly Edit[]): Tree {
  for (const { path: at, value, mode } of list) {
    if (value === 0) {
      tree.delete(at);
      continue;
    }
    // As a working set does: what is in the way goes first.
    const below = Array.from(tree.iterate(`${at}/`), (entry) => entry.path);
    for (const each of below) tree.delete(each);
    for (let slash = at.indexOf("/"); slash >= 0; slash = at.indexOf("/", slash + 1))
      tree.delete(at.slice(0, slash));
    tree.put(at, contentHash(value), mode, value);
  }
  return tree;
}

const empty = () => new Tree(() => assert.fail("nothing is to be loaded"));
const states = fc.tuple(edits(120), edits(25), edits(25)).map(([first, mine, yours]) => {
  const base = apply(empty(), first);
  return { base, ours: apply(base.fork(), mine), theirs: apply(base.fork(), yours) };
});

const rootOf = (tree: Tree) => Buffer.from(tree.rootHash()).toString("hex");
const has = (tree: Tree, entry: TreeEntry) => sameEntry(tree.get(entry.path), entry);
const sameEntry = (a: TreeEntry | undefined, b: TreeEntry | undefined) =>
  a?.hash === b?.hash && a?.mode === b?.mode;

/** No path is a file and a directory, all are valid, and the counts are right. */
function assertIsState(tree: Tree): void {
  const all = [...tree.iterate()];
  assert.equal(tree.size, all.length);
  for (const { path: at } of all) {
    assertPath(at);
    assert.ok(!tree.hasPrefix(`${at}/`), `${at} is a file and a directory`);
  }
}

function mirrored({ base, ours, theirs, kind, path: at }: TreeConflict): TreeConflict {
  return { kind, path: at, base, ours: theirs, theirs: ours };
}

function assertNothingLost(base: Tree, side: Tree, merge: TreeMerge): void {
  const held = new Set<string>();
  for (const { ours, theirs } of merge.conflicts)
    for (const entry of [ours, theirs])
      if (entry !== undefined) held.add(`${entry.path} ${entry.hash} ${entry.mode}`);
  for (const change of base.diff(side)) {
    if (change.kind === "deleted") continue;
    const { path: at, hash, mode } = change.to;
    const got = merge.tree.get(at);
    // Content and executable bit may go together from two sides.
    const inTree = got?.hash === hash || got?.mode === mode;
    assert.ok(inTree || held.has(`${at} ${hash} ${mode}`), `${at} is lost`);
    if (got?.hash !== hash && !held.has(`${at} ${hash} ${mode}`))
      assert.equal(base.get(at)?.hash, hash, `content of ${at} is lost`);
  }
}

test("merging with an unchanged side, or with itself, gives the changed state", () => {
  fc.assert(
    fc.property(states, ({ base, ours }) => {
      for (const merge of [
        mergeTrees(base, ours, base),
        mergeTrees(base, base, ours),
        mergeTrees(base, ours, ours),
        mergeTrees(base, ours, reloaded(ours)),
      ]) {
        assert.equal(rootOf(merge.tree), rootOf(ours));
        assert.deepEqual(merge.conflicts, []);
      }
    }),
    { numRuns: 60 },
  );
});

test("a merge does not depend on which side is called ours, where the sides agree", () => {
  fc.assert(
    fc.property(states, ({ base, ours, theirs }) => {
      const merge = mergeTrees(base, ours, theirs);
      const mirror = mergeTrees(base, theirs, ours);
      assert.deepEqual(merge.conflicts.map(mirrored), mirror.conflicts);
      const contested = new Set(
        merge.conflicts.filter((each) => each.ours && each.theirs).map((each) => each.path),
      );
      assert.deepEqual(
        [...merge.tree.iterate()].filter((entry) => !contested.has(entry.path)),
        [...mirror.tree.iterate()].filter((entry) => !contested.has(entry.path)),
      );
      if (contested.size === 0) assert.equal(rootOf(merge.tree), rootOf(mirror.tree));
      for (const conflict of merge.conflicts)
        if (contested.has(conflict.path)) {
          assert.ok(has(merge.tree, conflict.ours!));
          assert.ok(has(mirror.tree, conflict.theirs!));
        }
    }),
    { numRuns: 100 },
  );
});

test("a merge is a state that both sides' changes are in, and what it does not hold its conflicts do", () => {
  fc.assert(
    fc.property(states, ({ base, ours, theirs }) => {
      const merge = mergeTrees(base, ours, theirs);
      assertIsState(merge.tree);
      assertNothingLost(base, ours, merge);
      assertNothingLost(base, theirs, merge);
      // What neither side changed is as it was.
      const changed = new Set(
        [...base.diff(ours), ...base.diff(theirs)].map((change) =>
          change.kind === "added" ? change.to.path : change.from.path,
        ),
      );
      for (const entry of base.iterate())
        if (!changed.has(entry.path)) assert.ok(has(merge.tree, entry), `${entry.path} changed`);
      for (const entry of merge.tree.iterate())
        assert.ok(ours.has(entry.path) || theirs.has(entry.path), `${entry.path} is from nowhere`);
      assert.deepEqual(
        merge.conflicts.map((conflict) => conflict.path),
        [...new Set(merge.conflicts.map((conflict) => conflict.path))].sort(comparePaths),
      );
    }),
    { numRuns: 100 },
  );
});

test("merging twice gives the first result again", () => {
  fc.assert(
    fc.property(states, ({ base, ours, theirs }) => {
      const merge = mergeTrees(base, ours, theirs);
      // After the first merge theirs is part of the history: it is the base of the next one.
      assert.equal(rootOf(mergeTrees(theirs, merge.tree, theirs).tree), rootOf(merge.tree));
      if (merge.conflicts.length > 0) return;
      assert.equal(rootOf(mergeTrees(base, merge.tree, theirs).tree), rootOf(merge.tree));
      assert.equal(rootOf(mergeTrees(base, ours, merge.tree).tree), rootOf(merge.tree));
    }),
    { numRuns: 60 },
  );
});

test("the steps lead from ours to the merged tree, without a file and a directory at one path on the way", () => {
  fc.assert(
    fc.property(states, ({ base, ours, theirs }) => {
      const { steps, tree } = mergeTrees(reloaded(base), reloaded(ours), reloaded(theirs));
      const followed = ours.fork();
      for (const { path: at, to } of steps) {
        if (to === undefined) assert.ok(followed.delete(at), `${at} was there`);
        else {
          assert.ok(!followed.hasPrefix(`${at}/`));
          assert.ok(followed.put(at, Buffer.from(to.hash, "latin1"), to.mode, to.sizeBytes), `${at} changes`);
        }
      }
      assert.equal(rootOf(followed), rootOf(tree));
    }),
    { numRuns: 60 },
  );
});

test("each kind of conflict, and what is none", () => {
  const entries = (list: Readonly<Record<string, readonly [value: number, mode?: number]>>) =>
    apply(
      empty(),
      Object.entries(list).map(([at, [value, mode = 0]]) => ({ path: at, value, mode })),
    );
  const base = entries({
    both: [1],
    gone: [1],
    bits: [1],
    same: [1],
    link: [1, 2],
    f: [1],
    "d/x": [1],
    "d/y": [1],
    apart1: [1],
    apart2: [1],
  });
  const ours = entries({
    both: [2],
    gone: [2],
    bits: [2],
    same: [3, 1],
    link: [2, 2],
    "f/x": [1],
    "d/x": [2],
    "d/y": [1],
    apart1: [2],
    apart2: [1],
    add: [1],
    addMode: [1, 1],
    addSame: [1],
    "new/a": [1],
  });
  const theirs = entries({
    both: [3],
    bits: [1, 1],
    same: [3],
    link: [3, 2],
    f: [2],
    d: [3],
    apart1: [1],
    apart2: [2],
    add: [2],
    addMode: [1],
    addSame: [1],
    new: [2],
  });
  const { tree, conflicts } = mergeTrees(base, ours, theirs);
  assert.deepEqual(
    conflicts.map(({ kind, path: at }) => `${at} ${kind}`),
    [
      "add add-add",
      "addMode mode",
      "both both-modified",
      "d file-directory",
      "d/x modify-delete",
      "f file-directory",
      "gone modify-delete",
      "link both-modified",
      "new file-directory",
    ],
  );
  assert.deepEqual(
    Array.from(tree.iterate(), ({ path: at, sizeBytes, mode }) => `${at} ${sizeBytes} ${mode}`),
    [
      "add 1 0",
      "addMode 1 1",
      "addSame 1 0",
      "apart1 2 0",
      "apart2 2 0",
      "bits 2 1",
      "both 2 0",
      "d/x 2 0",
      "f/x 1 0",
      "gone 2 0",
      "link 2 2",
      "new/a 1 0",
      "same 3 1",
    ],
  );
});

test("a merge reads what either side changed and no more", () => {
  const base = empty();
  for (let i = 0; i < 20_000; i++) base.put(`src/${i % 100}/file-${i}`, contentHash(i % 5), 0, 1);
  const [ours, theirs] = [base.fork(), base.fork()];
  ours.put("src/1/file-1", contentHash(70), 0, 1);
  theirs.put("src/2/file-2", contentHash(71), 0, 1);
  theirs.put("src/3/new/x", contentHash(72), 0, 1);
  let loads = 0;
  const [b, o, t] = [base, ours, theirs].map((tree) => reloaded(tree, () => loads++));
  const { tree, steps } = mergeTrees(b!, o!, t!);
  assert.equal(tree.size, 20_001);
  assert.equal(steps.length, 2);
  assert.ok(loads < 150, `${loads} nodes were loaded`);
});
