/**
 * A set of hashes that keeps 8 of their 32 bytes: 16 bytes a hash where a Set of strings takes about 100. Of two hashes
 * that share the eight bytes one passes for the other: one chance in 2^64 for each pair, and an error on the safe side
 * for a collection (it keeps one object too many).
 */

const FIRST_SLOTS = 1024;
const FILL_MAX = 0.6;

export class HashSet64 {
  #low = new Uint32Array(FIRST_SLOTS);
  #high = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** False when it was there already. */
  add(hash: Uint8Array, offset = 0): boolean {
    return this.addWords(word(hash, offset), word(hash, offset + 4));
  }

  has(hash: Uint8Array, offset = 0): boolean {
    return this.hasWords(word(hash, offset), word(hash, offset + 4));
  }

  addWords(low: number, high: number): boolean {
    if (this.#size >= this.#low.length * FILL_MAX) this.#grow();
    const slot = this.#slotOf(low, high);
    if (this.#low[slot] !== 0 || this.#high[slot] !== 0) return false;
    this.#low[slot] = low;
    this.#high[slot] = marked(low, high);
    this.#size++;
    return true;
  }

  hasWords(low: number, high: number): boolean {
    const slot = this.#slotOf(low, high);
    return this.#low[slot] !== 0 || this.#high[slot] !== 0;
  }

  /** Slot of the words, or the empty one where they belong. */
  #slotOf(low: number, high: number): number {
    const mask = this.#low.length - 1;
    const stored = marked(low, high);
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      if (this.#low[slot] === low && this.#high[slot] === stored) return slot;
      if (this.#low[slot] === 0 && this.#high[slot] === 0) return slot;
    }
  }

  #grow(): void {
    const [low, high] = [this.#low, this.#high];
    this.#low = new Uint32Array(low.length * 2);
    this.#high = new Uint32Array(high.length * 2);
    for (let i = 0; i < low.length; i++) {
      if (low[i] === 0 && high[i] === 0) continue;
      const slot = this.#slotOf(low[i]!, high[i]!);
      this.#low[slot] = low[i]!;
      this.#high[slot] = high[i]!;
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Both words zero mean an empty slot. */
function marked(low: number, high: number): number {
  return low === 0 && high === 0 ? 1 : high;
}
