export class PriorityQueue {
  #items = [];

  get size() {
    return this.#items.length;
  }

  push(value, priority) {
    const items = this.#items;
    items.push({ value, priority });
    let at = items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent].priority <= items[at].priority) break;
      [items[parent], items[at]] = [items[at], items[parent]];
      at = parent;
    }
  }

  pop() {
    const items = this.#items;
    if (items.length === 0) return undefined;
    const [top] = items;
    const last = items.pop();
    if (items.length === 0) return top.value;
    items[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < items.length && items[left].priority < items[least].priority) least = left;
      if (right < items.length && items[right].priority < items[least].priority) least = right;
      if (least === at) return top.value;
      [items[least], items[at]] = [items[at], items[least]];
      at = least;
    }
  }
}
