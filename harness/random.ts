/**
 * Seeded randomness. Workloads, run orders and bootstraps must give the same values on every machine and Node
 * version, so `Math.random` is never used for anything that reaches a result.
 *
 * The generator is xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM
 * TOMS 47(4), 2021), seeded with the SHA-256 of the seed and a label. A label per purpose keeps streams apart:
 * drawing once more in one of them moves nothing in another.
 */
import { createHash } from "node:crypto";

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number | string, label = "") {
    const state = createHash("sha256").update(`${seed}\0${label}`).digest();
    this.#a = state.readUInt32LE(0);
    this.#b = state.readUInt32LE(4);
    this.#c = state.readUInt32LE(8);
    // The all-zero state is the one the generator cannot leave.
    this.#d = state.readUInt32LE(12) | 1;
  }

  /** Uniform in [0, 2^32). About 5 ns. */
  uint32(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return scrambled;
  }

  /** Uniform in [0, 1), 53 bits. */
  float(): number {
    return ((this.uint32() >>> 5) * 67_108_864 + (this.uint32() >>> 6)) / 9_007_199_254_740_992;
  }

  /** Whole number in [0, bound), without modulo bias. `bound` from 1 to 2^32. */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new RangeError(`bound must be a whole number from 1 to 2^32, is ${bound}`);
    }
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const drawn = this.uint32();
      if (drawn < limit) return drawn % bound;
    }
  }

  /** One of the items; the list must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
    }
    return shuffled;
  }
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** A uniform sample of fixed size from a stream of unknown length (Vitter's algorithm R, ACM TOMS 11(1), 1985). */
export class Reservoir<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  readonly #random: Random;
  #seen = 0;

  constructor(capacity: number, random: Random) {
    this.#capacity = capacity;
    this.#random = random;
  }

  offer(item: T): void {
    this.#seen++;
    if (this.#items.length < this.#capacity) this.#items.push(item);
    else {
      const slot = this.#random.below(this.#seen);
      if (slot < this.#capacity) this.#items[slot] = item;
    }
  }

  get items(): readonly T[] {
    return this.#items;
  }
}
