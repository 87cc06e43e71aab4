/**
 * A journal that somebody else writes: another process, or another thread of this one. `scan` takes in what has been
 * appended since and stops in front of a frame that is not whole yet.
 */
import { HeliosError } from "../errors.ts";
import { type Frame, offsetOf, type Position, positionOf, SEGMENT_HEADER_BYTES, segmentOf } from "./frame.ts";
import type { Journal } from "./journal.ts";
import { corrupt, framesIn, Segments, wholeFrameBehind } from "./segments.ts";

export class JournalFollower implements Journal {
  readonly #segments: Segments;
  #end: Position;
  /** From where on `sync` has something to do. */
  #unsynced: number;

  /** Cost: nothing is read yet. */
  constructor(directory: string, from: Position) {
    this.#segments = new Segments(directory);
    this.#end = from;
    this.#unsynced = segmentOf(from);
  }

  /** Behind the last frame that `scan` has given. */
  get end(): Position {
    return this.#end;
  }

  append(): never {
    throw new HeliosError("STORE_READ_ONLY", "a follower writes nothing", "Commit where the writer is.");
  }

  read(position: Position): Frame {
    this.#assertThere(segmentOf(position));
    return this.#segments.read(position, segmentOf(this.#end));
  }

  /** Frames from a position on; those behind `end` move it. Cost where nothing is new: one fstat. */
  *scan(from: Position): IterableIterator<Frame> {
    let segment = segmentOf(from);
    let offset = offsetOf(from);
    if (segment === 1 && offset === SEGMENT_HEADER_BYTES && !this.#segments.has(1)) return;
    this.#assertThere(segment);
    for (;;) {
      for (const frame of this.#newFrames(segment, offset)) {
        if (frame.next > this.#end) this.#end = frame.next;
        yield frame;
        offset = offsetOf(frame.next);
      }
      if (!this.#segments.has(segment + 1)) {
        this.#assertUndamaged(segment, offset);
        return;
      }
      // The writer may have gone on in this segment, and then to the next, since it was read.
      const [missed] = this.#newFrames(segment, offset);
      if (missed !== undefined) continue;
      segment++;
      offset = SEGMENT_HEADER_BYTES;
      // Made, and its header not written yet.
      if (this.#segments.rawBytes(segment, 0).length < SEGMENT_HEADER_BYTES) return;
      this.#segments.checkHeader(segment);
      this.#end = Math.max(this.#end, positionOf(segment, offset));
    }
  }

  flush(): void {}

  sync(): void {
    this.#segments.sync(this.#unsynced, segmentOf(this.#end));
    this.#unsynced = segmentOf(this.#end);
  }

  syncLater(): Promise<void> {
    return Promise.resolve(this.sync());
  }

  close(): void {
    this.#segments.close();
  }

  /** What is not a whole frame yet has nothing whole behind it; looked at twice, since it may be being written. */
  #assertUndamaged(segment: number, offset: number): void {
    for (let look = 0; look < 2; look++) {
      const bytes = this.#segments.bytes(segment, offset);
      if (
        framesIn(bytes, segment, offset).next().done !== true ||
        !wholeFrameBehind(bytes, 0, segment, offset)
      )
        return;
    }
    throw corrupt(this.#segments.path(segment), offset);
  }

  /** A collection removes the segments it has copied; this reader's positions mean nothing in the new ones. */
  #assertThere(segment: number): void {
    if (!this.#segments.isGone(segment)) return;
    throw new HeliosError(
      "STORE_COLLECTED",
      `${this.#segments.path(segment)} is gone: the store has been collected since it was opened here`,
      "Open it again; if that fails, the file has been lost, and the store is to be restored from a copy.",
    );
  }

  #newFrames(segment: number, offset: number): IterableIterator<Frame> {
    const size = this.#segments.sizeBytes(segment);
    return framesIn(this.#segments.bytes(segment, offset, Math.max(size, offset)), segment, offset);
  }
}
