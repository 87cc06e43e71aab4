/**
 * Writes many files, shared out to threads that read contents from the store by themselves.
 *
 * A file costs 30 to 60 us, nearly all of it in the kernel, so two threads are nearly twice as quick as one. A thread
 * takes 50 ms to be of use, hence the thresholds. What a thread does not find in the store (contents that so far are
 * only in the journal) it gives back, and the calling thread writes it; so does the calling thread with everything
 * where the store cannot be shared. Memory: the batches under way, at most `BATCH_BYTES` or one content each.
 */
import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { StoreThreadAccess } from "../../store/object-store.ts";
import { LARGE_FROM_BYTES } from "../directory/piece-sink.ts";
import { runThreads } from "../directory/thread-pool.ts";
import { AnchorChain } from "./anchor.ts";
import { FileWriter } from "./file-writer.ts";
import { writeFailed } from "./output-errors.ts";
import type { MaterializeEntry } from "./output-plan.ts";
import { temporaryFileName } from "./staging.ts";

const THREADS_FROM_FILES = 1500;
const THREADS_FROM_BYTES = 64 * 1024 * 1024;
const THREADS_MAX = 8;
const BATCH_FILES = 128;
const BATCH_BYTES = 16 * 1024 * 1024;

/** Throws or rejects when the object is missing or corrupt; whatever it throws is passed on. */
export type ObjectReader = (hashHex: string) => Uint8Array | Promise<Uint8Array>;

/** A content in pieces, for one that is too large to be in memory as a whole; throws as the other. */
export type PieceReader = (hashHex: string) => Iterable<Uint8Array>;

export interface WriteRequest {
  readonly directory: string;
  /** What people know it by. */
  readonly name: string;
  /** Their directories are there. */
  readonly entries: readonly MaterializeEntry[];
  /** Others see the directory: files are written beside their place and renamed. */
  readonly isSeen: boolean;
  /** Whether something is in an entry's place, so that it is looked at first. */
  readonly mayBeThere: (entry: MaterializeEntry) => boolean;
  readonly readObject: ObjectReader;
  readonly readPieces: PieceReader | undefined;
  readonly access: StoreThreadAccess | undefined;
  /** By default as many as there are processors, if there is enough to do; 0: the calling one writes. */
  readonly threads: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (done: number) => void;
}

export interface Written {
  readonly written: number;
  /** Left alone, having content and mode already. */
  readonly kept: number;
}

export async function writeFiles(request: WriteRequest): Promise<Written> {
  const { access, entries } = request;
  const threads = access === undefined ? 0 : (request.threads ?? threadsFor(entries));
  const writer = new BatchWriter(request);
  try {
    if (access !== undefined && threads > 0) await writeInThreads(request, access, threads, writer);
    else for (const batch of inBatches(entries)) await writer.write(batch);
    return writer.written;
  } finally {
    writer.close();
  }
}

function threadsFor(entries: readonly MaterializeEntry[]): number {
  const isMuch =
    entries.length >= THREADS_FROM_FILES ||
    entries.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0) >= THREADS_FROM_BYTES;
  const threads = isMuch ? Math.min(availableParallelism(), THREADS_MAX) : 1;
  return threads > 1 ? threads : 0;
}

/** In the calling thread. */
class BatchWriter {
  readonly #request: WriteRequest;
  readonly #chain: AnchorChain;
  readonly #writer: FileWriter;
  #written = 0;
  #kept = 0;

  constructor(request: WriteRequest) {
    this.#request = request;
    const { directory, name, isSeen } = request;
    try {
      this.#chain = new AnchorChain(directory);
    } catch (error) {
      throw writeFailed(name, error);
    }
    const temporaryName = isSeen ? temporaryFileName() : undefined;
    this.#writer = new FileWriter(this.#chain, { name, temporaryName });
  }

