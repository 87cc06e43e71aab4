/** Every proof of the prover is accepted and says what the state says; nothing else is accepted. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { HeliosError } from "../errors.ts";
import { hashKeys, hashNode } from "../object/hash.ts";
import { type SnapshotId, snapshotIdOf } from "../object/ids.ts";
import { levelOfKey } from "./boundary.ts";
import { keysOfLevel, contentHash, hostileKeys, reloaded } from "./hostile-keys.fixture.ts";
import { CHILD_VALUE_BYTES, encodeNode, LEAF_VALUE_BYTES, type TreeNode } from "./node.ts";
import { PROOF_FORMAT, type Proof, type ProofQuery, prove } from "./proof.ts";
import { entriesInRange } from "./range.ts";
import { Tree } from "./tree.ts";
import { verifyProof } from "./verify-proof.ts";

const noLoad = (): never => assert.fail("nothing is to be loaded");
const idOf = (tree: Tree) => snapshotIdOf(tree.rootHash());

function built(paths: Iterable<string>): Tree {
  const tree = new Tree(noLoad);
  let size = 0;
  for (const path of paths) tree.put(path, contentHash(++size), size % 4, size);
  return tree;
}

/** What the state says to a query. */
function answer(tree: Tree, query: ProofQuery): string[] {
  const range = query.kind === "path" ? { gte: query.path, lte: query.path } : query;
  return Array.from(entriesInRange(tree, range), (entry) => `${entry.path} ${entry.sizeBytes}`);
}

function proved(proof: unknown, snapshot: SnapshotId, query?: ProofQuery): string[] {
  const verdict = verifyProof(proof, snapshot, query);
  assert.ok(verdict.valid, verdict.valid ? "" : `${verdict.reason}: ${verdict.message}`);
  return verdict.entries.map((entry) => `${entry.path} ${entry.sizeBytes}`);
}

function assertRefused(proof: unknown, snapshot: SnapshotId, query?: ProofQuery): void {
  const verdict = verifyProof(proof, snapshot, query);
  assert.equal(verdict.valid, false, `accepted: ${JSON.stringify(verdict)}`);
}

const schema = new Ajv2020().compile(
  JSON.parse(readFileSync(new URL("../schemas/proof.schema.json", import.meta.url), "utf8")) as object,
);

const key = fc.oneof(
  fc.nat(hostileKeys.length - 1).map((i) => hostileKeys[i]!),
  fc.constantFrom("a", "zz", "0", "b1", "c\u{10FFFF}", "e/3", "é"),
);
const query: fc.Arbitrary<ProofQuery> = fc.oneof(
  fc.record({ kind: fc.constant("path" as const), path: key }),
  fc.record(
    { kind: fc.constant("range" as const), gt: key, gte: key, lt: key, lte: key, prefix: key },
    { requiredKeys: ["kind"] },
  ),
);

test("a proof is accepted and proves what the state has", () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(hostileKeys.length - 1), { maxLength: hostileKeys.length, size: "max" }),
      fc.array(query, { minLength: 12, maxLength: 12 }),
      (indices, queries) => {
        const tree = built(indices.map((i) => hostileKeys[i]!));
        const stored = reloaded(tree);
        for (const each of queries) {
          let proof: Proof;
          try {
            proof = prove(stored, each);
          } catch (error) {
            assert.ok(error instanceof HeliosError && error.code === "RANGE_INVALID");
            refused++;
            continue;
          }
          const sent: unknown = JSON.parse(JSON.stringify(proof));
          assert.ok(schema(sent), JSON.stringify(schema.errors));
          assert.deepEqual(proved(sent, idOf(tree), each), answer(tree, each));
        }
      },
    ),
    { numRuns: 40 },
  );
  assert.ok(refused < 40 * 6, "most queries are proved");
});

const everything: ProofQuery = { kind: "range" };

test("a proof of everything lists the whole state, and the empty state has one too", () => {
  const tree = built(hostileKeys);
  assert.equal(proved(prove(tree, everything), idOf(tree)).length, hostileKeys.length);
  const empty = built([]);
  assert.deepEqual(proved(prove(empty, everything), idOf(empty)), []);
  assert.deepEqual(proved(prove(empty, { kind: "path", path: "a" }), idOf(empty)), []);
});

