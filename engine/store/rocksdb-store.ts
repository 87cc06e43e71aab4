/**
 * L2 on RocksDB: one column family for each space, one write batch for each write. `rocksdb-binding.ts` says how it is
 * opened and why.
 */
import { mkdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { HeliosError } from "../errors.ts";
import type { Backend } from "./backends.ts";
import {
  assertBatch,
  type ObjectStore,
  type RangeOptions,
  type Row,
  type Space,
  type StoreThreadAccess,
  type StoreWrite,
} from "./object-store.ts";
import {
  BUFFERS,
  loadBinding,
  OPEN_OPTIONS,
  openError,
  readError,
  type RocksDatabase,
  type RocksIterator,
  writeError,
} from "./rocksdb-binding.ts";
import { ReadOnlyStore } from "./read-only-store.ts";
import { makeView } from "./rocksdb-view.ts";
import { ThreadEntrance, ThreadGate } from "./thread-gate.ts";

/**
 * RocksDB's own account of what it still has to do. What runs is counted for the database, what waits for the default
 * column family only, so that nothing running may also mean not begun yet: `settle` looks twice.
 */
const BACKGROUND_WORK = [
  "rocksdb.num-running-flushes",
  "rocksdb.num-running-compactions",
  "rocksdb.mem-table-flush-pending",
  "rocksdb.compaction-pending",
];
/** A view whose table the writer dropped in the one moment nobody looks does not open; that is not damage. */
const VIEW_ATTEMPTS = 5;
const SETTLE_POLL_MS = 5;
const ALL = 2 ** 32 - 1;
/** The binding counts in 32 signed bits. */
const HIGH_WATER_MAX = 2 ** 31 - 1;

export class RocksdbStore implements ObjectStore {
  readonly kind = "rocksdb";
  readonly #location: string;
  #database: RocksDatabase | undefined;
  /** In the thread that opened the database: the gate for the others, once there are any. */
  #gate: ThreadGate | undefined;
  /** In another thread: the gate to pass. The database is not this thread's to close. */
  readonly #entrance: ThreadEntrance | undefined;

  private constructor(database: RocksDatabase, location: string, entrance?: ThreadEntrance) {
    this.#database = database;
    this.#location = location;
    this.#entrance = entrance;
  }

  /** Opens or makes the database. L2_UNAVAILABLE where the native part does not load, STORE_LOCKED, STORE_CORRUPT. */
  static async open(location: string): Promise<RocksdbStore> {
    const RocksLevel = loadBinding();
    const database = new RocksLevel(location, BUFFERS);
    mkdirSync(location, { recursive: true });
    try {
      await database.open(OPEN_OPTIONS);
    } catch (error) {
      throw openError(error, location);
    }
    return new RocksdbStore(database, location);
  }

  /**
   * What the directory holds now, as a database of its own (`rocksdb-view.ts`). Costs a link for each table, and copying
   * and replaying the logs: what the writer has not put into tables yet, tens of megabytes at most.
   */
  static async openReader(location: string): Promise<ObjectStore> {
    loadBinding();
    for (let attempt = 1; ; attempt++) {
      const view = makeView(location);
      try {
        return new ReadOnlyStore(await RocksdbStore.open(view.directory), () => view.remove());
      } catch (error) {
        view.remove();
        if (attempt === VIEW_ATTEMPTS) throw error;
      }
    }
  }

  /** The database another thread of the process has open. STORE_CLOSED when it no longer has. */
  static async openFromThread(access: StoreThreadAccess): Promise<RocksdbStore> {
    const RocksLevel = loadBinding();
    const entrance = new ThreadEntrance(access.gate!);
    if (!entrance.enter()) {
      entrance.release();
      throw closedError();
    }
    try {
      const database = new RocksLevel(access.handle!, BUFFERS);
      await database.open(OPEN_OPTIONS);
      return new RocksdbStore(database, access.location, entrance);
    } finally {
      entrance.leave();
    }
  }

  get(space: Space, key: Uint8Array): Buffer | undefined {
    const database = this.#enter();
    try {
      return database._getManySync([key], { column: database.columns[space]! })[0];
    } catch (error) {
      throw readError(error);
    } finally {
      this.#entrance?.leave();
    }
  }

  write(batch: readonly StoreWrite[], options: { readonly sync?: boolean } = {}): void {
    assertBatch(batch);
    const database = this.#enter();
    const rocks = database._chainedBatch();
    try {
      for (const write of batch) {
        const column = database.columns[write.space]!;
        if (write.kind === "put") rocks._put(write.key, write.value, { column });
        else rocks._del(write.key, { column });
      }
      rocks._writeSync({ sync: options.sync ?? false });
    } catch (error) {
      throw writeError(error);
    } finally {
      rocks._closeSync();
      database.detachResource(rocks);
      this.#entrance?.leave();
    }
  }

  /**
   * Through an iterator and not `querySync`, which takes the process down when its thread is being terminated: there a
   * null pointer is used in the call that made it, here JavaScript ends between the two.
   */
  range(space: Space, options: RangeOptions = {}): readonly Row[] {
    const database = this.#enter();
    let iterator: RocksIterator | undefined;
    try {
      iterator = database._iterator({
        column: database.columns[space]!,
        keyEncoding: "buffer",
        valueEncoding: "buffer",
        limit: options.limit ?? -1,
        reverse: options.reverse ?? false,
        highWaterMarkBytes: Math.min(options.limitBytes ?? Infinity, HIGH_WATER_MAX),
        ...(options.gte === undefined ? {} : { gte: options.gte }),
        ...(options.lt === undefined ? {} : { lt: options.lt }),
      });
      const { rows } = iterator._nextvSync(ALL);
      return Array.from({ length: rows.length / 2 }, (_, i) => ({
        key: rows[2 * i]!,
        value: rows[2 * i + 1]!,
      }));
    } catch (error) {
      throw readError(error);
    } finally {
      if (iterator !== undefined) {
        iterator._closeSync();
        database.detachResource(iterator);
      }
      this.#entrance?.leave();
    }
  }

  async settle(): Promise<void> {
    let timesIdle = this.#isBusy() ? 0 : 1;
    while (timesIdle < 2) {
      await delay(SETTLE_POLL_MS);
      if (this.#database === undefined) return;
      timesIdle = this.#isBusy() ? 0 : timesIdle + 1;
    }
  }

  #isBusy(): boolean {
    const database = this.#enter();
    try {
      return BACKGROUND_WORK.some((name) => Number(database.getProperty(name)) > 0);
    } finally {
      this.#entrance?.leave();
    }
  }

  threadAccess(): StoreThreadAccess {
    const { handle } = this.#enter();
    this.#entrance?.leave();
    const { shared: gate } = this.#entrance ?? (this.#gate ??= new ThreadGate());
    return { kind: this.kind, location: this.#location, handle, gate };
  }

  pauseThreads<T>(action: () => Promise<T>): Promise<T> {
    return this.#gate === undefined ? action() : this.#gate.hold(action);
  }

  /** In a thread that did not open the database: lets go of it. Otherwise closes it for all, once no thread is inside. */
  async close(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    if (database === undefined) return;
    if (this.#entrance !== undefined) {
      this.#entrance.release();
      return;
    }
    await this.#gate?.shut();
    await database.close();
  }

  /** Whoever gets the database leaves by `#entrance` afterwards. */
  #enter(): RocksDatabase {
    if (this.#database === undefined || this.#entrance?.enter() === false) throw closedError();
    return this.#database;
  }
}

function closedError(): HeliosError {
  return new HeliosError("STORE_CLOSED", "the store is closed", "Open it again.");
}

export const rocksdbBackend: Backend = {
  unavailable: async () => {
    try {
      loadBinding();
      return undefined;
    } catch (error) {
      return error as HeliosError;
    }
  },
  open: (location) => RocksdbStore.open(location),
  openReader: (location) => RocksdbStore.openReader(location),
  openFromThread: (access) => RocksdbStore.openFromThread(access),
};
