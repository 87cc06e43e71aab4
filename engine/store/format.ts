/**
 * The format file of a store: what made it and how to read it. It is written before anything else and never changed,
 * so a directory without it is not a store.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, HeliosError } from "../errors.ts";

const STORE_FORMAT = "helios-store/1";
const FILE = "format.json";

export interface StoreFormat {
  readonly format: typeof STORE_FORMAT;
  readonly uuid: string;
  readonly l2: "rocksdb";
  readonly createdAt: string;
}

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
  if (typeof value.uuid !== "string" || value.l2 !== "rocksdb" || typeof value.createdAt !== "string")
    throw notAStore(root, `its ${FILE} lacks a field`);
  return value as unknown as StoreFormat;
}

/** Makes an empty store. Refuses a directory that already holds something else. */
export function createFormat(root: string): StoreFormat {
  const format: StoreFormat = {
    format: STORE_FORMAT,
    uuid: randomUUID(),
    l2: "rocksdb",
    createdAt: new Date().toISOString(),
  };
  try {
    mkdirSync(root, { recursive: true });
    if (readdirSync(root).some((name) => !name.startsWith(`${FILE}.`)))
      throw notAStore(root, "it holds files but no format file");
    const draft = join(root, `${FILE}.${process.pid}`);
    writeFileSync(draft, `${JSON.stringify(format, null, 2)}\n`);
    renameSync(draft, join(root, FILE));
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
