/** The segment files of a journal, read: by position, and through from a position on. */
import { closeSync, existsSync, fdatasyncSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { HeliosError } from "../errors.ts";
import {
  type Frame,
  frameIn,
  MAGIC,
  offsetOf,
  placeSeed,
  type Position,
  positionOf,
  SEGMENT_HEADER_BYTES,
  segmentOf,
} from "./frame.ts";
import { FRAME_BYTES } from "./record.ts";

/** Far above any record: larger contents go to L2. */
const RECORD_MAX_BYTES = 256 * 1024 * 1024;

export class Segments {
  readonly directory: string;
  readonly #fds = new Map<number, number>();

  constructor(directory: string) {
    this.directory = directory;
  }

  path(segment: number): string {
    return join(this.directory, `${String(segment).padStart(8, "0")}.log`);
  }

  has(segment: number): boolean {
    return existsSync(this.path(segment));
  }

  /** Number of the last segment; 0 where there is none. */
  last(): number {
    if (!existsSync(this.directory)) return 0;
    return readdirSync(this.directory).reduce((last, name) => {
      const match = /^(\d{8})\.log$/.exec(name);
      return match === null ? last : Math.max(last, Number(match[1]));
    }, 0);
  }

  sizeBytes(segment: number): number {
    return fstatSync(this.#fd(segment)).size;
  }

  /** The file that is open is no longer in the directory, or never was. */
  isGone(segment: number): boolean {
    const fd = this.#fds.get(segment);
    return fd === undefined ? !this.has(segment) : fstatSync(fd).nlink === 0;
  }

  checkHeader(segment: number): void {
    const header = readFully(this.#fd(segment, true), 0, SEGMENT_HEADER_BYTES);
    const magic = header.toString("latin1", 0, 8);
    if (magic.startsWith("HELIOSJ") && magic !== MAGIC)
      throw new HeliosError(
        "STORE_FORMAT",
        `${this.path(segment)} has journal version ${magic.slice(7)}; this version reads 1`,
        "Use the Helios version that made it.",
      );
    const sound =
      header.length === SEGMENT_HEADER_BYTES &&
      magic === MAGIC &&
      header.readUInt32LE(8) === segment &&
      header.readUInt32LE(12) === crc32(header.subarray(0, 12));
    if (!sound) throw corrupt(this.path(segment), 0);
  }

  /** Bytes of a segment whose header has not been looked at. */
  rawBytes(segment: number, from: number): Buffer {
    const fd = this.#fd(segment, true);
    return readFully(fd, from, fstatSync(fd).size - from);
  }

  bytes(segment: number, from: number, to = this.sizeBytes(segment)): Buffer {
    return readFully(this.#fd(segment), from, to - from);
  }

  /** The frame at a position, a copy. The position behind the last frame of a full segment means the next one. */
  read(position: Position, last: number): Frame {
    const segment = segmentOf(position);
    const offset = offsetOf(position);
    const atEnd = segment < last && offset >= this.sizeBytes(segment);
    const frame = atEnd ? this.#frameAt(segment + 1, SEGMENT_HEADER_BYTES) : this.#frameAt(segment, offset);
    if (frame === undefined) throw corrupt(this.path(segment), offset);
    return frame;
  }

  /** All frames from a position to another one; damage in between is named. */
  *scan(from: Position, to: Position): IterableIterator<Frame> {
    let offset = offsetOf(from);
    for (let segment = segmentOf(from); segment <= segmentOf(to); segment++) {
      const end = segment === segmentOf(to) ? offsetOf(to) : this.sizeBytes(segment);
      const bytes = this.bytes(segment, offset, end);
      if (bytes.length < end - offset)
        throw missing(`${this.path(segment)} from ${offset + bytes.length} on`);
      let at = 0;
      for (const frame of framesIn(bytes, segment, offset)) {
        yield frame;
        at = offsetOf(frame.next) - offset;
      }
      if (at < bytes.length) throw corrupt(this.path(segment), offset + at);
      offset = SEGMENT_HEADER_BYTES;
    }
  }

  /** Forces segments to stable storage. */
  sync(from: number, to: number): void {
    for (let segment = from; segment <= to; segment++) fdatasyncSync(this.#fd(segment));
  }

  close(): void {
    for (const fd of this.#fds.values()) closeSync(fd);
    this.#fds.clear();
  }

  #frameAt(segment: number, offset: number): Frame | undefined {
    const fd = this.#fd(segment);
    const head = readFully(fd, offset, FRAME_BYTES);
    if (head.length < FRAME_BYTES) return undefined;
    const length = head.readUInt32LE(0);
    if (length > RECORD_MAX_BYTES) return undefined;
    const record = readFully(fd, offset + FRAME_BYTES, length);
    if (record.length < length || crc32(record, placeSeed(segment, offset)) !== head.readUInt32LE(4))
      return undefined;
    const position = positionOf(segment, offset);
    return { position, next: position + FRAME_BYTES + length, record };
  }

  #fd(segment: number, unchecked = false): number {
    let fd = this.#fds.get(segment);
    if (fd === undefined) {
      if (!this.has(segment)) throw missing(this.path(segment));
      fd = openSync(this.path(segment), "r");
      this.#fds.set(segment, fd);
      if (!unchecked) this.checkHeader(segment);
    }
    return fd;
  }
}

/** The whole, sound frames at the beginning of bytes that begin at `offset`. */
export function* framesIn(bytes: Buffer, segment: number, offset: number): IterableIterator<Frame> {
  for (let at = 0; ;) {
    const record = frameIn(bytes, at, segment, offset);
    if (record === undefined) return;
    const next = at + FRAME_BYTES + record.length;
    yield {
      position: positionOf(segment, offset + at),
      next: positionOf(segment, offset + next),
      record,
    };
    at = next;
  }
}

/** A whole frame begins somewhere behind `at`, where none does: then what is at `at` is damage. */
export function wholeFrameBehind(bytes: Buffer, at: number, segment: number, offset: number): boolean {
  for (let behind = at + 1; behind + FRAME_BYTES < bytes.length; behind++) {
    // In bytes that are no frames every thousandth place has a length that could be, and each costs a checksum over
    // megabytes; where the frame would end, a sixteenth of them is followed by what could be another one.
    const next = behind + FRAME_BYTES + bytes.readUInt32LE(behind);
    if (next + 4 <= bytes.length && bytes.readUInt32LE(next) > RECORD_MAX_BYTES) continue;
    if (frameIn(bytes, behind, segment, offset) !== undefined) return true;
  }
  return false;
}

function readFully(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Math.max(0, length));
  let done = 0;
  while (done < bytes.length) {
    const read = readSync(fd, bytes, done, bytes.length - done, offset + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

export function corrupt(path: string, offset: number): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    `${path} is damaged at offset ${offset}`,
    "Restore the store from a copy; commits before this offset stay readable.",
  );
}

export function missing(what: string): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    `the journal lacks ${what}, which the last checkpoint refers to`,
    "Restore the store from a copy.",
  );
}
