/** An entry as programs see it: hash in hex, mode by name. */
import { HeliosError } from "../errors.ts";
import { type EntryMode, modeOfCode } from "../object/entry-mode.ts";
import { hashBlob } from "../object/hash.ts";
import { hexOfKey } from "../object/ids.ts";
import type { TreeEntry } from "../tree/tree-entry.ts";

/** What a state has at a path. */
export interface Entry {
  readonly path: string;
  /** BLAKE3 of the content, 64 hex digits: what `b3sum` prints for the file. */
  readonly hash: string;
  readonly mode: EntryMode;
  readonly sizeBytes: number;
}

export function publicEntry(entry: TreeEntry): Entry {
  const mode = modeOfCode(entry.mode);
  if (mode === undefined)
    throw new HeliosError(
      "STORE_FORMAT",
      `${JSON.stringify(entry.path)} has mode ${entry.mode}, which this version does not know`,
      "Use the Helios version that made the store.",
    );
  return { path: entry.path, hash: hexOfKey(entry.hash), mode, sizeBytes: entry.sizeBytes };
}

/** The `hash` that an entry with this content has. */
export function contentHash(bytes: Uint8Array): string {
  return Buffer.from(hashBlob(bytes)).toString("hex");
}
