import assert from "node:assert/strict";
import { test } from "node:test";
import { HeliosError, type HeliosErrorCode } from "../errors.ts";
import { hashBlob } from "../object/hash.ts";
import { hashKeyOf, hashOfKey } from "../object/ids.ts";
import { Tree } from "../tree/tree.ts";
import { L1Cache } from "./l1-cache.ts";
import { MemoryStore } from "./memory-store.ts";
import { seenIn } from "../object/id-log.ts";
import { blobWrite, Objects, placeWrite } from "./objects.ts";

const content = Buffer.from("content");
const key = hashKeyOf(hashBlob(content));
const withCode = (code: HeliosErrorCode) => (error: unknown) =>
  error instanceof HeliosError && error.code === code;

function fresh(fromJournal: (sequence: number) => Buffer = () => assert.fail("nothing is in the journal")) {
  const l2 = new MemoryStore();
  return { l2, objects: new Objects(new L1Cache(10_000), l2, fromJournal) };
}

test("a content comes from L2 once and from L1 afterwards", () => {
  const { l2, objects } = fresh();
  l2.write([blobWrite(key, content)]);
  assert.deepEqual(objects.readBlob(key), content);
  assert.equal(objects.readBlob(key), objects.readBlob(key), "the same bytes, not copies");
  assert.deepEqual([objects.firstReadFromL2, objects.promotions, objects.l1.counters.misses], [1, 1, 1]);
});

test("a content whose bytes changed in L2 is refused by name; another one stays readable", () => {
  const { l2, objects } = fresh();
  const other = Buffer.from("other");
  const otherKey = hashKeyOf(hashBlob(other));
  l2.write([blobWrite(key, content), blobWrite(otherKey, other)]);
  const stored = Buffer.from(l2.get("blobs", hashOfKey(key))!);
  stored[3]! ^= 1;
  l2.write([{ kind: "put", space: "blobs", key: hashOfKey(key), value: stored }]);
  assert.throws(
    () => objects.readBlob(key),
    (error) =>
      withCode("OBJECT_CORRUPT")(error) && (error as Error).message.includes(hashOfKey(key).toString("hex")),
  );
  assert.deepEqual(objects.readBlob(otherKey), other);
});

test("a content in the journal is fetched from the commit that L2 names", () => {
  const { l2, objects } = fresh((sequence) => (assert.equal(sequence, 42), content));
  l2.write([placeWrite(hashOfKey(key), 42)]);
  assert.deepEqual(objects.readBlob(key), content);
});

test("what is nowhere is missing", () => {
  const { objects } = fresh();
  assert.throws(() => objects.readBlob(key), withCode("OBJECT_MISSING"));
  assert.throws(() => objects.loadNode(hashOfKey(key)), withCode("OBJECT_MISSING"));
});

test("a damaged tree node is refused whatever is wrong with it", () => {
  const { l2, objects } = fresh();
  const tree = new Tree((hash) => objects.loadNode(hash));
  for (let i = 0; i < 5; i++) tree.put(`path/${i}`, hashOfKey(key), 0, 7);
  const root = tree.freeze();
  const hash = root.computeHash();
  const encoded = root.encode();
  for (let at = 0; at < encoded.length; at += 3) {
    const damaged = Buffer.from(encoded);
    damaged[at]! ^= 0x10;
    l2.write([{ kind: "put", space: "nodes", key: hash, value: damaged }]);
    assert.throws(() => objects.loadNode(hash), withCode("OBJECT_CORRUPT"), `byte ${at}`);
  }
  for (const length of [0, 3, 8, 20, encoded.length - 1]) {
    l2.write([{ kind: "put", space: "nodes", key: hash, value: encoded.subarray(0, length) }]);
    assert.throws(() => objects.loadNode(hash), withCode("OBJECT_CORRUPT"), `${length} bytes`);
  }
  l2.write([{ kind: "put", space: "nodes", key: hash, value: encoded }]);
  assert.equal(objects.loadNode(hash).entries, 5);
});

const versions = Array.from({ length: 12 }, (_, i) =>
  Buffer.from(`${"a line that stays\n".repeat(30)}version ${i}\n`),
);
const keyOf = (bytes: Buffer) => hashKeyOf(hashBlob(bytes));

function checkpointed(objects: Objects, l2: MemoryStore): void {
  for (const { hash } of seenIn(objects.places)) {
    const pendingKey = hashKeyOf(hash);
    const write = objects.pendingWrite(pendingKey, objects.pendingOf(pendingKey)!);
    if (write !== undefined) l2.write([write]);
  }
  objects.sealPending();
  objects.forgetSealed();
}

test("a content that replaces a similar one becomes a delta, and after eight deltas a whole one again", () => {
  const { l2, objects } = fresh();
  versions.forEach((bytes, i) => {
    objects.addPending(keyOf(bytes), bytes, i + 1, i === 0 ? undefined : keyOf(versions[i - 1]!));
    checkpointed(objects, l2);
  });
  const codecs = versions.map((bytes) => l2.get("blobs", hashOfKey(keyOf(bytes)))![0]);
  assert.deepEqual(codecs, [0, 2, 2, 2, 2, 2, 2, 2, 2, 0, 2, 2]);
  const cold = new Objects(new L1Cache(0), l2, () => assert.fail("nothing is in the journal"));
  for (const bytes of versions) assert.deepEqual(cold.readBlob(keyOf(bytes)), bytes);
});

test("contents that alternate never become deltas of each other", () => {
  const { l2, objects } = fresh();
  const [a, b] = [versions[0]!, versions[1]!];
  for (let i = 0; i < 6; i++) {
    const [now, before] = i % 2 === 0 ? [a, b] : [b, a];
    objects.addPending(keyOf(now), now, i + 1, i === 0 ? undefined : keyOf(before));
    if (i !== 2) checkpointed(objects, l2);
  }
  checkpointed(objects, l2);
  const cold = new Objects(new L1Cache(0), l2, () => assert.fail("nothing is in the journal"));
  for (const bytes of [a, b]) assert.deepEqual(cold.readBlob(keyOf(bytes)), bytes);
});

test("a damaged delta is refused: cut, longer than its base, or its own base", () => {
  const { l2, objects } = fresh();
  const [a, b] = [versions[0]!, versions[1]!];
  objects.addPending(keyOf(a), a, 1);
  checkpointed(objects, l2);
  objects.addPending(keyOf(b), b, 2, keyOf(a));
  checkpointed(objects, l2);
  const value = l2.get("blobs", hashOfKey(keyOf(b)))!;
  const self = Buffer.from(value);
  hashOfKey(keyOf(b)).copy(self, 2);
  const longer = Buffer.from(value);
  longer.writeUInt32LE(1_000_000, 34);
  for (const damaged of [value.subarray(0, 20), self, longer, Buffer.from([77, 1, 2]), Buffer.from([1, 9])]) {
    l2.write([{ kind: "put", space: "blobs", key: hashOfKey(keyOf(b)), value: damaged }]);
    const cold = new Objects(new L1Cache(0), l2, () => assert.fail("nothing is in the journal"));
    assert.throws(() => cold.readBlob(keyOf(b)), withCode("OBJECT_CORRUPT"));
    assert.deepEqual(cold.readBlob(keyOf(a)), a);
  }
});

test("a large content is packed in L2", () => {
  const { l2, objects } = fresh();
  const large = Buffer.alloc(20_000, "abcdefgh");
  l2.write([blobWrite(keyOf(large), large)]);
  assert.ok(l2.get("blobs", hashOfKey(keyOf(large)))!.length < 1000);
  assert.deepEqual(objects.readBlob(keyOf(large)), large);
});
