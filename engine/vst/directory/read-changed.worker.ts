/** A thread that reads, hashes, packs and stores files, batch by batch. */
import { parentPort, workerData } from "node:worker_threads";
import { hashBlob } from "../../object/hash.ts";
import { hashKeyOf } from "../../object/ids.ts";
import { openFromThread } from "../../store/backends.ts";
import type { ObjectStore, StoreWrite } from "../../store/object-store.ts";
import { blobWrite } from "../../store/objects.ts";
import { isSymlinkMode, readContent } from "./contents.ts";
import { GONE, READ, UNSTABLE } from "./file-records.ts";
import type { ReadAnswer, ReadBatch, ReaderData } from "./read-changed.ts";
import type { ThreadData } from "./thread.ts";
import { threadFailureOf } from "./thread-pool.ts";

/** One write to the store for so many bytes. */
const WRITE_BYTES = 1024 * 1024;

const { top, access, stop } = (workerData as ThreadData<ReaderData>).data;
const port = parentPort!;
const stopWord = new Int32Array(stop);
const store = access === undefined ? undefined : await openFromThread(access);

port.on("message", (batch: ReadBatch) => {
  try {
    const answer = readBatch(batch);
    const columns = [answer.fates, answer.lengths, answer.stats, answer.hashes];
    port.postMessage(
      answer,
      columns.map(({ buffer }) => buffer as ArrayBuffer),
    );
  } catch (error) {
    port.postMessage(threadFailureOf(error));
  }
});

/** Larger files get a buffer of their own. */
const scratch = Buffer.allocUnsafeSlow(1024 * 1024);

function readBatch({ records, paths: joined, modes, presentHashes }: ReadBatch): ReadAnswer {
  const paths = joined.split("\0");
  const count = paths.length;
  const answer: ReadAnswer = {
    records,
    fates: new Uint8Array(count),
    lengths: new Float64Array(count),
    stats: new Float64Array(5 * count).fill(Number.NaN),
    hashes: new Uint8Array(32 * count),
  };
  const writer = store === undefined ? undefined : new BatchedWriter(store);
  for (const [i, path] of paths.entries()) {
    // Whoever stops this asks for no answer.
    if (Atomics.load(stopWord, 0) !== 0) break;
    const isSymlink = isSymlinkMode(modes[i]!);
    const content = readContent(`${top}/${path}`, isSymlink, scratch);
    answer.fates[i] = content === undefined ? GONE : content.isStable ? READ : UNSTABLE;
    if (content === undefined) continue;
    answer.lengths[i] = content.bytes.length;
    if (content.stat !== undefined) {
      const { size, mtimeMs, ctimeMs, ino, mode } = content.stat;
      answer.stats.set([size, mtimeMs, ctimeMs, ino, mode], 5 * i);
    }
    const hash = hashBlob(content.bytes);
    answer.hashes.set(hash, 32 * i);
    if (presentHashes === undefined || !isEqual(hash, presentHashes, 32 * i))
      writer?.put(hash, content.bytes);
  }
  writer?.flush();
  return answer;
}

function isEqual(hash: Uint8Array, hashes: Uint8Array, at: number): boolean {
  for (let i = 0; i < hash.length; i++) if (hash[i] !== hashes[at + i]) return false;
  return true;
}

class BatchedWriter {
  readonly #store: ObjectStore;
  #writes: StoreWrite[] = [];
  #bytes = 0;

  constructor(to: ObjectStore) {
    this.#store = to;
  }

  put(hash: Uint8Array, bytes: Buffer): void {
    this.#writes.push(blobWrite(hashKeyOf(hash), bytes));
    this.#bytes += bytes.length;
    if (this.#bytes >= WRITE_BYTES) this.flush();
  }

  flush(): void {
    if (this.#writes.length > 0) this.#store.write(this.#writes);
    this.#writes = [];
    this.#bytes = 0;
  }
}
