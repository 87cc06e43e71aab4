/**
 * Hashes the objects of L2, shard by shard: a shard is the keys that begin with one of a few bytes. Shards are handed
 * out by a counter in shared memory, so that threads which meet large objects take fewer.
 *
 * Of each object the worker also says what it refers to, eight bytes a hash: whoever has all of these and all keys knows
 * whether anything is missing, without reading an object twice.
 */
import { HeliosError } from "../errors.ts";
import { hashKeyOf } from "../object/ids.ts";
import { L1Cache } from "../store/l1-cache.ts";
import type { ObjectStore, Row, Space } from "../store/object-store.ts";
import { Objects } from "../store/objects.ts";
import { decodeNode } from "../tree/node.ts";
import type { Finding } from "./damage.ts";

export const SHARDS = 64;
const SHARD_WIDTH = 256 / SHARDS;
const PAGE_BYTES = 1024 * 1024;
/** Bases of deltas are read again and again. */
const L1_BYTES = 32 * 1024 * 1024;
export const FINGERPRINT_BYTES = 8;

export interface ShardResult {
  readonly nodes: number;
  readonly contents: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
  /** Fingerprints: the first eight bytes of a hash each. */
  readonly nodeKeys: Uint8Array<ArrayBuffer>;
  readonly contentKeys: Uint8Array<ArrayBuffer>;
  readonly nodesWanted: Uint8Array<ArrayBuffer>;
  readonly contentsWanted: Uint8Array<ArrayBuffer>;
}

/** Takes shards until none is left. */
export function checkShards(l2: ObjectStore, next: Int32Array, onShard: (result: ShardResult) => void): void {
  const objects = new Objects(new L1Cache(L1_BYTES), l2, notInJournal);
  for (let shard = Atomics.add(next, 0, 1); shard < SHARDS; shard = Atomics.add(next, 0, 1))
    onShard(checkShard(l2, objects, shard));
}

/** Where the objects of L2 alone are looked at: the base of a delta is in L2, too. */
export function notInJournal(): never {
  throw new HeliosError(
    "OBJECT_CORRUPT",
    "it is a delta of a content that is not in the object store",
    "Restore the store from a copy; other contents stay readable.",
  );
}

function checkShard(l2: ObjectStore, objects: Objects, shard: number): ShardResult {
  const findings: Finding[] = [];
  const [nodeKeys, contentKeys, nodesWanted, contentsWanted] = [
    new Fingerprints(),
    new Fingerprints(),
    new Fingerprints(),
    new Fingerprints(),
  ];
  let [nodes, contents, bytes] = [0, 0, 0];
  for (const { key, value } of rowsOf(l2, "nodes", shard, findings)) {
    nodes++;
    bytes += value.length;
    nodeKeys.add(key, 0);
    const problem = refusalOf(() => {
      const node = decodeNode(value, key);
      const wanted = node.isLeaf ? contentsWanted : nodesWanted;
      for (let i = 0; i < node.count; i++) wanted.add(node.body, node.valueAt(i));
    });
    if (problem !== undefined) findings.push(objectFinding("node", key, problem));
  }
  for (const { key, value } of rowsOf(l2, "blobs", shard, findings)) {
    contents++;
    bytes += value.length;
    contentKeys.add(key, 0);
    const problem = refusalOf(() => objects.checkRow(hashKeyOf(key), value));
    if (problem !== undefined) findings.push(objectFinding("content", key, problem));
  }
  return {
    nodes,
    contents,
    bytes,
    findings,
    nodeKeys: nodeKeys.bytes,
    contentKeys: contentKeys.bytes,
    nodesWanted: nodesWanted.bytes,
    contentsWanted: contentsWanted.bytes,
  };
}

export function objectFinding(kind: "node" | "content", key: Buffer, error: HeliosError): Finding {
  return {
    kind,
    where: key.toString("hex"),
    code: error.code,
    problem: error.message,
    hash: Buffer.from(key),
  };
}

/** Rows of a shard, a page at a time. What the backend cannot read is a finding, and is stepped over. */
export function* rowsOf(
  l2: ObjectStore,
  space: Space,
  shard: number,
  findings: { push(finding: Finding): unknown },
): IterableIterator<Row> {
  const end = shard + 1 < SHARDS ? Buffer.from([(shard + 1) * SHARD_WIDTH]) : undefined;
  let from: Buffer = Buffer.from([shard * SHARD_WIDTH]);
  let unreadable = false;
  for (let step = 1; ;) {
    const bounds = { gte: from, ...(end === undefined ? {} : { lt: end }) };
    let rows: readonly Row[];
    try {
      rows = l2.range(space, { ...bounds, ...(unreadable ? { limit: 1 } : { limitBytes: PAGE_BYTES }) });
    } catch (error) {
      if (!unreadable) {
        unreadable = true;
        step = 0;
      }
      if (step === 1)
        findings.push({
          kind: "backend",
          where: `${space} from key ${from.toString("hex")} on`,
          code: error instanceof HeliosError ? error.code : "STORE_CORRUPT",
          problem: error instanceof Error ? error.message : String(error),
        });
      const beyond = step === 0 ? from : stepped(from, step);
      step = Math.max(1, step * 2);
      if (beyond === undefined || (end !== undefined && beyond.compare(end) >= 0)) return;
      from = beyond;
      continue;
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    if (!unreadable || step > 1) unreadable = false;
    yield* rows;
    from = Buffer.concat([last.key, Buffer.alloc(1)]);
  }
}

/** A key further on by so many 2^32nds of all keys. */
function stepped(from: Buffer, step: number): Buffer | undefined {
  const head = Buffer.alloc(6);
  from.copy(head, 0, 0, 6);
  const sum = head.readUIntBE(0, 6) + step * 2 ** 16;
  if (sum >= 2 ** 48) return undefined;
  const beyond = Buffer.alloc(6);
  beyond.writeUIntBE(sum, 0, 6);
  return beyond;
}

function refusalOf(check: () => void): HeliosError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof HeliosError) return error;
    throw error;
  }
}

class Fingerprints {
  #bytes = new Uint8Array(8192);
  #used = 0;

  add(hash: Uint8Array, offset: number): void {
    if (this.#used === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    for (let i = 0; i < FINGERPRINT_BYTES; i++) this.#bytes[this.#used + i] = hash[offset + i]!;
    this.#used += FINGERPRINT_BYTES;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#used);
  }
}
