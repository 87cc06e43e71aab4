/** A thread that reads and hashes what it is told of a forest. */
import { parentPort, workerData } from "node:worker_threads";
import { openFromThread } from "../store/backends.ts";
import type { ThreadData } from "../vst/directory/thread.ts";
import { threadFailureOf } from "../vst/directory/thread-pool.ts";
import { parsePartition } from "./partition.ts";
import { type CheckTask, type CheckThreadData, SubtreeCheck } from "./subtree-check.ts";

const { access, partition } = (workerData as ThreadData<CheckThreadData>).data;
const port = parentPort!;
const check = new SubtreeCheck(await openFromThread(access), parsePartition(partition));

port.on("message", (task: CheckTask) => {
  try {
    port.postMessage(check.check(task));
  } catch (error) {
    port.postMessage(threadFailureOf(error));
  }
});
