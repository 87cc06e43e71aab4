/**
 * Memory for many small byte strings, cut from slabs: an allocation of its own for each costs a microsecond and a
 * finaliser. A slab lives as long as the longest-lived string in it, so strings of like lifetime share an arena.
 */
export class Arena {
  readonly #slabBytes: number;
  #slab: Buffer;
  #used = 0;

  constructor(slabBytes: number) {
    this.#slabBytes = slabBytes;
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
  }

  /** Uninitialised bytes. Long ones get memory of their own. */
  allocate(bytes: number): Buffer {
    if (bytes > this.#slabBytes / 8) return Buffer.allocUnsafeSlow(bytes);
    if (this.#used + bytes > this.#slabBytes) {
      this.#slab = Buffer.allocUnsafeSlow(this.#slabBytes);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += bytes;
    return this.#slab.subarray(start, start + bytes);
  }

  copy(bytes: Uint8Array): Buffer {
    const copy = this.allocate(bytes.length);
    copy.set(bytes);
    return copy;
  }
}
