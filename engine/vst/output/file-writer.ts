/**
 * Writes files into a directory tree that is there already, each whole or not at all.
 *
 * In a directory that nobody else sees yet a file is written in its place. In any other it is written beside it and
 * renamed over it, so a reader sees the old file or the new one. Where something may be there already, a file that has
 * the wanted content and mode is left alone: that is what makes an interrupted work resumable, and a repeated one cheap.
 *
 * Modes are 0755 for executables and 0644 for the rest, less the process's umask, as with any tool that unpacks.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { HeliosError } from "../../errors.ts";
import { BlobHasher, hashBlob } from "../../object/hash.ts";
import type { AnchorChain } from "./anchor.ts";
import { writeFailed } from "./output-errors.ts";
import { type MaterializeEntry, nameOf, parentOf } from "./output-plan.ts";

const EXECUTABLE_MODE = 0o755;
const FILE_MODE = 0o644;
const COMPARED_BYTES = 1024 * 1024;

export interface FileWriterOptions {
  /** What people know the directory by. */
  readonly name: string;
  /** Name to write under before renaming; undefined: nothing can stand in the place, and nobody looks. */
  readonly temporaryName: string | undefined;
}

export class FileWriter {
  readonly #chain: AnchorChain;
  readonly #options: FileWriterOptions;

  constructor(chain: AnchorChain, options: FileWriterOptions) {
    this.#chain = chain;
    this.#options = options;
  }

  /** Whether the place has this entry already, content and mode. */
  isThere(entry: MaterializeEntry): boolean {
    try {
      const place = this.#chain.enter(parentOf(entry.path)).at(nameOf(entry.path));
      return entry.mode === "symlink" ? isSymlinkTo(place, entry) : isFileWith(place, entry);
    } catch {
      return false;
    }
  }

  /** `content`: its pieces, one after the other. `isTaken`: something else may be in the place. */
  write(entry: MaterializeEntry, content: Iterable<Uint8Array>, isTaken: boolean): void {
    const { temporaryName } = this.#options;
    try {
      const folder = this.#chain.enter(parentOf(entry.path));
      const place = folder.at(nameOf(entry.path));
      if (temporaryName !== undefined) {
        replaceEntry(folder.at(temporaryName), place, entry, content);
      } else {
        // Of work that was killed; nobody sees it yet.
        if (isTaken) rmSync(place, { force: true });
        writeEntry(place, entry, content);
      }
    } catch (error) {
      throw writeFailed(`${this.#options.name}/${entry.path}`, error);
    }
  }
}

function replaceEntry(
  temporary: string,
  place: string,
  entry: MaterializeEntry,
  content: Iterable<Uint8Array>,
): void {
  try {
    writeEntry(temporary, entry, content);
    renameSync(temporary, place);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeEntry(place: string, entry: MaterializeEntry, content: Iterable<Uint8Array>): void {
  if (entry.mode === "symlink") symlinkSync(targetOf(entry, content), place);
  else writeNewFile(place, entry, content);
}

function targetOf(entry: MaterializeEntry, content: Iterable<Uint8Array>): Buffer {
  const target = Buffer.concat([...content]);
  if (target.length !== entry.sizeBytes) throw wrongSize(entry, target.length);
  return target;
}

/** `wx` is O_CREAT | O_EXCL: it fails on anything that is there, a symlink included. */
function writeNewFile(path: string, entry: MaterializeEntry, content: Iterable<Uint8Array>): void {
  const file = openSync(path, "wx", entry.mode === "executable" ? EXECUTABLE_MODE : FILE_MODE);
  try {
    let length = 0;
    for (const piece of content) {
      for (let written = 0; written < piece.length;) written += writeSync(file, piece, written);
      length += piece.length;
    }
    if (length !== entry.sizeBytes) throw wrongSize(entry, length);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

function isSymlinkTo(place: string, { hash, sizeBytes }: MaterializeEntry): boolean {
  const target = readlinkSync(place, { encoding: "buffer" });
  return target.length === sizeBytes && hexOf(hashBlob(target)) === hash;
}

function isFileWith(place: string, { hash, mode, sizeBytes }: MaterializeEntry): boolean {
  const listed = lstatSync(place);
  if (!listed.isFile() || listed.size !== sizeBytes) return false;
  if (((listed.mode & constants.S_IXUSR) !== 0) !== (mode === "executable")) return false;
  const file = openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (fstatSync(file).size !== sizeBytes) return false;
    const hasher = new BlobHasher();
    const piece = Buffer.allocUnsafe(Math.min(sizeBytes, COMPARED_BYTES));
    let length = 0;
    for (let read = 1; read > 0 && length < sizeBytes; length += read) {
      read = readSync(file, piece, 0, Math.min(piece.length, sizeBytes - length), length);
      hasher.update(piece.subarray(0, read));
    }
    return length === sizeBytes && hexOf(hasher.digest()) === hash;
  } finally {
    closeSync(file);
  }
}

function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("hex");
}

function wrongSize(entry: MaterializeEntry, actualBytes: number): HeliosError {
  return new HeliosError(
    "OBJECT_CORRUPT",
    `the content of ${entry.path} has ${actualBytes} bytes and the snapshot says ${entry.sizeBytes}`,
    "restore the store from a copy, or take this path from another snapshot",
    { path: entry.path },
  );
}
