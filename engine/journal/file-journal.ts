/**
 * The journal in segment files, written by one process: one write call per commit, or, where consistency allows it, one
 * for several.
 *
 * A frame is written at an explicit offset, so the rest of a failed write is simply written over. When a journal is
 * opened, an incomplete last frame is what a killed process leaves: it was never acknowledged and is cut off. A bad
 * frame with a good one behind it is damage, and is named with file and offset.
 *
 * Class `power` allocates space ahead by writing zeros: fdatasync then has no block map and file size to write beside
 * the data, which takes about a third off it (measured: p50 158 -> 112 us on one cloud disk).
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { errnoOf, HeliosError } from "../errors.ts";
import {
  type Frame,
  FIRST_POSITION,
  offsetOf,
  type Position,
  positionOf,
  sealFrame,
  SEGMENT_HEADER_BYTES,
  segmentHeader,
  segmentOf,
} from "./frame.ts";
import type { Journal } from "./journal.ts";
import { corrupt, framesIn, missing, Segments, wholeFrameBehind } from "./segments.ts";
import { isUnfinished, isZero } from "./unfinished.ts";

const SEGMENT_FULL_BYTES = 64 * 1024 * 1024;
const ALLOCATE_BYTES = 1024 * 1024;
const HELD_BACK_BYTES = 1024 * 1024;

export interface FileJournalOptions {
  readonly directory: string;
  /** fdatasync after each append: class `power`. */
  readonly syncEachAppend: boolean;
  /** Where the last checkpoint left off; only frames from here on are looked at when opening. */
  readonly checkpoint: Position;
  /** How many appends, and for how long, may be held back in this process. Default: none. */
  readonly holdBack?: HoldBack | undefined;
  readonly segmentFullBytes?: number;
}

export interface HoldBack {
  readonly appends: number;
  readonly ms: number;
}

export class FileJournal implements Journal {
  readonly #segments: Segments;
  readonly #power: boolean;
  readonly #segmentFullBytes: number;
  #segment = 1;
  /** Behind the last byte written. */
  #offset = SEGMENT_HEADER_BYTES;
  /** Up to where the segment holds zeros to be written over. */
  #allocated = 0;
  #fd = -1;
  /** Set for good once the disk has refused to make something durable: what it holds is then unknown. */
  #failed: HeliosError | undefined;
  readonly #holdBack: HoldBack | undefined;
  readonly #held: Buffer | undefined;
  #heldBytes = 0;
  #heldAppends = 0;
  #heldSinceMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #syncing: Promise<void> | undefined;
  #syncNext: Promise<void> | undefined;
  /** A program that ends without closing the store has not been killed: what it holds back is written. */
  readonly #atExit = () => this.#flushWhenDue();

  /** What the user should know about how the journal was opened. */
  warning: string | undefined;