const small = built(Array.from({ length: 300 }, (_, i) => `src/${i % 7}/file-${i}.ts`));
const present: ProofQuery = { kind: "path", path: "src/3/file-10.ts" };
const absent: ProofQuery = { kind: "path", path: "src/3/file-11.ts" };
const range: ProofQuery = { kind: "range", prefix: "src/3/file-1" };

test("a proof of another snapshot, another path or another format is refused", () => {
  const changed = small.fork();
  changed.delete("src/3/file-10.ts");
  for (const each of [present, absent, range]) {
    const proof = prove(small, each);
    assertRefused(proof, idOf(changed));
    // Naming the snapshot that is asked for does not help.
    assertRefused({ ...proof, snapshot: idOf(changed) }, idOf(changed));
    assertRefused(proof, idOf(small), { kind: "path", path: "src/3/file-17.ts" });
    assertRefused({ ...proof, format: "helios-proof/2" }, idOf(small));
    for (const field of ["format", "snapshot", "query", "nodes"])
      assertRefused({ ...proof, [field]: undefined }, idOf(small));
    assertRefused({ ...proof, extra: 1 }, idOf(small));
    assertRefused({ ...proof, query: { ...each, limit: "1" } }, idOf(small));
    for (const value of [null, 1, "proof", [], [proof], { ...proof, nodes: "x" }, { ...proof, query: null }])
      assertRefused(value, idOf(small));
  }
  assertRefused(prove(small, present), "blake3:1234" as SnapshotId);
});

test("with one bit of a node changed, or a node dropped, doubled, moved or added, a proof is refused", () => {
  for (const each of [present, absent, range]) {
    const proof = prove(small, each);
    const withNodes = (nodes: readonly string[]) => ({ ...proof, nodes });
    proof.nodes.forEach((node, n) => {
      const bytes = Buffer.from(node, "base64");
      for (let at = 0; at < bytes.length; at++) {
        bytes[at]! ^= 1 << (at % 8);
        assertRefused(withNodes(proof.nodes.with(n, bytes.toString("base64"))), idOf(small));
        bytes[at]! ^= 1 << (at % 8);
      }
      for (const length of [0, 7, 8, bytes.length - 1])
        assertRefused(
          withNodes(proof.nodes.with(n, bytes.subarray(0, length).toString("base64"))),
          idOf(small),
        );
      assertRefused(withNodes(proof.nodes.toSpliced(n, 1)), idOf(small));
      assertRefused(withNodes(proof.nodes.toSpliced(n, 0, node)), idOf(small));
      for (let other = 0; other < proof.nodes.length; other++)
        if (other !== n)
          assertRefused(withNodes(proof.nodes.with(n, proof.nodes[other]!).with(other, node)), idOf(small));
      assertRefused(withNodes([...proof.nodes, node]), idOf(small));
    });
    assertRefused(withNodes([]), idOf(small));
  }
});

test("whatever character of a proof's JSON is changed, it proves nothing false", () => {
  const tiny = built(Array.from({ length: 60 }, (_, i) => `src/${i % 3}/file-${i}.ts`));
  for (const each of [
    { kind: "path", path: "src/1/file-1.ts" },
    { kind: "path", path: "src/1/file-2.ts" },
  ] as const) {
    const text = JSON.stringify(prove(tiny, each));
    for (let at = 0; at < text.length; at++)
      for (const flip of [1, 32]) {
        const damaged =
          text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ flip) + text.slice(at + 1);
        let value: unknown;
        try {
          value = JSON.parse(damaged);
        } catch {
          continue;
        }
        assertRefused(value, idOf(tiny), each);
        const verdict = verifyProof(value, idOf(tiny));
        // Another path may be in the same nodes: then what is said of it is true.
        if (verdict.valid)
          assert.deepEqual(
            verdict.entries.map((entry) => `${entry.path} ${entry.sizeBytes}`),
            answer(tiny, verdict.query),
          );
      }
  }
});

test("a path that is there cannot be proved absent with the nodes of another proof", () => {
  for (const path of ["src/0/file-0.ts", "src/3/file-10.ts", "src/6/file-97.ts"])
    for (const donor of [absent, range, everything, { kind: "path", path: "src/9" } as const]) {
      const forged = { ...prove(small, donor), query: { kind: "path", path } };
      const verdict = verifyProof(forged, idOf(small));
      if (verdict.valid) assert.equal(verdict.entries.length, 1);
    }
});

