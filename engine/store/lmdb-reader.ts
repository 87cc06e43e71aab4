/**
 * An LMDB store opened for reading while others write: every read sees the state at the opening, since all go through
 * one read transaction. As long as it is open, the writer cannot use again the pages of that state, so its file grows by
 * what is rewritten meanwhile.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { HeliosError } from "../errors.ts";
import { LMDB_FILE } from "./lmdb-binding.ts";
import { type OpenLmdb, openSpaces, type ReadTransaction, readRange, readValue } from "./lmdb-spaces.ts";
import type { ObjectStore, RangeOptions, Row, Space } from "./object-store.ts";
import { MemoryStore } from "./memory-store.ts";
import { ReadOnlyStore } from "./read-only-store.ts";

export async function openLmdbReader(location: string): Promise<ObjectStore> {
  // LMDB would make the file, and a reader makes nothing.
  if ((statSync(join(location, LMDB_FILE), { throwIfNoEntry: false })?.size ?? 0) === 0)
    return new ReadOnlyStore(new MemoryStore("lmdb"));
  return new ReadOnlyStore(new LmdbReader(await openSpaces(location, { readOnly: true })));
}

class LmdbReader implements ObjectStore {
  readonly kind = "lmdb";
  #open: OpenLmdb | undefined;
  readonly #transaction: ReadTransaction;

  constructor(open: OpenLmdb) {
    this.#open = open;
    this.#transaction = open.environment.useReadTransaction();
  }

  get(space: Space, key: Uint8Array): Buffer | undefined {
    return readValue(this.#opened(), space, key, this.#transaction);
  }

  range(space: Space, options: RangeOptions = {}): readonly Row[] {
    return readRange(this.#opened(), space, options, this.#transaction);
  }

  /** `ReadOnlyStore` refuses. */
  write(): never {
    throw new TypeError("unreachable");
  }

  async settle(): Promise<void> {
    this.#opened();
  }

  /** Another thread would see another state. */
  threadAccess(): undefined {}

  pauseThreads<T>(action: () => Promise<T>): Promise<T> {
    return action();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    this.#transaction.done();
    await open.environment.close();
  }

  #opened(): OpenLmdb {
    if (this.#open === undefined)
      throw new HeliosError("STORE_CLOSED", "the store is closed", "Open it again.");
    return this.#open;
  }
}
