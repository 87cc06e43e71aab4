/**
 * Looks at everything a stat cache knows, one `lstat` each, and says which of it is as it was. That is nearly all that
 * a scan without changes costs: 2 us a file in the kernel, whoever asks. So from `THREAD_FROM_ITEMS` on a worker thread
 * takes its share; threads and the main one take chunks from a common counter, and whoever is free takes the next.
 *
 * A thread needs some 30 ms to start, in which the main one looks at about 15,000 files.
 *
 * An item is a directory or a file: directory d is item `d + firstFile[d]`, and its files follow it.
 */
import { lstatSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { StatCache } from "./stat-cache.ts";
import { startThread } from "./thread.ts";

/** A file that is as it was; a directory that has the names it had. */
export const SAME = 1;
/** Changed, gone, or not to be told from its times. */
export const DIFFERENT = 2;

/** Below this, a thread would start in vain. */
const THREAD_FROM_ITEMS = 20_000;
const CHUNK_ITEMS = 1024;

/** States of a chunk; 0 is free. */
const TAKEN = 1;
const DONE = 2;

/** What the threads share. */
export interface SweepMemory {
  readonly top: string;
  readonly cache: ArrayBufferLike;
  /** One byte for each item. */
  readonly verdicts: ArrayBufferLike;
  /** The next chunk to take, and then the state of each chunk. */
  readonly chunks: ArrayBufferLike;
}

export class StatSweep {
  readonly cache: StatCache;
  readonly #verdicts: Uint8Array;
  readonly #work: SweepWork;
  readonly #chunks: Int32Array;
  readonly #worker: Worker | undefined;
  #workerHasEnded: boolean;

  /** Begins at once where there is enough to do for a thread. `threads` overrides that, for tests. */
  constructor(cache: StatCache, top: string, threads = threadsFor(itemsOf(cache))) {
    this.cache = cache;
    const items = itemsOf(cache);
    const chunkCount = Math.ceil(items / CHUNK_ITEMS);
    const memory: SweepMemory = {
      top,
      cache: cache.bytes.buffer,
      verdicts: new SharedArrayBuffer(items),
      chunks: new SharedArrayBuffer(4 * (1 + chunkCount)),
    };
    this.#verdicts = new Uint8Array(memory.verdicts);
    this.#chunks = new Int32Array(memory.chunks);
    this.#work = new SweepWork(cache, memory);
    this.#worker = threads === 0 ? undefined : startWorker(memory);
    this.#workerHasEnded = this.#worker === undefined;
    this.#worker?.once("exit", () => (this.#workerHasEnded = true));
  }

  ofDirectory(directory: number): number {
    return this.#verdicts[directory + this.cache.directories.firstFile[directory]!]!;
  }

  /** Whether all files in a directory are as they were. */
  areFilesSame(directory: number): boolean {
    const { firstFile } = this.cache.directories;
    const end = directory + 1 + firstFile[directory + 1]!;
    for (let item = directory + 1 + firstFile[directory]!; item < end; item++)
      if (this.#verdicts[item] !== SAME) return false;
    return true;
  }

  /** Of the file in that directory. */
  ofFile(directory: number, file: number): number {
    return this.#verdicts[directory + file + 1]!;
  }

  /** Ends when every item has its verdict. `takeTurn` is called after each chunk with the number of items in it. */
  async run(takeTurn: (items: number) => Promise<void>): Promise<void> {
    try {
      for (let items = this.#work.takeChunk(); items > 0; items = this.#work.takeChunk())
        await takeTurn(items);
      await this.#waitForWorker(takeTurn);
    } finally {
      this.stop();
    }
  }

  stop(): void {
    void this.#worker?.terminate();
  }

  /** Chunks the worker has taken and not finished. One that it never will, having died, is done here. */
  async #waitForWorker(takeTurn: (items: number) => Promise<void>): Promise<void> {
    for (let chunk = 0; chunk < this.#chunks.length - 1; chunk++) {
      for (;;) {
        const state = Atomics.load(this.#chunks, 1 + chunk);
        if (state === DONE) break;
        if (this.#workerHasEnded) this.#work.doChunk(chunk);
        // A chunk takes a millisecond, so this wait is short; a hanging disk must not stop Ctrl-C.
        else if (Atomics.wait(this.#chunks, 1 + chunk, state, 5) === "timed-out") await takeTurn(0);
      }
    }
  }
}

/** The chunks of a sweep, as each thread takes them. */
export class SweepWork {
  readonly #cache: StatCache;
  readonly #top: string;
  readonly #verdicts: Uint8Array;
  readonly #chunks: Int32Array;

  constructor(cache: StatCache, memory: SweepMemory) {
    this.#cache = cache;
    this.#top = memory.top;
    this.#verdicts = new Uint8Array(memory.verdicts);
    this.#chunks = new Int32Array(memory.chunks);
  }

  /** Does the next chunk that nobody has taken; answers its number of items, 0 when there is none. */
  takeChunk(): number {
    const chunk = Atomics.add(this.#chunks, 0, 1);
    return chunk >= this.#chunks.length - 1 ? 0 : this.doChunk(chunk);
  }

  doChunk(chunk: number): number {
    Atomics.store(this.#chunks, 1 + chunk, TAKEN);
    const from = chunk * CHUNK_ITEMS;
    const to = Math.min(from + CHUNK_ITEMS, this.#verdicts.length);
    this.#look(from, to);
    Atomics.store(this.#chunks, 1 + chunk, DONE);
    Atomics.notify(this.#chunks, 1 + chunk);
    return to - from;
  }

  #look(from: number, to: number): void {
    const cache = this.#cache;
    const { firstFile } = cache.directories;
    let item = from;
    for (let directory = this.#directoryOfItem(from); item < to; directory++) {
      const first = directory + firstFile[directory]!;
      const end = Math.min(to, directory + 1 + firstFile[directory + 1]!);
      const path = cache.directoryPath(directory);
      const folder = path === "" ? this.#top : `${this.#top}/${path}`;
      if (item === first) this.#verdicts[item++] = this.#lookAtDirectory(directory, folder);
      const names = cache.namesOf(item - directory - 1, end - directory - 1);
      for (let i = 0; item < end; item++, i++) {
        const file = item - directory - 1;
        const stat = lstatOrNothing(`${folder}/${names[i]!}`);
        this.#verdicts[item] = stat !== undefined && cache.isUnchanged(file, stat) ? SAME : DIFFERENT;
      }
    }
  }

  #lookAtDirectory(directory: number, folder: string): number {
    const stat = lstatOrNothing(folder);
    return stat?.isDirectory() === true && this.#cache.hasSameNames(directory, stat) ? SAME : DIFFERENT;
  }

  #directoryOfItem(item: number): number {
    const { firstFile } = this.#cache.directories;
    let [low, high] = [0, this.#cache.directoryCount - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (middle + firstFile[middle]! <= item) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function itemsOf(cache: StatCache): number {
  return cache.directoryCount + cache.fileCount;
}

function threadsFor(items: number): number {
  return items >= THREAD_FROM_ITEMS && availableParallelism() > 1 ? 1 : 0;
}

/** Undefined where no thread may be started: then the main one does it all. */
function startWorker(memory: SweepMemory): Worker | undefined {
  const worker = startThread(new URL("./stat-sweep.worker.ts", import.meta.url), memory);
  // Its death is noticed by its end; nobody waits for a thread that has nothing left to do.
  worker?.on("error", () => {});
  worker?.unref();
  return worker;
}

/** What cannot be looked at is different: the walk looks again and says why. */
function lstatOrNothing(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