// ---- trees that an honest engine does not make

/** Nodes that hash as their parents say, whatever stands in them. */
interface Forged {
  readonly level: number;
  readonly spill?: number;
  readonly keys: readonly string[];
  readonly children?: readonly Forged[];
  readonly entries?: number;
}

function forge({ level, spill = 0, keys, children, entries }: Forged): TreeNode {
  const nodes = children?.map(forge) ?? [];
  const values = keys.map((_, i) => {
    if (children === undefined) return Buffer.alloc(LEAF_VALUE_BYTES);
    const value = Buffer.alloc(CHILD_VALUE_BYTES);
    value.writeUIntLE(entries ?? nodes[i]!.entries, 32, 6);
    return value;
  });
  const run = { keys: keys.map((each) => Buffer.from(each)), values, children: nodes };
  return encodeNode(level, spill, run, 0, keys.length, 0);
}

function verdictOf(forged: Forged, asked: ProofQuery): string {
  const tree = new Tree(noLoad, forge(forged));
  const verdict = verifyProof(prove(tree, asked), idOf(tree), asked);
  return verdict.valid
    ? `valid: ${verdict.entries.map(({ path }) => path).join(" ")}`
    : `${verdict.reason}: ${verdict.message}`;
}

test("nodes that have their hashes but are no tree are refused", () => {
  const [a0, a1, a2] = keysOfLevel(0, 3, "a").sort();
  const [c0] = keysOfLevel(0, 1, "c");
  const [boundary] = keysOfLevel(1, 1, "b");
  const [outside] = keysOfLevel(0, 1, "../");
  const leaf = (...keys: (string | undefined)[]): Forged => ({ level: 0, keys: keys as string[] });
  const root = (children: readonly Forged[], more: Partial<Forged> = {}): Forged => ({
    level: 1,
    keys: ["", boundary!].slice(0, children.length),
    children,
    ...more,
  });
  const pieces = (children: readonly Forged[]): Forged => ({
    level: 0,
    spill: 1,
    keys: children.map((child) => child.keys[0]!),
    children,
  });
  const [left, right] = [leaf(a0, a1, a2), leaf(boundary, c0)];
  assert.equal(verdictOf(root([left, right]), { kind: "path", path: a1! }), `valid: ${a1}`);
  assert.equal(verdictOf(root([left, right]), { kind: "path", path: "aa" }), "valid: ");
  assert.equal(verdictOf(root([leaf(), right]), everything), `valid: ${boundary} ${c0}`);
  for (const [forged, flaw] of [
    [leaf(a1, a0), "keys do not ascend"],
    [leaf(a0, a0), "keys do not ascend"],
    [leaf("", a0), "the first key is on the wrong level"],
    [leaf(boundary), "the first key is on the wrong level"],
    [leaf(a0, boundary), "a key is on the wrong level"],
    [root([leaf(a0, c0), right]), "keys reach into the next node"],
    [root([left, leaf(c0)]), "a node does not begin with its separator"],
    [root([left, leaf()]), "a node is empty"],
    [root([left, leaf(c0)], { keys: ["", c0!] }), "a key is on the wrong level"],
    [root([left, right], { keys: ["a", boundary!] }), "a node does not begin with its separator"],
    [root([left, right], { level: 2 }), "a key is on the wrong level"],
    [root([left, right], { entries: 7 }), "a count of entries is wrong"],
    [root([root([left, right]), right]), "a node is on the wrong level"],
    [root([left]), "its root has one child and should be that child"],
    [root([pieces([left, right]), right]), "a key is on the wrong level"],
    [pieces([left]), "an index has one piece"],
    [pieces([left, leaf(c0)]), "a piece ends too early"],
    [root([left, pieces([leaf(boundary), leaf(c0)])]), "a piece ends too early"],
  ] as const)
    assert.equal(verdictOf(forged, everything), `tree-invalid: ${flaw}`);
  assert.match(verdictOf(leaf(outside), everything), /^tree-invalid: .+ is not a path/);
});