  get written(): Written {
    return { written: this.#written, kept: this.#kept };
  }

  async write(batch: readonly MaterializeEntry[]): Promise<void> {
    const { signal, mayBeThere } = this.#request;
    signal?.throwIfAborted();
    const wanted = batch.filter((entry) => !mayBeThere(entry) || !this.#writer.isThere(entry));
    const contents = await Promise.all(wanted.map((entry) => this.#contentOf(entry)));
    for (const [i, entry] of wanted.entries()) this.#writer.write(entry, contents[i]!, mayBeThere(entry));
    this.count(wanted.length, batch.length - wanted.length);
    await nextTurn();
  }

  async #contentOf({ hash, sizeBytes }: MaterializeEntry): Promise<Iterable<Uint8Array>> {
    const { readObject, readPieces } = this.#request;
    return readPieces !== undefined && sizeBytes >= LARGE_FROM_BYTES
      ? readPieces(hash)
      : [await readObject(hash)];
  }

  count(written: number, kept: number): void {
    this.#written += written;
    this.#kept += kept;
    this.#request.onProgress(this.#written + this.#kept);
  }

  close(): void {
    this.#chain.close();
  }
}

// ---- threads

export interface WriterData {
  readonly directory: string;
  readonly name: string;
  readonly isSeen: boolean;
  readonly access: StoreThreadAccess;
  /** Not 0: stop after the file that is being written. */
  readonly stop: SharedArrayBuffer;
}

export interface WriteBatch {
  /** For the answer. */
  readonly first: number;
  /** Each but the last ended by NUL. */
  readonly paths: string;
  /** 64 hex digits each. */
  readonly hashes: string;
  /** 0 file, 1 executable; with 2 added: something may be there. */
  readonly modes: Uint8Array;
  readonly sizes: Float64Array;
}

export interface WriteAnswer {
  readonly first: number;
  readonly count: number;
  readonly kept: number;
  /** Positions in the batch that the thread could not read. */
  readonly left: readonly number[];
}

async function writeInThreads(
  request: WriteRequest,
  access: StoreThreadAccess,
  threads: number,
  writer: BatchWriter,
): Promise<void> {
  const { directory, name, isSeen, entries, signal } = request;
  let next = 0;
  const hasRun = await runThreads<WriteBatch, WriteAnswer>({
    location: new URL("./write-files.worker.ts", import.meta.url),
    threads,
    dataWith: (stop): WriterData => ({ directory, name, isSeen, access, stop }),
    nextBatch: () => {
      const batch = batchFrom(request, next);
      next += batch?.sizes.length ?? 0;
      return batch;
    },
    take: async ({ first, count, kept, left }) => {
      writer.count(count - kept - left.length, kept);
      for (const batch of inBatches(left.map((i) => entries[first + i]!))) await writer.write(batch);
    },
    signal,
  });
  if (!hasRun) for (const batch of inBatches(entries)) await writer.write(batch);
}

/** In the order of paths, so that threads rarely work in the same directory. */
function batchFrom({ entries, mayBeThere }: WriteRequest, first: number): WriteBatch | undefined {
  if (first >= entries.length) return undefined;
  let [end, bytes] = [first, 0];
  while (end < entries.length && end - first < BATCH_FILES && bytes < BATCH_BYTES)
    bytes += entries[end++]!.sizeBytes;
  const batch = entries.slice(first, end);
  return {
    first,
    paths: batch.map(({ path }) => path).join("\0"),
    hashes: batch.map(({ hash }) => hash).join(""),
    modes: Uint8Array.from(
      batch,
      (entry) => (entry.mode === "executable" ? 1 : 0) + (mayBeThere(entry) ? 2 : 0),
    ),
    sizes: Float64Array.from(batch, ({ sizeBytes }) => sizeBytes),
  };
}

/** Bounded in number and in bytes: what is read ahead is what is held in memory. */
function* inBatches(entries: readonly MaterializeEntry[]): Generator<readonly MaterializeEntry[]> {
  let batch: MaterializeEntry[] = [];
  let sizeBytes = 0;
  for (const entry of entries) {
    batch.push(entry);
    sizeBytes += entry.sizeBytes;
    if (batch.length < BATCH_FILES && sizeBytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    sizeBytes = 0;
  }
  if (batch.length > 0) yield batch;
}
