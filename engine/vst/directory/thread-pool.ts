/**
 * Shares batches of work out to threads of one module.
 *
 * Each thread is kept a batch ahead, so that it never waits for the next. A failure, of a thread or of what becomes of
 * its answers, stops all of them at the end of what they are at (a file), and only then is it passed on: whoever cleans
 * up afterwards finds nobody still at work, and no thread is ended in the middle of a call into the store.
 */
import type { Worker } from "node:worker_threads";
import { HeliosError, type HeliosErrorCode } from "../../errors.ts";
import { startThread } from "./thread.ts";

const BATCHES_PER_THREAD = 2;

/** Nothing to be done now. */
export const LATER = Symbol("later");

/** What a thread that failed answers instead. */
export interface ThreadFailure {
  readonly failed: true;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly path: string | undefined;
}

export interface ThreadPool<Batch, Answer> {
  readonly location: URL;
  readonly threads: number;
  /** What each thread is started with; `stop` is not 0 when it is to do no more. */
  readonly dataWith: (stop: SharedArrayBuffer) => unknown;
  /**
   * For a thread that has so many under way. Undefined when there are no more; LATER when there may be, once an answer
   * that another thread owes has been taken.
   */
  readonly nextBatch: (underWay: number) => Batch | typeof LATER | undefined;
  readonly take: (answer: Answer) => void | Promise<void>;
  /** Ends the work with the signal's reason. */
  readonly signal: AbortSignal | undefined;
}

/** False, with nothing done, where no thread can be started. */
export async function runThreads<Batch, Answer>(pool: ThreadPool<Batch, Answer>): Promise<boolean> {
  const stop = new SharedArrayBuffer(4);
  const data = pool.dataWith(stop);
  const workers: Worker[] = [];
  for (let i = 0; i < pool.threads; i++) {
    const worker = startThread(pool.location, data);
    if (worker !== undefined) workers.push(worker);
  }
  if (workers.length === 0) return false;
  const stopWord = new Int32Array(stop);
  const abort = () => Atomics.store(stopWord, 0, 1);
  pool.signal?.addEventListener("abort", abort);
  try {
    const feeds: (() => void)[] = [];
    const ends = await Promise.allSettled(workers.map((worker) => drive(worker, pool, stopWord, feeds)));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    pool.signal?.throwIfAborted();
    return true;
  } finally {
    pool.signal?.removeEventListener("abort", abort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Ends when the thread has answered all that it was given, with the first failure if there was one. */
function drive<Batch, Answer>(
  worker: Worker,
  { nextBatch, take }: ThreadPool<Batch, Answer>,
  stopWord: Int32Array,
  /** Of all threads: what one answers may be what another waits for. */
  feeds: (() => void)[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    let underWay = 0;
    let failure: unknown;
    const stop = (reason: unknown): void => {
      failure ??= reason;
      Atomics.store(stopWord, 0, 1);
      for (const each of feeds) each();
    };
    const feed = (): void => {
      let mayWait = false;
      try {
        for (; Atomics.load(stopWord, 0) === 0 && underWay < BATCHES_PER_THREAD; underWay++) {
          const batch = nextBatch(underWay);
          mayWait = batch === LATER;
          if (batch === undefined || batch === LATER) break;
          worker.postMessage(batch);
        }
      } catch (error) {
        stop(error);
      }
      if (underWay > 0 || mayWait) return;
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const answered = async (answer: Answer | ThreadFailure): Promise<void> => {
      try {
        if (isFailure(answer)) throw errorOf(answer);
        if (failure === undefined) await take(answer);
      } catch (error) {
        stop(error);
      }
      underWay--;
      for (const each of feeds) each();
    };
    worker.on("message", (answer: Answer | ThreadFailure) => void answered(answer));
    worker.on("error", (error) => {
      stop(error);
      reject(error);
    });
    worker.on("exit", () => {
      stop(new Error("a thread ended before its work"));
      reject(failure);
    });
    feeds.push(feed);
    feed();
  });
}

function isFailure(answer: unknown): answer is ThreadFailure {
  return typeof answer === "object" && answer !== null && "failed" in answer;
}

function errorOf({ code, message, remedy, path }: ThreadFailure): HeliosError {
  return new HeliosError(code as HeliosErrorCode, message, remedy, { path });
}

/** In a thread: an error as it crosses to the first one. */
export function threadFailureOf(error: unknown): ThreadFailure {
  if (error instanceof HeliosError) {
    const { code, message, remedy, path } = error;
    return { failed: true, code, message, remedy, path };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { failed: true, code: "STORE_FAILED", message, remedy: "Try again.", path: undefined };
}
