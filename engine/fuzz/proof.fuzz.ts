import assert from "node:assert/strict";
import { hashBlob } from "../object/hash.ts";
import { snapshotIdOf } from "../object/ids.ts";
import { type ProofQuery, prove } from "../tree/proof.ts";
import { entriesInRange } from "../tree/range.ts";
import { Tree } from "../tree/tree.ts";
import { verifyProof } from "../tree/verify-proof.ts";
import type { FuzzTarget } from "./target.fuzz.ts";

const tree = new Tree(() => assert.fail("all nodes are in memory"));
for (let i = 0; i < 300; i++) {
  const path = `dir-${i % 7}/file-${i}`;
  tree.put(path, hashBlob(Buffer.from(path)), i % 3, i);
}
const snapshot = snapshotIdOf(tree.rootHash());

/** A proof, as JSON, against the id of a known state: what is accepted is what that state has. */
export const proofTarget: FuzzTarget = {
  name: "proof",
  generate: (random) =>
    Buffer.from(
      JSON.stringify(
        prove(
          tree,
          random.pick<ProofQuery>([
            { kind: "path", path: "dir-3/file-3" },
            { kind: "path", path: "not/there" },
            { kind: "range", prefix: "dir-2/" },
            { kind: "range", gte: "dir-1/", lt: "dir-1/file-2" },
          ]),
        ),
      ),
    ),
  repair(input) {
    // As a forger would: a valid frame of JSON around nodes that are not.
    try {
      return Buffer.from(JSON.stringify({ ...(JSON.parse(input.toString()) as object), snapshot }));
    } catch {
      return input;
    }
  },
  check(input) {
    const proof = parse(input);
    const verdict = verifyProof(proof, snapshot);
    if (!verdict.valid) return;
    const { query, entries } = verdict;
    const expected =
      query.kind === "path"
        ? [tree.get(query.path)].filter((entry) => entry !== undefined)
        : [...entriesInRange(tree, query)];
    assert.deepEqual(
      entries.map(({ path, sizeBytes }) => [path, sizeBytes]),
      expected.map(({ path, sizeBytes }) => [path, sizeBytes]),
      "proves what is not so",
    );
  },
};

function parse(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString());
  } catch {
    return input.toString();
  }
}
