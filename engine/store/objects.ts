/**
 * Where the engine finds an object: `L1.get -> L2.get -> L1.put`, with one more place in between for contents that
 * so far are only in the journal.
 *
 * A content of a recent commit is `pending`: held here until a checkpoint. The checkpoint writes contents of kept
 * states to L2 in full; of all others L2 learns only their place, the commit whose record holds them, so that a search
 * pays once for each state it tries and not twice.
 */
import { HeliosError } from "../errors.ts";
import { BlobHasher, hashBlob } from "../object/hash.ts";
import { sharedEnds } from "../object/delta.ts";
import { IdLog } from "../object/id-log.ts";
import { type HashKey, hashKeyOf, hashOfKey, hexOfKey, type Sequence } from "../object/ids.ts";
import { pack, unpack } from "../object/packing.ts";
import { decodeNode, type TreeNode } from "../tree/node.ts";
import type { L1Cache } from "./l1-cache.ts";
import type { ObjectStore, StoreWrite } from "./object-store.ts";

const CODEC_RAW = 0;
const CODEC_PACKED = 1;
const CODEC_DELTA = 2;
const CODEC_PIECES = 3;

/** A content that is a delta of a delta ... of a full one costs that many reads. */
const DELTA_DEPTH_MAX = 8;
const BASE_STEPS_MAX = 1000;
/** u8 codec, u8 depth, hash of the base 32, u32 prefix, u32 suffix, bytes between. */
const DELTA_HEADER_BYTES = 42;
/** u8 codec, u48 length, and the hash of each piece 32. */
const PIECES_HEADER_BYTES = 7;
/** A content that is stored in pieces has pieces of this length, and a shorter one at the end. */
export const PIECE_BYTES = 8 * 1024 * 1024;

export interface PendingBlob {
  readonly bytes: Buffer;
  /** The commit whose record holds it. */
  readonly sequence: Sequence;
  /** Content that was at the path before. */
  readonly base: HashKey | undefined;
}

/** What comes between two checkpoints. */
class Generation {
  readonly contents = new Map<HashKey, PendingBlob>();
  readonly places = new IdLog();
}

export class Objects {
  readonly l1: L1Cache;
  readonly #l2: ObjectStore;
  readonly #fromJournal: (sequence: Sequence, key: HashKey) => Buffer;
  /** Pending contents by the checkpoint that will bring them into L2: the youngest takes new ones. */
  #pending: Generation[] = [new Generation()];
  /** Objects that had to come from L2, and how many of them then went into L1. */
  firstReadFromL2 = 0;
  promotions = 0;

  constructor(l1: L1Cache, l2: ObjectStore, fromJournal: (sequence: Sequence, key: HashKey) => Buffer) {
    this.l1 = l1;
    this.#l2 = l2;
    this.#fromJournal = fromJournal;
  }

