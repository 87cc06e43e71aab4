/** A thread that hashes objects of a store that another thread of the process has open. */
import { parentPort, workerData } from "node:worker_threads";
import { HeliosError } from "../errors.ts";
import { openFromThread } from "../store/backends.ts";
import type { StoreThreadAccess } from "../store/object-store.ts";
import { checkShards, type ShardResult } from "./object-check.ts";

export interface ThreadData {
  readonly access: StoreThreadAccess;
  /** [0]: the next shard. */
  readonly next: SharedArrayBuffer;
}

export type ThreadMessage =
  | { readonly kind: "shard"; readonly result: ShardResult }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

const { access, next } = workerData as ThreadData;
const port = parentPort!;

function tell(message: ThreadMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

try {
  const l2 = await openFromThread(access);
  try {
    checkShards(l2, new Int32Array(next), (result) =>
      tell({ kind: "shard", result }, [
        result.nodeKeys.buffer,
        result.contentKeys.buffer,
        result.nodesWanted.buffer,
        result.contentsWanted.buffer,
      ]),
    );
  } finally {
    await l2.close();
  }
  tell({ kind: "done" });
} catch (error) {
  const code = error instanceof HeliosError ? error.code : "";
  tell({ kind: "failed", code, message: error instanceof Error ? error.message : String(error) });
}
