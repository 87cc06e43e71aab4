import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Bytes of the journal's files; a segment that is trimmed meanwhile counts nothing. */
export function journalSizeBytes(root: string): number {
  const directory = join(root, "journal");
  if (!existsSync(directory)) return 0;
  let bytes = 0;
  for (const name of readdirSync(directory))
    bytes += statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}
