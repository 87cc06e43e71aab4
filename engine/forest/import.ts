/**
 * The first import of a directory into a forest, by threads: they list directories, read, hash, pack and store files,
 * and in the end make whole trees, each of them filled from sorted entries and its nodes stored. The thread that
 * imports hands out directories and batches of files as they are found, passes on what comes back, and takes over the
 * roots: it touches no name, no content and no node. So what cannot be shared is small, and the work does not depend on
 * how files are spread over directories.
 *
 * A thread takes some 60 ms to be of use. Below 1,500 files, unless they have 48 MB, nothing is shared out: the
 * ordinary scan (vst/scan.ts) does it. A tree is made by one thread, so a forest of one tree gains a little less.
 */
import type { StoreThreadAccess } from "../store/object-store.ts";
import type { SkippedFile } from "../vst/directory/listing.ts";
import { type ReadAnswer, THREADS_FROM_FILES, threadsFor } from "../vst/directory/read-changed.ts";
import { StatCache } from "../vst/directory/stat-cache.ts";
import { StatSweep } from "../vst/directory/stat-sweep.ts";
import { LATER, runThreads } from "../vst/directory/thread-pool.ts";
import { TreeWalk } from "../vst/directory/tree-walk.ts";
import type {
  BuiltTree,
  FoundFiles,
  ImportAnswer,
  ImportTask,
  ImportThreadData,
  ReadFiles,
  TreeChunk,
} from "./import-tasks.ts";
import type { Partition } from "./partition.ts";

/** What a scan wants imported. */
export interface ImportRequest {
  readonly top: string;
  /** Relative to the top; the store itself is never stored. */
  readonly storePath: string;
  readonly obeyIgnoreFiles: boolean;
  readonly trustedDevice: number | undefined;
  /** Undefined: as many as there are processors, if there is enough to do. */
  readonly threads: number | undefined;
  /** Files read so far. */
  readonly onProgress: ((done: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  /** All files have been read; the trees are being made. */
  readonly onFound: (found: FoundDirectory) => void;
}

/** What a directory held. */
export interface FoundDirectory {
  readonly cache: StatCache;
  readonly files: number;
  readonly skipped: readonly SkippedFile[];
}

/** Files that a walk of one task finds, about. */
const WALK_FILES = 256;

/** Undefined, with nothing done, where it is not worth a thread or none can be had. */
export async function importTrees(
  request: ImportRequest,
  partition: Partition,
  access: StoreThreadAccess,
): Promise<readonly BuiltTree[] | undefined> {
  const threads = request.threads ?? (await threadsWorthwhile(request));
  if (threads === 0) return undefined;
  const work = new ImportWork(request);
  const { top, storePath, obeyIgnoreFiles, trustedDevice, signal } = request;
  const place = { access, top, storePath, obeyIgnoreFiles, trustedDevice, partition: partition.text };
  const hasRun = await runThreads<ImportTask, ImportAnswer>({
    location: new URL("./import.worker.ts", import.meta.url),
    threads,
    dataWith: (stop): ImportThreadData => ({ ...place, stop }),
    nextBatch: (underWay) => work.next(underWay),
    take: (answer) => work.take(answer),
    signal,
  });
  return hasRun ? work.built : undefined;
}

/** 0: the ordinary scan is quicker. Looks at no more files than make it worthwhile. */
async function threadsWorthwhile({ top, storePath, obeyIgnoreFiles }: ImportRequest): Promise<number> {
  const { records } = await new TreeWalk(new StatSweep(StatCache.empty(), top, 0), {
    top,
    storePath,
    obeyIgnoreFiles,
    isSamePolicy: false,
    trustedDevice: undefined,
    isStored: undefined,
    takeTurn: () => undefined,
    filesMax: THREADS_FROM_FILES,
  }).run();
  const threads = threadsFor(records);
  return threads === 1 ? 0 : threads;
}

class ImportWork {
  readonly built: BuiltTree[] = [];
  readonly #request: ImportRequest;
  /** Directories to list and files to read; the newest first, so that few are waiting. */
  readonly #reading: ImportTask[] = [{ kind: "walk", directory: "", filesMax: 1 }];
  /** Tasks of `#reading` under way. */
  #readingNow = 0;
  /** What is to be done when all is read; undefined before. */
  #finishing: ImportTask[] | undefined;
  readonly #pieces: { readonly found: FoundFiles; readonly reads: ReadAnswer[] }[] = [];
  readonly #chunks = new Map<string, TreeChunk[]>();
  #done = 0;

  constructor(request: ImportRequest) {
    this.#request = request;
  }

  /** What a thread with so many tasks is to do next. */
  next(underWay: number): ImportTask | typeof LATER | undefined {
    const task = this.#reading.pop();
    if (task !== undefined) {
      this.#readingNow++;
      return task;
    }
    if (this.#readingNow > 0) return LATER;
    this.#finishing ??= this.#tasksToFinish();
    if (this.#finishing.length === 0) return undefined;
    // Each is much work: none is to wait behind another while a thread is free.
    return underWay > 0 ? LATER : this.#finishing.shift();
  }

  take(answer: ImportAnswer): void {
    this.#request.signal?.throwIfAborted();
    switch (answer.kind) {
      case "walk":
        this.#readingNow--;
        for (const directory of answer.unlisted)
          this.#reading.push({ kind: "walk", directory, filesMax: WALK_FILES });
        this.#pieces.push({ found: answer.found, reads: [] });
        return this.#takeRead(this.#pieces.length - 1, answer.read);
      case "read":
        this.#readingNow--;
        return this.#takeRead(answer.piece, answer.read);
      case "survey": {
        const { cache, files, skipped } = answer.survey;
        return this.#request.onFound({ cache: new StatCache(cache), files, skipped });
      }
      case "build":
        this.built.push(answer.built);
    }
  }

  #takeRead(piece: number, { answer, rest, chunks }: ReadFiles): void {
    for (const batch of rest) this.#reading.push({ kind: "read", piece, batch });
    for (const chunk of chunks) {
      const earlier = this.#chunks.get(chunk.tree);
      if (earlier === undefined) this.#chunks.set(chunk.tree, [chunk]);
      else earlier.push(chunk);
    }
    if (answer === undefined) return;
    this.#pieces[piece]!.reads.push(answer);
    this.#request.onProgress?.((this.#done += answer.records.length));
  }

  /** The largest first, so that threads end at about the same time. */
  #tasksToFinish(): ImportTask[] {
    const builds = Array.from(this.#chunks, ([tree, chunks]) => ({
      task: { kind: "build", tree, chunks } as const,
      files: chunks.reduce((sum, { modes }) => sum + modes.length, 0),
    }));
    builds.sort((a, b) => b.files - a.files);
    return [{ kind: "survey", pieces: this.#pieces }, ...builds.map(({ task }) => task)];
  }
}
