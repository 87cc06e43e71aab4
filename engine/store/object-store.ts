/**
 * The contract of L2: a persistent, ordered, atomic key-value store in a few named spaces. Whatever implements it
 * runs `object-store.suite.ts`.
 *
 * Reads and writes are synchronous: a promise costs more than a read that hits the backend's memory. A store holds
 * no Helios logic; caching, counting and failing on demand are wrappers around a store.
 */

/** Where a value lives; each space orders its keys as bytes. FORMAT.md gives key and value of each. */
export const SPACES = ["blobs", "places", "nodes", "snapshots", "roots", "refs", "index", "meta"] as const;
export type Space = (typeof SPACES)[number];

export type StoreWrite =
  | { readonly kind: "put"; readonly space: Space; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: "delete"; readonly space: Space; readonly key: Uint8Array };

export interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface RangeOptions {
  /** Inclusive lower and exclusive upper bound; open where absent. */
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  /** Largest keys first. */
  readonly reverse?: boolean;
  readonly limit?: number;
}

/**
 * What another thread of the process opens the same store with, through `openFromThread`. It can be posted to a worker.
 * The fields beside `kind` are the backend's own.
 */
export interface StoreThreadAccess {
  readonly kind: string;
  readonly location: string;
  /** Address of the open database in the process. */
  readonly handle?: bigint;
  /** Tells threads that the store has been closed, and the closing one that threads are still at work. */
  readonly gate?: SharedArrayBuffer;
}

export interface ObjectStore {
  /** As named in the store's format file. */
  readonly kind: string;
  /** The value, or undefined. The caller must not write to it. Fails with STORE_CLOSED after close. */
  get(space: Space, key: Uint8Array): Buffer | undefined;
  /** All writes or none, in order. Durable against the death of the process on return; of the machine with `sync`. */
  write(batch: readonly StoreWrite[], options?: { readonly sync?: boolean }): void;
  /** Rows in key order. */
  range(space: Space, options?: RangeOptions): readonly Row[];
  /** Waits until the backend has no work of its own left (flushes, compactions): quiescence. */
  settle(): Promise<void>;
  /**
   * Access for worker threads, or undefined where a thread cannot share the store (memory). Close the store a thread
   * opened with it in that thread, or end the thread; the store itself stays open, and only `close` of the first one
   * ends it, for all. Threads that use it later get STORE_CLOSED.
   */
  threadAccess(): StoreThreadAccess | undefined;
  close(): Promise<void>;
}
