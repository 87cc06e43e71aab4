/**
 * What stands behind the last sound frame of a journal: the remains of a write that was never acknowledged, space that
 * was allocated ahead (zeros), or damage. A killed writer leaves the beginning of a frame; a frame that was written to
 * its end and is wrong nevertheless was changed later, and so was one that is sound with another bit in its length.
 *
 * After a loss of power the pages of a write may have reached the disk in any order, so that the end of an unfinished
 * frame can be there and its middle not: what looks like damage is then a commit that class `process` never promised.
 */
import { crc32 } from "node:zlib";
import { placeSeed } from "./frame.ts";
import { FRAME_BYTES } from "./record.ts";

/** Whether the bytes, which begin at `offset` of a segment, are what a killed writer leaves. */
export function isUnfinished(rest: Buffer, segment: number, offset: number): boolean {
  if (rest.length < FRAME_BYTES) return true;
  const written = rest.subarray(0, lastNonZero(rest) + 1);
  const end = FRAME_BYTES + rest.readUInt32LE(0);
  // Written to its last byte, and wrong.
  if (end <= rest.length && written.length >= end) return false;
  for (let bit = 0; bit < 32; bit++) {
    const length = (rest.readUInt32LE(0) ^ (1 << bit)) >>> 0;
    if (length === 0 || length > rest.length - FRAME_BYTES) continue;
    const record = rest.subarray(FRAME_BYTES, FRAME_BYTES + length);
    if (crc32(record, placeSeed(segment, offset)) === rest.readUInt32LE(4)) return false;
  }
  return true;
}

export function isZero(bytes: Buffer): boolean {
  return lastNonZero(bytes) < 0;
}

function lastNonZero(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (at >= 0 && bytes[at] === 0) at--;
  return at;
}
