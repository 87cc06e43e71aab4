/**
 * L2 on RocksDB, through `@nxtedition/rocksdb` (RocksLevel). Its synchronous batch, get and query are underscored
 * methods of an abstract-level database; this file is the only one that knows them.
 *
 * `walCompression` is off: it is on by default in the binding and costs about 25 us of P95. `walTotalSizeLimit` and
 * `decouplePartitionedFilters` reach other RocksDB options than they name, so they are not used.
 */
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { HeliosError } from "../errors.ts";
import type { Backend } from "./backends.ts";
import {
  assertBatch,
  type ObjectStore,
  type RangeOptions,
  type Row,
  type Space,
  SPACES,
  type StoreThreadAccess,
  type StoreWrite,
} from "./object-store.ts";
import { ReadOnlyStore } from "./read-only-store.ts";
import { unsuitableProcessor } from "./rocksdb-processor.ts";
import { makeView } from "./rocksdb-view.ts";
import { ThreadEntrance, ThreadGate } from "./thread-gate.ts";

type ColumnHandle = { readonly brand: "ColumnHandle" };

interface RocksBatch {
  _put(key: Uint8Array, value: Uint8Array, options: { column: ColumnHandle }): void;
  _del(key: Uint8Array, options: { column: ColumnHandle }): void;
  _writeSync(options: { sync: boolean }): void;
  _closeSync(): void;
}

interface RocksIterator {
  /** Keys and values in turn, up to `size` pairs. */
  _nextvSync(size: number): { readonly rows: readonly Buffer[] };
  _closeSync(): void;
}

interface RocksDatabase {
  /** Address of the open database; a RocksLevel made from it in another thread shares it. */
  readonly handle: bigint;
  readonly columns: Record<string, ColumnHandle>;
  open(options: object): Promise<void>;
  close(): Promise<void>;
  _getManySync(keys: readonly Uint8Array[], options: { column: ColumnHandle }): (Buffer | undefined)[];
  _chainedBatch(): RocksBatch;
  _iterator(options: object): RocksIterator;
  /** Forgets a batch or iterator, which it keeps until itself is closed otherwise. */
  detachResource(resource: object): void;
  getProperty(name: string): string;
}

type RocksLevelClass = new (locationOrHandle: string | bigint, options: object) => RocksDatabase;

const BUFFERS = { keyEncoding: "buffer", valueEncoding: "buffer" };

/**
 * Memory for what is in no table yet. Small, since a store of a small project should not cost much memory, and L1 is in
 * front of it. Smaller for spaces of short rows: RocksDB keeps its log until every space has put what it holds of it
 * into a table, so one that fills slowly holds back the log of all (measured: 1.3 GB of log with 32 MiB for each).
 */
const MEMTABLE_BYTES: Readonly<Partial<Record<Space, number>>> = { blobs: 32 * 2 ** 20, nodes: 32 * 2 ** 20 };
const SMALL_MEMTABLE_BYTES = 2 * 2 ** 20;
const BLOCK_CACHE_BYTES = 8 * 2 ** 20;

const columnOf = (memtableMemoryBudget: number) => ({
  memtableMemoryBudget,
  compaction: "level",
  cacheSize: BLOCK_CACHE_BYTES,
});
const OPEN_OPTIONS = {
  createIfMissing: true,
  walCompression: false,
  parallelism: 1,
  columns: {
    default: columnOf(SMALL_MEMTABLE_BYTES),
    ...Object.fromEntries(
      SPACES.map((space) => [space, columnOf(MEMTABLE_BYTES[space] ?? SMALL_MEMTABLE_BYTES)]),
    ),
  },
};

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

/** The package has no types and loads its native part when required. */
function loadBinding(): RocksLevelClass {
  const missing = unsuitableProcessor();
  if (missing.length > 0)
    throw unavailable(new Error(`its build expects a processor with ${missing.join(", ")}`));
  try {
    const binding = createRequire(import.meta.url)("@nxtedition/rocksdb") as { RocksLevel: RocksLevelClass };
    return binding.RocksLevel;
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(cause: unknown): HeliosError {
  return new HeliosError(
    "L2_UNAVAILABLE",
    "RocksDB did not load on this machine",
    'Use LMDB (l2: "lmdb"), or install a compiler and run "npm rebuild @nxtedition/rocksdb".',
    { cause },
  );
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

function openError(error: unknown, location: string): HeliosError {
  const text = describe(error);
  if (codeOf(error) === "LEVEL_LOCKED")
    return new HeliosError(
      "STORE_LOCKED",
      `another process has the store at ${location} open`,
      "Wait for it to finish, or stop it; one process uses a store at a time.",
      { cause: error },
    );
  if (/read-only|permission denied|not permitted|too many open files|input\/output/i.test(text))
    return new HeliosError(
      "STORE_FAILED",
      `the object store at ${location} cannot be opened for writing: ${text}`,
      "Check its permissions and its disk, or open it with readOnly.",
      { cause: error },
    );
  if (isFull(text)) return full(error);
  return new HeliosError(
    "STORE_CORRUPT",
    `the object store at ${location} does not open: ${text}`,
    "Restore the store from a copy; the journal beside it still holds the recent commits.",
    { cause: error },
  );
}

function readError(error: unknown): HeliosError {
  const text = describe(error);
  return /corrupt|checksum/i.test(text)
    ? new HeliosError(
        "STORE_CORRUPT",
        `the object store is damaged: ${text}`,
        "Restore the store from a copy; what lies elsewhere in it stays readable.",
        { cause: error },
      )
    : new HeliosError(
        "STORE_FAILED",
        `the object store refused a read: ${text}`,
        "Check the disk of the store.",
        { cause: error },
      );
}

function writeError(error: unknown): HeliosError {
  const text = describe(error);
  return isFull(text)
    ? full(error)
    : new HeliosError(
        "STORE_FAILED",
        `the object store refused a write: ${text}`,
        "Check the disk of the store.",
        { cause: error },
      );
}

const isFull = (text: string) => /no space|ENOSPC|quota|file too large/i.test(text);

function full(cause: unknown): HeliosError {
  return new HeliosError(
    "DISK_FULL",
    `the object store cannot grow: ${describe(cause)}`,
    "Free some space and try again.",
    { cause },
  );
}

/** The binding's code, which abstract-level wraps in `cause`. */
function codeOf(error: unknown): unknown {
  const reason = error instanceof Error ? (error.cause ?? error) : undefined;
  return reason instanceof Error && "code" in reason ? reason.code : undefined;
}

/** abstract-level wraps the reason of a failed open in `cause`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
