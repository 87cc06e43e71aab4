/** Copies records into new segments, with the frames that their new places demand. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  type Frame,
  type Position,
  positionOf,
  sealFrame,
  SEGMENT_HEADER_BYTES,
  segmentHeader,
} from "../journal/frame.ts";
import { FRAME_BYTES } from "../journal/record.ts";
import { writeFailed } from "../journal/file-journal.ts";

const SEGMENT_FULL_BYTES = 64 * 1024 * 1024;
const BUFFER_BYTES = 1024 * 1024;

export class RecordCopier {
  readonly #directory: string;
  readonly #onStep: (step: string) => void;
  #segment: number;
  /** Bytes of the segment so far, those still in the buffer included. */
  #offset = SEGMENT_HEADER_BYTES;
  #fd = -1;
  #buffered: Buffer[] = [];
  #bufferedBytes = 0;

  constructor(directory: string, firstSegment: number, onStep: (step: string) => void) {
    this.#directory = directory;
    this.#segment = firstSegment;
    this.#onStep = onStep;
    this.#open();
  }

  /** Behind the last record. */
  get end(): Position {
    return positionOf(this.#segment, this.#offset);
  }

  copy({ record }: Pick<Frame, "record">): Position {
    if (this.#offset >= SEGMENT_FULL_BYTES) {
      this.finish();
      this.#segment++;
      this.#offset = SEGMENT_HEADER_BYTES;
      this.#open();
    }
    const bytes = Buffer.allocUnsafe(FRAME_BYTES + record.length);
    record.copy(bytes, FRAME_BYTES);
    sealFrame(bytes, this.#segment, this.#offset);
    const position = this.end;
    this.#put(bytes);
    this.#offset += bytes.length;
    return position;
  }

  /** Everything is on stable storage when this returns; nothing may be copied afterwards. */
  finish(): void {
    this.#orFail(() => {
      this.#flush();
      this.#onStep("sync a new segment");
      fsyncSync(this.#fd);
      closeSync(this.#fd);
    });
    this.#fd = -1;
  }

  #open(): void {
    this.#onStep("make a new segment");
    this.#orFail(() => {
      this.#fd = openSync(join(this.#directory, `${String(this.#segment).padStart(8, "0")}.log`), "w");
    });
    this.#put(segmentHeader(this.#segment));
  }

  #put(bytes: Buffer): void {
    this.#buffered.push(bytes);
    this.#bufferedBytes += bytes.length;
    if (this.#bufferedBytes >= BUFFER_BYTES) this.#orFail(() => this.#flush());
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#buffered);
    this.#onStep("write to a new segment");
    for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done);
    this.#buffered = [];
    this.#bufferedBytes = 0;
  }

  #orFail(action: () => void): void {
    try {
      action();
    } catch (error) {
      throw writeFailed(error, this.#directory);
    }
  }
}
