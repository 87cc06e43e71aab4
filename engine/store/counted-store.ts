/** A store around a store that counts what is asked of it. Costs a few additions for each operation. */
import type { ObjectStore, RangeOptions, Row, Space, StoreThreadAccess, StoreWrite } from "./object-store.ts";

export interface StoreCounters {
  readonly gets: number;
  /** Gets that found a value, and the bytes of those values. */
  readonly hits: number;
  readonly bytesRead: number;
  readonly ranges: number;
  readonly rows: number;
  /** Writes that the store took, and how many of them it was asked to sync. */
  readonly batches: number;
  readonly syncs: number;
  readonly puts: number;
  readonly deletes: number;
  /** Keys and values of puts. */
  readonly bytesWritten: number;
  /** Operations that the store refused. */
  readonly failures: number;
}

const NOTHING: StoreCounters = {
  gets: 0,
  hits: 0,
  bytesRead: 0,
  ranges: 0,
  rows: 0,
  batches: 0,
  syncs: 0,
  puts: 0,
  deletes: 0,
  bytesWritten: 0,
  failures: 0,
};

export class CountedStore implements ObjectStore {
  readonly kind: string;
  readonly #inner: ObjectStore;
  #counters = { ...NOTHING };

  constructor(inner: ObjectStore) {
    this.kind = inner.kind;
    this.#inner = inner;
  }

  /** As of now; does not change afterwards. What other threads do through `threadAccess` is not counted. */
  get counters(): StoreCounters {
    return { ...this.#counters };
  }

  reset(): void {
    this.#counters = { ...NOTHING };
  }

  get(space: Space, key: Uint8Array): Buffer | undefined {
    const value = this.#counting(() => this.#inner.get(space, key));
    this.#counters.gets++;
    if (value !== undefined) {
      this.#counters.hits++;
      this.#counters.bytesRead += value.length;
    }
    return value;
  }

  write(batch: readonly StoreWrite[], options?: { readonly sync?: boolean }): void {
    this.#counting(() => this.#inner.write(batch, options));
    const counters = this.#counters;
    counters.batches++;
    if (options?.sync === true) counters.syncs++;
    for (const write of batch) {
      if (write.kind === "delete") {
        counters.deletes++;
      } else {
        counters.puts++;
        counters.bytesWritten += write.key.length + write.value.length;
      }
    }
  }

  range(space: Space, options?: RangeOptions): readonly Row[] {
    const rows = this.#counting(() => this.#inner.range(space, options));
    this.#counters.ranges++;
    this.#counters.rows += rows.length;
    for (const { key, value } of rows) this.#counters.bytesRead += key.length + value.length;
    return rows;
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

  close(): Promise<void> {
    return this.#inner.close();
  }

  #counting<T>(operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      this.#counters.failures++;
      throw error;
    }
  }
}
