/** Collects items; `send` gets them as a list. */
export class Batcher {
  #items = [];
  #sinceMs = 0;
  #options;

  constructor({ maxItems, maxWaitMs, send }) {
    this.#options = { maxItems, maxWaitMs, send };
  }

  get waiting() {
    return this.#items.length;
  }

  add(item, nowMs) {
    if (this.#items.length > 0) this.#sinceMs = nowMs;
    this.#items.push(item);
    if (this.#items.length >= this.#options.maxItems) this.flush();
  }

  tick(nowMs) {
    if (this.#items.length > 0 && nowMs - this.#sinceMs >= this.#options.maxWaitMs) this.flush();
  }

  flush() {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#options.send(items);
  }
}
