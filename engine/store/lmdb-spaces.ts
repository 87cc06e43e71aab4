/** Reading and writing the spaces of an open LMDB environment: one named database each, keys and values as they are. */
import type * as Lmdb from "lmdb";
import { asBuffer } from "../object/ids.ts";
import {
  BINARY,
  COMMIT,
  type LmdbEnvironment,
  type LmdbSpace,
  openEnvironment,
  openError,
  readError,
  SYNCED,
  writeError,
} from "./lmdb-binding.ts";
import {
  KEY_MAX_BYTES,
  type RangeOptions,
  type Row,
  type Space,
  SPACES,
  type StoreWrite,
} from "./object-store.ts";

export interface OpenLmdb {
  readonly location: string;
  readonly environment: LmdbEnvironment;
  /** In a store opened for reading, a space that its writer did not know is missing. */
  readonly spaces: Readonly<Partial<Record<Space, LmdbSpace>>>;
}

/** Reads see the state that this began with; otherwise the newest one that the thread has looked at. */
export type ReadTransaction = Lmdb.Transaction;

const LEAST_KEY = Buffer.from([0]);
/** In the unnamed database, beside the names of the spaces. */
const SYNC_KEY = Buffer.from("helios synced");
const SYNC_VALUE = Buffer.alloc(1);

/** Opens the environment in a directory and its spaces. L2_UNAVAILABLE, STORE_CORRUPT, STORE_FAILED. About 10 ms. */
export async function openSpaces(
  location: string,
  options: { readonly readOnly?: boolean } = {},
): Promise<OpenLmdb> {
  const environment = await openEnvironment(location, { ...options, maxDbs: 2 * SPACES.length });
  try {
    const spaces: Partial<Record<Space, LmdbSpace>> = {};
    for (const name of SPACES) {
      const space = environment.openDB({ name, ...BINARY }) as LmdbSpace | undefined;
      if (space !== undefined) spaces[name] = space;
    }
    return { location, environment, spaces };
  } catch (error) {
    await environment.close();
    throw openError(error, location);
  }
}

/** The value as bytes of its own. A key that cannot be is not there. */
export function readValue(
  { spaces }: OpenLmdb,
  space: Space,
  key: Uint8Array,
  transaction?: ReadTransaction,
): Buffer | undefined {
  if (key.length === 0 || key.length > KEY_MAX_BYTES) return undefined;
  try {
    // Its types leave out that a binary read takes a transaction, as `get` does.
    const database = spaces[space] as BinaryReads | undefined;
    const bytes = database?.getBinary(asBuffer(key), transaction && { transaction });
    return bytes === undefined ? undefined : ownBuffer(bytes);
  } catch (error) {
    throw readError(error);
  }
}

interface BinaryReads {
  getBinary(key: Buffer, options?: { readonly transaction: ReadTransaction }): Buffer | undefined;
}

export function readRange(
  { spaces }: OpenLmdb,
  space: Space,
  options: RangeOptions,
  transaction?: ReadTransaction,
): readonly Row[] {
  const database = spaces[space];
  // Nothing is below the empty key, which LMDB cannot look for.
  if (database === undefined || options.lt?.length === 0 || options.limit === 0) return [];
  try {
    const range = { ...lmdbRange(options), ...(transaction && { transaction }) };
    const rows: Row[] = [];
    let leftBytes = options.limitBytes ?? Infinity;
    for (const { key, value } of database.getRange(range)) {
      rows.push({ key: ownBuffer(key), value: ownBuffer(value) });
      leftBytes -= key.length + value.length;
      if (leftBytes < 0) break;
    }
    return rows;
  } catch (error) {
    throw readError(error);
  }
}

/** One transaction. DISK_FULL, STORE_FAILED. */
export function writeBatch(
  { location, environment, spaces }: OpenLmdb,
  batch: readonly StoreWrite[],
  sync: boolean,
): void {
  try {
    environment.transactionSync(
      () => {
        for (const write of batch) {
          const space = spaces[write.space]!;
          if (write.kind === "put") space.putSync(asBuffer(write.key), asBuffer(write.value));
          else space.removeSync(asBuffer(write.key));
        }
        // A transaction that changes nothing syncs nothing, not even what was committed before it.
        if (sync) environment.putSync(SYNC_KEY, SYNC_VALUE);
      },
      sync ? SYNCED : COMMIT,
    );
  } catch (error) {
    throw writeError(error, location);
  }
}

/**
 * A plain Buffer over bytes that are the caller's. Long values come in a Buffer whose `length` the package has
 * overwritten, which other code need not respect.
 */
function ownBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function lmdbRange({ gte, lt, reverse = false, limit }: RangeOptions): Lmdb.RangeOptions {
  const lower = gte === undefined || gte.length === 0 ? undefined : asBound(gte);
  const upper = lt === undefined ? undefined : asBound(lt);
  const limited = limit === undefined || limit < 0 ? {} : { limit };
  if (!reverse)
    return {
      ...limited,
      ...(lower === undefined ? {} : { start: lower }),
      ...(upper === undefined ? {} : { end: upper }),
    };
  return {
    ...limited,
    reverse,
    ...(upper === undefined ? {} : { start: upper, exclusiveStart: true }),
    // Left open, the package would leave out a key of one zero byte, which is the least there is.
    end: lower ?? LEAST_KEY,
    inclusiveEnd: true,
  };
}

/** The package refuses bounds longer than keys; no key is so long that the rest would tell it from the bound. */
function asBound(bytes: Uint8Array): Buffer {
  return asBuffer(bytes).subarray(0, KEY_MAX_BYTES + 1);
}
