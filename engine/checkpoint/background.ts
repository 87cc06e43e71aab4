/**
 * Checkpoints in another thread, so that no commit waits for one. The thread shares the object store, follows the
 * journal's files as any reader would, and writes what the main thread would have written.
 *
 * All is synchronous on the main thread's side, since a search may never yield to the event loop: a status word in
 * shared memory says when a checkpoint is done.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Durability } from "../core.ts";
import { HeliosError } from "../errors.ts";
import type { Position } from "../journal/journal.ts";
import type { CheckpointMark } from "../store/l2-writer.ts";
import type { StoreThreadAccess } from "../store/object-store.ts";

export interface ThreadData {
  readonly access: StoreThreadAccess;
  readonly journalDirectory: string;
  readonly durability: Durability;
  readonly status: SharedArrayBuffer;
  readonly port: MessagePort;
}

export interface CheckpointRequest {
  /** Where the last checkpoint left off. */
  readonly from: CheckpointMark;
  /** What is to be in L2 afterwards: all before this position. */
  readonly until: Position;
  /** Rows of an IdLog: snapshot ids somebody has seen; contents and the commits whose records hold them. */
  readonly ids: Uint8Array;
  readonly places: Uint8Array;
}

export type CheckpointOutcome =
  { readonly ok: true; readonly mark: CheckpointMark } | { readonly ok: false; readonly message: string };

export const STATUS = { idle: 0, busy: 1, finished: 2 } as const;

/** A thread that has died without a word must not stop the writer for good. */
const WAIT_MS = 120_000;

const LOCATION = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);

export class BackgroundCheckpoints {
  readonly #status = new Int32Array(new SharedArrayBuffer(4));
  readonly #port: MessagePort;
  readonly #worker: Worker;
  #exited = false;

  /** Starts the thread: about a millisecond here, 50 ms there. */
  constructor(data: Omit<ThreadData, "status" | "port">) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.unref();
    const workerData: ThreadData = { ...data, status: this.#status.buffer, port: port2 };
    this.#worker = new Worker(LOCATION, { workerData, transferList: [port2] });
    this.#worker.unref();
    this.#worker.on("error", () => undefined);
    this.#worker.on("exit", () => (this.#exited = true));
  }

  get busy(): boolean {
    return Atomics.load(this.#status, 0) === STATUS.busy;
  }

  start(request: CheckpointRequest): void {
    Atomics.store(this.#status, 0, STATUS.busy);
    this.#port.postMessage(request);
  }

  /** What the last request came to, once. Cost where there is nothing: one atomic load. */
  outcome(): CheckpointOutcome | undefined {
    if (Atomics.load(this.#status, 0) !== STATUS.finished) return undefined;
    Atomics.store(this.#status, 0, STATUS.idle);
    const received = receiveMessageOnPort(this.#port);
    const outcome = received?.message as CheckpointOutcome | undefined;
    return outcome ?? { ok: false, message: "the checkpoint thread said nothing" };
  }

  /** Blocks until the request under way is finished. */
  wait(): CheckpointOutcome {
    if (!this.#exited && Atomics.wait(this.#status, 0, STATUS.busy, WAIT_MS) !== "timed-out") {
      const outcome = this.outcome();
      if (outcome !== undefined) return outcome;
    }
    throw new HeliosError(
      "STORE_FAILED",
      "the checkpoint thread does not answer",
      "Open the store again; nothing acknowledged is lost.",
    );
  }

  async end(): Promise<void> {
    this.#port.close();
    await this.#worker.terminate();
  }
}
