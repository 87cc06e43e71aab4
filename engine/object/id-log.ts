/**
 * Hashes and the commits they were seen at: snapshot ids that have been computed, contents that are in the journal.
 * Noting one is a copy of 38 bytes; an index over them is made when somebody looks one up. The bytes can be handed to
 * another thread as they are.
 */
import { type HashKey, hashKeyOf, type Sequence } from "./ids.ts";

const HASH = 32;
/** Hash, u48 sequence. */
const ROW_BYTES = HASH + 6;
const FIRST_ROWS = 1024;

export class IdLog {
  #bytes = Buffer.allocUnsafeSlow(0);
  #used = 0;
  #indexed = 0;
  readonly #index = new Map<HashKey, Sequence>();

  add(hash: Uint8Array, sequence: Sequence): void {
    if (this.#used === this.#bytes.length) this.#grow();
    this.#bytes.set(hash, this.#used);
    this.#bytes.writeUIntLE(sequence, this.#used + HASH, 6);
    this.#used += ROW_BYTES;
  }

  addKey(key: HashKey, sequence: Sequence): void {
    if (this.#used === this.#bytes.length) this.#grow();
    this.#bytes.write(key, this.#used, "latin1");
    this.#bytes.writeUIntLE(sequence, this.#used + HASH, 6);
    this.#used += ROW_BYTES;
  }

  addRows(rows: Uint8Array): void {
    for (const { hash, sequence } of seenIn(rows)) this.add(hash, sequence);
  }

  /** The bytes of all rows; a view. */
  get rows(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }

  /** Ids and the commits they were last seen at. Cost: one map entry for each id noted since the last call. */
  get index(): ReadonlyMap<HashKey, Sequence> {
    for (; this.#indexed < this.#used; this.#indexed += ROW_BYTES) {
      const at = this.#indexed;
      this.#index.set(hashKeyOf(this.#bytes.subarray(at, at + HASH)), this.#bytes.readUIntLE(at + HASH, 6));
    }
    return this.#index;
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_ROWS * ROW_BYTES, this.#bytes.length * 2));
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}

/** The rows, in the order they were noted. */
export function* seenIn(
  rows: Uint8Array,
): IterableIterator<{ readonly hash: Buffer; readonly sequence: Sequence }> {
  const bytes = Buffer.from(rows.buffer, rows.byteOffset, rows.length);
  for (let at = 0; at < bytes.length; at += ROW_BYTES)
    yield { hash: bytes.subarray(at, at + HASH), sequence: bytes.readUIntLE(at + HASH, 6) };
}
