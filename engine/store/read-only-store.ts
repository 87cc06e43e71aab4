/** A store that refuses writes, and takes its leave of something else when it is closed: what `openReader` gives. */
import { HeliosError } from "../errors.ts";
import type { ObjectStore, RangeOptions, Row, Space, StoreThreadAccess } from "./object-store.ts";

export class ReadOnlyStore implements ObjectStore {
  readonly kind: string;
  readonly #inner: ObjectStore;
  readonly #afterClose: () => void;

  constructor(inner: ObjectStore, afterClose: () => void = () => {}) {
    this.kind = inner.kind;
    this.#inner = inner;
    this.#afterClose = afterClose;
  }

  get(space: Space, key: Uint8Array): Buffer | undefined {
    return this.#inner.get(space, key);
  }

  write(): never {
    throw new HeliosError(
      "STORE_READ_ONLY",
      "the store is open for reading only",
      "Open it without readOnly.",
    );
  }

  range(space: Space, options?: RangeOptions): readonly Row[] {
    return this.#inner.range(space, options);
  }

  settle(): Promise<void> {
    return this.#inner.settle();
  }

  threadAccess(): StoreThreadAccess | undefined {
    return this.#inner.threadAccess();
  }

  pauseThreads<T>(action: () => Promise<T>): Promise<T> {
    return this.#inner.pauseThreads(action);
  }

  async close(): Promise<void> {
    await this.#inner.close();
    this.#afterClose();
  }
}
