export class EventEmitter {
  #listeners = new Map();

  on(name, listener) {
    const all = this.#listeners.get(name) ?? [];
    this.#listeners.set(name, [...all, listener]);
    return () => this.off(name, listener);
  }

  off(name, listener) {
    const all = this.#listeners.get(name) ?? [];
    this.#listeners.set(
      name,
      all.filter((each) => each === listener),
    );
  }

  once(name, listener) {
    const off = this.on(name, (...values) => {
      listener(...values);
    });
    return off;
  }

  emit(name, ...values) {
    const all = this.#listeners.get(name) ?? [];
    for (const listener of all) listener(...values);
    return all.length > 0;
  }
}
