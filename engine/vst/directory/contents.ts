/** Reads what a file holds, as it was at one moment. */
import { constants as bufferLimits } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { errnoOf, HeliosError } from "../../errors.ts";
import { LARGE_FROM_BYTES, type PieceSink } from "./piece-sink.ts";
import { unreadable } from "./unreadable.ts";
import type { FileStat } from "./stat-cache.ts";

export interface Content {
  /** Undefined for a large file, which went to the sink. */
  readonly bytes: Buffer | undefined;
  /** Of the open file; undefined for a symlink, which is not opened. */
  readonly stat: FileStat | undefined;
  /** False when the file kept changing while it was read: then it is read again next time. */
  readonly isStable: boolean;
}

const ATTEMPTS = 3;
/** One call reads at most 2 GiB. */
const READ_MAX_BYTES = 2 ** 30;

export interface ReadHelp {
  /**
   * A content that fits is put here, and is good until the next call: making and freeing a buffer for each of many files
   * costs as much as reading them.
   */
  readonly scratch?: Buffer;
  /** Takes large files piece by piece. */
  readonly sink?: PieceSink;
}

/** Undefined for a file that is gone. Without a sink a large file is read as a whole. */
export function readContent(file: string, isSymlink: boolean, help: ReadHelp = {}): Content | undefined {
  try {
    return isSymlink
      ? { bytes: readlinkSync(file, { encoding: "buffer" }), stat: undefined, isStable: true }
      : readStable(file, help);
  } catch (error) {
    if (error instanceof HeliosError) throw error;
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw unreadable(file, error);
  }
}

/** By `st_mode`. */
export function isSymlinkMode(mode: number): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFLNK;
}

/** The stat is that of the open file, taken before the content; one taken after has to agree. */
function readStable(file: string, { scratch, sink }: ReadHelp): Content {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (let attempt = 1; ; attempt++) {
      const before = fstatSync(descriptor);
      if (!before.isFile()) throw changedKind(file);
      const isLarge = sink !== undefined && before.size >= LARGE_FROM_BYTES;
      const bytes = isLarge ? undefined : readWhole(descriptor, file, before.size, scratch);
      const lengthBytes = isLarge ? readPieces(descriptor, before.size, sink) : bytes!.length;
      const after = fstatSync(descriptor);
      const isStable =
        after.ctimeMs === before.ctimeMs && after.mtimeMs === before.mtimeMs && lengthBytes === after.size;
      if (isStable || attempt === ATTEMPTS) return { bytes, stat: before, isStable };
    }
  } finally {
    closeSync(descriptor);
  }
}

function readWhole(descriptor: number, file: string, sizeBytes: number, scratch: Buffer | undefined): Buffer {
  if (sizeBytes > bufferLimits.MAX_LENGTH) throw tooLarge(file, sizeBytes);
  const fits = scratch !== undefined && sizeBytes <= scratch.length;
  const bytes = fits ? scratch : Buffer.allocUnsafeSlow(sizeBytes);
  return bytes.subarray(0, readFully(descriptor, bytes.subarray(0, sizeBytes), 0));
}

/** Answers how much there was of it. */
function readPieces(descriptor: number, sizeBytes: number, sink: PieceSink): number {
  sink.begin();
  let done = 0;
  while (done < sizeBytes) {
    const piece = sink.buffer.subarray(0, Math.min(sink.buffer.length, sizeBytes - done));
    const length = readFully(descriptor, piece, done);
    if (length > 0) sink.take(piece.subarray(0, length));
    done += length;
    if (length < piece.length) break;
  }
  return done;
}

/** Fewer bytes than asked for only at the end of the file. */
function readFully(descriptor: number, into: Buffer, position: number): number {
  let length = 0;
  while (length < into.length) {
    const want = Math.min(into.length - length, READ_MAX_BYTES);
    const read = readSync(descriptor, into, length, want, position + length);
    if (read === 0) break;
    length += read;
  }
  return length;
}

/** What was a file when it was listed is a pipe, a directory or the like by now. */
function changedKind(file: string): HeliosError {
  const message = `${file} is no longer a file: it changed while the directory was read`;
  return new HeliosError("DIRECTORY_UNREADABLE", message, "run it again; nothing was committed", {
    path: file,
  });
}

function tooLarge(file: string, sizeBytes: number): HeliosError {
  const message = `${file} is too large to store (${sizeBytes} bytes)`;
  return new HeliosError("DIRECTORY_UNREADABLE", message, "leave it out with a line in .heliosignore", {
    path: file,
  });
}
