/** A thread that reads, hashes, packs and stores files, batch by batch. */
import { parentPort, workerData } from "node:worker_threads";
import { openFromThread } from "../../store/backends.ts";
import { BatchReader } from "./read-batch.ts";
import type { ReadBatch, ReaderData } from "./read-changed.ts";
import type { ThreadData } from "./thread.ts";
import { threadFailureOf } from "./thread-pool.ts";

const { top, access, stop } = (workerData as ThreadData<ReaderData>).data;
const port = parentPort!;
const store = access === undefined ? undefined : await openFromThread(access);
const reader = new BatchReader({ top, store, stop });

port.on("message", (batch: ReadBatch) => {
  try {
    const { read } = reader.read(batch);
    const columns = [read.fates, read.lengths, read.stats, read.hashes];
    port.postMessage(
      read,
      columns.map(({ buffer }) => buffer as ArrayBuffer),
    );
  } catch (error) {
    port.postMessage(threadFailureOf(error));
  }
});