  pendingOf(key: HashKey): PendingBlob | undefined {
    for (let i = this.#pending.length - 1; i >= 0; i--) {
      const found = this.#pending[i]!.contents.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  addPending(key: HashKey, bytes: Buffer, sequence: Sequence, base?: HashKey): void {
    if (this.pendingOf(key) === undefined) {
      const { contents, places } = this.#pending.at(-1)!;
      contents.set(key, { bytes, sequence, base });
      places.addKey(key, sequence);
    }
  }

  /** Rows of all pending contents and the commits whose records hold them, of IdLog's form. */
  get places(): Uint8Array {
    return Buffer.concat(this.#pending.map(({ places }) => places.rows));
  }

  /** A checkpoint begins: contents that come from now on are for the one after it. */
  sealPending(): void {
    this.#pending.push(new Generation());
  }

  /**
   * A checkpoint has made all contents before its seal reachable through L2. They go into L1, since reading one that no
   * kept state has means replaying its commit.
   */
  forgetSealed(): void {
    for (const { contents } of this.#pending.slice(0, -1))
      for (const [key, { bytes }] of contents) this.l1.put(key, bytes);
    this.#pending = [this.#pending.at(-1)!];
  }

  /**
   * What puts a pending content into L2: as a delta of the content it replaced, where that is in L2 and in memory and
   * the delta is at most half as long; otherwise whole. Undefined where L2 has it and it would be a delta: that one may
   * be a delta of it, and both would be lost.
   */
  pendingWrite(key: HashKey, pending: Omit<PendingBlob, "sequence">): StoreWrite | undefined {
    const base = this.#baseInL2(pending);
    const delta = base === undefined ? undefined : this.#deltaWrite(key, pending.bytes, base);
    if (delta === undefined) return blobWrite(key, pending.bytes);
    return this.#l2.get("blobs", hashOfKey(key)) === undefined ? delta : undefined;
  }

  /** Contents between two checkpoints may never reach L2: the base is the last one before them. */
  #baseInL2(pending: Omit<PendingBlob, "sequence">): HashKey | undefined {
    let base = pending.base;
    // Contents that alternate make a ring of pending ones: then there is no base.
    for (let steps = 0; base !== undefined && steps < BASE_STEPS_MAX; steps++) {
      const next = this.pendingOf(base);
      if (next === undefined) return base;
      base = next.base;
    }
    return undefined;
  }

  #deltaWrite(key: HashKey, bytes: Buffer, base: HashKey): StoreWrite | undefined {
    const before = this.peekBlob(base);
    if (before === undefined) return undefined;
    const { prefix, suffix } = sharedEnds(before, bytes);
    const length = bytes.length - prefix - suffix;
    if (2 * (DELTA_HEADER_BYTES + length) > bytes.length) return undefined;
    const stored = this.#l2.get("blobs", hashOfKey(base));
    const depth = stored === undefined ? DELTA_DEPTH_MAX : depthOf(stored);
    if (depth >= DELTA_DEPTH_MAX) return undefined;
    const value = Buffer.allocUnsafe(DELTA_HEADER_BYTES + length);
    value[0] = CODEC_DELTA;
    value[1] = depth + 1;
    value.write(base, 2, "latin1");
    value.writeUInt32LE(prefix, 34);
    value.writeUInt32LE(suffix, 38);
    bytes.copy(value, DELTA_HEADER_BYTES, prefix, prefix + length);
    return { kind: "put", space: "blobs", key: hashOfKey(key), value };
  }

  /** A content if it is in memory; neither counts nor ages anything. */
  peekBlob(key: HashKey): Buffer | undefined {
    return this.pendingOf(key)?.bytes ?? this.l1.peek(key);
  }

  /**
   * Content by hash; read-only bytes, possibly L1's own. Cost: L1 0.2 us, RocksDB about 10 us, in the journal
   * O(commits since the last kept state). OBJECT_MISSING, OBJECT_CORRUPT.
   */
  readBlob(key: HashKey): Buffer {
    const cached = this.l1.get(key);
    if (cached !== undefined) return cached;
    const pending = this.pendingOf(key);
    if (pending !== undefined) {
      this.l1.put(key, pending.bytes);
      return pending.bytes;
    }
    const value = this.#l2.get("blobs", hashOfKey(key));
    const bytes = value === undefined ? this.#journaled(key) : this.#decode(value, key);
    this.#promote(key, bytes);
    return bytes;
  }

  #journaled(key: HashKey): Buffer {
    const place = this.#l2.get("places", hashOfKey(key));
    if (place === undefined || place.length !== 6) throw missing("content", hexOfKey(key));
    return this.#fromJournal(place.readUIntLE(0, 6), key);
  }

  /**
   * As `readBlob`, piece by piece for a content that is stored in pieces: memory for one of them. Each piece is proved
   * before it is handed out, the whole before the last `next` answers: what is made of the pieces counts only then.
   */
  *readPieces(key: HashKey): Generator<Buffer, void> {
    const value = this.peekBlob(key) === undefined ? this.#l2.get("blobs", hashOfKey(key)) : undefined;
    if (value?.[0] === CODEC_PIECES) yield* this.#pieces(value, key);
    else yield this.readBlob(key);
  }

