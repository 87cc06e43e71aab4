/** A thread that lists directories, reads, hashes, packs and stores files, and makes trees of them. */
import { parentPort, workerData } from "node:worker_threads";
import { HashSet64 } from "../gc/hash-set.ts";
import { modeCode } from "../object/entry-mode.ts";
import { openFromThread } from "../store/backends.ts";
import { L1Cache } from "../store/l1-cache.ts";
import { L2Writer } from "../store/l2-writer.ts";
import { Objects } from "../store/objects.ts";
import { type NewEntry, Tree } from "../tree/tree.ts";
import { inByteOrder } from "../tree/tree-entry.ts";
import { updateCache } from "../vst/directory/cache-update.ts";
import { OBEYED_ONLY, READ, UNSTABLE } from "../vst/directory/file-records.ts";
import { entryModeOf, withOwnRules } from "../vst/directory/listing.ts";
import { BatchReader } from "../vst/directory/read-batch.ts";
import type { ReadAnswer, ReadBatch } from "../vst/directory/read-changed.ts";
import { StatCache } from "../vst/directory/stat-cache.ts";
import { StatSweep } from "../vst/directory/stat-sweep.ts";
import type { ThreadData } from "../vst/directory/thread.ts";
import { threadFailureOf } from "../vst/directory/thread-pool.ts";
import { TreeWalk, type WalkResult } from "../vst/directory/tree-walk.ts";
import { ignoreFileNames, IgnoreRules, LazyRules } from "../vst/ignore-files.ts";
import { assembleWalk, filesRead } from "./assemble-walk.ts";
import {
  type BuiltTree,
  DIRECTORY_NUMBERS,
  type FoundFiles,
  type ImportAnswer,
  type ImportTask,
  type ImportThreadData,
  joined,
  type Piece,
  type ReadFiles,
  type Survey,
  type TreeChunk,
} from "./import-tasks.ts";
import { parsePartition } from "./partition.ts";

/** A piece of work: some ten milliseconds, whatever the files are like. */
const BATCH_FILES = 256;
const BATCH_BYTES = 8 * 1024 * 1024;

const data = (workerData as ThreadData<ImportThreadData>).data;
const { top, storePath, obeyIgnoreFiles, trustedDevice } = data;
const port = parentPort!;
const partition = parsePartition(data.partition);
const store = await openFromThread(data.access);
const nothingKnown = new StatSweep(StatCache.empty(), top, 0);
const reader = new BatchReader({ top, store, stop: data.stop });
const writer = new L2Writer(store, new Objects(new L1Cache(0), store, nothingIsLoaded));

port.on("message", (task: ImportTask) => void carryOut(task));

async function carryOut(task: ImportTask): Promise<void> {
  try {
    const answer = await answerTo(task);
    port.postMessage(answer, answer.kind === "survey" ? [answer.survey.cache] : []);
  } catch (error) {
    port.postMessage(threadFailureOf(error));
  }
}

async function answerTo(task: ImportTask): Promise<ImportAnswer> {
  switch (task.kind) {
    case "walk":
      return walk(task.directory, task.filesMax);
    case "read":
      return { kind: "read", piece: task.piece, read: read([task.batch]) };
    case "build":
      return { kind: "build", built: build(task.tree, task.chunks) };
    case "survey":
      return { kind: "survey", survey: survey(task.pieces) };
  }
}

// ---- directories

async function walk(directory: string, filesMax: number): Promise<ImportAnswer> {
  const outside = directory === "" ? LazyRules.none : LazyRules.of(rulesInside(parentOf(directory)));
  const walked = await new TreeWalk(nothingKnown, {
    top,
    storePath,
    obeyIgnoreFiles,
    isSamePolicy: false,
    trustedDevice,
    isStored: undefined,
    takeTurn: () => undefined,
    from: { path: directory, outside },
    filesMax,
    lookedAtFiles: 0,
  }).run();
  return {
    kind: "walk",
    found: foundIn(walked),
    unlisted: walked.visits.filter(({ listing }) => listing === undefined).map(({ path }) => path),
    read: read([...batchesOf(walked)]),
  };
}

const rules = new Map<string, IgnoreRules>();

/** The rules that hold for what is in a directory. Each thread reads the ignore files above its directories once. */
function rulesInside(directory: string): IgnoreRules {
  if (!obeyIgnoreFiles) return IgnoreRules.none;
  let own = rules.get(directory);
  if (own === undefined) {
    const outside = directory === "" ? IgnoreRules.none : rulesInside(parentOf(directory));
    const folder = directory === "" ? top : `${top}/${directory}`;
    rules.set(directory, (own = withOwnRules(outside, directory, folder, ignoreFileNames)));
  }
  return own;
}

function parentOf(directory: string): string {
  return directory.slice(0, Math.max(0, directory.lastIndexOf("/")));
}

