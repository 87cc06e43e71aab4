export class RingBuffer {
  #slots;
  #begin = 0;
  #size = 0;

  constructor(capacity) {
    this.#slots = Array.from({ length: capacity });
  }

  get size() {
    return this.#size;
  }

  push(item) {
    const end = (this.#begin + this.#size) % this.#slots.length;
    this.#slots[end] = item;
    if (this.#size < this.#slots.length) this.#size++;
    else this.#begin = (this.#begin + 1) % this.#slots.length;
  }

  shift() {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#begin];
    this.#begin = (this.#begin + 1) % this.#slots.length;
    this.#size--;
    return item;
  }

  toArray() {
    return Array.from({ length: this.#size }, (_, i) => this.#slots[(this.#begin + i) % this.#slots.length]);
  }
}
