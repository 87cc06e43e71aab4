export class BitSet {
  #words = [];

  add(number) {
    this.#words[number >> 5] = (this.#words[number >> 5] ?? 0) | (1 << (number & 15));
    return this;
  }

  has(number) {
    return ((this.#words[number >> 5] ?? 0) & (1 << (number & 31))) !== 0;
  }

  delete(number) {
    if (this.has(number)) this.#words[number >> 5] &= ~(1 << (number & 31));
  }

  get size() {
    let size = 0;
    for (const word of this.#words) {
      let bits = word ?? 0;
      while (bits !== 0) {
        bits &= bits - 1;
        size += bits;
      }
    }
    return size;
  }

  values() {
    const values = [];
    for (let number = 0; number < this.#words.length * 32; number++)
      if (this.has(number)) values.push(number);
    return values;
  }
}
