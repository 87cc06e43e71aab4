/** What a store consists of: backend, format, spaces, journal. Read beside whoever writes to it. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, HeliosError } from "../errors.ts";
import type { PersistentKind } from "./backends.ts";
import { readFormat } from "./format.ts";
import { rowsOf, type Space, SPACES } from "./object-store.ts";
import { openL2Reader } from "./open-l2.ts";

/** What a store consists of. */
export interface StoreInfo {
  readonly format: string;
  readonly uuid: string;
  readonly createdAt: string;
  readonly l2: PersistentKind;
  /** Directory of the object store, in the root. */
  readonly objects: string;
  /** Files of the object store, log included. */
  readonly objectsBytes: number;
  readonly spaces: readonly SpaceInfo[];
  readonly journal: { readonly segments: number; readonly bytes: number };
}

/** What one space of the object store holds. */
export interface SpaceInfo {
  readonly space: Space;
  readonly rows: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
}

/** Reads every row once. STORE_MISSING, and what opening for reading can fail with. */
export async function storeInfo(root: string): Promise<StoreInfo> {
  const format = readFormat(root);
  if (format === undefined)
    throw new HeliosError(
      "STORE_MISSING",
      `there is no Helios store at ${root}`,
      "Name another with --store.",
    );
  const objectsBytes = sizeOf(join(root, format.objects)).bytes;
  const reader = await openL2Reader(root, format);
  try {
    const spaces = SPACES.map((space) => {
      let [rows, keyBytes, valueBytes] = [0, 0, 0];
      for (const piece of rowsOf(reader, space)) {
        rows += piece.length;
        for (const { key, value } of piece) {
          keyBytes += key.length;
          valueBytes += value.length;
        }
      }
      return { space, rows, keyBytes, valueBytes };
    });
    const journal = sizeOf(join(root, "journal"));
    const { format: name, uuid, createdAt, l2, objects } = format;
    return {
      format: name,
      uuid,
      createdAt,
      l2,
      objects,
      objectsBytes,
      spaces,
      journal: { segments: journal.files, bytes: journal.bytes },
    };
  } finally {
    await reader.close();
  }
}

/** Files of a directory and their bytes; a file that goes meanwhile counts for nothing. */
function sizeOf(directory: string): { files: number; bytes: number } {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return { files: 0, bytes: 0 };
    throw error;
  }
  let [files, bytes] = [0, 0];
  for (const name of names) {
    const info = statSync(join(directory, name), { throwIfNoEntry: false });
    if (info?.isFile() !== true) continue;
    files++;
    bytes += info.size;
  }
  return { files, bytes };
}
