/** A thread that reads contents from the store and writes them to files, batch by batch. */
import { parentPort, workerData } from "node:worker_threads";
import { hashKeyOf, hashOfKey } from "../../object/ids.ts";
import { openFromThread } from "../../store/backends.ts";
import { L1Cache } from "../../store/l1-cache.ts";
import { Objects } from "../../store/objects.ts";
import { LARGE_FROM_BYTES } from "../directory/piece-sink.ts";
import type { ThreadData } from "../directory/thread.ts";
import { threadFailureOf } from "../directory/thread-pool.ts";
import { AnchorChain } from "./anchor.ts";
import { FileWriter } from "./file-writer.ts";
import type { MaterializeEntry } from "./output-plan.ts";
import { temporaryFileName } from "./staging.ts";
import type { WriteAnswer, WriteBatch, WriterData } from "./write-files.ts";

/** For the bases of deltas; each content is written once. */
const L1_BYTES = 4 * 1024 * 1024;

const { directory, name, isSeen, access, stop } = (workerData as ThreadData<WriterData>).data;
const port = parentPort!;
const stopWord = new Int32Array(stop);
const store = await openFromThread(access);
const objects = new Objects(new L1Cache(L1_BYTES), store, () => {
  throw new Error("only the thread that opened the store reads the journal");
});
const chain = new AnchorChain(directory);
const writer = new FileWriter(chain, { name, temporaryName: isSeen ? temporaryFileName() : undefined });

port.on("message", (batch: WriteBatch) => {
  try {
    port.postMessage(writeBatch(batch));
  } catch (error) {
    port.postMessage(threadFailureOf(error));
  }
});

function writeBatch({ first, paths, hashes, modes, sizes }: WriteBatch): WriteAnswer {
  const left: number[] = [];
  let kept = 0;
  let count = 0;
  for (const path of paths.split("\0")) {
    if (Atomics.load(stopWord, 0) !== 0) break;
    const i = count++;
    const hash = hashes.slice(64 * i, 64 * (i + 1));
    const entry: MaterializeEntry = {
      path,
      hash,
      mode: (modes[i]! & 1) === 1 ? "executable" : "file",
      sizeBytes: sizes[i]!,
    };
    const mayBeThere = (modes[i]! & 2) === 2;
    if (mayBeThere && writer.isThere(entry)) {
      kept++;
      continue;
    }
    const content = read(entry);
    if (content === undefined) left.push(i);
    else writer.write(entry, content, mayBeThere);
  }
  return { first, count, kept, left };
}

/** What cannot be read here the first thread reads, or says why not. */
function read({ hash, sizeBytes }: MaterializeEntry): Iterable<Buffer> | undefined {
  const key = hashKeyOf(Buffer.from(hash, "hex"));
  try {
    if (sizeBytes >= LARGE_FROM_BYTES && store.get("blobs", hashOfKey(key)) !== undefined)
      return objects.readPieces(key);
    return [objects.readBlob(key)];
  } catch {
    return undefined;
  }
}