test("a node that has its hash but not its form is refused", () => {
  const bare = Buffer.alloc(LEAF_VALUE_BYTES);
  const unknownMode = Buffer.alloc(LEAF_VALUE_BYTES);
  unknownMode[32] = 9;
  /** A leaf of two keys by hand: both without their common prefix, unless it is given. */
  const leaf = (
    keys: readonly string[],
    head: Readonly<Record<number, number>> = {},
    value = bare,
  ): Buffer => {
    const suffixes = keys.map((each) => Buffer.from(each, "latin1"));
    const bytes = Buffer.alloc(8 + 2 * keys.length);
    bytes[0] = 1;
    bytes.writeUInt16LE(keys.length, 4);
    for (const [at, byte] of Object.entries(head)) bytes[Number(at)] = byte;
    let end = 0;
    suffixes.forEach((suffix, i) => bytes.writeUInt16LE((end += suffix.length), 8 + 2 * i));
    return Buffer.concat([bytes, ...suffixes, ...keys.map(() => value)]);
  };
  const [first, second] = keysOfLevel(0, 2, "");
  const [same1, same2] = keysOfLevel(0, 2, "a");
  const [large] = keysOfLevel(0, 1, `${"x".repeat(8000)}/`);
  const [larger] = keysOfLevel(0, 1, `y${"x".repeat(8000)}/`);
  const notUtf8 = Array.from({ length: 200 }, (_, i) => `\xff${i}`).find(
    (each) => levelOfKey(Buffer.from(each, "latin1")) === 0,
  );
  const verdict = (bytes: Buffer): string => {
    const values = bytes.length - LEAF_VALUE_BYTES * bytes.readUInt16LE(4);
    const body = Buffer.concat([hashKeys(bytes.subarray(0, values)), bytes.subarray(values)]);
    const snapshot = snapshotIdOf(hashNode(body));
    const nodes = [bytes.toString("base64")];
    const result = verifyProof({ format: PROOF_FORMAT, snapshot, query: everything, nodes }, snapshot);
    return result.valid ? "valid" : `${result.reason}: ${result.message}`;
  };
  assert.equal(verdict(leaf([first!, second!])), "valid");
  assert.equal(verdict(leaf([first!, second!], { 3: 1 })), "tree-invalid: a reserved byte is set");
  assert.equal(verdict(leaf([same1!, same2!])), "tree-invalid: a shared prefix is not the longest");
  assert.equal(verdict(leaf([large!, larger!])), "tree-invalid: a node is too long");
  assert.match(verdict(leaf([first!, second!], {}, unknownMode)), /^tree-invalid: .+ unknown mode 9$/);
  assert.equal(verdict(leaf([first!, notUtf8!])), "tree-invalid: a path is not UTF-8");
  assert.match(verdict(leaf([first!, second!], { 0: 2 })), /^node-wrong: .+ unknown node version 2$/);
  const [a, c] = [keysOfLevel(0, 1, "a")[0]!, keysOfLevel(0, 1, "c")[0]!];
  const single = (key: string): Forged => ({ level: 0, keys: [key] });
  const index = (spill: number, ...children: Forged[]): Forged => ({
    level: 0,
    spill,
    keys: children.map((child) => child.keys[0]!),
    children,
  });
  assert.equal(
    verdictOf(index(3, index(1, single(a), single(c)), index(1, single(c))), everything),
    "tree-invalid: an index of pieces is out of place",
  );
});

test("a question that cannot be asked", () => {
  const withCode = (code: string) => (error: unknown) => error instanceof HeliosError && error.code === code;
  assert.throws(() => prove(small, { kind: "path", path: "/a" }), withCode("PATH_INVALID"));
  for (const bounds of [{ gte: "b", lt: "a" }, { gt: "a", lt: "a" }, { gte: "\ud800" }])
    assert.throws(() => prove(small, { kind: "range", ...bounds }), withCode("RANGE_INVALID"));
  const proof = prove(small, everything);
  assert.equal(proof.format, PROOF_FORMAT);
  assertRefused({ ...proof, query: { kind: "range", gte: "b", lt: "a" } }, idOf(small));
  assertRefused({ ...proof, query: { kind: "path", path: "/a" } }, idOf(small));
});
