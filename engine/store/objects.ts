/**
 * Where the engine finds an object: `L1.get -> L2.get -> L1.put`, with one more place in between for contents that
 * so far are only in the journal.
 *
 * A content of a recent commit is `pending`: held here until a checkpoint. The checkpoint writes contents of kept
 * states to L2 in full; of all others L2 learns only in which commit's record they are (`in journal`), so that a
 * search pays once for each state it tries and not twice.
 */
import { HeliosError } from "../errors.ts";
import { hashBlob } from "../object/hash.ts";
import { type HashKey, hashKeyOf, hashOfKey, hexOfKey, type Sequence } from "../object/ids.ts";
import { decodeNode, type TreeNode } from "../tree/node.ts";
import type { L1Cache } from "./l1-cache.ts";
import type { ObjectStore, StoreWrite } from "./object-store.ts";

const CODEC_RAW = 0;
const CODEC_IN_JOURNAL = 255;

export interface PendingBlob {
  readonly bytes: Buffer;
  /** The commit whose record holds it. */
  readonly sequence: Sequence;
}

export class Objects {
  readonly l1: L1Cache;
  readonly #l2: ObjectStore;
  readonly #fromJournal: (sequence: Sequence, key: HashKey) => Buffer;
  #pending = new Map<HashKey, PendingBlob>();
  /** Objects that had to come from L2, and how many of them then went into L1. */
  firstReadFromL2 = 0;
  promotions = 0;

  constructor(l1: L1Cache, l2: ObjectStore, fromJournal: (sequence: Sequence, key: HashKey) => Buffer) {
    this.l1 = l1;
    this.#l2 = l2;
    this.#fromJournal = fromJournal;
  }

  get pending(): ReadonlyMap<HashKey, PendingBlob> {
    return this.#pending;
  }

  addPending(key: HashKey, bytes: Buffer, sequence: Sequence): void {
    this.#pending.set(key, { bytes, sequence });
    this.l1.put(key, bytes);
  }

  /** Forgets pending contents: a checkpoint has made them reachable through L2. */
  clearPending(): void {
    this.#pending = new Map();
  }

  /** A content if it is in memory; neither counts nor ages anything. */
  peekBlob(key: HashKey): Buffer | undefined {
    return this.l1.peek(key) ?? this.#pending.get(key)?.bytes;
  }

  /**
   * Content by hash; read-only bytes, possibly L1's own. Cost: L1 0.2 us, RocksDB about 10 us, in the journal
   * O(commits since the last kept state). OBJECT_MISSING, OBJECT_CORRUPT.
   */
  readBlob(key: HashKey): Buffer {
    const cached = this.l1.get(key);
    if (cached !== undefined) return cached;
    const pending = this.#pending.get(key);
    if (pending !== undefined) {
      this.l1.put(key, pending.bytes);
      return pending.bytes;
    }
    const value = this.#l2.get("blobs", hashOfKey(key));
    if (value === undefined) throw missing("content", hexOfKey(key));
    const bytes =
      value[0] === CODEC_IN_JOURNAL ? this.#fromJournal(value.readUIntLE(1, 6), key) : rawBlob(value, key);
    this.#promote(key, bytes);
    return bytes;
  }

  /** Tree node by hash. */
  loadNode(hash: Uint8Array): TreeNode {
    const key = hashKeyOf(hash);
    const cached = this.l1.get(key);
    if (cached !== undefined) return decodeNode(cached, hash);
    const bytes = this.#l2.get("nodes", hash);
    if (bytes === undefined) throw missing("tree node", hexOfKey(key));
    const node = decodeNode(bytes, hash);
    this.#promote(key, bytes);
    return node;
  }

  hasNode(hash: Uint8Array): boolean {
    return this.l1.peek(hashKeyOf(hash)) !== undefined || this.#l2.get("nodes", hash) !== undefined;
  }

  #promote(key: HashKey, bytes: Buffer): void {
    this.firstReadFromL2++;
    this.l1.put(key, bytes);
    if (this.l1.peek(key) !== undefined) this.promotions++;
  }
}

/** What puts a content into L2 in full. */
export function blobWrite(key: HashKey, bytes: Uint8Array): StoreWrite {
  const value = Buffer.allocUnsafe(bytes.length + 1);
  value[0] = CODEC_RAW;
  value.set(bytes, 1);
  return { kind: "put", space: "blobs", key: hashOfKey(key), value };
}

/** What tells L2 that a content is in the record of a commit. */
export function blobInJournalWrite(key: HashKey, sequence: Sequence): StoreWrite {
  const value = Buffer.allocUnsafe(7);
  value[0] = CODEC_IN_JOURNAL;
  value.writeUIntLE(sequence, 1, 6);
  return { kind: "put", space: "blobs", key: hashOfKey(key), value };
}

function rawBlob(value: Buffer, key: HashKey): Buffer {
  const bytes = value.subarray(1);
  if (value[0] !== CODEC_RAW || hashKeyOf(hashBlob(bytes)) !== key)
    throw new HeliosError(
      "OBJECT_CORRUPT",
      `content ${hexOfKey(key)} is damaged`,
      "Restore the store from a copy; other contents stay readable.",
    );
  return bytes;
}

function missing(what: string, hex: string): HeliosError {
  return new HeliosError(
    "OBJECT_MISSING",
    `${what} ${hex} is not in the store`,
    "Restore the store from a copy; other snapshots stay readable.",
  );
}
