/**
 * The `lmdb` package: loaded when first needed, opened always in the same way, its errors told apart.
 *
 * How it is used follows from how LMDB ends when the power goes. It has no log: a commit writes new pages beside the old
 * ones and then one of two header pages, and pages of the state before last are used again. Without any sync
 * (`noSync`) the disk may see this in another order, so that power lost today damages what was written last year. So
 * every commit syncs its pages before its header (`COMMIT`, the header itself unsynced: at worst the last commits are
 * lost, never the file), and `SYNCED` syncs the header too. Measured on ext4 on a virtual disk: 0.4 ms for a small
 * commit against 0.02 without sync, 32 against 22 ms for one of 1 MB. The write map (`useWritemap`) is not used: with it
 * a stray pointer of any other native code in the process can damage the file.
 */
import { closeSync, openSync, readSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type * as Lmdb from "lmdb";
import { errnoOf, HeliosError } from "../errors.ts";

/** Its types know some of the flags only. */
export type LmdbEnvironment = Omit<Lmdb.RootDatabase<Buffer, Buffer>, "transactionSync"> & {
  transactionSync<T>(action: () => T, flags: number): T;
};
export type LmdbSpace = Lmdb.Database<Buffer, Buffer>;

/** Flags of `transactionSync`. 2: committed when it returns; 0x40000 is LMDB's MDB_NOMETASYNC, 0x10000 MDB_NOSYNC. */
export const COMMIT = 0x40002;
export const SYNCED = 2;
export const UNSYNCED = 0x10002;

/** The database, in its directory. */
export const LMDB_FILE = "data.mdb";

export const BINARY = { keyEncoding: "binary", encoding: "binary" } as const;

/** L2_UNAVAILABLE where the package or its native part is missing or does not load. */
async function loadLmdb(): Promise<typeof Lmdb> {
  try {
    return await import("lmdb");
  } catch (error) {
    throw new HeliosError(
      "L2_UNAVAILABLE",
      "LMDB did not load on this machine",
      'Install again without `--omit=optional`, so that npm fetches the build for this machine, or use l2: "memory".',
      { cause: error },
    );
  }
}

/** L2_UNAVAILABLE where it does not load; undefined where it does. */
export async function lmdbUnavailable(): Promise<HeliosError | undefined> {
  try {
    await loadLmdb();
    return undefined;
  } catch (error) {
    return error as HeliosError;
  }
}

/** Opens an environment. L2_UNAVAILABLE, STORE_CORRUPT, STORE_FAILED. */
export async function openEnvironment(
  path: string,
  options: Lmdb.RootDatabaseOptions,
): Promise<LmdbEnvironment> {
  const lmdb = await loadLmdb();
  assertHeader(options.noSubdir === true ? path : join(path, LMDB_FILE));
  try {
    return lmdb.open<Buffer, Buffer>({ path, overlappingSync: false, ...BINARY, ...options });
  } catch (error) {
    throw openError(error, path);
  }
}

/**
 * The package crashes the process on a file that is not an LMDB file, so its head is looked at first: two pages, each
 * with a meta record (magic number, version, page size) behind the page header. A missing or empty file is a new one.
 */
function assertHeader(file: string): void {
  const head = readHead(file);
  if (head.length === 0) return;
  const pageBytes = head.length >= HEAD_BYTES ? head.readUInt32LE(META_PAGE_SIZE) : 0;
  const sound =
    pageBytes >= HEAD_BYTES &&
    pageBytes <= PAGE_MAX_BYTES &&
    head.length >= 2 * pageBytes &&
    [0, pageBytes].every(
      (at) =>
        head.readUInt32LE(at + META_MAGIC) === MAGIC && head.readUInt32LE(at + META_MAGIC + 4) === VERSION,
    );
  if (!sound) throw openError(new Error(`${file} is not an LMDB file`), file);
}

const PAGE_MAX_BYTES = 65_536;
const HEAD_BYTES = 256;
const META_MAGIC = 24;
const META_PAGE_SIZE = 48;
const MAGIC = 0xbeefc0de;
const VERSION = 2;

function readHead(file: string): Buffer {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return Buffer.alloc(0);
    throw openError(error, file);
  }
  try {
    const head = Buffer.alloc(2 * PAGE_MAX_BYTES);
    return head.subarray(0, readSync(fd, head));
  } finally {
    closeSync(fd);
  }
}

export function openError(error: unknown, location: string): HeliosError {
  const text = describe(error);
  if (
    /not a valid LMDB|not an LMDB|MDB_INVALID|MDB_CORRUPTED|MDB_VERSION_MISMATCH|MDB_PAGE_NOTFOUND|version mismatch|Invalid argument/i.test(
      text,
    )
  )
    return new HeliosError(
      "STORE_CORRUPT",
      `the object store at ${location} does not open: ${text}`,
      "Restore the store from a copy; the journal beside it still holds the recent commits.",
      { cause: error },
    );
  return failed("cannot be opened", error);
}

/**
 * LMDB calls a write that was cut short an input/output error, whatever cut it; so the free space of the disk decides
 * which it was. A limit on the size of files or a quota looks like a broken disk.
 */
export function writeError(error: unknown, location: string): HeliosError {
  const text = describe(error);
  const isFull = /input\/output error/i.test(text) && freeBytes(location) < FULL_BELOW_BYTES;
  return isFull || /no space|ENOSPC|quota|EDQUOT|MDB_MAP_FULL|file too large|EFBIG/i.test(text)
    ? new HeliosError(
        "DISK_FULL",
        `the object store cannot grow: ${text}`,
        "Free some space and try again.",
        { cause: error },
      )
    : failed("refused a write", error);
}

/** What cut a write short was larger than this. */
const FULL_BELOW_BYTES = 2 ** 20;

function freeBytes(location: string): number {
  try {
    const { bavail, bsize } = statfsSync(location);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

export function readError(error: unknown): HeliosError {
  const text = describe(error);
  return /MDB_CORRUPTED|MDB_PAGE_NOTFOUND|MDB_INVALID/i.test(text)
    ? new HeliosError(
        "STORE_CORRUPT",
        `the object store is damaged: ${text}`,
        "Restore the store from a copy.",
        { cause: error },
      )
    : failed("refused a read", error);
}

function failed(what: string, error: unknown): HeliosError {
  return new HeliosError(
    "STORE_FAILED",
    `the object store ${what}: ${describe(error)}`,
    "Check that the disk of the store has space and works, and that you may write to it.",
    { cause: error },
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
