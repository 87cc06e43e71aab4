/** Reads what a file holds, as it was at one moment. */
import { constants as bufferLimits } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { errnoOf, HeliosError } from "../../errors.ts";
import { unreadable } from "./listing.ts";
import type { FileStat } from "./stat-cache.ts";

export interface Content {
  readonly bytes: Buffer;
  /** Undefined when the file kept changing while it was read: then it is read again next time. */
  readonly stat: FileStat | undefined;
}

const ATTEMPTS = 3;
/** One call reads at most 2 GiB. */
const READ_MAX_BYTES = 2 ** 30;

/** Undefined for a file that is gone. `listed` is what `lstat` said of it. */
export function readContent(file: string, listed: FileStat): Content | undefined {
  try {
    return isSymlink(listed)
      ? { bytes: readlinkSync(file, { encoding: "buffer" }), stat: listed }
      : readStable(file);
  } catch (error) {
    if (error instanceof HeliosError) throw error;
    const errno = errnoOf(error);
    // Removed since it was listed, or replaced by something else (EINVAL: no symlink any more; ELOOP: now one).
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw unreadable(file, error);
  }
}

function isSymlink({ mode }: FileStat): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFLNK;
}

/** The stat is that of the open file, taken before the content; one taken after has to agree. */
function readStable(file: string): Content {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (let attempt = 1; ; attempt++) {
      const before = fstatSync(descriptor);
      const bytes = readWhole(descriptor, file, before.size);
      const after = fstatSync(descriptor);
      const isStable =
        after.ctimeMs === before.ctimeMs && after.mtimeMs === before.mtimeMs && bytes.length === after.size;
      if (isStable) return { bytes, stat: before };
      if (attempt === ATTEMPTS) return { bytes, stat: undefined };
    }
  } finally {
    closeSync(descriptor);
  }
}

function readWhole(descriptor: number, file: string, sizeBytes: number): Buffer {
  if (sizeBytes > bufferLimits.MAX_LENGTH) throw tooLarge(file, sizeBytes);
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  let length = 0;
  while (length < sizeBytes) {
    const read = readSync(descriptor, bytes, length, Math.min(sizeBytes - length, READ_MAX_BYTES), length);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

function tooLarge(file: string, sizeBytes: number): HeliosError {
  const message = `${file} is too large to store (${sizeBytes} bytes)`;
  return new HeliosError("DIRECTORY_UNREADABLE", message, "leave it out with a line in .heliosignore", {
    path: file,
  });
}
