/** What a thread does with a batch of files: reads and hashes them, and packs and stores their contents. */
import { hashBlob } from "../../object/hash.ts";
import { hashKeyOf } from "../../object/ids.ts";
import type { ObjectStore, StoreWrite } from "../../store/object-store.ts";
import { blobWrite } from "../../store/objects.ts";
import { isSymlinkMode, readContent } from "./contents.ts";
import { GONE, READ, UNSTABLE } from "./file-records.ts";
import { PieceSink } from "./piece-sink.ts";
import type { ReadAnswer, ReadBatch } from "./read-changed.ts";

/** One write to the store for so many bytes. */
const WRITE_BYTES = 1024 * 1024;
/** Larger files get a buffer of their own. */
const SCRATCH_BYTES = 1024 * 1024;

export interface BatchReaderParts {
  readonly top: string;
  /** Where contents go; undefined: they are only hashed. */
  readonly store: ObjectStore | undefined;
  /** Not 0: look at no further file. */
  readonly stop: SharedArrayBuffer;
}

export class BatchReader {
  readonly #top: string;
  readonly #store: ObjectStore | undefined;
  readonly #stop: Int32Array;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  readonly #sink: PieceSink;

  constructor({ top, store, stop }: BatchReaderParts) {
    this.#top = top;
    this.#store = store;
    this.#stop = new Int32Array(stop);
    this.#sink = new PieceSink(store);
  }

  /** Ends with the file that brings the contents to `bytesMax`; `rest` is what is left. */
  read(
    batch: ReadBatch,
    bytesMax = Infinity,
  ): { readonly read: ReadAnswer; readonly rest: readonly ReadBatch[] } {
    const paths = batch.paths.split("\0");
    const count = paths.length;
    const columns = {
      fates: new Uint8Array(count),
      lengths: new Float64Array(count),
      stats: new Float64Array(5 * count).fill(Number.NaN),
      hashes: new Uint8Array(32 * count),
    };
    const writer = this.#store === undefined ? undefined : new BatchedWriter(this.#store);
    let bytes = 0;
    let done = 0;
    // Whoever stops this asks for no answer.
    while (done < count && bytes < bytesMax && Atomics.load(this.#stop, 0) === 0) {
      bytes += this.#readFile(paths[done]!, done, batch, columns, writer);
      done++;
    }
    writer?.flush();
    if (done === count || bytes < bytesMax) return { read: { records: batch.records, ...columns }, rest: [] };
    return { read: cut(batch, columns, done), rest: [behind(batch, paths, done)] };
  }

  /** Answers the length of its content. */
  #readFile(
    path: string,
    i: number,
    { modes, presentHashes }: ReadBatch,
    { fates, lengths, stats, hashes }: Columns,
    writer: BatchedWriter | undefined,
  ): number {
    const help = { scratch: this.#scratch, sink: this.#sink };
    const content = readContent(`${this.#top}/${path}`, isSymlinkMode(modes[i]!), help);
    fates[i] = content === undefined ? GONE : content.isStable ? READ : UNSTABLE;
    if (content === undefined) return 0;
    const { bytes, stat } = content;
    if (stat !== undefined) stats.set([stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino, stat.mode], 5 * i);
    if (bytes === undefined) {
      const large = this.#sink.end();
      hashes.set(large.hash, 32 * i);
      return (lengths[i] = large.lengthBytes);
    }
    lengths[i] = bytes.length;
    const hash = hashBlob(bytes);
    hashes.set(hash, 32 * i);
    if (presentHashes === undefined || !isEqual(hash, presentHashes, 32 * i)) writer?.put(hash, bytes);
    return bytes.length;
  }
}

type Columns = Omit<ReadAnswer, "records">;

function cut({ records }: ReadBatch, { fates, lengths, stats, hashes }: Columns, count: number): ReadAnswer {
  return {
    records: records.slice(0, count),
    fates: fates.slice(0, count),
    lengths: lengths.slice(0, count),
    stats: stats.slice(0, 5 * count),
    hashes: hashes.slice(0, 32 * count),
  };
}

function behind(
  { records, modes, presentHashes }: ReadBatch,
  paths: readonly string[],
  from: number,
): ReadBatch {
  return {
    records: records.slice(from),
    paths: paths.slice(from).join("\0"),
    modes: modes.slice(from),
    presentHashes: presentHashes?.slice(32 * from),
  };
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
