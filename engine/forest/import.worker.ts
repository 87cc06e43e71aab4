/** A thread that lists directories, reads, hashes, packs and stores files, and makes trees of them. */
import { parentPort, workerData } from "node:worker_threads";
import { HashSet64 } from "../gc/hash-set.ts";
import { openFromThread } from "../store/backends.ts";
import { L1Cache } from "../store/l1-cache.ts";
import { L2Writer } from "../store/l2-writer.ts";
import { Objects } from "../store/objects.ts";
import { type NewEntry, Tree } from "../tree/tree.ts";
import { inByteOrder } from "../tree/tree-entry.ts";
import { OBEYED_ONLY } from "../vst/directory/file-records.ts";
import { withOwnRules } from "../vst/directory/listing.ts";
import { BatchReader } from "../vst/directory/read-batch.ts";
import type { ReadBatch } from "../vst/directory/read-changed.ts";
import { StatCache } from "../vst/directory/stat-cache.ts";
import { StatSweep } from "../vst/directory/stat-sweep.ts";
import type { ThreadData } from "../vst/directory/thread.ts";
import { threadFailureOf } from "../vst/directory/thread-pool.ts";
import { TreeWalk, type Visit, type WalkResult } from "../vst/directory/tree-walk.ts";
import { ignoreFileNames, IgnoreRules, LazyRules } from "../vst/ignore-files.ts";
import type {
  BuiltTree,
  FoundDirectory,
  FoundFiles,
  ImportAnswer,
  ImportTask,
  ImportThreadData,
  TreeChunk,
} from "./import-tasks.ts";

/** A piece of work: some ten milliseconds, whatever the files are like. */
const BATCH_FILES = 256;
const BATCH_BYTES = 8 * 1024 * 1024;

const { access, top, storePath, obeyIgnoreFiles, trustedDevice, stop } = (
  workerData as ThreadData<ImportThreadData>
).data;
const port = parentPort!;
const store = await openFromThread(access);
const nothingKnown = new StatSweep(StatCache.empty(), top, 0);
const reader = new BatchReader({ top, store, stop });
const writer = new L2Writer(store, new Objects(new L1Cache(0), store, nothingIsLoaded));

port.on("message", (task: ImportTask) => void carryOut(task));

async function carryOut(task: ImportTask): Promise<void> {
  try {
    port.postMessage(await answerTo(task));
  } catch (error) {
    port.postMessage(threadFailureOf(error));
  }
}

async function answerTo(task: ImportTask): Promise<ImportAnswer> {
  switch (task.kind) {
    case "walk":
      return walk(task.directory, task.filesMax);
    case "read":
      return { kind: "read", piece: task.piece, ...reader.read(task.batch, BATCH_BYTES) };
    case "build":
      return { kind: "build", built: build(task.tree, task.chunks) };
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
  const [first, ...more] = batchesOf(walked);
  const { read, rest } =
    first === undefined ? { read: undefined, rest: [] } : reader.read(first, BATCH_BYTES);
  return {
    kind: "walk",
    found: foundIn(walked),
    unlisted: walked.visits.filter(({ listing }) => listing === undefined).map(({ path }) => path),
    read,
    rest: [...rest, ...more],
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
  const directories = visits
    .filter(({ listing }) => listing !== undefined)
    .map((visit) => foundDirectory(visit, visits));
  return { directories, stats, obeyedOnly, skipped };
}

function foundDirectory(
  { path, outside, inside, listing, firstInside, insideCount }: Visit,
  visits: readonly Visit[],
): FoundDirectory {
  const { stat, names } = listing!;
  return {
    path,
    outside: outside.fingerprint,
    inside: inside.fingerprint,
    stat:
      stat === undefined
        ? undefined
        : { size: stat.size, mtimeMs: stat.mtimeMs, ctimeMs: stat.ctimeMs, ino: stat.ino, mode: stat.mode },
    names: names.join("\0"),
    files: names.length,
    inner: visits.slice(firstInside, firstInside + insideCount).map((each) => each.path),
  };
}

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
      paths: paths.join("\0"),
      modes: Uint32Array.from(modes),
      presentHashes: undefined,
    };
    [numbers, paths, modes] = [[], [], []];
  }
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
