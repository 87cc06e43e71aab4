/** What a directory holds, by name, and what of it cannot be stored. */
import { isUtf8 } from "node:buffer";
import { constants, lstatSync, readdirSync, readFileSync, type Stats } from "node:fs";
import { errnoOf } from "../../errors.ts";
import { type IgnoreRules, ignoreFileNames } from "../ignore-files.ts";
import { isStagingName } from "../output/staging.ts";
import { unreadable } from "./unreadable.ts";

/** Something that is in the directory and not in the snapshot. */
export interface SkippedFile {
  /** Bytes that are not UTF-8 are shown as `\xNN`. */
  readonly path: string;
  readonly reason: string;
}

/** Reason of a name that no path can hold. */
export const invalidName = "its name is not UTF-8";

/**
 * Names that the engine and git keep for themselves, at every level: `.git`, `.helios`, and what `output/staging.ts`
 * names, which is there only while something is written or after the writer was killed.
 */
export function isNeverStored(name: string): boolean {
  if (name.charCodeAt(0) !== DOT) return false;
  return name === ".git" || name === ".helios" || (name.includes("helios-") && isStagingName(name));
}

const DOT = 0x2e;

export type NameKind = "file" | "directory" | "other";

export interface Names {
  readonly names: readonly string[];
  /** For each name, where asked for; "other" also where the file system does not say. */
  readonly kinds: readonly NameKind[] | undefined;
}

/**
 * Undefined for a directory that is gone. Read as text, which is quick; a name with a replacement character is looked
 * at again as bytes, since it may stand for bytes that are not UTF-8.
 */
export function listNames(
  folder: string,
  withKinds: boolean,
  onInvalidName: (shown: string) => void,
): Names | undefined {
  try {
    const listed = withKinds ? namesWithKinds(folder) : { names: readdirSync(folder), kinds: undefined };
    if (!listed.names.some((name) => name.includes("\uFFFD"))) return listed;
    const names: string[] = [];
    for (const bytes of readdirSync(folder, { encoding: "buffer" })) {
      if (isUtf8(bytes)) names.push(bytes.toString());
      else onInvalidName(escapeBytes(bytes));
    }
    return { names, kinds: withKinds ? names.map(() => "other") : undefined };
  } catch (error) {
    const errno = errnoOf(error);
    // Removed, or replaced by a file, since its parent was listed.
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw unreadable(folder, error);
  }
}

function namesWithKinds(folder: string): Names {
  const entries = readdirSync(folder, { withFileTypes: true });
  return {
    names: entries.map(({ name }) => name),
    kinds: entries.map((entry) => (entry.isFile() ? "file" : entry.isDirectory() ? "directory" : "other")),
  };
}

function escapeBytes(bytes: Buffer): string {
  return [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");
}

/** The rules inside a directory: those outside and its own ignore files. */
export function withOwnRules(
  outside: IgnoreRules,
  path: string,
  folder: string,
  names: readonly string[],
): IgnoreRules {
  let rules = outside;
  for (const name of ignoreFileNames) {
    // As in git, an ignore file that is a symlink is not read: it could lead anywhere.
    if (names.includes(name) && lstatIfThere(`${folder}/${name}`)?.isFile() === true)
      rules = rules.with(path, readText(`${folder}/${name}`));
  }
  return rules;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** What a file is that is no file, symlink or directory. */
export function kindOf(stat: Stats): string {
  if (stat.isSocket()) return "it is a socket";
  if (stat.isFIFO()) return "it is a named pipe";
  return "it is a device";
}

/** By `st_mode`; the owner's executable bit decides, as in git. */
export function entryModeOf(mode: number): "file" | "executable" | "symlink" {
  if ((mode & constants.S_IFMT) === constants.S_IFLNK) return "symlink";
  return (mode & constants.S_IXUSR) === 0 ? "file" : "executable";
}

export function lstatIfThere(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    // A parent has become a file since it was listed.
    if (errnoOf(error) === "ENOTDIR") return undefined;
    throw unreadable(file, error);
  }
}
