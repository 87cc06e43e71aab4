/** The thread of background.ts: a core over the same store that follows the journal and writes checkpoints. */
import { workerData } from "node:worker_threads";
import { Core } from "../core.ts";
import { JournalFollower } from "../journal/journal.ts";
import { openFromThread } from "../store/backends.ts";
import { L1Cache } from "../store/l1-cache.ts";
import {
  type CheckpointMark,
  type CheckpointOutcome,
  type CheckpointRequest,
  STATUS,
  type ThreadData,
} from "./background.ts";

/** Node bytes that the last checkpoint wrote are those the next one begins with. */
const L1_BYTES = 16 * 1024 * 1024;

const { access, journalDirectory, durability, status, port } = workerData as ThreadData;
const statusWord = new Int32Array(status);
let core: Core | undefined;

async function openCore(mark: CheckpointMark): Promise<Core> {
  const l2 = await openFromThread(access);
  const journal = new JournalFollower(journalDirectory, mark.position);
  return new Core({
    l1: new L1Cache(L1_BYTES),
    l2,
    journal,
    mark,
    durability,
    role: "checkpointer",
  });
}

async function checkpoint({ from, until, ids }: CheckpointRequest): Promise<CheckpointOutcome> {
  try {
    core ??= await openCore(from);
    core.follow();
    if (core.journalEnd < until) throw new Error(`the journal ends at ${core.journalEnd}, not ${until}`);
    core.ids.addRows(ids);
    return { ok: true, mark: core.writeCheckpoint() };
  } catch (error) {
    // What it has in memory may be half of something: the next request begins anew.
    core = undefined;
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

port.on("message", (request: CheckpointRequest) => {
  void checkpoint(request).then((outcome) => {
    port.postMessage(outcome);
    Atomics.store(statusWord, 0, STATUS.finished);
    Atomics.notify(statusWord, 0);
  });
});
