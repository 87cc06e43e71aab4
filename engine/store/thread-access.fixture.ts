/** A worker thread of `thread-access.suite.ts`. */
import { parentPort, threadId, workerData } from "node:worker_threads";
import { HeliosError } from "../errors.ts";
import { openFromThread } from "./backends.ts";
import type { StoreThreadAccess } from "./object-store.ts";
import type { ThreadTask } from "./thread-access.suite.ts";

const { access, task } = workerData as { access: StoreThreadAccess; task: ThreadTask };
const store = await openFromThread(access);
const answer = (value: unknown) => parentPort!.postMessage(value);

switch (task.kind) {
  case "read":
    answer(store.get("blobs", Buffer.from(task.key))?.toString());
    break;
  case "write":
    for (let i = task.from; i < task.to; i++)
      store.write([
        { kind: "put", space: "blobs", key: Buffer.from(`thread ${i}`), value: Buffer.from("v") },
      ]);
    answer("done");
    break;
  case "read often":
    answer("started");
    answer(untilRefused(readAll));
    break;
  case "write often":
    answer("started");
    answer(untilRefused(writeBatch));
    break;
}
await store.close();

function readAll(): void {
  store.get("blobs", Buffer.from("k"));
  store.range("blobs");
}

function writeBatch(n: number): void {
  store.write(
    Array.from({ length: 50 }, (_, i) => ({
      kind: "put",
      space: "nodes",
      key: Buffer.from(`${threadId} ${n} ${i}`),
      value: Buffer.alloc(1000),
    })),
  );
}

function untilRefused(work: (n: number) => void): string {
  for (let n = 0; ; n++)
    try {
      work(n);
    } catch (error) {
      return error instanceof HeliosError ? error.code : String(error);
    }
}
