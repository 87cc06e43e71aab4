/**
 * The outer form of a journal: positions, segment headers and frames.
 *
 *     journal/00000001.log ...    header: "HELIOSJ1", u32 segment number, u32 CRC-32 of the twelve bytes before
 *     frame:                      u32 length, u32 CRC-32 of the record begun at its place (see placeSeed), record
 *
 * A position is segment number * 2^32 + offset, one number that grows with time. Zeros behind the last frame are space
 * that is allocated and not written yet.
 */
import { crc32 } from "node:zlib";
import { FRAME_BYTES } from "./record.ts";

export type Position = number;

const SEGMENT = 2 ** 32;
export const MAGIC = "HELIOSJ1";
export const SEGMENT_HEADER_BYTES = 16;

export interface Frame {
  readonly position: Position;
  readonly next: Position;
  readonly record: Buffer;
}

/** Position of the first record of a journal. */
export const FIRST_POSITION: Position = SEGMENT + SEGMENT_HEADER_BYTES;

export function positionOf(segment: number, offset: number): Position {
  return segment * SEGMENT + offset;
}

export function segmentOf(position: Position): number {
  return Math.floor(position / SEGMENT);
}

export function offsetOf(position: Position): number {
  return position % SEGMENT;
}

export function segmentHeader(segment: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.write(MAGIC, 0, "latin1");
  header.writeUInt32LE(segment, 8);
  header.writeUInt32LE(crc32(header.subarray(0, 12)), 12);
  return header;
}

/** Fills in the frame in front of a record: `bytes` are FRAME_BYTES of room and the record. */
export function sealFrame(bytes: Buffer, segment: number, offset: number): void {
  bytes.writeUInt32LE(bytes.length - FRAME_BYTES, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(FRAME_BYTES), placeSeed(segment, offset)), 4);
}

/**
 * Where a checksum begins: a frame is sound at its own place only. A content that holds frames, such as a copy of a
 * journal, is then never taken for sound records behind an incomplete one.
 */
export function placeSeed(segment: number, offset: number): number {
  return (Math.imul(segment, 0x9e3779b1) ^ offset) >>> 0;
}

/** The record of the frame at `at`, or undefined when there is no whole, sound one. `bytes` begin at `offset`. */
export function frameIn(bytes: Buffer, at: number, segment: number, offset: number): Buffer | undefined {
  if (bytes.length - at < FRAME_BYTES) return undefined;
  const length = bytes.readUInt32LE(at);
  // A record is never empty, and eight zero bytes would be a sound frame of nothing.
  if (length === 0 || length > bytes.length - at - FRAME_BYTES) return undefined;
  const record = bytes.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
  return crc32(record, placeSeed(segment, offset + at)) === bytes.readUInt32LE(at + 4) ? record : undefined;
}
