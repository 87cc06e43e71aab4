/** A worker thread of `thread-access.suite.ts`. */
import { parentPort, workerData } from "node:worker_threads";
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
  case "hammer":
    answer("started");
    answer(hammer());
    break;
}
await store.close();

function hammer(): string {
  const key = Buffer.from("k");
  for (;;)
    try {
      store.get("blobs", key);
      store.range("blobs");
    } catch (error) {
      return error instanceof HeliosError ? error.code : String(error);
    }
}
