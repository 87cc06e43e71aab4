/**
 * Which backend a store has: that of its format file. A new store gets the one that is asked for, or else RocksDB, or
 * LMDB where RocksDB's native part does not load; it says so in a warning. A store that exists is opened with what made
 * it or not at all: nothing is converted behind the user's back.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { HeliosError } from "../errors.ts";
import { backendOf, DEFAULT_KIND, FALLBACK_KIND, PERSISTENT_KINDS, type PersistentKind } from "./backends.ts";
import {
  createFormat,
  OBJECTS_DIRECTORY,
  objectsDirectoryOf,
  readFormat,
  type StoreFormat,
} from "./format.ts";
import type { ObjectStore } from "./object-store.ts";

export interface L2Choice {
  readonly format: StoreFormat;
  /** What the user should know about the choice, in a sentence or two. */
  readonly warning: string | undefined;
}

/**
 * The format of the store at a root, made where there is none; undefined where there is none and `create` is false.
 * STORE_FORMAT when the store has another backend than is asked for, L2_UNAVAILABLE, STORE_CORRUPT.
 */
export async function chooseL2(
  root: string,
  options: { readonly l2?: PersistentKind | undefined; readonly create: boolean },
): Promise<L2Choice | undefined> {
  const format = readFormat(root);
  if (format === undefined) return options.create ? newStore(root, options.l2) : undefined;
  if (options.l2 !== undefined && options.l2 !== format.l2)
    throw new HeliosError(
      "STORE_FORMAT",
      `the store at ${root} keeps its objects in ${format.l2}, not in ${options.l2}`,
      `Leave l2 away, or move the objects first: \`helios-cli store migrate --to ${options.l2}\`.`,
    );
  const refusal = await (await backendOf(format.l2)).unavailable();
  if (refusal !== undefined) throw unusable(root, format.l2, refusal);
  return { format, warning: undefined };
}

/** For writing. STORE_LOCKED while another process has it open. */
export async function openL2(root: string, format: StoreFormat): Promise<ObjectStore> {
  const store = await (await backendOf(format.l2)).open(join(root, format.objects));
  try {
    if (readFormat(root)?.objects !== format.objects)
      throw new HeliosError(
        "STORE_LOCKED",
        `the objects of the store at ${root} have just been moved to another backend`,
        "Open it again.",
      );
    removeLeftOvers(root, format);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What the store holds at this moment, for reading, whoever writes to it. */
export async function openL2Reader(root: string, format: StoreFormat): Promise<ObjectStore> {
  const reader = await (await backendOf(format.l2)).openReader(join(root, format.objects));
  const now = readFormat(root);
  if (now === undefined || now.objects === format.objects) return reader;
  // Moved meanwhile: what has been opened may be half removed.
  await reader.close();
  return openL2Reader(root, now);
}

/** Removes what a migration left that was killed. None is under way while we have the store open for writing. */
function removeLeftOvers(root: string, { objects }: StoreFormat): void {
  for (const name of [OBJECTS_DIRECTORY, ...PERSISTENT_KINDS.map(objectsDirectoryOf)])
    if (name !== objects) rmSync(join(root, name), { recursive: true, force: true });
}

async function newStore(root: string, asked: PersistentKind | undefined): Promise<L2Choice> {
  const refusal = await (await backendOf(asked ?? DEFAULT_KIND)).unavailable();
  if (refusal === undefined) return { format: createFormat(root, asked ?? DEFAULT_KIND), warning: undefined };
  if (asked !== undefined) throw refusal;
  if ((await (await backendOf(FALLBACK_KIND)).unavailable()) !== undefined) throw refusal;
  return {
    format: createFormat(root, FALLBACK_KIND),
    warning: `${refusal.message}; the new store at ${root} uses LMDB instead. ${refusal.remedy}`,
  };
}

function unusable(root: string, l2: PersistentKind, refusal: HeliosError): HeliosError {
  return new HeliosError(
    "L2_UNAVAILABLE",
    `the store at ${root} keeps its objects in ${l2}: ${refusal.message}`,
    `${refusal.remedy} Or move the store on a machine where ${l2} works: \`helios-cli store migrate\`.`,
    { cause: refusal },
  );
}
