/**
 * The format file of a store: what made it, how to read it, and where its objects are. It is written before anything
 * else, so a directory without it is not a store. Only a migration to another backend changes it, by putting another
 * one in its place.
 */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { errnoOf, HeliosError } from "../errors.ts";
import { isPersistentKind, type PersistentKind } from "./backends.ts";

const STORE_FORMAT = "helios-store/1";
const FILE = "format.json";

export interface StoreFormat {
  readonly format: typeof STORE_FORMAT;
  readonly uuid: string;
  /** The backend of the object store. */
  readonly l2: PersistentKind;
  /** Name of the object store's directory in the root; not in the file where it is `objects`. */
  readonly objects: string;
  readonly createdAt: string;
}

/** Where a store has its objects until they are moved to another backend. */
export const OBJECTS_DIRECTORY = "objects";

/** Where objects are moved to. */
export function objectsDirectoryOf(kind: PersistentKind): string {
  return `${OBJECTS_DIRECTORY}-${kind}`;
}

/** A plain name, so that no format file can point out of its store. */
const OBJECTS_NAME = /^objects(-[a-z0-9]+)?$/;

/** Reads the format of an existing store, or undefined where there is none. STORE_FORMAT, STORE_CORRUPT. */
export function readFormat(root: string): StoreFormat | undefined {
  let text: string;
  try {
    text = readFileSync(join(root, FILE), "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    if (errnoOf(error) === "ENOTDIR") throw notAStore(root, "it is not a directory");
    throw new HeliosError(
      "STORE_FAILED",
      `${root} cannot be read (${errnoOf(error)})`,
      "Check its permissions.",
      {
        cause: error,
      },
    );
  }
  const value = parse(text);
  if (value === undefined) throw notAStore(root, `its ${FILE} is not readable`);
  if (value.format !== STORE_FORMAT)
    throw new HeliosError(
      "STORE_FORMAT",
      `${root} has format ${JSON.stringify(value.format)}; this version reads ${STORE_FORMAT}`,
      "Use the Helios version that made it.",
    );
  const { uuid, l2, objects = OBJECTS_DIRECTORY, createdAt } = value;
  if (typeof uuid !== "string" || typeof l2 !== "string" || typeof createdAt !== "string")
    throw notAStore(root, `its ${FILE} lacks a field`);
  if (typeof objects !== "string" || !OBJECTS_NAME.test(objects))
    throw notAStore(root, `its ${FILE} names ${JSON.stringify(objects)} as directory of its objects`);
  if (!isPersistentKind(l2))
    throw new HeliosError(
      "STORE_FORMAT",
      `${root} keeps its objects in ${JSON.stringify(l2)}, which this version does not know`,
      "Use the Helios version that made it.",
    );
  return { format: STORE_FORMAT, uuid, l2, objects, createdAt };
}

/** Makes an empty store. Refuses a directory that already holds something else. */
export function createFormat(root: string, l2: PersistentKind): StoreFormat {
  const format: StoreFormat = {
    format: STORE_FORMAT,
    uuid: randomUUID(),
    l2,
    objects: OBJECTS_DIRECTORY,
    createdAt: new Date().toISOString(),
  };
  try {
    mkdirSync(root, { recursive: true });
    if (readdirSync(root).some((name) => !name.startsWith(`${FILE}.`)))
      throw notAStore(root, "it holds files but no format file");
    writeFormat(root, format);
  } catch (error) {
    if (error instanceof HeliosError) throw error;
    throw new HeliosError(
      "STORE_FAILED",
      `no store can be made at ${root} (${errnoOf(error) ?? String(error)})`,
      "Choose a directory that you may write to.",
      { cause: error },
    );
  }
  return format;
}

/** Puts a format file in the place of the one there, or where there is none, at once and durably. */
export function writeFormat(root: string, { objects, ...format }: StoreFormat): void {
  const value = objects === OBJECTS_DIRECTORY ? format : { ...format, objects };
  const draft = join(root, `${FILE}.${process.pid}`);
  const fd = openSync(draft, "w");
  try {
    writeFileSync(fd, `${JSON.stringify(value, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, join(root, FILE));
  syncDirectory(root);
}

/** Makes names in a directory durable; where directories cannot be synced (Windows), the system sees to it. */
export function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(directory, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function notAStore(root: string, why: string): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    `${root} is not a Helios store: ${why}`,
    "Name another directory with --store or HELIOS_STORE, or restore the store from a copy.",
  );
}
