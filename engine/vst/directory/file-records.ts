/**
 * The files that a scan has to look into, as columns: a million of them cost 100 MB, against several times that as
 * objects. Files are named by their index.
 */
import type { FileStat } from "./stat-cache.ts";

const HASH_BYTES = 32;
const FIRST_CAPACITY = 64;

/** What became of a file. */
export const PENDING = 0;
export const READ = 1;
/** Removed between listing and reading. */
export const GONE = 2;
/** Kept changing while it was read: what was read is stored, and it is read again next time. */
export const UNSTABLE = 3;
/** An ignore file that is obeyed and, being ignored itself, not stored. */
export const OBEYED_ONLY = 4;

export class FileRecords {
  #count = 0;
  #capacity = FIRST_CAPACITY;
  #numbers = new Float64Array(4 * FIRST_CAPACITY);
  #words = new Int32Array(4 * FIRST_CAPACITY);
  #hashes = new Uint8Array(HASH_BYTES * FIRST_CAPACITY);
  #fates = new Uint8Array(FIRST_CAPACITY);
  #lengths = new Float64Array(FIRST_CAPACITY);

  get count(): number {
    return this.#count;
  }

  /** `place` says where its name is: a position in the listing of its directory, or -1 for a name that is cached. */
  add(directory: number, place: number, known: number, stat: FileStat): number {
    if (this.#count === this.#capacity) this.#grow();
    const record = this.#count++;
    this.setStat(record, stat);
    this.#words.set([directory, place, known], 4 * record);
    return record;
  }

  /** The stat of the file that was read, which may have changed since it was listed. */
  setStat(record: number, stat: FileStat): void {
    const at = 4 * record;
    this.#numbers[at] = stat.size;
    this.#numbers[at + 1] = stat.mtimeMs;
    this.#numbers[at + 2] = stat.ctimeMs;
    this.#numbers[at + 3] = stat.ino;
    this.#words[at + 3] = stat.mode;
  }

  statOf(record: number): FileStat {
    const at = 4 * record;
    return {
      size: this.#numbers[at]!,
      mtimeMs: this.#numbers[at + 1]!,
      ctimeMs: this.#numbers[at + 2]!,
      ino: this.#numbers[at + 3]!,
      mode: this.#words[at + 3]!,
    };
  }

  /** As listed; 0 where a file was listed without a look at it. */
  sizeOf(record: number): number {
    return this.#numbers[4 * record]!;
  }

  modeOf(record: number): number {
    return this.#words[4 * record + 3]!;
  }

  /** Index of the directory's visit. */
  directoryOf(record: number): number {
    return this.#words[4 * record]!;
  }

  placeOf(record: number): number {
    return this.#words[4 * record + 1]!;
  }

  /** Index in the cache, or -1. */
  knownOf(record: number): number {
    return this.#words[4 * record + 2]!;
  }

  fateOf(record: number): number {
    return this.#fates[record]!;
  }

  setFate(record: number, fate: number): void {
    this.#fates[record] = fate;
  }

  /** What was read of a file: its fate, the hash of its content and the content's length. */
  setContent(record: number, fate: number, hash: Uint8Array, lengthBytes: number): void {
    this.#fates[record] = fate;
    this.#hashes.set(hash, HASH_BYTES * record);
    this.#lengths[record] = lengthBytes;
  }

  lengthOf(record: number): number {
    return this.#lengths[record]!;
  }

  hashOf(record: number): Uint8Array {
    return this.#hashes.subarray(HASH_BYTES * record, HASH_BYTES * (record + 1));
  }

  #grow(): void {
    this.#capacity *= 2;
    const larger = <T extends Float64Array | Int32Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#numbers = larger(new Float64Array(4 * this.#capacity), this.#numbers);
    this.#words = larger(new Int32Array(4 * this.#capacity), this.#words);
    this.#hashes = larger(new Uint8Array(HASH_BYTES * this.#capacity), this.#hashes);
    this.#fates = larger(new Uint8Array(this.#capacity), this.#fates);
    this.#lengths = larger(new Float64Array(this.#capacity), this.#lengths);
  }
}
