/**
 * The `@nxtedition/rocksdb` package (RocksLevel): loaded when first needed, opened always in the same way, its errors told
 * apart. Its synchronous batch, get and iterator are underscored methods of an abstract-level database; this file and
 * `rocksdb-store.ts` are the only ones that know them.
 *
 * `walCompression` is off: it is on by default in the binding and costs about 25 us of P95. `walTotalSizeLimit` and
 * `decouplePartitionedFilters` reach other RocksDB options than they name, so they are not used.
 */
import { createRequire } from "node:module";
import { HeliosError } from "../errors.ts";
import { type Space, SPACES } from "./object-store.ts";
import { unsuitableProcessor } from "./rocksdb-processor.ts";

type ColumnHandle = { readonly brand: "ColumnHandle" };

interface RocksBatch {
  _put(key: Uint8Array, value: Uint8Array, options: { column: ColumnHandle }): void;
  _del(key: Uint8Array, options: { column: ColumnHandle }): void;
  _writeSync(options: { sync: boolean }): void;
  _closeSync(): void;
}

export interface RocksIterator {
  /** Keys and values in turn, up to `size` pairs. */
  _nextvSync(size: number): { readonly rows: readonly Buffer[] };
  _closeSync(): void;
}

export interface RocksDatabase {
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

export const BUFFERS = { keyEncoding: "buffer", valueEncoding: "buffer" };

/**
 * Memory for what is in no table yet. Small, since a store of a small project should not cost much memory, and L1 is in
 * front of it. Smaller for spaces of short rows: RocksDB keeps its log until every space has put what it holds of it
 * into a table, so one that fills slowly holds back the log of all (measured: 1.3 GB of log with 32 MiB for each).
 * Larger for contents: RocksDB takes this as the size of its lowest level too, and hashes come in no order, so each table
 * is merged with all there is. An import of 200,000 files spent 3 to 4 s of processor time on that with 32 MiB, 0.3 s
 * with 128; the memory is taken as it fills, which only imports do.
 */
const MEMTABLE_BYTES: Readonly<Partial<Record<Space, number>>> = {
  blobs: 128 * 2 ** 20,
  nodes: 32 * 2 ** 20,
};
const SMALL_MEMTABLE_BYTES = 2 * 2 ** 20;
const BLOCK_CACHE_BYTES = 8 * 2 ** 20;

const columnOf = (memtableMemoryBudget: number) => ({
  memtableMemoryBudget,
  compaction: "level",
  cacheSize: BLOCK_CACHE_BYTES,
});
export const OPEN_OPTIONS = {
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

/** The package has no types and loads its native part when required. L2_UNAVAILABLE where that fails. */
export function loadBinding(): RocksLevelClass {
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

export function openError(error: unknown, location: string): HeliosError {
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

export function readError(error: unknown): HeliosError {
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

export function writeError(error: unknown): HeliosError {
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
