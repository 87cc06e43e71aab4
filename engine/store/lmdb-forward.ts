/**
 * How a worker thread writes to an LMDB store: the thread that opened the store does it. A thread that is terminated
 * inside an LMDB transaction never lets go of the lock it holds, and its termination, and the end of the process, then
 * wait for ever. LMDB writes one transaction at a time anyway, so nothing is lost but the time of the first thread.
 *
 * A batch is packed into shared memory, announced on a broadcast channel, and the worker sleeps until the answer is in
 * the same memory. If the first thread does not take it in time, since it is itself waiting or busy, the worker takes
 * the batch back and writes it itself: better a small risk than a deadlock.
 */
import { BroadcastChannel } from "node:worker_threads";
import { HeliosError, type HeliosErrorCode } from "../errors.ts";
import { SPACES, type StoreWrite } from "./object-store.ts";

/** State of a packed batch, its first word; only the one who moves it on from OFFERED may write. */
const OFFERED = 0;
const TAKEN = 1;
const DONE = 2;
const FAILED = 3;
const WITHDRAWN = 4;

const TAKE_MS = 200;
/** u32 state, u32 sync, u32 bytes of the error, u32 writes. */
const HEADER_BYTES = 16;
const ERROR_BYTES = 1024;
const BODY = HEADER_BYTES + ERROR_BYTES;
/** u8 delete, u8 space, u16 key length, u32 value length. */
const WRITE_HEADER_BYTES = 8;

type Writes = (batch: readonly StoreWrite[], options: { readonly sync: boolean }) => void;

/** In the thread that opened the store: writes what others send until closed. Does not keep the process alive. */
export function serveWrites(channelName: string, write: Writes): { close(): void } {
  const channel = new BroadcastChannel(channelName);
  channel.addEventListener("message", (event) => {
    const { data: shared } = event as unknown as { data: SharedArrayBuffer };
    const state = new Int32Array(shared, 0, HEADER_BYTES / 4);
    if (Atomics.compareExchange(state, 0, OFFERED, TAKEN) !== OFFERED) return;
    try {
      write(unpackBatch(shared), { sync: state[1] === 1 });
      Atomics.store(state, 0, DONE);
    } catch (error) {
      noteError(shared, state, error);
      Atomics.store(state, 0, FAILED);
    }
    Atomics.notify(state, 0);
  });
  channel.unref();
  return channel;
}

export class WriteForwarder {
  readonly #channel: BroadcastChannel;
  readonly #takeMs: number;

  constructor(channelName: string, takeMs = TAKE_MS) {
    this.#channel = new BroadcastChannel(channelName);
    this.#channel.unref();
    this.#takeMs = takeMs;
  }

  /** Waits until the first thread has written the batch. False when it did not take it: nothing has been written. */
  write(batch: readonly StoreWrite[], sync: boolean): boolean {
    const shared = packBatch(batch, sync);
    const state = new Int32Array(shared, 0, HEADER_BYTES / 4);
    this.#channel.postMessage(shared);
    Atomics.wait(state, 0, OFFERED, this.#takeMs);
    if (Atomics.compareExchange(state, 0, OFFERED, WITHDRAWN) === OFFERED) return false;
    Atomics.wait(state, 0, TAKEN);
    if (Atomics.load(state, 0) === FAILED) throw notedError(shared, state);
    return true;
  }

  close(): void {
    this.#channel.close();
  }
}

function packBatch(batch: readonly StoreWrite[], sync: boolean): SharedArrayBuffer {
  let length = BODY;
  for (const write of batch) length += WRITE_HEADER_BYTES + write.key.length + valueOf(write).length;
  const shared = new SharedArrayBuffer(length);
  const bytes = Buffer.from(shared);
  bytes.writeUInt32LE(sync ? 1 : 0, 4);
  bytes.writeUInt32LE(batch.length, 12);
  let at = BODY;
  for (const write of batch) {
    const value = valueOf(write);
    bytes[at] = write.kind === "delete" ? 1 : 0;
    bytes[at + 1] = SPACES.indexOf(write.space);
    bytes.writeUInt16LE(write.key.length, at + 2);
    bytes.writeUInt32LE(value.length, at + 4);
    bytes.set(write.key, at + WRITE_HEADER_BYTES);
    bytes.set(value, at + WRITE_HEADER_BYTES + write.key.length);
    at += WRITE_HEADER_BYTES + write.key.length + value.length;
  }
  return shared;
}

function unpackBatch(shared: SharedArrayBuffer): StoreWrite[] {
  const bytes = Buffer.from(shared);
  let at = BODY;
  return Array.from({ length: bytes.readUInt32LE(12) }, () => {
    const space = SPACES[bytes[at + 1]!]!;
    const keyEnd = at + WRITE_HEADER_BYTES + bytes.readUInt16LE(at + 2);
    const valueEnd = keyEnd + bytes.readUInt32LE(at + 4);
    const key = bytes.subarray(at + WRITE_HEADER_BYTES, keyEnd);
    const write: StoreWrite =
      bytes[at] === 1
        ? { kind: "delete", space, key }
        : { kind: "put", space, key, value: bytes.subarray(keyEnd, valueEnd) };
    at = valueEnd;
    return write;
  });
}

const NO_VALUE = new Uint8Array(0);
const valueOf = (write: StoreWrite) => (write.kind === "put" ? write.value : NO_VALUE);

function noteError(shared: SharedArrayBuffer, state: Int32Array, error: unknown): void {
  const { code, message, remedy } =
    error instanceof HeliosError
      ? error
      : { code: "STORE_FAILED", message: String(error), remedy: "Check the disk of the store." };
  const text = JSON.stringify({ code, message: message.slice(0, 300), remedy: remedy.slice(0, 200) });
  state[2] = Buffer.from(shared, HEADER_BYTES, ERROR_BYTES).write(text);
}

function notedError(shared: SharedArrayBuffer, state: Int32Array): HeliosError {
  const text = Buffer.from(shared, HEADER_BYTES, state[2]).toString();
  const { code, message, remedy } = JSON.parse(text) as Record<string, string>;
  return new HeliosError(code as HeliosErrorCode, message!, remedy!);
}