  *#pieces(value: Buffer, key: HashKey): Generator<Buffer, void> {
    const hasher = new BlobHasher();
    let length = 0;
    for (const hash of piecesOf(value) ?? []) {
      const piece = this.#piece(hash);
      hasher.update(piece);
      length += piece.length;
      yield piece;
    }
    if (length !== lengthOfPieces(value) || hashKeyOf(hasher.digest()) !== key) throw damaged(key);
  }

  /** Always whole in L2: a list of lists could be endless. Not for L1, which it would empty. */
  #piece(hash: Buffer): Buffer {
    const value = this.#l2.get("blobs", hash);
    if (value === undefined) throw missing("content", hash.toString("hex"));
    const bytes = wholeBlob(value);
    if (bytes === undefined || !hash.equals(hashBlob(bytes))) throw damaged(hashKeyOf(hash));
    return bytes;
  }

  #assembled(value: Buffer, key: HashKey): Buffer {
    const length = lengthOfPieces(value);
    if (length > PIECE_BYTES * (piecesOf(value)?.length ?? 0)) throw damaged(key);
    const bytes = allocate(length);
    let at = 0;
    for (const piece of this.#pieces(value, key)) at += piece.copy(bytes, at);
    return bytes;
  }

  #decode(value: Buffer, key: HashKey): Buffer {
    if (value[0] === CODEC_PIECES) return this.#assembled(value, key);
    const bytes = value[0] === CODEC_DELTA ? this.#joined(value, key) : wholeBlob(value);
    if (bytes === undefined || hashKeyOf(hashBlob(bytes)) !== key) throw damaged(key);
    return bytes;
  }

  #joined(value: Buffer, key: HashKey): Buffer | undefined {
    if (value.length < DELTA_HEADER_BYTES) return undefined;
    const baseKey = hashKeyOf(value.subarray(2, 34));
    // Depth falls with each step, so damage cannot make this endless.
    const stored =
      this.l1.peek(baseKey) === undefined ? this.#l2.get("blobs", hashOfKey(baseKey)) : undefined;
    if (stored !== undefined && depthOf(stored) >= value[1]!) throw damaged(key);
    const base = this.readBlob(baseKey);
    const [prefix, suffix] = [value.readUInt32LE(34), value.readUInt32LE(38)];
    if (prefix + suffix > base.length) return undefined;
    return Buffer.concat([
      base.subarray(0, prefix),
      value.subarray(DELTA_HEADER_BYTES),
      base.subarray(base.length - suffix),
    ]);
  }

  /** Proves a row of `blobs`. OBJECT_CORRUPT, OBJECT_MISSING (the content it is a delta of). */
  checkRow(key: HashKey, value: Buffer): void {
    if (value[0] === CODEC_PIECES) for (const _ of this.#pieces(value, key));
    else this.#decode(value, key);
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

/** What puts a content into L2 whole, packed where that pays. */
export function blobWrite(key: HashKey, bytes: Uint8Array): StoreWrite {
  const packed = pack(bytes);
  const header = packed === undefined ? 1 : 5;
  const body = packed ?? bytes;
  const value = Buffer.allocUnsafe(header + body.length);
  value[0] = packed === undefined ? CODEC_RAW : CODEC_PACKED;
  if (packed !== undefined) value.writeUInt32LE(bytes.length, 1);
  value.set(body, header);
  return { kind: "put", space: "blobs", key: hashOfKey(key), value };
}

/** What tells L2 in which commit's record a content is. */
export function placeWrite(hash: Uint8Array, sequence: Sequence): StoreWrite {
  const value = Buffer.allocUnsafe(6);
  value.writeUIntLE(sequence, 0, 6);
  return { kind: "put", space: "places", key: hash, value };
}

function wholeBlob(value: Buffer): Buffer | undefined {
  if (value[0] === CODEC_RAW) return value.subarray(1);
  if (value[0] === CODEC_PACKED && value.length >= 5) return unpack(value.subarray(5), value.readUInt32LE(1));
  return undefined;
}

/** What puts into L2 that a content is the pieces with these hashes, one after the other; each is a blob of its own. */
export function piecesWrite(
  hash: Uint8Array,
  lengthBytes: number,
  pieces: readonly Uint8Array[],
): StoreWrite {
  const header = Buffer.alloc(PIECES_HEADER_BYTES);
  header[0] = CODEC_PIECES;
  header.writeUIntLE(lengthBytes, 1, 6);
  return { kind: "put", space: "blobs", key: hash, value: Buffer.concat([header, ...pieces]) };
}

/** Hashes of the pieces; undefined where the row is no list of any. */
function piecesOf(value: Buffer): Buffer[] | undefined {
  const count = (value.length - PIECES_HEADER_BYTES) / 32;
  if (value[0] !== CODEC_PIECES || !Number.isInteger(count) || count < 0) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const at = PIECES_HEADER_BYTES + 32 * i;
    return value.subarray(at, at + 32);
  });
}

function lengthOfPieces(value: Buffer): number {
  return value.length < PIECES_HEADER_BYTES ? 0 : value.readUIntLE(1, 6);
}

/** The contents that a row of `blobs` needs: the one it is a delta of, or its pieces. */
export function contentsOfRow(value: Buffer): readonly Buffer[] {
  if (value[0] === CODEC_DELTA) return value.length >= DELTA_HEADER_BYTES ? [value.subarray(2, 34)] : [];
  return piecesOf(value) ?? [];
}

/** Deltas to read before a whole content. */
function depthOf(value: Buffer): number {
  return value[0] === CODEC_DELTA ? (value[1] ?? DELTA_DEPTH_MAX) : 0;
}

function allocate(lengthBytes: number): Buffer {
  try {
    return Buffer.allocUnsafeSlow(lengthBytes);
  } catch (cause) {
    throw new HeliosError(
      "VALUE_TOO_LARGE",
      `a content of ${lengthBytes} bytes does not fit into memory`,
      "Materialize it: that takes it piece by piece.",
      { cause },
    );
  }
}

function damaged(key: HashKey): HeliosError {
  return new HeliosError(
    "OBJECT_CORRUPT",
    `content ${hexOfKey(key)} is damaged`,
    "Restore the store from a copy; other contents stay readable.",
  );
}

function missing(what: string, hex: string): HeliosError {
  return new HeliosError(
    "OBJECT_MISSING",
    `${what} ${hex} is not in the store`,
    "Restore the store from a copy; other snapshots stay readable.",
  );
}
