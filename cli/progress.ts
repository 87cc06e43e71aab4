/** Progress for people: one line on stderr, rewritten at most ten times a second, gone when the work is done. */
const intervalMs = 100;

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Progress {
  readonly #what: string;
  readonly #stream: ProgressStream;
  readonly #enabled: boolean;
  readonly #nowMs: () => number;
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(
    what: string,
    stream: ProgressStream,
    enabled: boolean,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#what = what;
    this.#stream = stream;
    this.#enabled = enabled && stream.isTTY === true;
    this.#nowMs = nowMs;
  }

  update(done: number, total?: number): void {
    if (!this.#enabled || this.#nowMs() - this.#drawnAtMs < intervalMs) return;
    this.#drawnAtMs = this.#nowMs();
    this.#drawn = true;
    const of = total === undefined ? "" : ` of ${total.toLocaleString("en")}`;
    this.#stream.write(`\r\u001B[K${this.#what}: ${done.toLocaleString("en")}${of}`);
  }

  done(): void {
    if (this.#drawn) this.#stream.write("\r\u001B[K");
    this.#drawn = false;
  }
}
