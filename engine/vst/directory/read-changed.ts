/**
 * Reads and hashes the files that a walk found changed.
 *
 * A few are read one after the other, and their contents held until the commit. Many are shared out to threads, which
 * also pack them and put them into the store, so that what comes back is a hash and no content: memory stays bounded by
 * the batches under way, however many files there are. A thread takes 50 ms to be of use, hence the thresholds.
 */
import { availableParallelism } from "node:os";
import { hashBlob } from "../../object/hash.ts";
import type { StoreThreadAccess } from "../../store/object-store.ts";
import { isSymlinkMode, readContent } from "./contents.ts";
import { type FileRecords, GONE, PENDING, READ, UNSTABLE } from "./file-records.ts";
import { LARGE_FROM_BYTES } from "./piece-sink.ts";
import { runThreads } from "./thread-pool.ts";

/** Below both, one thread reads. */
export const THREADS_FROM_FILES = 1500;
const THREADS_FROM_BYTES = 48 * 1024 * 1024;
export const THREADS_MAX = 8;
const BATCH_FILES = 256;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface ReadRequest {
  readonly top: string;
  readonly records: FileRecords;
  readonly pathOf: (record: number) => string;
  /** Hash of the content that the working set has there, if it has any: the same need not be stored again. */
  readonly presentHash: ((path: string) => Uint8Array | undefined) | undefined;
  /** Where threads put contents; undefined: contents are only hashed. */
  readonly access: StoreThreadAccess | undefined;
  /** None: the calling one reads, and hands over the bytes. */
  readonly threads: number;
  /** `bytes`: the content, where the calling thread has read it. */
  readonly onRead: (record: number, bytes: Buffer | undefined) => void;
  readonly onGone: (path: string) => void;
  readonly takeTurn: (files: number) => Promise<void> | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What threads are started with. */
export interface ReaderData {
  readonly top: string;
  readonly access: StoreThreadAccess | undefined;
  /** Not 0: look at no further file. */
  readonly stop: SharedArrayBuffer;
}

export interface ReadBatch {
  /** For the answer. */
  readonly records: Uint32Array;
  /** Each but the last ended by NUL: one string crosses to a thread much quicker than many. */
  readonly paths: string;
  readonly modes: Uint32Array;
  /** 32 bytes for each path; zeros where nothing is known, undefined where nothing is known of any. */
  readonly presentHashes: Uint8Array | undefined;
}

/** For each record what became of it, the length of its content, five numbers of its stat, and 32 bytes of hash. */
export interface ReadAnswer {
  readonly records: Uint32Array;
  readonly fates: Uint8Array;
  readonly lengths: Float64Array;
  /** NaN: as it was listed. */
  readonly stats: Float64Array;
  readonly hashes: Uint8Array;
}

export async function readChanged(request: ReadRequest): Promise<void> {
  if (request.threads > 0) await readInThreads(request);
  else await readHere(request);
}

/**
 * As many as there are processors, if there is enough to do; otherwise none, and the calling one reads. But for a large
 * file there is always one: only there can its pieces go straight into the store.
 */
export function threadsFor(records: FileRecords, wanted?: number): number {
  let bytes = 0;
  let hasLarge = false;
  for (let record = 0; record < records.count; record++) {
    bytes += records.sizeOf(record);
    hasLarge ||= records.sizeOf(record) >= LARGE_FROM_BYTES;
  }
  const isLittle = records.count < THREADS_FROM_FILES && bytes < THREADS_FROM_BYTES;
  if (wanted !== undefined) return wanted;
  const threads = isLittle ? 1 : Math.min(availableParallelism(), THREADS_MAX);
  return threads > 1 || hasLarge ? threads : 0;
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
      const { stat, isStable } = content;
      const bytes = content.bytes!;
      records.setContent(record, isStable ? READ : UNSTABLE, hashBlob(bytes), bytes.length);
      if (stat !== undefined) records.setStat(record, stat);
      onRead(record, bytes);
    }
    const turn = takeTurn(1);
    if (turn !== undefined) await turn;
  }
}

async function readInThreads(request: ReadRequest): Promise<void> {
  const { top, access, threads, takeTurn, signal } = request;
  const batches = batchesOf(request);
  const hasRun = await runThreads<ReadBatch, ReadAnswer>({
    location: new URL("./read-changed.worker.ts", import.meta.url),
    threads,
    dataWith: (stop): ReaderData => ({ top, access, stop }),
    nextBatch: () => batches.next().value,
    take: async (answer) => {
      takeAnswer(request, answer);
      await takeTurn(answer.records.length);
    },
    signal,
  });
  if (!hasRun) await readHere(request);
}

function takeAnswer(
  { records, pathOf, onRead, onGone }: ReadRequest,
  { records: numbers, fates, lengths, stats, hashes }: ReadAnswer,
): void {
  for (let i = 0; i < numbers.length; i++) {
    const record = numbers[i]!;
    if (fates[i] === GONE) {
      records.setFate(record, GONE);
      onGone(pathOf(record));
      continue;
    }
    records.setContent(record, fates[i]!, hashes.subarray(32 * i, 32 * (i + 1)), lengths[i]!);
    const at = 5 * i;
    if (!Number.isNaN(stats[at]))
      records.setStat(record, {
        size: stats[at]!,
        mtimeMs: stats[at + 1]!,
        ctimeMs: stats[at + 2]!,
        ino: stats[at + 3]!,
        mode: stats[at + 4]!,
      });
    onRead(record, undefined);
  }
}

function* batchesOf({ records, pathOf, presentHash }: ReadRequest): Generator<ReadBatch, undefined> {
  let [numbers, paths, modes]: [number[], string[], number[]] = [[], [], []];
  let bytes = 0;
  const batch = (): ReadBatch => ({
    records: Uint32Array.from(numbers),
    paths: paths.join("\0"),
    modes: Uint32Array.from(modes),
    presentHashes: presentHash === undefined ? undefined : hashesOf(paths, presentHash),
  });
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

function hashesOf(paths: readonly string[], of: (path: string) => Uint8Array | undefined): Uint8Array {
  const hashes = new Uint8Array(32 * paths.length);
  for (const [i, path] of paths.entries()) {
    const hash = of(path);
    if (hash !== undefined) hashes.set(hash, 32 * i);
  }
  return hashes;
}
