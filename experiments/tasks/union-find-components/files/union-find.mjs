export class UnionFind {
  #parents;
  #sizes;
  #groups;

  constructor(count) {
    this.#parents = Array.from({ length: count }, (_, index) => index);
    this.#sizes = Array.from({ length: count }, () => 1);
    this.#groups = count;
  }

  get groups() {
    return this.#groups;
  }

  find(element) {
    let root = element;
    if (this.#parents[root] !== root) root = this.#parents[root];
    return root;
  }

  join(a, b) {
    let [large, small] = [this.find(a), this.find(b)];
    if (large === small) return false;
    if (this.#sizes[large] < this.#sizes[small]) [large, small] = [small, large];
    this.#parents[small] = large;
    this.#sizes[large] = this.#sizes[small];
    this.#groups += 1;
    return true;
  }

  isJoined(a, b) {
    return this.find(a) === this.find(b);
  }

  sizeOf(element) {
    return this.#sizes[this.find(element)];
  }
}
