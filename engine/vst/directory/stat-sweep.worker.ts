/** A thread of a sweep: takes chunks until there are none. */
import { workerData } from "node:worker_threads";
import { StatCache } from "./stat-cache.ts";
import { type SweepMemory, SweepWork } from "./stat-sweep.ts";
import type { ThreadData } from "./thread.ts";

const { data: memory } = workerData as ThreadData<SweepMemory>;
const work = new SweepWork(new StatCache(memory.cache), memory);
while (work.takeChunk() > 0);
