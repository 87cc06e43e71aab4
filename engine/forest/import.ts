/**
 * The first import of a directory into a forest, by threads: they list directories, read, hash, pack and store files,
 * and in the end make whole trees, each of them filled from sorted entries and its nodes stored. The thread that
 * imports hands out directories and batches of files as they are found, sorts what comes back into trees, and takes
 * over the roots: it touches no content and makes no node. So what cannot be shared is small (some 0.7 us a file), and
 * the work does not depend on how files are spread over directories.
 *
 * A thread takes some 60 ms to be of use. Below 1,500 files, unless they have 48 MB, nothing is shared out: the
 * ordinary scan (vst/scan.ts) does it. A tree is made by one thread, so a forest of one tree gains a little less.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { modeCode } from "../object/entry-mode.ts";
import type { StoreThreadAccess } from "../store/object-store.ts";
import { OBEYED_ONLY, PENDING, READ, UNSTABLE } from "../vst/directory/file-records.ts";
import { entryModeOf } from "../vst/directory/listing.ts";
import {
  type ReadAnswer,
  type ReadBatch,
  THREADS_FROM_FILES,
  threadsFor,
} from "../vst/directory/read-changed.ts";
import { StatCache } from "../vst/directory/stat-cache.ts";
import { StatSweep } from "../vst/directory/stat-sweep.ts";
import { LATER, runThreads } from "../vst/directory/thread-pool.ts";
import { TreeWalk, type WalkResult } from "../vst/directory/tree-walk.ts";
import { assembleWalk, type Piece } from "./assemble-walk.ts";
import type {
  BuiltTree,
  FoundFiles,
  ImportAnswer,
  ImportTask,
  ImportThreadData,
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
  readonly onWalk: (walk: WalkResult) => void;
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
  const work = new ImportWork(request, partition);
  const { top, storePath, obeyIgnoreFiles, trustedDevice } = request;
  const hasRun = await runThreads<ImportTask, ImportAnswer>({
    location: new URL("./import.worker.ts", import.meta.url),
    threads,
    dataWith: (stop): ImportThreadData => ({ access, top, storePath, obeyIgnoreFiles, trustedDevice, stop }),
    nextBatch: (underWay) => work.next(underWay),
    take: (answer) => work.take(answer),
    signal: request.signal,
  });
  return hasRun ? work.finish() : undefined;
}

/** 0: the ordinary scan is quicker. Looks at no more files than make it worthwhile. */
async function threadsWorthwhile(request: ImportRequest): Promise<number> {
  const { top, storePath, obeyIgnoreFiles } = request;
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
  readonly #request: ImportRequest;
  readonly #partition: Partition;
  /** Directories to list and files to read; the newest first, so that few are waiting. */
  readonly #reading: ImportTask[] = [{ kind: "walk", directory: "", filesMax: 1 }];
  /** Tasks of `#reading` under way. */
  #readingNow = 0;
  /** Trees to make, the largest first; undefined while files are being read. */
  #building: ImportTask[] | undefined;
  readonly #pieces: Piece[] = [];
  /** Files of each piece that nobody has read yet. */
  readonly #unread: number[] = [];
  readonly #chunks = new Map<string, TreeChunk[]>();
  readonly #built: BuiltTree[] = [];
  #walk: Promise<WalkResult> | undefined;
  #done = 0;

  constructor(request: ImportRequest, partition: Partition) {
    this.#request = request;
    this.#partition = partition;
  }

  /** What a thread with so many tasks is to do next. */
  next(underWay: number): ImportTask | typeof LATER | undefined {
    const task = this.#reading.pop();
    if (task !== undefined) {
      this.#readingNow++;
      return task;
    }
    if (this.#readingNow > 0) return LATER;
    this.#building ??= this.#beginBuilding();
    if (this.#building.length === 0) return undefined;
    // A tree is much work: none is to wait behind another while a thread is free.
    return underWay > 0 ? LATER : this.#building.shift();
  }

  take(answer: ImportAnswer): void {
    this.#request.signal?.throwIfAborted();
    switch (answer.kind) {
      case "walk":
        this.#readingNow--;
        this.#takeFound(answer.found);
        for (const directory of answer.unlisted)
          this.#reading.push({ kind: "walk", directory, filesMax: WALK_FILES });
        this.#takeRead(this.#pieces.length - 1, answer.read, answer.rest);
        return;
      case "read":
        this.#readingNow--;
        this.#takeRead(answer.piece, answer.read, answer.rest);
        return;
      case "build":
        this.#built.push(answer.built);
    }
  }

  async finish(): Promise<readonly BuiltTree[]> {
    await this.#walk;
    return this.#built;
  }

  #takeFound(found: FoundFiles): void {
    const files = found.stats.length / 5;
    const fates = new Uint8Array(files).fill(PENDING);
    for (const file of found.obeyedOnly) fates[file] = OBEYED_ONLY;
    this.#pieces.push({
      found,
      fates,
      lengths: new Float64Array(files),
      stats: found.stats,
      hashes: new Uint8Array(32 * files),
    });
    this.#unread.push(files - found.obeyedOnly.length);
  }

  #takeRead(number: number, read: ReadAnswer | undefined, rest: readonly ReadBatch[]): void {
    for (const batch of rest) this.#reading.push({ kind: "read", piece: number, batch });
    const piece = this.#pieces[number]!;
    if (read !== undefined) {
      copyRead(read, piece);
      this.#unread[number]! -= read.records.length;
      this.#request.onProgress?.((this.#done += read.records.length));
    }
    if (this.#unread[number] === 0) this.#divide(piece);
  }

  /** Sorts the files of a piece into trees. */
  #divide({ found, fates, lengths, stats, hashes }: Piece): void {
    const byTree = new Map<string, { readonly paths: string[]; readonly files: number[] }>();
    let file = 0;
    for (const { path, names, files } of found.directories) {
      if (files === 0) continue;
      for (const name of names.split("\0")) {
        const fate = fates[file];
        if (fate === READ || fate === UNSTABLE) {
          const whole = path === "" ? name : `${path}/${name}`;
          const tree = this.#partition.treeOf(whole);
          let group = byTree.get(tree);
          if (group === undefined) byTree.set(tree, (group = { paths: [], files: [] }));
          group.paths.push(whole);
          group.files.push(file);
        }
        file++;
      }
    }
    for (const [tree, { paths, files }] of byTree) {
      const chunk: TreeChunk = {
        paths: paths.join("\0"),
        hashes: new Uint8Array(32 * files.length),
        modes: Uint8Array.from(files, (each) => modeCode(entryModeOf(stats[5 * each + 4]!))),
        lengths: Float64Array.from(files, (each) => lengths[each]!),
      };
      for (const [i, each] of files.entries())
        chunk.hashes.set(hashes.subarray(32 * each, 32 * each + 32), 32 * i);
      const chunks = this.#chunks.get(tree);
      if (chunks === undefined) this.#chunks.set(tree, [chunk]);
      else chunks.push(chunk);
    }
  }

  #beginBuilding(): ImportTask[] {
    this.#walk = this.#assemble();
    // It is awaited in the end, and until then a failure of a thread may come before its own.
    this.#walk.catch(() => undefined);
    const sized = Array.from(this.#chunks, ([tree, chunks]) => ({
      task: { kind: "build", tree, chunks } as const,
      files: chunks.reduce((sum, { modes }) => sum + modes.length, 0),
    }));
    return sized.sort((a, b) => b.files - a.files).map(({ task }) => task);
  }

  /** While the threads make the trees. */
  async #assemble(): Promise<WalkResult> {
    await nextTurn();
    const walk = assembleWalk(this.#pieces);
    this.#request.onWalk(walk);
    return walk;
  }
}

function copyRead(read: ReadAnswer, piece: Piece): void {
  for (const [i, file] of read.records.entries()) {
    piece.fates[file] = read.fates[i]!;
    piece.lengths[file] = read.lengths[i]!;
    piece.hashes.set(read.hashes.subarray(32 * i, 32 * i + 32), 32 * file);
    if (!Number.isNaN(read.stats[5 * i]!)) piece.stats.set(read.stats.subarray(5 * i, 5 * i + 5), 5 * file);
  }
}
