/**
 * Keeps threads out of a store that is being closed. RocksDB frees its database when the thread that opened it closes
 * it, and another thread that then reads takes the whole process down. So each thread enters the gate for one operation
 * at a time, and closing shuts the gate and waits until nobody is inside. The same gate can be held for a while, so
 * that a thread is terminated outside: terminated inside a call of LMDB's binding, it would abort the process.
 *
 * A thread that is terminated in the middle of an operation never leaves. Each therefore notes which thread of the
 * system it is, and one that is gone is not waited for; where the system does not tell (only Linux does), waiting ends
 * after `GONE_MS`.
 *
 * Costs three atomic accesses, about 20 ns, for each operation.
 */
import { existsSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { HeliosError } from "../errors.ts";

/** Words of the shared memory: state of the gate, then for each thread its number and whether it is inside. */
const STATE = 0;
const FIRST_THREAD = 1;
const OPEN = 0;
const HELD = 1;
const SHUT = 2;
const WORDS_PER_THREAD = 2;
const THREADS_MAX = 256;
/** Number of a thread on a system that does not tell. */
const UNKNOWN = -1;

const POLL_MS = 1;
const GONE_MS = 5000;

/** The side of the thread that opened the store. */
export class ThreadGate {
  readonly shared = new SharedArrayBuffer(4 * (FIRST_THREAD + WORDS_PER_THREAD * THREADS_MAX));
  readonly #words = new Int32Array(this.shared);

  /** Lets nobody in from now on, and waits for those inside. */
  async shut(): Promise<void> {
    this.#set(SHUT);
    await this.#everybodyOutside();
  }

  /** Keeps threads waiting outside while an action runs. */
  async hold<T>(action: () => Promise<T>): Promise<T> {
    this.#set(HELD);
    try {
      await this.#everybodyOutside();
      return await action();
    } finally {
      if (Atomics.load(this.#words, STATE) === HELD) this.#set(OPEN);
    }
  }

  #set(state: number): void {
    Atomics.store(this.#words, STATE, state);
    Atomics.notify(this.#words, STATE);
  }

  async #everybodyOutside(): Promise<void> {
    for (let waitedMs = 0; waitedMs < GONE_MS && this.#anybodyInside(); waitedMs += POLL_MS)
      await delay(POLL_MS);
  }

  #anybodyInside(): boolean {
    for (let at = FIRST_THREAD; at < this.#words.length; at += WORDS_PER_THREAD)
      if (Atomics.load(this.#words, at + 1) !== 0 && isAlive(Atomics.load(this.#words, at))) return true;
    return false;
  }
}

/** The side of another thread. */
export class ThreadEntrance {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #place: number;

  /** Takes one of the 256 places; STORE_FAILED when there is none left. */
  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
    const thread = threadOfSystem();
    let at = FIRST_THREAD;
    while (at < this.#words.length && Atomics.compareExchange(this.#words, at, 0, thread) !== 0)
      at += WORDS_PER_THREAD;
    if (at >= this.#words.length)
      throw new HeliosError(
        "STORE_FAILED",
        `more than ${THREADS_MAX} threads share a store`,
        "Close the store in threads that no longer need it.",
      );
    this.#place = at;
  }

  /** Waits while the gate is held. False when it is shut: then there is nothing to leave. */
  enter(): boolean {
    for (;;) {
      Atomics.store(this.#words, this.#place + 1, 1);
      const state = Atomics.load(this.#words, STATE);
      if (state === OPEN) return true;
      this.leave();
      if (state === SHUT) return false;
      Atomics.wait(this.#words, STATE, HELD);
    }
  }

  leave(): void {
    Atomics.store(this.#words, this.#place + 1, 0);
  }

  /** Gives the place back. */
  release(): void {
    this.leave();
    Atomics.store(this.#words, this.#place, 0);
  }
}

function threadOfSystem(): number {
  try {
    // `<process>/task/<thread>`
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return UNKNOWN;
  }
}

function isAlive(thread: number): boolean {
  return thread === UNKNOWN || existsSync(`/proc/self/task/${thread}`);
}
