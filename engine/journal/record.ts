/**
 * The record of one commit: what changed since its parent, small contents included, so that the record alone makes
 * the commit durable and the state can be computed again from its parent's.
 *
 * Encoding, version 1 (varint: LEB128, text: varint length and UTF-8):
 *
 *     u8 version, u8 flags, varint sequence, varint parentCount, varint (sequence - parent) each,
 *     varint timeMs, text ref ("" for none), text author, text message, varint changedPaths,
 *     flags & 1: root hash 32
 *     flags & 2: the whole state is in L2 under the root hash, no operations follow
 *     varint operationCount, operations:
 *       u8 kind | mode << 3 | packed << 5, varint path bytes shared with the operation before, text rest of the path
 *       kind 1 inline: bytes
 *       kind 2 delta:  varint prefix, varint suffix, bytes between; prefix and suffix are taken from the content
 *                      the parent's state has at the path
 *       kind 3 stored: hash 32, varint size; the content is in L2
 *       kind 4 delete
 *     bytes: varint length, bytes; packed: varint length when unpacked, varint length, zstd frame
 *
 * A ref that moves without a commit has a record of its own:
 *
 *     u8 version, u8 flags = 4, varint timeMs, text ref, varint sequence (0: the ref is deleted)
 */
import { HeliosError } from "../errors.ts";
import { pack, unpack } from "../object/packing.ts";

export const RECORD_VERSION = 1;
/** A forest names each tree that changed as a parent. */
export const PARENTS_MAX = 65_535;
/** Room the journal needs in front of a record for its frame. */
export const FRAME_BYTES = 8;

const PACKED = 1 << 5;
const FLAG_ROOT = 1;
const FLAG_STORED = 2;
const FLAG_REF_MOVE = 4;

export const KIND = { inline: 1, delta: 2, stored: 3, delete: 4 } as const;

export interface RecordHead {
  readonly sequence: number;
  readonly parents: readonly number[];
  readonly timeMs: number;
  readonly ref: string;
  readonly author: string;
  readonly message: string;
  readonly changedPaths: number;
  /** Root hash, where it was known when the record was written. */
  readonly root: Uint8Array | undefined;
  /** The state is in L2 under `root`; the record has no operations. */
  readonly stored: boolean;
}

/** A ref moved, made or (`sequence` undefined) deleted without a commit. */
export interface RefMove {
  readonly name: string;
  readonly sequence: number | undefined;
  readonly timeMs: number;
}

export type Operation =
  | { readonly kind: "inline"; readonly path: string; readonly mode: number; readonly bytes: Buffer }
  | {
      readonly kind: "delta";
      readonly path: string;
      readonly mode: number;
      readonly prefix: number;
      readonly suffix: number;
      readonly bytes: Buffer;
    }
  | {
      readonly kind: "stored";
      readonly path: string;
      readonly mode: number;
      readonly hash: Buffer;
      readonly sizeBytes: number;
    }
  | { readonly kind: "delete"; readonly path: string };

/** Writes records into one buffer that it reuses; what it hands out is valid until the next `begin`. */
export class RecordWriter {
  #buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #at = 0;
  #previousPath = "";

  begin(head: RecordHead, operations: number): void {
    this.#at = FRAME_BYTES;
    this.#previousPath = "";
    this.#reserve(256);
    this.#buffer[this.#at++] = RECORD_VERSION;
    this.#buffer[this.#at++] = (head.root === undefined ? 0 : FLAG_ROOT) | (head.stored ? FLAG_STORED : 0);
    this.#varint(head.sequence);
    this.#varint(head.parents.length);
    for (const parent of head.parents) this.#varint(head.sequence - parent);
    this.#varint(head.timeMs);
    this.#text(head.ref);
    this.#text(head.author);
    this.#text(head.message);
    this.#varint(head.changedPaths);
    if (head.root !== undefined) this.#bytes(head.root);
    this.#varint(operations);
  }

  inline(path: string, mode: number, bytes: Uint8Array): void {
    const packed = pack(bytes);
    this.#operation(KIND.inline, mode, path, packed !== undefined);
    this.#content(bytes, packed);
  }

  delta(path: string, mode: number, prefix: number, suffix: number, between: Uint8Array): void {
    const packed = pack(between);
    this.#operation(KIND.delta, mode, path, packed !== undefined);
    this.#varint(prefix);
    this.#varint(suffix);
    this.#content(between, packed);
  }

  stored(path: string, mode: number, hash: Uint8Array, sizeBytes: number): void {
    this.#operation(KIND.stored, mode, path);
    this.#bytes(hash);
    this.#varint(sizeBytes);
  }

  delete(path: string): void {
    this.#operation(KIND.delete, 0, path);
  }

  /** A whole record. */
  refMove({ name, sequence, timeMs }: RefMove): Buffer {
    this.#at = FRAME_BYTES;
    this.#reserve(32 + 3 * name.length);
    this.#buffer[this.#at++] = RECORD_VERSION;
    this.#buffer[this.#at++] = FLAG_REF_MOVE;
    this.#varint(timeMs);
    this.#text(name);
    this.#varint(sequence ?? 0);
    return this.finish();
  }

