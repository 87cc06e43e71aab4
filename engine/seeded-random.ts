/**
 * Seeded randomness for sampling, crash tests and fuzzing: the same seed gives the same choices again.
 * The generator is splitmix32: one 32-bit word of state, every seed good, no period shorter than 2^32.
 */

export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 .. 2^32 - 1. */
  u32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** 0 .. n - 1. */
  below(n: number): number {
    return Math.floor((this.u32() / 2 ** 32) * n);
  }

  chance(probability: number): boolean {
    return this.u32() / 2 ** 32 < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let at = 0;
    for (; at + 4 <= length; at += 4) bytes.writeUInt32LE(this.u32(), at);
    for (; at < length; at++) bytes[at] = this.u32() & 0xff;
    return bytes;
  }

  /** A seed for a generator of its own, so that one consumer's appetite does not shift another's choices. */
  fork(): SeededRandom {
    return new SeededRandom(this.u32());
  }
}
