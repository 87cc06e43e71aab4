/**
 * What a writer says it has acknowledged, for readers elsewhere to be held to: a file of fixed records, each written
 * with one call after the commit has returned. Times are the writer's own, milliseconds since 1970.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";

export interface Acknowledged {
  /** Number of the commit. */
  readonly sequence: number;
  /** Before `commit` was called. */
  readonly begunMs: number;
  /** After it had returned. */
  readonly returnedMs: number;
}

const RECORD_BYTES = 24;

export class AcknowledgementWriter {
  readonly #fd: number;
  readonly #record = new Float64Array(3);

  constructor(path: string) {
    this.#fd = openSync(path, "w");
  }

  write({ sequence, begunMs, returnedMs }: Acknowledged): void {
    this.#record.set([sequence, begunMs, returnedMs]);
    writeSync(this.#fd, this.#record);
  }
}

export class AcknowledgementReader {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, "r");
  }

  get count(): number {
    return Math.floor(fstatSync(this.#fd).size / RECORD_BYTES);
  }

  at(index: number): Acknowledged {
    const record = new Float64Array(3);
    readSync(this.#fd, record, 0, RECORD_BYTES, index * RECORD_BYTES);
    const [sequence, begunMs, returnedMs] = record;
    return { sequence: sequence!, begunMs: begunMs!, returnedMs: returnedMs! };
  }

  get last(): Acknowledged | undefined {
    const { count } = this;
    return count === 0 ? undefined : this.at(count - 1);
  }

  /** The last commit that had been acknowledged by then; 0 where there was none. */
  sequenceAt(ms: number): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle).returnedMs <= ms) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.at(low - 1).sequence;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