  /** FRAME_BYTES of room and the record. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #content(bytes: Uint8Array, packed: Uint8Array | undefined): void {
    this.#varint(bytes.length);
    if (packed !== undefined) this.#varint(packed.length);
    this.#bytes(packed ?? bytes);
  }

  #operation(kind: number, mode: number, path: string, packed = false): void {
    this.#reserve(32 + 3 * path.length);
    this.#buffer[this.#at++] = kind | (mode << 3) | (packed ? PACKED : 0);
    // Shared UTF-16 units below 0x80 are shared bytes; stopping at the first other one keeps characters whole.
    let shared = 0;
    const limit = Math.min(path.length, this.#previousPath.length);
    while (
      shared < limit &&
      path.charCodeAt(shared) === this.#previousPath.charCodeAt(shared) &&
      path.charCodeAt(shared) < 0x80
    )
      shared++;
    this.#previousPath = path;
    this.#varint(shared);
    this.#text(shared === 0 ? path : path.slice(shared));
  }

  #varint(value: number): void {
    this.#reserve(10);
    while (value >= 0x80) {
      this.#buffer[this.#at++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    this.#buffer[this.#at++] = value;
  }

  #text(text: string): void {
    if (text.length === 0) return this.#varint(0);
    const length = Buffer.byteLength(text);
    this.#varint(length);
    this.#reserve(length);
    this.#at += this.#buffer.write(text, this.#at, "utf8");
  }

  #bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** Reads fields from bytes that it does not trust. */
class Fields {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  assertEnd(): void {
    if (this.#at !== this.#bytes.length) throw damaged("bytes follow its last operation");
  }

  u8(): number {
    if (this.#at >= this.#bytes.length) throw damaged("it is cut short");
    return this.#bytes[this.#at++]!;
  }

  varint(limit = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (value > limit) throw damaged("a number is out of range");
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  text(): string {
    return this.take(this.varint()).toString();
  }

  take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw damaged("it is cut short");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** Reads a record whose checksum has been proved; still trusts no length in it. */
export class RecordReader {
  readonly head: RecordHead;
  readonly operationCount: number;
  readonly #fields: Fields;
  #previousPath = "";

  constructor(bytes: Buffer) {
    const fields = (this.#fields = new Fields(bytes, 0));
    const version = fields.u8();
    if (version !== RECORD_VERSION) throw damaged(`unknown record version ${version}`);
    const flags = fields.u8();
    if (flags > (FLAG_ROOT | FLAG_STORED)) throw damaged(`unknown flags ${flags}`);
    const sequence = fields.varint();
    const parents = Array.from({ length: fields.varint(PARENTS_MAX) }, () => sequence - fields.varint());
    if (parents.some((parent) => parent < 1 || parent >= sequence))
      throw damaged("a parent is not an earlier commit");
    this.head = {
      sequence,
      parents,
      timeMs: fields.varint(),
      ref: fields.text(),
      author: fields.text(),
      message: fields.text(),
      changedPaths: fields.varint(),
      root: (flags & FLAG_ROOT) === 0 ? undefined : fields.take(32),
      stored: (flags & FLAG_STORED) !== 0,
    };
    this.operationCount = fields.varint();
    if (this.head.stored && (this.head.root === undefined || this.operationCount > 0))
      throw damaged("a stored state without its root hash, or with operations");
  }

  /** What a record says when it is no commit but the move of a ref. */
  static refMove(bytes: Buffer): RefMove | undefined {
    if (bytes[0] !== RECORD_VERSION || bytes[1] !== FLAG_REF_MOVE) return undefined;
    const fields = new Fields(bytes, 2);
    const timeMs = fields.varint();
    const name = fields.text();
    const sequence = fields.varint();
    fields.assertEnd();
    return { name, sequence: sequence === 0 ? undefined : sequence, timeMs };
  }

  /** The operations, once. Their buffers are views of the record. */
  *operations(): IterableIterator<Operation> {
    for (let i = 0; i < this.operationCount; i++) yield this.#operation();
    this.#fields.assertEnd();
  }

  #operation(): Operation {
    const first = this.#fields.u8();
    const mode = (first >> 3) & 3;
    const packed = (first & PACKED) !== 0;
    if (first >= PACKED << 1) throw damaged(`unknown operation ${first}`);
    const shared = this.#fields.varint(this.#previousPath.length);
    const path = this.#previousPath.slice(0, shared) + this.#fields.text();
    this.#previousPath = path;
    switch (first & 7) {
      case KIND.inline:
        return { kind: "inline", path, mode, bytes: this.#content(packed) };
      case KIND.delta: {
        const prefix = this.#fields.varint();
        const suffix = this.#fields.varint();
        return { kind: "delta", path, mode, prefix, suffix, bytes: this.#content(packed) };
      }
      case KIND.stored:
        return { kind: "stored", path, mode, hash: this.#fields.take(32), sizeBytes: this.#fields.varint() };
      case KIND.delete:
        return { kind: "delete", path };
      default:
        throw damaged(`unknown operation ${first & 7}`);
    }
  }

  #content(packed: boolean): Buffer {
    const length = this.#fields.varint();
    if (!packed) return this.#fields.take(length);
    const bytes = unpack(this.#fields.take(this.#fields.varint()), length);
    if (bytes === undefined) throw damaged("a packed content does not unpack to its length");
    return bytes;
  }
}

function damaged(what: string): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    `a journal record is damaged: ${what}`,
    "Restore the store from a copy; commits before this record stay readable.",
  );
}
