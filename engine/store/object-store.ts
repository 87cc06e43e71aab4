/**
 * The contract of L2: a persistent, ordered, atomic key-value store in a few named spaces. Whatever implements it
 * runs `object-store.suite.ts`.
 *
 * Reads and writes are synchronous: a promise costs more than a read that hits the backend's memory. A store holds
 * no Helios logic; caching, counting and failing on demand are wrappers around a store.
 */

import { HeliosError } from "../errors.ts";

/** Where a value lives; each space orders its keys as bytes. FORMAT.md gives key and value of each. */
export const SPACES = ["blobs", "places", "nodes", "snapshots", "roots", "refs", "index", "meta"] as const;
/** The name of a space. */
export type Space = (typeof SPACES)[number];

export type StoreWrite =
  | { readonly kind: "put"; readonly space: Space; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: "delete"; readonly space: Space; readonly key: Uint8Array };

/** A key is 1 to this many bytes (what LMDB takes everywhere). Ids have 32; a longer name belongs into a value. */
export const KEY_MAX_BYTES = 511;
/**
 * A little below 2 GiB: what one write call of Linux takes, LMDB's page header and rounding up to pages included. A
 * larger content is to be cut into several values.
 */
export const VALUE_MAX_BYTES = 2 ** 31 - 2 ** 17;

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
  /**
   * Ends with the row that brings keys and values, as the backend keeps them, above this many bytes: for going through a
   * space in pieces.
   */
  readonly limitBytes?: number;
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
  /** Where threads send what they want written. */
  readonly channel?: string;
}

export interface ObjectStore {
  /** As named in the store's format file. */
  readonly kind: string;
  /**
   * The value, or undefined. The bytes stay as they are for as long as the caller keeps them; the caller must not write
   * to them. Fails with STORE_CLOSED after close.
   */
  get(space: Space, key: Uint8Array): Buffer | undefined;
  /**
   * All writes or none, in order. Durable against the death of the process on return; with `sync` against that of the
   * machine too, together with everything written before.
   * KEY_INVALID and VALUE_TOO_LARGE before anything is written; DISK_FULL and STORE_FAILED with nothing written.
   */
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
  /**
   * Runs an action while no other thread is inside an operation of the store; those that want to begin one wait. This is
   * how a worker is terminated (`store.pauseThreads(() => worker.terminate())`): in the midst of a call into native code
   * that may abort the process.
   */
  pauseThreads<T>(action: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Throws KEY_INVALID or VALUE_TOO_LARGE where a backend could not take the batch. About 5 ns for each write. */
export function assertBatch(batch: readonly StoreWrite[]): void {
  for (const write of batch) {
    const keyBytes = write.key.length;
    if (keyBytes === 0 || keyBytes > KEY_MAX_BYTES)
      throw new HeliosError(
        "KEY_INVALID",
        `a key of ${keyBytes} bytes in space "${write.space}": keys have 1 to ${KEY_MAX_BYTES} bytes`,
        "Use a shorter name, or the hash of it.",
      );
    if (write.kind === "put" && write.value.length > VALUE_MAX_BYTES)
      throw new HeliosError(
        "VALUE_TOO_LARGE",
        `a value of ${write.value.length} bytes in space "${write.space}": values have at most ${VALUE_MAX_BYTES} bytes`,
        "Cut it into several values, or leave the file out (.heliosignore).",
      );
  }
}

/** All rows of a space in key order, read in pieces of about `pieceBytes`. What is written meanwhile may be met or not. */
export function* rowsOf(
  store: ObjectStore,
  space: Space,
  pieceBytes = 4 * 2 ** 20,
): Iterable<readonly Row[]> {
  for (let gte: Buffer | undefined; ;) {
    const rows = store.range(space, { limitBytes: pieceBytes, ...(gte === undefined ? {} : { gte }) });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    // The least key above the last one.
    gte = Buffer.concat([last.key, Buffer.alloc(1)]);
  }
}
