/** Files that are never in memory as a whole: stored in pieces, and everything else as with any other file. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { HeliosError } from "../errors.ts";
import { collectGarbage } from "../gc.ts";
import { Helios } from "../helios.ts";
import { hashBlob } from "../object/hash.ts";
import { hashKeyOf } from "../object/ids.ts";
import { L1Cache } from "../store/l1-cache.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { Objects, PIECE_BYTES, piecesWrite } from "../store/objects.ts";
import { LARGE_FROM_BYTES } from "./directory/piece-sink.ts";
import { rememberScan, scanDirectory } from "./scan.ts";
import { verifyStore } from "../verify.ts";
import { directoryStatus } from "./status.ts";

let folder = "";
let [root, work, out] = ["", "", ""];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helios-large-"));
  [root, work, out] = ["store", "work", "out"].map((name) => join(folder, name)) as [string, string, string];
  mkdirSync(work);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Longer than it takes to be large, by a piece that is not full; no two pieces are equal. */
function makeLarge(): Buffer {
  const bytes = Buffer.alloc(LARGE_FROM_BYTES + 12_345);
  for (let at = 0; at < bytes.length; at += 4096) bytes.writeUInt32LE(at, at);
  writeFileSync(join(work, "large"), bytes);
  return bytes;
}

async function commit(helios: Helios): Promise<ReturnType<Helios["resolve"]>> {
  const vst = helios.checkout("main");
  await scanDirectory({ root }, vst, work);
  const { id } = vst.commit("", { ref: "main", recordId: true });
  rememberScan({ root }, work, id);
  return id;
}

test("a large file is stored, compared, collected around, verified and written like any other", async () => {
  const bytes = makeLarge();
  writeFileSync(join(work, "small"), "small");
  let helios = await Helios.open({ root });
  const id = await commit(helios);
  const entry = helios.list(id, "large")[0]!;
  assert.equal(entry.hash, Buffer.from(hashBlob(bytes)).toString("hex"), "what b3sum prints");
  assert.equal(entry.sizeBytes, bytes.length);
  // A collection takes what no commit needs, and the pieces of a kept file are needed.
  appendFileSync(join(work, "large"), "more");
  const dropped = helios.checkout("main");
  await scanDirectory({ root }, dropped, work);
  await helios.close();
  const collected = await collectGarbage({ root, graceMs: 0 });
  assert.equal(collected.objects.blobs.rows, 2, "the other list, and its last piece");
  assert.deepEqual((await verifyStore({ root, threads: 0 })).damages, []);
  helios = await Helios.open({ root });
  assert.ok(Buffer.from(helios.read(id, "large")!).equals(bytes));
  const result = await helios.materialize(id, out);
  assert.deepEqual([result.files, result.bytes], [2, bytes.length + 5]);
  assert.ok(readFileSync(join(out, "large")).equals(bytes));
  assert.equal((await helios.materialize(id, out, { overwrite: true })).kept, 2);
  const status = await directoryStatus({ root }, helios.checkout(id), work, { base: id });
  assert.deepEqual(
    status.changes.map(({ path, kind }) => `${kind} ${path}`),
    ["modified large"],
  );
  truncateSync(join(work, "large"), bytes.length);
  assert.equal(await commit(helios), id);
  await helios.close();
});

/** A content of two pieces and a bit in a store in memory. */
function stored() {
  const bytes = Buffer.alloc(2 * PIECE_BYTES + 5, "0123456789abcde");
  const pieces = [0, 1, 2].map((i) => bytes.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES));
  const hashes = pieces.map((piece) => hashBlob(piece));
  const l2 = new MemoryStore();
  const raw = (piece: Buffer) => Buffer.concat([Buffer.from([0]), piece]);
  for (const [i, piece] of pieces.entries())
    l2.write([{ kind: "put", space: "blobs", key: hashes[i]!, value: raw(piece) }]);
  const list = piecesWrite(hashBlob(bytes), bytes.length, hashes);
  l2.write([list]);
  const objects = new Objects(new L1Cache(0), l2, () => assert.fail("nothing is in the journal"));
  return { l2, objects, key: hashKeyOf(list.key), list, hashes, bytes };
}

const isRefused = (code: string) => (error: unknown) => error instanceof HeliosError && error.code === code;

test("pieces come one by one and together make the content", () => {
  const { objects, key, bytes } = stored();
  assert.deepEqual(
    [...objects.readPieces(key)].map(({ length }) => length),
    [PIECE_BYTES, PIECE_BYTES, 5],
  );
  assert.ok(objects.readBlob(key).equals(bytes));
});

test("a missing piece, a damaged one, a list of other pieces, of another length, and one of itself are refused", () => {
  const cases: [string, (parts: ReturnType<typeof stored>) => void][] = [
    ["OBJECT_MISSING", ({ l2, hashes }) => l2.write([{ kind: "delete", space: "blobs", key: hashes[1]! }])],
    [
      "OBJECT_CORRUPT",
      ({ l2, hashes }) =>
        l2.write([{ kind: "put", space: "blobs", key: hashes[1]!, value: Buffer.alloc(9) }]),
    ],
    [
      "OBJECT_CORRUPT",
      ({ l2, list, hashes }) =>
        l2.write([{ ...piecesWrite(list.key, 2 * PIECE_BYTES + 5, [hashes[1]!, hashes[2]!, hashes[0]!]) }]),
    ],
    [
      "OBJECT_CORRUPT",
      ({ l2, list, hashes }) => l2.write([piecesWrite(list.key, 2 * PIECE_BYTES + 4, hashes)]),
    ],
    ["OBJECT_CORRUPT", ({ l2, list, hashes }) => l2.write([piecesWrite(list.key, 2 ** 47, hashes)])],
    ["OBJECT_CORRUPT", ({ l2, list }) => l2.write([piecesWrite(list.key, PIECE_BYTES, [list.key])])],
  ];
  for (const [code, damage] of cases) {
    const parts = stored();
    damage(parts);
    assert.throws(() => parts.objects.readBlob(parts.key), isRefused(code), damage.toString());
    assert.throws(() => [...parts.objects.readPieces(parts.key)], isRefused(code), damage.toString());
  }
});
