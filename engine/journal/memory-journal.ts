/** The journal of class `memory`: the same records, nowhere but here. */
import { type Frame, FIRST_POSITION, type Position } from "./frame.ts";
import type { Journal } from "./journal.ts";
import { FRAME_BYTES } from "./record.ts";
import { corrupt } from "./segments.ts";

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

  flush(): void {}

  sync(): void {}

  syncLater(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#records.length = 0;
  }
}
