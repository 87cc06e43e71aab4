export class TtlCache {
  #entries = new Map();
  #ttlMs;

  constructor(ttlMs) {
    this.#ttlMs = ttlMs;
  }

  set(key, value, nowMs) {
    this.#entries.set(key, { value, expiresAtMs: nowMs + this.#ttlMs });
  }

  get(key, nowMs) {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAtMs <= nowMs) return undefined;
    return entry.value;
  }

  sweep(nowMs) {
    let removed = 0;
    for (const [key, { expiresAtMs }] of this.#entries) {
      if (expiresAtMs > nowMs) continue;
      this.#entries.delete(key);
      removed++;
    }
    return removed;
  }

  size(nowMs) {
    this.sweep(nowMs);
    return this.#entries.size;
  }
}
