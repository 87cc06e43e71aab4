/**
 * The journal: an append-only sequence of commit records in segment files, one write call per commit.
 *
 *     journal/00000001.log ...    header: "HELIOSJ1", u32 segment number, u32 CRC-32 of the twelve bytes before
 *     frame:                      u32 length, u32 CRC-32 of the record begun at its place (see placeSeed), record
 *
 * A position is segment number * 2^32 + offset, one number that grows with time.
 *
 * A frame is written at an explicit offset, so the rest of a failed write is simply written over. When a journal is
 * opened, an incomplete last frame is what a killed process leaves: it was never acknowledged and is cut off. A bad
 * frame with a good one behind it is damage, and is named with file and offset.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { errnoOf, HeliosError } from "../errors.ts";
import { FRAME_BYTES } from "./record.ts";

export type Position = number;

const SEGMENT = 2 ** 32;
const MAGIC = "HELIOSJ1";
export const SEGMENT_HEADER_BYTES = 16;
const SEGMENT_FULL_BYTES = 64 * 1024 * 1024;
/** Far above any record: larger contents go to L2. */
const RECORD_MAX_BYTES = 256 * 1024 * 1024;

export interface Frame {
  readonly position: Position;
  readonly next: Position;
  readonly record: Buffer;
}

export interface Journal {
  /** Where the next record goes. */
  readonly end: Position;
  /** Appends `bytes`, whose first FRAME_BYTES are room for the frame; durable on return as the class says. */
  append(bytes: Buffer): Position;
  /** The frame at a position; a copy. */
  read(position: Position): Frame;
  /** All frames from a position on. */
  scan(from: Position): IterableIterator<Frame>;
  /** Forces what was appended to stable storage. */
  sync(): void;
  close(): void;
}

/** Position of the first record of a journal. */
export const FIRST_POSITION: Position = SEGMENT + SEGMENT_HEADER_BYTES;

export interface FileJournalOptions {
  readonly directory: string;
  /** fdatasync after each append: class `power`. */
  readonly syncEachAppend: boolean;
  /** Where the last checkpoint left off; only frames from here on are looked at when opening. */
  readonly checkpoint: Position;
  readonly readOnly: boolean;
  readonly segmentFullBytes?: number;
}

export class FileJournal implements Journal {
  readonly #directory: string;
  readonly #syncEachAppend: boolean;
  readonly #segmentFullBytes: number;
  readonly #readers = new Map<number, number>();
  #segment = 1;
  #offset = SEGMENT_HEADER_BYTES;
  #fd = -1;

  private constructor(options: FileJournalOptions) {
    this.#directory = options.directory;
    this.#syncEachAppend = options.syncEachAppend;
    this.#segmentFullBytes = options.segmentFullBytes ?? SEGMENT_FULL_BYTES;
  }

  /** Opens or makes a journal, cutting off an incomplete last frame. STORE_CORRUPT names damage. */
  static open(options: FileJournalOptions): FileJournal {
    const journal = new FileJournal(options);
    journal.#open(options);
    return journal;
  }

  get end(): Position {
    return this.#segment * SEGMENT + this.#offset;
  }

