/**
 * Reads and hashes the files that a walk found changed.
 *
 * A few are read one after the other, and their contents held until the commit. Many are shared out to threads, which
 * also pack them and put them into the store, so that what comes back is a hash and no content: memory stays bounded by
 * the batches under way, however many files there are. A thread takes 50 ms to be of use, hence the thresholds.
 */
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { HeliosError, type HeliosErrorCode } from "../../errors.ts";
import { hashBlob } from "../../object/hash.ts";
import type { StoreThreadAccess } from "../../store/object-store.ts";
import { isSymlinkMode, readContent } from "./contents.ts";
import { type FileRecords, GONE, PENDING, READ, UNSTABLE } from "./file-records.ts";
import { startThread } from "./thread.ts";

/** Below both, one thread reads. */
const THREADS_FROM_FILES = 1500;
const THREADS_FROM_BYTES = 48 * 1024 * 1024;
const THREADS_MAX = 8;
const BATCH_FILES = 256;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Enough for a thread never to wait for the next. */
const BATCHES_PER_THREAD = 2;

export interface ReadRequest {
  readonly top: string;
  readonly records: FileRecords;
  readonly pathOf: (record: number) => string;
  /** Hash of the content that the working set has there: the same need not be stored again. */
  readonly presentHash: (path: string) => Uint8Array | undefined;
  /** Where threads put contents; undefined: contents are only hashed. */
  readonly access: StoreThreadAccess | undefined;
  /** For tests; by default as many as there are processors, if there is enough to do. */
  readonly threads?: number | undefined;
  /** `bytes`: the content, where it is not in the store already. */
  readonly onRead: (record: number, path: string, sizeBytes: number, bytes: Buffer | undefined) => void;
  readonly onGone: (path: string) => void;
  readonly takeTurn: (files: number) => Promise<void> | undefined;
}

/** What threads are started with. */
export interface ReaderData {
  readonly top: string;
  readonly access: StoreThreadAccess | undefined;
}

export interface ReadBatch {
  /** For the answer. */
  readonly records: readonly number[];
  readonly paths: readonly string[];
  readonly modes: readonly number[];
  /** 32 bytes for each path; zeros where nothing is known. */
  readonly presentHashes: Uint8Array;
}

/** For each record what became of it, the length of its content, five numbers of its stat, and 32 bytes of hash. */
export interface ReadAnswer {
  readonly records: readonly number[];
  readonly fates: Uint8Array;
  readonly lengths: Float64Array;
  /** NaN: as it was listed. */
  readonly stats: Float64Array;
  readonly hashes: Uint8Array;
}

type StatNumbers = readonly [number, number, number, number, number];

export interface ReadFailure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly path: string | undefined;
}

export async function readChanged(request: ReadRequest): Promise<void> {
  const threads = request.threads ?? threadsFor(request.records);
  if (threads > 1) await new ThreadedReader(request, threads).run();
  else await readHere(request);
}

function threadsFor(records: FileRecords): number {
  let bytes = 0;
  for (let record = 0; record < records.count; record++) bytes += records.sizeOf(record);
  const isLittle = records.count < THREADS_FROM_FILES && bytes < THREADS_FROM_BYTES;
  return isLittle ? 1 : Math.min(availableParallelism(), THREADS_MAX);
}

async function readHere({ top, records, pathOf, onRead, onGone, takeTurn }: ReadRequest): Promise<void> {
  for (let record = 0; record < records.count; record++) {
    if (records.fateOf(record) !== PENDING) continue;
    const path = pathOf(record);
    const content = readContent(`${top}/${path}`, isSymlinkMode(records.modeOf(record)));
    if (content === undefined) {
      records.setFate(record, GONE);
      onGone(path);
    } else {
      records.setFate(record, content.isStable ? READ : UNSTABLE, hashBlob(content.bytes));
      if (content.stat !== undefined) records.setStat(record, content.stat);
      onRead(record, path, content.bytes.length, content.bytes);
    }
    const turn = takeTurn(1);
    if (turn !== undefined) await turn;
  }
}

class ThreadedReader {
  readonly #request: ReadRequest;
  readonly #threads: number;
  readonly #batches: Iterator<ReadBatch, undefined>;

  constructor(request: ReadRequest, threads: number) {
    this.#request = request;
    this.#threads = threads;
    this.#batches = batchesOf(request);
  }

  async run(): Promise<void> {
    const { top, access } = this.#request;
    const data: ReaderData = { top, access };
    const workers: Worker[] = [];
    try {
      for (let i = 0; i < this.#threads; i++) {
        const worker = startThread(new URL("./read-changed.worker.ts", import.meta.url), data);
        if (worker !== undefined) workers.push(worker);
      }
      if (workers.length === 0) await readHere(this.#request);
      else await Promise.all(workers.map((worker) => this.#drive(worker)));
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  }

  /** Keeps a thread busy until there are no batches left and it has answered all it was given. */
  #drive(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      let underWay = 0;
      const feed = (): void => {
        for (; underWay < BATCHES_PER_THREAD; underWay++) {
          const next = this.#batches.next();
          if (next.done === true) break;
          worker.postMessage(next.value);
        }
        if (underWay === 0) resolve();
      };
      const answered = async (answer: ReadAnswer | ReadFailure): Promise<void> => {
        if ("message" in answer) throw failureOf(answer);
        this.#take(answer);
        underWay--;
        await this.#request.takeTurn(answer.records.length);
        feed();
      };
      worker.on("message", (answer: ReadAnswer | ReadFailure) => answered(answer).catch(reject));
      worker.on("error", reject);
      worker.on("exit", () => reject(new Error("a thread that reads files ended early")));
      feed();
    });
  }

  #take({ records: numbers, fates, lengths, stats, hashes }: ReadAnswer): void {
    const { records, pathOf, onRead, onGone } = this.#request;
    for (const [i, record] of numbers.entries()) {
      const fate = fates[i]!;
      if (fate === GONE) {
        records.setFate(record, GONE);
        onGone(pathOf(record));
        continue;
      }
      records.setFate(record, fate, hashes.subarray(32 * i, 32 * (i + 1)));
      const [size, mtimeMs, ctimeMs, ino, mode] = stats.subarray(
        5 * i,
        5 * (i + 1),
      ) as unknown as StatNumbers;
      if (!Number.isNaN(size)) records.setStat(record, { size, mtimeMs, ctimeMs, ino, mode });
      onRead(record, pathOf(record), lengths[i]!, undefined);
    }
  }
}

function* batchesOf({ records, pathOf, presentHash }: ReadRequest): Generator<ReadBatch, undefined> {
  let [numbers, paths, modes]: [number[], string[], number[]] = [[], [], []];
  let bytes = 0;
  const batch = (): ReadBatch => {
    const presentHashes = new Uint8Array(32 * paths.length);
    for (const [i, path] of paths.entries()) presentHashes.set(presentHash(path) ?? [], 32 * i);
    return { records: numbers, paths, modes, presentHashes };
  };
  for (let record = 0; record < records.count; record++) {
    if (records.fateOf(record) !== PENDING) continue;
    numbers.push(record);
    paths.push(pathOf(record));
    modes.push(records.modeOf(record));
    bytes += records.sizeOf(record);
    if (paths.length < BATCH_FILES && bytes < BATCH_BYTES) continue;
    yield batch();
    [numbers, paths, modes, bytes] = [[], [], [], 0];
  }
  if (paths.length > 0) yield batch();
  return undefined;
}

function failureOf({ code, message, remedy, path }: ReadFailure): HeliosError {
  return new HeliosError(code as HeliosErrorCode, message, remedy, { path });
}
