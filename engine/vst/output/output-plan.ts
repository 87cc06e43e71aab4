/** What is to be written where: directories, files, symlinks, checked before anything is made. */
import { HeliosError } from "../../errors.ts";
import type { EntryMode } from "../../object/entry-mode.ts";
import { assertPath } from "../../tree/path.ts";

/** What is needed of an `Entry`. */
export interface MaterializeEntry {
  readonly path: string;
  /** 64 hex digits: BLAKE3 of the content. */
  readonly hash: string;
  readonly mode: EntryMode;
  readonly sizeBytes: number;
}

export interface OutputPlan {
  /** Parents before children. */
  readonly directories: readonly string[];
  readonly files: readonly MaterializeEntry[];
  readonly symlinks: readonly MaterializeEntry[];
}

/** Refuses paths that would lead out of the output directory, and those that run through another entry. */
export function planOutput(entries: readonly MaterializeEntry[]): OutputPlan {
  const directories = new Set<string>();
  const leaves = new Set<string>();
  const files: MaterializeEntry[] = [];
  const symlinks: MaterializeEntry[] = [];
  for (const entry of entries) {
    assertPath(entry.path);
    if (leaves.has(entry.path)) throw twice(entry.path);
    addParents(entry.path, directories);
    switch (entry.mode) {
      case "file":
      case "executable":
        leaves.add(entry.path);
        files.push(entry);
        break;
      case "symlink":
        leaves.add(entry.path);
        symlinks.push(entry);
        break;
      case "gitlink":
      case "directory":
        directories.add(entry.path);
        break;
    }
  }
  for (const directory of directories) if (leaves.has(directory)) throw throughFile(directory);
  return { directories: [...directories], files, symlinks };
}

/** Outermost first, so that the set's own order makes parents before children. */
function addParents(path: string, directories: Set<string>): void {
  const end = path.lastIndexOf("/");
  if (end === -1 || directories.has(path.slice(0, end))) return;
  for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
    directories.add(path.slice(0, slash));
  }
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function twice(path: string): HeliosError {
  return new HeliosError(
    "OUTPUT_UNSAFE",
    `${path} occurs twice in what is to be written`,
    "`helios-cli ls` shows what the snapshot holds",
    { path },
  );
}

function throughFile(path: string): HeliosError {
  return new HeliosError(
    "OUTPUT_UNSAFE",
    `${path} is both a file or symlink and a directory of other paths; writing through it could leave the output directory`,
    `leave one of the two out with --select "!${path}" or --select "!${path}/**"`,
    { path },
  );
}
