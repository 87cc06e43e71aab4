/**
 * What a commit of a directory would record, without recording it.
 *
 * There is no index: whatever differs from the base would be committed, new files included. The directory is scanned
 * as for a commit (the same cache, the same rules), contents are hashed and forgotten, and the trees are compared.
 */
import type { EntryMode } from "../object/entry-mode.ts";
import type { Entry } from "./entry.ts";
import { scanDirectory, type ScanOptions, type ScanTarget, type SkippedFile } from "./scan.ts";
import type { Change } from "./states.ts";

/** A path that differs. `type-changed`: between a file, a symlink and a gitlink; another executable bit is `modified`. */
export type StatusChange = {
  readonly path: string;
  readonly kind: "added" | "modified" | "deleted" | "type-changed";
  /** Undefined for what was added. */
  readonly from?: Entry;
  /** Undefined for what was deleted. */
  readonly to?: Entry;
};

/** A directory compared with a state. */
export interface DirectoryStatus {
  /** In byte order of paths. */
  readonly changes: readonly StatusChange[];
  readonly unchanged: number;
  /** Files whose content was read, because the cache did not know them as they are. */
  readonly rehashed: number;
  readonly skipped: readonly SkippedFile[];
}

/**
 * Compares a directory with the state that `vst` was checked out from. The working set is spent on it: it must not be
 * committed. Cost as `scanDirectory`; the store is not written to, but for the stat cache, and not even that where it
 * is read-only.
 */
export async function directoryStatus(
  helios: { readonly root: string },
  vst: Omit<ScanTarget, "changes"> & { changes(): readonly Change[] },
  directory: string,
  options: Omit<ScanOptions, "compareOnly"> = {},
): Promise<DirectoryStatus> {
  const { unchanged, rehashed, skipped } = await scanDirectory(helios, vst, directory, {
    ...options,
    compareOnly: true,
  });
  return { changes: vst.changes().map(statusChange), unchanged, rehashed, skipped };
}

function statusChange(change: Change): StatusChange {
  if (change.kind === "modified" && typeOf(change.from.mode) !== typeOf(change.to.mode))
    return { ...change, kind: "type-changed" };
  return change;
}

function typeOf(mode: EntryMode): EntryMode {
  return mode === "executable" ? "file" : mode;
}
