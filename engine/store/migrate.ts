/**
 * Moves the objects of a store to another backend. The journal stays as it is.
 *
 * The new object store is written beside the old one, synced, read back whole and compared, and only then named in the
 * format file, which is replaced at once. Killed before that, the store is as it was and the new directory is a
 * left-over; killed after it, the store is moved and the old directory is one. Left-overs go with the next opening for
 * writing (`open-l2.ts`). The old store is open for writing all the while, so nobody else writes to it.
 */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { HeliosError } from "../errors.ts";
import { backendOf, type PersistentKind } from "./backends.ts";
import { objectsDirectoryOf, readFormat, type StoreFormat, syncDirectory, writeFormat } from "./format.ts";
import { type ObjectStore, rowsOf, type Space, SPACES } from "./object-store.ts";

/** How a migration reports and is stopped. */
export interface MigrateOptions {
  /** Told after each piece. */
  readonly onProgress?: (progress: MigrateProgress) => void;
  readonly signal?: AbortSignal;
}

/** How far a migration is. */
export interface MigrateProgress {
  readonly phase: "copying" | "comparing";
  readonly space: Space;
  /** Of all spaces so far. */
  readonly rows: number;
  readonly bytes: number;
}

/** What was moved. */
export interface MigrateResult {
  readonly from: PersistentKind;
  readonly to: PersistentKind;
  readonly rows: number;
  /** Keys and values. */
  readonly bytes: number;
  /** SHA-256 over all spaces: their names, and lengths and bytes of all keys and values in order. */
  readonly checksum: string;
}

const PIECE_BYTES = 4 * 2 ** 20;

/**
 * STORE_MISSING, STORE_LOCKED while anyone has the store open for writing, L2_UNAVAILABLE where a backend does not
 * load, STORE_FORMAT when it is on that backend already, DISK_FULL, ABORTED; in each case the store is as it was.
 * Cost: every row read twice and written once; disk space for both until it is done.
 */
export async function migrateStore(
  root: string,
  to: PersistentKind,
  options: MigrateOptions = {},
): Promise<MigrateResult> {
  const format = readFormat(root);
  if (format === undefined)
    throw new HeliosError(
      "STORE_MISSING",
      `there is no Helios store at ${root}`,
      "Name another with --store.",
    );
  if (format.l2 === to)
    throw new HeliosError(
      "STORE_FORMAT",
      `the store at ${root} is on ${to} already`,
      "There is nothing to do.",
    );
  for (const kind of [format.l2, to]) {
    const refusal = await (await backendOf(kind)).unavailable();
    if (refusal !== undefined) throw refusal;
  }
  const source = await (await backendOf(format.l2)).open(join(root, format.objects));
  let result: MigrateResult;
  try {
    result = await moveObjects(root, format, source, to, options);
  } finally {
    await source.close();
  }
  rmSync(join(root, format.objects), { recursive: true, force: true });
  syncDirectory(root);
  return result;
}

async function moveObjects(
  root: string,
  format: StoreFormat,
  source: ObjectStore,
  to: PersistentKind,
  options: MigrateOptions,
): Promise<MigrateResult> {
  const objects = objectsDirectoryOf(to);
  const location = join(root, objects);
  rmSync(location, { recursive: true, force: true });
  try {
    const copied = await copyAll(source, to, location, options);
    const found = await comparable(to, location, options);
    if (found.checksum !== copied.checksum)
      throw new HeliosError(
        "STORE_FAILED",
        `what was written to ${location} is not what is read back (${found.rows} of ${copied.rows} rows)`,
        "Check the disk; the store is as it was.",
      );
    writeFormat(root, { ...format, l2: to, objects });
    return { from: format.l2, to, ...copied };
  } catch (error) {
    if (readFormat(root)?.objects !== objects) rmSync(location, { recursive: true, force: true });
    throw error;
  }
}

interface Comparable {
  readonly rows: number;
  readonly bytes: number;
  readonly checksum: string;
}

async function copyAll(
  source: ObjectStore,
  to: PersistentKind,
  location: string,
  options: MigrateOptions,
): Promise<Comparable> {
  const target = await (await backendOf(to)).open(location);
  try {
    const copied = await walk(source, "copying", options, (space, rows) =>
      target.write(rows.map(({ key, value }) => ({ kind: "put", space, key, value }))),
    );
    target.write([], { sync: true });
    await target.settle();
    return copied;
  } finally {
    await target.close();
    syncDirectory(location);
  }
}

/** Opened anew, so that what is compared came from the disk's files and not from memory that was never written. */
async function comparable(
  to: PersistentKind,
  location: string,
  options: MigrateOptions,
): Promise<Comparable> {
  const target = await (await backendOf(to)).open(location);
  try {
    return await walk(target, "comparing", options);
  } finally {
    await target.close();
  }
}

async function walk(
  store: ObjectStore,
  phase: MigrateProgress["phase"],
  { onProgress, signal }: MigrateOptions,
  each: (space: Space, rows: readonly { readonly key: Buffer; readonly value: Buffer }[]) => void = () => {},
): Promise<Comparable> {
  const hash = createHash("sha256");
  const lengths = Buffer.alloc(8);
  let [count, bytes] = [0, 0];
  for (const space of SPACES) {
    hash.update(`${space}\n`);
    for (const rows of rowsOf(store, space, PIECE_BYTES)) {
      for (const { key, value } of rows) {
        lengths.writeUInt32LE(key.length, 0);
        lengths.writeUInt32LE(value.length, 4);
        hash.update(lengths).update(key).update(value);
        bytes += key.length + value.length;
      }
      count += rows.length;
      each(space, rows);
      onProgress?.({ phase, space, rows: count, bytes });
      // Lets Ctrl-C in, which sets the signal.
      await new Promise(setImmediate);
      if (signal?.aborted === true)
        throw new HeliosError("ABORTED", "the migration was ended", "Run it again; the store is as it was.");
    }
  }
  return { rows: count, bytes, checksum: hash.digest("hex") };
}
