/**
 * What a long command says while it works, on stderr: one line per phase, and below it a status line. A terminal
 * sees the status rewritten several times a second; a log gets one line at most every ten seconds, so that a CI job
 * is seen to live without being flooded.
 */
import type { ProgressStream } from "./progress.ts";

/** Lines below everything else that rewrite themselves; a terminal's, by log-update. */
export interface LiveArea {
  show(text: string): void;
  clear(): void;
}

const rewriteEveryMs = 100;
const logEveryMs = 10_000;

export class Phases {
  readonly #stream: ProgressStream;
  readonly #count: number;
  readonly #live: LiveArea | undefined;
  readonly #nowMs: () => number;
  #phase = 0;
  #startedAtMs = 0;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #rewritable = false;

  constructor(
    stream: ProgressStream,
    count: number,
    live?: LiveArea,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#stream = stream;
    this.#count = count;
    this.#live = live;
    this.#nowMs = nowMs;
  }

  /** Runs one phase; `done` says in a few words what came of it. */
  async run<T>(title: string, work: () => Promise<T>, done: (result: T) => string): Promise<T> {
    this.#phase += 1;
    this.#startedAtMs = this.#nowMs();
    this.#saidAtMs = this.#startedAtMs;
    this.#line(`[${this.#phase}/${this.#count}] ${title}`);
    try {
      const result = await work();
      this.#line(`      ${done(result)} (${formatSeconds((this.#nowMs() - this.#startedAtMs) / 1000)})`);
      return result;
    } finally {
      this.#clear();
    }
  }

  /** `more` lines are shown where there is a live area, and left out of a log. */
  status(text: string, more: readonly string[] = []): void {
    const isTerminal = this.#stream.isTTY === true;
    if (this.#nowMs() - this.#saidAtMs < (isTerminal ? rewriteEveryMs : logEveryMs)) return;
    this.#saidAtMs = this.#nowMs();
    if (this.#live) {
      this.#live.show([text, ...more.map((line) => `  ${line}`)].map((line) => `      ${line}`).join("\n"));
      this.#rewritable = true;
    } else if (isTerminal) {
      this.#clear();
      this.#stream.write(`      ${text}`.slice(0, 79));
      this.#rewritable = true;
    } else this.#line(`      ${text}`);
  }

  /** A line that stays, whatever the status: something the reader must know. */
  note(text: string): void {
    this.#line(`      ${text}`);
  }

  #line(text: string): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  #clear(): void {
    if (this.#rewritable && this.#live) this.#live.clear();
    else if (this.#rewritable) this.#stream.write("\r\u001B[K");
    this.#rewritable = false;
  }
}

/** `4 min 12 s`, `38 s`, `0.4 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds >= 59.5) {
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }
  return seconds >= 10 ? `${Math.round(seconds)} s` : `${seconds.toFixed(1)} s`;
}
