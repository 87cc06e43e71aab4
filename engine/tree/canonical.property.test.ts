/** One state has one tree, however it came about, and no choice of keys makes one of its nodes large. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { snapshotIdOf } from "../object/ids.ts";
import { PIECE_MAX_ENTRIES, PIECE_MAX_KEY_BYTES } from "./boundary.ts";
import { contentHash, hostileKeys, keysOfLevel } from "./hostile-keys.fixture.ts";
import { LEAF_VALUE_BYTES, type TreeNode } from "./node.ts";
import { PATH_MAX_BYTES } from "./path.ts";
import { prove } from "./proof.ts";
import { Tree } from "./tree.ts";
import { verifyProof } from "./verify-proof.ts";

const noLoad = (): never => assert.fail("nothing is to be loaded");

/** As FORMAT.md has it: header, keys and their ends, values. A node of one key may exceed the bound on keys. */
const NODE_MAX_BYTES =
  8 +
  2 * PIECE_MAX_ENTRIES +
  Math.max(PIECE_MAX_KEY_BYTES, PATH_MAX_BYTES) +
  PIECE_MAX_ENTRIES * LEAF_VALUE_BYTES;

function nodesOf(tree: Tree): TreeNode[] {
  const nodes: TreeNode[] = [];
  const visit = (node: TreeNode): void => {
    nodes.push(node);
    for (const child of node.children ?? []) if (child !== null) visit(child);
  };
  visit(tree.root);
  return nodes;
}

/** A verifier that trusts nothing finds every node in its place: a check of shape that shares no code with edits. */
function assertCanonical(tree: Tree): void {
  const everything = { kind: "range" } as const;
  const verdict = verifyProof(prove(tree, everything), snapshotIdOf(tree.rootHash()), everything);
  assert.ok(verdict.valid, verdict.valid ? "" : verdict.message);
  assert.equal(verdict.entries.length, tree.size);
}

/** Deterministic: xorshift32. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed * 0x9e3779b1 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

test("1,000 random orders and histories of edits give the same root", () => {
  const chosen = hostileKeys.filter((_, i) => i % 12 === 0);
  const passing = hostileKeys.filter((_, i) => i % 12 === 4);
  const expected = new Tree(noLoad);
  for (const [i, path] of chosen.entries()) expected.put(path, contentHash(i % 5), i % 3, i);
  assertCanonical(expected);
  const root = Buffer.from(expected.rootHash());
  const hashes = Array.from({ length: 6 }, (_, value) => contentHash(value));
  for (let seed = 1; seed <= 1000; seed++) {
    const random = randomFrom(seed);
    const tree = new Tree(noLoad);
    const left = chosen.map((_, i) => i);
    const visiting: string[] = [];
    while (left.length > 0) {
      // Paths that come and go, contents that change, and hashes computed in between.
      if (random(4) === 0) {
        const guest = passing[random(passing.length)]!;
        tree.put(guest, hashes[5]!, 0, 1);
        visiting.push(guest);
      }
      if (random(4) === 0) tree.put(chosen[left[random(left.length)]!]!, hashes[5]!, 1, 7);
      if (random(16) === 0) tree.rootHash();
      const at = random(left.length);
      const i = left[at]!;
      left[at] = left.at(-1)!;
      left.pop();
      tree.put(chosen[i]!, hashes[i % 5]!, i % 3, i);
    }
    for (const guest of visiting) tree.delete(guest);
    assert.ok(root.equals(tree.rootHash()), `seed ${seed}`);
  }
});

test("whatever keys are chosen, a node has at most 64 entries and its bytes are bounded", () => {
  const longest = (i: number) => `${"x".repeat(PATH_MAX_BYTES - 8)}${String(i).padStart(8, "0")}`;
  const sets: Readonly<Record<string, readonly string[]>> = {
    "no boundary at all": keysOfLevel(0, 700, "zero-"),
    "boundaries of level 1 only": keysOfLevel(1, 200, "one-"),
    "boundaries of level 3 only": keysOfLevel(3, 80, "three-"),
    "keys as long as paths get": Array.from({ length: 60 }, (_, i) => longest(i)),
    "long shared prefixes": Array.from({ length: 300 }, (_, i) => `${"deep/".repeat(150)}${i}`),
    "one key the prefix of the next": Array.from({ length: 300 }, (_, i) => "p".repeat(i + 1)),
    "all of it": hostileKeys,
  };
  for (const [what, paths] of Object.entries(sets)) {
    const tree = new Tree(noLoad);
    for (const path of paths) tree.put(path, contentHash(1), 0, 1);
    assertCanonical(tree);
    for (const node of nodesOf(tree)) {
      assert.ok(node.count <= PIECE_MAX_ENTRIES, what);
      assert.ok(node.encode().length <= NODE_MAX_BYTES, `${what}: ${node.encode().length} bytes`);
    }
    for (const path of paths) assert.ok(tree.delete(path), what);
    assert.equal(tree.size, 0);
    assert.deepEqual(tree.rootHash(), new Tree(noLoad).rootHash(), what);
  }
});

test("any edits leave a tree whose every node is where it belongs", () => {
  const edit = fc.tuple(fc.nat(hostileKeys.length - 1), fc.boolean());
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 900, size: "max" }), (edits) => {
      const tree = new Tree(noLoad);
      for (const [i, keep] of edits)
        if (keep) tree.put(hostileKeys[i]!, contentHash(i % 4), 0, 1);
        else tree.delete(hostileKeys[i]!);
      assertCanonical(tree);
    }),
    { numRuns: 30 },
  );
});

test("100,000 paths: the shape is right, the nodes are small, and undoing edits gives the root again", () => {
  const random = randomFrom(7);
  const paths = Array.from({ length: 100_000 }, (_, i) => `src/${i % 97}/${i % 1013}/file-${i}.ts`);
  for (let i = paths.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [paths[i], paths[j]] = [paths[j]!, paths[i]!];
  }
  const tree = new Tree(noLoad);
  const hash = contentHash(1);
  for (const path of paths) tree.put(path, hash, 0, 1);
  assert.equal(tree.size, paths.length);
  assertCanonical(tree);
  const nodes = nodesOf(tree);
  const leaves = nodes.filter((node) => node.isLeaf);
  assert.ok(leaves.length > paths.length / 10 && leaves.length < paths.length / 6, `${leaves.length} leaves`);
  assert.ok(nodes.length < leaves.length * 1.2);
  const root = Buffer.from(tree.rootHash());
  const changed = tree.fork();
  for (const path of paths.slice(0, 500)) changed.delete(path);
  for (let i = 0; i < 500; i++) changed.put(`new/${i}`, hash, 0, 1);
  assert.ok(!root.equals(changed.rootHash()));
  for (const path of paths.slice(0, 500)) changed.put(path, hash, 0, 1);
  for (let i = 0; i < 500; i++) changed.delete(`new/${i}`);
  assert.ok(root.equals(changed.rootHash()));
  assert.deepEqual(tree.diff(changed), []);
});