  private constructor(options: FileJournalOptions) {
    this.#segments = new Segments(options.directory);
    this.#power = options.syncEachAppend;
    this.#segmentFullBytes = options.segmentFullBytes ?? SEGMENT_FULL_BYTES;
    this.#holdBack = options.holdBack;
    this.#held = options.holdBack === undefined ? undefined : Buffer.allocUnsafeSlow(HELD_BACK_BYTES);
    if (options.holdBack !== undefined) process.on("exit", this.#atExit);
  }

  /** Opens or makes a journal, cutting off an incomplete last frame. STORE_CORRUPT names damage. */
  static open(options: FileJournalOptions): FileJournal {
    const journal = new FileJournal(options);
    journal.#open(options.checkpoint);
    return journal;
  }

  get end(): Position {
    return positionOf(this.#segment, this.#offset + this.#heldBytes);
  }

  append(bytes: Buffer, deferSync = false): Position {
    if (this.#fd < 0) throw new HeliosError("STORE_CLOSED", "the journal is closed", "Open the store again.");
    if (this.#failed !== undefined) throw this.#failed;
    if (this.#offset + this.#heldBytes >= this.#segmentFullBytes) this.#startSegment(this.#segment + 1);
    if (this.#holdBack !== undefined && bytes.length <= HELD_BACK_BYTES) return this.#hold(bytes);
    if (this.#heldBytes > 0) this.flush();
    sealFrame(bytes, this.#segment, this.#offset);
    const position = this.end;
    this.#write(bytes, !deferSync);
    return position;
  }

  read(position: Position): Frame {
    if (this.#heldBytes > 0 && position >= positionOf(this.#segment, this.#offset)) this.flush();
    return this.#segments.read(position, this.#segment);
  }

  scan(from: Position): IterableIterator<Frame> {
    this.flush();
    return this.#segments.scan(from, this.end);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#heldBytes === 0) return;
    this.#write(this.#held!.subarray(0, this.#heldBytes), true);
    this.#heldBytes = 0;
    this.#heldAppends = 0;
  }

  sync(): void {
    if (this.#fd < 0) return;
    this.flush();
    this.#orFail(() => fdatasyncSync(this.#fd));
  }

  syncLater(): Promise<void> {
    if (this.#fd < 0) return Promise.resolve();
    this.flush();
    if (this.#syncing === undefined) return (this.#syncing = this.#syncInBackground());
    // The one under way may have begun before the last append: all who come now wait for the one after it.
    return (this.#syncNext ??= this.#syncing
      .catch(() => undefined)
      .then(() => {
        this.#syncNext = undefined;
        return (this.#syncing = this.#syncInBackground());
      }));
  }

  close(): void {
    try {
      if (this.#fd >= 0 && this.#failed === undefined) {
        this.flush();
        if (this.#allocated > this.#offset) ftruncateSync(this.#fd, this.#offset);
      }
    } finally {
      clearTimeout(this.#timer);
      process.off("exit", this.#atExit);
      this.#segments.close();
      if (this.#fd >= 0) closeSync(this.#fd);
      this.#fd = -1;
    }
  }

  #open(checkpoint: Position): void {
    const first = segmentOf(checkpoint);
    const last = this.#segments.last();
    if (last === 0) {
      if (checkpoint !== FIRST_POSITION) throw missing(this.#segments.path(first));
      mkdirSync(this.#segments.directory, { recursive: true });
      this.#startSegment(1);
      return;
    }
    if (last < first) throw missing(this.#segments.path(first));
    this.#segment = last;
    const path = this.#segments.path(last);
    const from = last === first ? offsetOf(checkpoint) : SEGMENT_HEADER_BYTES;
    const header = this.#segments.rawBytes(last, 0).length;
    if (header < SEGMENT_HEADER_BYTES && last > first) {
      // Killed between making a segment and writing its header: nothing in it was acknowledged.
      this.#startSegment(last);
      return;
    }
    if (header < from) throw missing(`${path} from offset ${header} on`);
    if (header >= SEGMENT_HEADER_BYTES) this.#segments.checkHeader(last);
    const bytes = this.#segments.rawBytes(last, from);
    const sound = soundBytes(bytes, path, last, from);
    this.#offset = from + sound;
    this.#fd = openSync(path, "r+");
    if (sound < bytes.length) this.#cutOff(bytes.subarray(sound), path);
    this.#allocated = this.#offset;
  }

  /** What is no whole frame goes; where it may be damage, and not a killed writer's last breath, a copy stays. */
  #cutOff(rest: Buffer, path: string): void {
    if (!isZero(rest) && !isUnfinished(rest, this.#segment, this.#offset)) {
      const copy = `${path}.cut-${this.#offset}`;
      writeFileSync(copy, rest);
      this.warning =
        `the last ${rest.length} bytes of ${path}, from offset ${this.#offset} on, are damaged or were interrupted by a ` +
        `loss of power; commits before them are intact, and the bytes have been moved to ${copy}`;
    }
    ftruncateSync(this.#fd, this.#offset);
  }

  #startSegment(segment: number): void {
    if (this.#fd >= 0) {
      this.flush();
      if (this.#allocated > this.#offset) ftruncateSync(this.#fd, this.#offset);
      const fd = this.#fd;
      this.#orFail(() => fdatasyncSync(fd));
      closeSync(fd);
    }
    const header = segmentHeader(segment);
    try {
      this.#fd = openSync(this.#segments.path(segment), "w+");
      writeSync(this.#fd, header, 0, header.length, 0);
    } catch (error) {
      throw writeFailed(error, this.#segments.directory);
    }
    this.#segment = segment;
    this.#offset = SEGMENT_HEADER_BYTES;
    this.#allocated = SEGMENT_HEADER_BYTES;
  }

  #hold(bytes: Buffer): Position {
    const { appends, ms } = this.#holdBack!;
    if (this.#heldBytes + bytes.length > HELD_BACK_BYTES) this.flush();
    sealFrame(bytes, this.#segment, this.#offset + this.#heldBytes);
    const position = this.end;
    bytes.copy(this.#held!, this.#heldBytes);
    this.#heldBytes += bytes.length;
    this.#heldAppends++;
    const nowMs = ms === Infinity ? 0 : performance.now();
    if (this.#heldAppends === 1) this.#heldSinceMs = nowMs;
    if (this.#heldAppends > appends || nowMs - this.#heldSinceMs >= ms) {
      try {
        this.flush();
      } catch (error) {
        // This append is refused; those before it stay held, to be written by the next try.
        this.#heldBytes -= bytes.length;
        this.#heldAppends--;
        throw error;
      }
    } else if (this.#timer === undefined && ms !== Infinity) {
      this.#timer = setTimeout(() => this.#flushWhenDue(), ms).unref();
    }
    return position;
  }

  #flushWhenDue(): void {
    this.#timer = undefined;
    try {
      this.flush();
    } catch {
      // The next append or flush meets the same error and says it.
    }
  }

  #write(bytes: Buffer, sync: boolean): void {
    try {
      if (this.#power && this.#offset + bytes.length > this.#allocated) this.#allocate(bytes.length);
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#offset + done);
    } catch (error) {
      this.#discardPartialFrame();
      throw writeFailed(error, this.#segments.directory);
    }
    if (this.#power && sync) this.#orFail(() => fdatasyncSync(this.#fd));
    this.#offset += bytes.length;
  }

  #allocate(bytes: number): void {
    const from = Math.max(this.#allocated, this.#offset);
    const zeros = Buffer.alloc(Math.max(ALLOCATE_BYTES, bytes));
    for (let done = 0; done < zeros.length;)
      done += writeSync(this.#fd, zeros, done, zeros.length - done, from + done);
    this.#allocated = from + zeros.length;
  }

  #syncInBackground(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#fd, (error) => {
        this.#syncing = undefined;
        if (error === null) return resolve();
        this.#failed = syncFailed(error, this.#segments.directory);
        reject(this.#failed);
      });
    });
  }

  #orFail(sync: () => void): void {
    try {
      sync();
    } catch (error) {
      throw (this.#failed = syncFailed(error, this.#segments.directory));
    }
  }

  #discardPartialFrame(): void {
    try {
      ftruncateSync(this.#fd, this.#offset);
      this.#allocated = this.#offset;
    } catch {
      // The next append writes over it, and opening cuts it off: it has no valid checksum.
    }
  }
}

/** How many of the bytes are whole frames. Throws when a whole frame follows a broken one. */
function soundBytes(bytes: Buffer, path: string, segment: number, offset: number): number {
  let at = 0;
  for (const frame of framesIn(bytes, segment, offset)) at = offsetOf(frame.next) - offset;
  if (wholeFrameBehind(bytes, at, segment, offset)) throw corrupt(path, offset + at);
  return at;
}

export function writeFailed(error: unknown, directory: string): HeliosError {
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

/** After a failed sync the kernel may drop what it could not write and report the next sync as good. */
function syncFailed(error: unknown, directory: string): HeliosError {
  return new HeliosError(
    "STORE_FAILED",
    `the disk of the journal in ${directory} did not confirm a write (${errnoOf(error) ?? String(error)})`,
    "Check the disk and open the store again: commits are refused until then.",
    { cause: error },
  );
}
