import assert from "node:assert/strict";
import { hashBlob, hashKeys, hashNode } from "../object/hash.ts";
import { CHILD_VALUE_BYTES, decodeNode, LEAF_VALUE_BYTES, type TreeNode } from "../tree/node.ts";
import { Tree } from "../tree/tree.ts";
import { type FuzzTarget, unlessRefused } from "./target.fuzz.ts";

/**
 * A tree node. Its hash is computed for whatever the bytes are, so that the checks behind the hash are reached: that is
 * what someone could do who writes into a store.
 */
export const nodeTarget: FuzzTarget = {
  name: "node",
  generate(random) {
    const tree = new Tree(() => assert.fail("all nodes are in memory"));
    const prefix = random.pick(["", "src/", "a/very/long/common/prefix/"]);
    for (let i = random.below(random.chance(0.2) ? 200 : 20); i > 0; i--) {
      const path = `${prefix}${random.pick(["x", "é", "file-"])}${random.below(500)}`;
      tree.put(path, hashBlob(Buffer.from(path)), random.below(4), random.below(2 ** 31));
    }
    tree.rootHash();
    return tree.freeze().encode();
  },
  check(input) {
    const hash = hashOf(input);
    const node = unlessRefused(() => decodeNode(input, hash), ["OBJECT_CORRUPT", "STORE_FORMAT"]);
    if (node === undefined) return;
    assert.deepEqual(node.encode(), input, "a decoded node encodes to other bytes");
    assert.deepEqual(Buffer.from(node.computeHash()), hash);
    use(node);
    const wrong = Buffer.from(hash);
    wrong[0]! ^= 1;
    assert.equal(
      unlessRefused(() => decodeNode(input, wrong)),
      undefined,
      "taken under another hash",
    );
  },
};

function hashOf(bytes: Buffer): Buffer {
  if (bytes.length < 8) return Buffer.alloc(32);
  const valueBytes = bytes[1] === 0 && bytes[2] === 0 ? LEAF_VALUE_BYTES : CHILD_VALUE_BYTES;
  const keysEnd = Math.max(0, bytes.length - bytes.readUInt16LE(4) * valueBytes);
  const keys = bytes.subarray(0, keysEnd);
  return Buffer.from(hashNode(Buffer.concat([hashKeys(keys), bytes.subarray(keysEnd)])));
}

/** What a reader does with a node. */
function use(node: TreeNode): void {
  for (let i = 0; i < node.count; i++) {
    node.path(i);
    const key = node.key(i);
    node.search(key, key.length);
  }
  assert.ok(Number.isSafeInteger(node.entries));
  if (!node.isLeaf) return;
  const tree = new Tree(() => assert.fail("a leaf has no children"), node);
  for (const entry of tree.iterate()) tree.get(entry.path);
  tree.has("missing/path");
}