  append(bytes: Buffer): Position {
    if (this.#fd < 0) throw new HeliosError("STORE_CLOSED", "the journal is closed", "Open the store again.");
    if (this.#offset >= this.#segmentFullBytes) this.#startSegment(this.#segment + 1);
    const length = bytes.length - FRAME_BYTES;
    bytes.writeUInt32LE(length, 0);
    bytes.writeUInt32LE(crc32(bytes.subarray(FRAME_BYTES), placeSeed(this.#segment, this.#offset)), 4);
    const position = this.end;
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#offset + done);
      if (this.#syncEachAppend) fdatasyncSync(this.#fd);
    } catch (error) {
      this.#discardPartialFrame();
      throw writeFailed(error, this.#directory);
    }
    this.#offset += bytes.length;
    return position;
  }

  read(position: Position): Frame {
    const segment = Math.floor(position / SEGMENT);
    const offset = position % SEGMENT;
    // The position behind the last frame of a full segment means the first of the next.
    const atEnd = segment < this.#segment && offset >= fstatSync(this.#reader(segment)).size;
    const frame = atEnd ? this.#frameAt(segment + 1, SEGMENT_HEADER_BYTES) : this.#frameAt(segment, offset);
    if (frame === undefined) throw corrupt(this.#path(segment), offset);
    return frame;
  }

  *scan(from: Position): IterableIterator<Frame> {
    let segment = Math.floor(from / SEGMENT);
    let offset = from % SEGMENT;
    while (segment <= this.#segment) {
      const end = segment === this.#segment ? this.#offset : fstatSync(this.#reader(segment)).size;
      const bytes = readFully(this.#reader(segment), offset, end - offset);
      for (let at = 0; at < bytes.length;) {
        const record = frameIn(bytes, at, segment, offset);
        if (record === undefined) throw corrupt(this.#path(segment), offset + at);
        const next = at + FRAME_BYTES + record.length;
        yield { position: segment * SEGMENT + offset + at, next: segment * SEGMENT + offset + next, record };
        at = next;
      }
      segment++;
      offset = SEGMENT_HEADER_BYTES;
    }
  }

  sync(): void {
    if (this.#fd >= 0) fdatasyncSync(this.#fd);
  }

  close(): void {
    for (const fd of this.#readers.values()) closeSync(fd);
    this.#readers.clear();
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #open(options: FileJournalOptions): void {
    const first = Math.floor(options.checkpoint / SEGMENT);
    const last = lastSegment(this.#directory);
    if (last === 0) {
      if (options.checkpoint !== FIRST_POSITION) throw missing(this.#path(first));
      if (options.readOnly) return;
      mkdirSync(this.#directory, { recursive: true });
      this.#startSegment(1);
      return;
    }
    if (last < first) throw missing(this.#path(first));
    this.#segment = last;
    const reader = this.#reader(last, true);
    const size = fstatSync(reader).size;
    if (size < SEGMENT_HEADER_BYTES && last > first) {
      // Killed between making a segment and writing its header: nothing in it was acknowledged.
      this.#offset = SEGMENT_HEADER_BYTES;
      if (!options.readOnly) this.#startSegment(last);
      return;
    }
    const from = last === first ? options.checkpoint % SEGMENT : SEGMENT_HEADER_BYTES;
    if (size < from) throw missing(`${this.#path(last)} from offset ${size} on`);
    if (size >= SEGMENT_HEADER_BYTES) this.#checkHeader(reader, last);
    this.#offset = from + soundBytes(readFully(reader, from, size - from), this.#path(last), last, from);
    if (options.readOnly) return;
    this.#fd = openSync(this.#path(last), "r+");
    if (this.#offset < size) ftruncateSync(this.#fd, this.#offset);
  }

  #startSegment(segment: number): void {
    if (this.#fd >= 0) {
      fdatasyncSync(this.#fd);
      closeSync(this.#fd);
    }
    const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
    header.write(MAGIC, 0, "latin1");
    header.writeUInt32LE(segment, 8);
    header.writeUInt32LE(crc32(header.subarray(0, 12)), 12);
    try {
      this.#fd = openSync(this.#path(segment), "w+");
      writeSync(this.#fd, header, 0, header.length, 0);
    } catch (error) {
      throw writeFailed(error, this.#directory);
    }
    this.#segment = segment;
    this.#offset = SEGMENT_HEADER_BYTES;
  }

  #discardPartialFrame(): void {
    try {
      ftruncateSync(this.#fd, this.#offset);
    } catch {
      // The next append writes over it, and opening cuts it off: it has no valid checksum.
    }
  }

  #frameAt(segment: number, offset: number): Frame | undefined {
    const fd = this.#reader(segment);
    const head = readFully(fd, offset, FRAME_BYTES);
    if (head.length < FRAME_BYTES) return undefined;
    const length = head.readUInt32LE(0);
    if (length > RECORD_MAX_BYTES) return undefined;
    const record = readFully(fd, offset + FRAME_BYTES, length);
    if (record.length < length || crc32(record, placeSeed(segment, offset)) !== head.readUInt32LE(4))
      return undefined;
    const position = segment * SEGMENT + offset;
    return { position, next: position + FRAME_BYTES + length, record };
  }

  #reader(segment: number, unchecked = false): number {
    let fd = this.#readers.get(segment);
    if (fd === undefined) {
      if (!existsSync(this.#path(segment))) throw missing(this.#path(segment));
      fd = openSync(this.#path(segment), "r");
      this.#readers.set(segment, fd);
      if (!unchecked) this.#checkHeader(fd, segment);
    }
    return fd;
  }

  #checkHeader(fd: number, segment: number): void {
    const header = readFully(fd, 0, SEGMENT_HEADER_BYTES);
    const magic = header.toString("latin1", 0, 8);
    if (magic.startsWith("HELIOSJ") && magic !== MAGIC)
      throw new HeliosError(
        "STORE_FORMAT",
        `${this.#path(segment)} has journal version ${magic.slice(7)}; this version reads 1`,
        "Use the Helios version that made it.",
      );
    const sound =
      header.length === SEGMENT_HEADER_BYTES &&
      magic === MAGIC &&
      header.readUInt32LE(8) === segment &&
      header.readUInt32LE(12) === crc32(header.subarray(0, 12));
    if (!sound) throw corrupt(this.#path(segment), 0);
  }

  #path(segment: number): string {
    return join(this.#directory, `${String(segment).padStart(8, "0")}.log`);
  }
}

/** The journal of class `memory`: the same records, nowhere but here. */
export class MemoryJournal implements Journal {
  readonly #records: Buffer[] = [];

  get end(): Position {
    return FIRST_POSITION + this.#records.length;
  }

  append(bytes: Buffer): Position {
    this.#records.push(Buffer.from(bytes.subarray(FRAME_BYTES)));
    return this.end - 1;
  }

  read(position: Position): Frame {
    const record = this.#records[position - FIRST_POSITION];
    if (record === undefined) throw corrupt("the journal in memory", position);
    return { position, next: position + 1, record };
  }

  *scan(from: Position): IterableIterator<Frame> {
    for (let position = from; position < this.end; position++) yield this.read(position);
  }

  sync(): void {}

  close(): void {
    this.#records.length = 0;
  }
}

/**
 * Where a checksum begins: a frame is sound at its own place only. A content that holds frames, such as a copy of a
 * journal, is then never taken for sound records behind an incomplete one.
 */
function placeSeed(segment: number, offset: number): number {
  return (Math.imul(segment, 0x9e3779b1) ^ offset) >>> 0;
}

/** How many of the bytes are whole frames. Throws when a whole frame follows a broken one. */
function soundBytes(bytes: Buffer, path: string, segment: number, offset: number): number {
  let at = 0;
  for (;;) {
    const record = frameIn(bytes, at, segment, offset);
    if (record === undefined) break;
    at += FRAME_BYTES + record.length;
  }
  for (let behind = at + 1; behind + FRAME_BYTES < bytes.length; behind++)
    if (frameIn(bytes, behind, segment, offset) !== undefined) throw corrupt(path, offset + at);
  return at;
}

/** The record of the frame at `at`, or undefined when there is no whole, sound one. `bytes` begin at `offset`. */
function frameIn(bytes: Buffer, at: number, segment: number, offset: number): Buffer | undefined {
  if (bytes.length - at < FRAME_BYTES) return undefined;
  const length = bytes.readUInt32LE(at);
  // A record is never empty, and eight zero bytes would be a sound frame of nothing.
  if (length === 0 || length > bytes.length - at - FRAME_BYTES) return undefined;
  const record = bytes.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
  return crc32(record, placeSeed(segment, offset + at)) === bytes.readUInt32LE(at + 4) ? record : undefined;
}

function lastSegment(directory: string): number {
  if (!existsSync(directory)) return 0;
  return readdirSync(directory).reduce((last, name) => {
    const match = /^(\d{8})\.log$/.exec(name);
    return match === null ? last : Math.max(last, Number(match[1]));
  }, 0);
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

function corrupt(path: string, offset: number): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    `${path} is damaged at offset ${offset}`,
    "Restore the store from a copy; commits before this offset stay readable.",
  );
}

function missing(what: string): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    `the journal lacks ${what}, which the last checkpoint refers to`,
    "Restore the store from a copy.",
  );
}

function writeFailed(error: unknown, directory: string): HeliosError {
  const errno = errnoOf(error);
  return errno === "ENOSPC" || errno === "EDQUOT" || errno === "EFBIG"
    ? new HeliosError(
        "DISK_FULL",
        `the journal in ${directory} cannot grow (${errno})`,
        "Free some space and commit again; nothing acknowledged is lost.",
        { cause: error },
      )
    : new HeliosError(
        "STORE_FAILED",
        `the journal in ${directory} cannot be written (${errno ?? String(error)})`,
        "Check the disk of the store and commit again; nothing acknowledged is lost.",
        { cause: error },
      );
}