function foundIn({ visits, records, skipped }: WalkResult): FoundFiles {
  const stats = new Float64Array(5 * records.count);
  const obeyedOnly: number[] = [];
  for (let record = 0; record < records.count; record++) {
    const { size, mtimeMs, ctimeMs, ino, mode } = records.statOf(record);
    stats.set([size, mtimeMs, ctimeMs, ino, mode], 5 * record);
    if (records.fateOf(record) === OBEYED_ONLY) obeyedOnly.push(record);
  }
  const listed = visits.filter(({ listing }) => listing !== undefined);
  const directoryNumbers = new Float64Array(DIRECTORY_NUMBERS * listed.length).fill(Number.NaN);
  for (const [i, { outside, inside, insideCount, listing }] of listed.entries()) {
    const { stat, names } = listing!;
    const at = DIRECTORY_NUMBERS * i;
    directoryNumbers.set([names.length, insideCount, outside.fingerprint, inside.fingerprint], at);
    if (stat !== undefined)
      directoryNumbers.set([stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino, stat.mode], at + 4);
  }
  const inner = listed.flatMap(({ firstInside, insideCount }) =>
    visits.slice(firstInside, firstInside + insideCount).map(({ path }) => path),
  );
  return {
    directories: joined(listed.map(({ path }) => path)),
    directoryNumbers,
    names: joined(listed.flatMap(({ listing }) => listing!.names)),
    inner: joined(inner),
    stats,
    obeyedOnly,
    skipped,
  };
}

function survey(pieces: readonly Piece[]): Survey {
  const walked = assembleWalk(pieces);
  const update = updateCache(StatCache.empty(), walked);
  if (update.kind !== "replace") throw new Error("a cache of nothing cannot be patched");
  const cache = update.cache.bytes.buffer as ArrayBuffer;
  return { cache, files: filesRead(walked), skipped: walked.skipped };
}

// ---- files

function* batchesOf({ visits, records }: WalkResult): Generator<ReadBatch> {
  let [numbers, paths, modes]: [number[], string[], number[]] = [[], [], []];
  for (let record = 0; record < records.count; record++) {
    if (records.fateOf(record) !== OBEYED_ONLY) {
      const { path, listing } = visits[records.directoryOf(record)]!;
      const name = listing!.names[records.placeOf(record)]!;
      numbers.push(record);
      paths.push(path === "" ? name : `${path}/${name}`);
      modes.push(records.modeOf(record));
    }
    if (paths.length === 0 || (paths.length < BATCH_FILES && record < records.count - 1)) continue;
    yield {
      records: Uint32Array.from(numbers),
      paths: joined(paths),
      modes: Uint32Array.from(modes),
      presentHashes: undefined,
    };
    [numbers, paths, modes] = [[], [], []];
  }
}

/** Reads the first of some batches. */
function read([first, ...more]: readonly ReadBatch[]): ReadFiles {
  if (first === undefined) return { answer: undefined, rest: [], chunks: [] };
  const { read: answer, rest } = reader.read(first, BATCH_BYTES);
  return { answer, rest: [...rest, ...more], chunks: chunksOf(first, answer) };
}

/** Sorts files that were read into trees. */
function chunksOf(
  { paths, modes }: ReadBatch,
  { fates, lengths, stats, hashes, records }: ReadAnswer,
): TreeChunk[] {
  const byTree = new Map<string, { readonly paths: string[]; readonly files: number[] }>();
  const all = paths.split("\0");
  for (let i = 0; i < records.length; i++) {
    if (fates[i] !== READ && fates[i] !== UNSTABLE) continue;
    const tree = partition.treeOf(all[i]!);
    let group = byTree.get(tree);
    if (group === undefined) byTree.set(tree, (group = { paths: [], files: [] }));
    group.paths.push(all[i]!);
    group.files.push(i);
  }
  const modeOf = (i: number): number => {
    const opened = stats[5 * i + 4]!;
    return modeCode(entryModeOf(Number.isNaN(opened) ? modes[i]! : opened));
  };
  return Array.from(byTree, ([tree, group]) => {
    const own = new Uint8Array(32 * group.files.length);
    for (const [at, i] of group.files.entries()) own.set(hashes.subarray(32 * i, 32 * i + 32), 32 * at);
    return {
      tree,
      paths: joined(group.paths),
      hashes: own,
      modes: Uint8Array.from(group.files, modeOf),
      lengths: Float64Array.from(group.files, (i) => lengths[i]!),
    };
  });
}

// ---- trees

function build(name: string, chunks: readonly TreeChunk[]): BuiltTree {
  const entries: NewEntry[] = [];
  const contents = new HashSet64();
  let [objects, bytes] = [0, 0];
  for (const { paths, hashes, modes, lengths } of chunks)
    for (const [i, path] of paths.split("\0").entries()) {
      const hash = hashes.subarray(32 * i, 32 * (i + 1));
      entries.push({ path, hash, mode: modes[i]!, sizeBytes: lengths[i]! });
      if (!contents.add(hash)) continue;
      objects++;
      bytes += lengths[i]!;
    }
  const tree = new Tree(nothingIsLoaded);
  tree.fill(inByteOrder(entries));
  const root = tree.freeze();
  writer.nodes(root);
  return { tree: name, root: root.computeHash(), paths: entries.length, objects, bytes };
}

function nothingIsLoaded(): never {
  throw new Error("a tree that is being made has all of its nodes in memory");
}
