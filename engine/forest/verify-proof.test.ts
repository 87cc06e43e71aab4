/** What a verifier of forest proofs refuses, each for its own reason: forests and proofs made by someone who lies. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Helios, type ProofQuery, type SnapshotId, verifyForestProof } from "../index.ts";
import { encodeTree, PARTITION_PATH, treePath } from "./catalogue.ts";
import { partitionOf, type PartitionRules } from "./partition.ts";
import { proveForest } from "./proof.ts";
import type { ForestProof } from "./proof.ts";

let helios: Helios;
before(async () => (helios = await Helios.open({ root: "", l2: "memory" })));
after(() => helios.close());

function sample(trees?: PartitionRules) {
  const forest = helios.forest(undefined, trees === undefined ? {} : { trees });
  for (const path of ["src/a", "src/b", "docs/x", "top"]) forest.write(path, path);
  return forest;
}

const ofPath = (path: string): ProofQuery => ({ kind: "path", path });
const everything: ProofQuery = { kind: "range" };

function reason(proof: unknown, id: SnapshotId, query?: ProofQuery): string {
  const verdict = verifyForestProof(proof, id, query);
  return verdict.valid ? `valid, ${verdict.entries.length} entries` : verdict.reason;
}

/** A forest as an honest one is not: contents of the catalogue and trees as one likes. */
function forged(
  partition: string,
  trees: Readonly<Record<string, readonly string[]>>,
  query: ProofQuery,
): { id: SnapshotId; proof: ForestProof } {
  const catalogue = helios.vst();
  catalogue.write(PARTITION_PATH, partition);
  const sets = new Map(
    Object.entries(trees).map(([name, paths]) => {
      const vst = helios.vst();
      for (const path of paths) vst.write(path, path);
      catalogue.write(treePath(name), encodeTree({ snapshot: vst.identify(), entries: vst.size }));
      return [name, vst];
    }),
  );
  const parts = { partition: partitionOf(), catalogue, treeOf: (name: string) => sets.get(name)! };
  return { id: catalogue.identify(), proof: proveForest(parts, query) };
}

test("inclusion, absence in a tree and absence of a tree are proved, and are about the question that was asked", () => {
  const forest = sample();
  const id = forest.identify();
  assert.equal(reason(forest.prove(ofPath("src/a")), id, ofPath("src/a")), "valid, 1 entries");
  assert.equal(reason(forest.prove(ofPath("src/c")), id, ofPath("src/c")), "valid, 0 entries");
  assert.equal(reason(forest.prove(ofPath("lib/c")), id, ofPath("lib/c")), "valid, 0 entries");
  assert.equal(reason(forest.prove(everything), id, everything), "valid, 4 entries");
  assert.equal(reason(forest.prove(ofPath("src/a")), id, ofPath("src/b")), "other-query");
  const later = sample();
  later.write("src/a", "changed");
  assert.equal(reason(forest.prove(ofPath("src/a")), later.identify()), "other-snapshot");
  assert.equal(
    reason({ ...forest.prove(ofPath("src/a")), forest: later.identify() }, later.identify()),
    "other-snapshot",
  );
});

test("a path that no rule covers is proved absent by the partition alone", () => {
  const forest = helios.forest(undefined, { trees: { src: ["src/"] } });
  forest.write("src/a", "1");
  const id = forest.identify();
  const proof = forest.prove(ofPath("docs/x"));
  assert.equal(proof.catalogue, null);
  assert.equal(reason(proof, id, ofPath("docs/x")), "valid, 0 entries");
  assert.equal(reason({ ...proof, catalogue: forest.prove(everything).catalogue }, id), "tree-unneeded");
});

test("a tree cannot be left out, added or exchanged", () => {
  const forest = sample();
  const id = forest.identify();
  const proof = forest.prove(everything);
  const [top, docs, src] = proof.trees;
  assert.equal(reason({ ...proof, trees: [top, src] }, id), "tree-missing");
  assert.equal(reason({ ...proof, trees: [top, src, docs] }, id), "tree-missing");
  assert.equal(reason({ ...proof, trees: [...proof.trees, src] }, id), "tree-unneeded");
  assert.equal(reason({ ...proof, trees: [top, { ...docs, proof: src!.proof }, src] }, id), "other-snapshot");
  assert.equal(
    reason({ ...proof, trees: [top, { ...docs, text: src!.text, proof: src!.proof }, src] }, id),
    "content-wrong",
  );
  const narrow = forest.prove({ kind: "range", prefix: "docs/" });
  assert.deepEqual(
    narrow.trees.map(({ name }) => name),
    ["*", "docs"],
  );
  assert.equal(reason({ ...narrow, trees: proof.trees }, id), "tree-unneeded");
  assert.equal(reason({ ...narrow, trees: proof.trees.slice(0, 2) }, id), "other-query");
});

test("another partition does not pass for the one of the forest", () => {
  const [one, two] = [sample(), sample({ all: ["*"] })];
  const proof = one.prove(ofPath("src/a"));
  const other = two.prove(ofPath("src/a"));
  assert.equal(
    reason({ ...proof, partition: { ...proof.partition, text: other.partition.text } }, one.identify()),
    "content-wrong",
  );
  assert.equal(reason({ ...proof, partition: other.partition }, one.identify()), "other-snapshot");
});

test("a forest that no honest engine makes is refused, although all of its hashes are right", () => {
  const honest = partitionOf().text;
  const stray = forged(honest, { src: ["src/a", "docs/hidden"], docs: ["docs/x"] }, everything);
  assert.equal(reason(stray.proof, stray.id), "forest-invalid");
  const unknown = forged(honest, { src: ["src/a"] }, everything);
  assert.equal(reason(unknown.proof, unknown.id), "valid, 1 entries");
  const deep = forged(honest, { "src/lib": ["src/lib/a"] }, everything);
  assert.equal(reason(deep.proof, deep.id), "forest-invalid");
  const wrong = forged('{"format":"helios-partition/1","by":"hash"}\n', { src: ["src/a"] }, everything);
  assert.equal(reason(wrong.proof, wrong.id), "forest-invalid");
});

test("what is no proof is refused and never throws", () => {
  const forest = sample();
  const id = forest.identify();
  const proof = forest.prove(ofPath("src/a"));
  for (const odd of [
    null,
    1,
    [],
    {},
    { ...proof, format: "helios-forest-proof/2" },
    { ...proof, more: 1 },
    { ...proof, trees: {} },
    { ...proof, trees: [null] },
    { ...proof, trees: [{ ...proof.trees[0], name: 1 }] },
    { ...proof, partition: null },
    { ...proof, partition: { text: 1, proof: null } },
    { ...proof, partition: { ...proof.partition, proof: null } },
    { ...proof, catalogue: null },
    { ...proof, query: null },
    { ...proof, query: { kind: "path", path: ".." } },
    { ...proof, query: { kind: "range", gte: "b", lt: "a" } },
  ])
    assert.equal(verifyForestProof(odd, id).valid, false, JSON.stringify(odd));
  assert.equal(reason(proof, "main" as SnapshotId), "other-snapshot");
});
