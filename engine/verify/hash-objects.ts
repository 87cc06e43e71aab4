/** All objects of L2 hashed, by threads where there is enough to do, and what they refer to looked for. */
import { Worker } from "node:worker_threads";
import { HeliosError, type HeliosErrorCode } from "../errors.ts";
import { HashSet64 } from "../gc/hash-set.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { Finding } from "./damage.ts";
import { checkShards, FINGERPRINT_BYTES, type ShardResult, SHARDS } from "./object-check.ts";
import type { ThreadData, ThreadMessage } from "./thread.ts";

const THREAD = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);

export interface HashedObjects {
  nodes: number;
  contents: number;
  bytes: number;
  readonly nodeKeys: HashSet64;
  readonly contentKeys: HashSet64;
  /** Fingerprints that are referred to, a list for each shard. */
  readonly nodesWanted: Uint8Array[];
  readonly contentsWanted: Uint8Array[];
}

export interface HashOptions {
  /** Threads beside this one; 0 hashes here. */
  readonly threads: number;
  /** Once aborted, no thread begins another shard. */
  readonly signal: AbortSignal;
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress: (done: number, total: number) => void;
}

export async function hashObjects(l2: ObjectStore, options: HashOptions): Promise<HashedObjects> {
  const hashed: HashedObjects = {
    nodes: 0,
    contents: 0,
    bytes: 0,
    nodeKeys: new HashSet64(),
    contentKeys: new HashSet64(),
    nodesWanted: [],
    contentsWanted: [],
  };
  let shards = 0;
  const take = (result: ShardResult): void => {
    hashed.nodes += result.nodes;
    hashed.contents += result.contents;
    hashed.bytes += result.bytes;
    addAll(hashed.nodeKeys, result.nodeKeys);
    addAll(hashed.contentKeys, result.contentKeys);
    hashed.nodesWanted.push(result.nodesWanted);
    hashed.contentsWanted.push(result.contentsWanted);
    for (const finding of result.findings) options.onFinding(finding);
    options.onProgress(++shards, SHARDS);
  };
  const next = new Int32Array(new SharedArrayBuffer(4));
  options.signal.addEventListener("abort", () => void Atomics.store(next, 0, SHARDS), { once: true });
  const access = options.threads === 0 ? undefined : l2.threadAccess();
  if (access === undefined) {
    checkShards(l2, next, take);
    return hashed;
  }
  const data: ThreadData = { access, next: next.buffer };
  await Promise.all(Array.from({ length: options.threads }, () => thread(data, take)));
  return hashed;
}

function thread(data: ThreadData, take: (result: ShardResult) => void): Promise<void> {
  const worker = new Worker(THREAD, { workerData: data });
  return new Promise((resolve, reject) => {
    const fail = (code: HeliosErrorCode, message: string): void =>
      reject(new HeliosError(code, `hashing objects failed: ${message}`, "Verify again."));
    worker.on("message", (message: ThreadMessage) => {
      if (message.kind === "shard") return take(message.result);
      if (message.kind === "failed")
        return fail((message.code || "STORE_FAILED") as HeliosErrorCode, message.message);
      resolve();
    });
    worker.once("error", reject);
    worker.once("exit", (code) => fail("STORE_FAILED", `its thread ended with ${code}`));
  });
}

function addAll(set: HashSet64, fingerprints: Uint8Array): void {
  for (let at = 0; at < fingerprints.length; at += FINGERPRINT_BYTES) set.add(fingerprints, at);
}

/** Fingerprints of a list that no set has. */
export function missingFrom(wanted: readonly Uint8Array[], sets: readonly HashSet64[]): HashSet64 {
  const missing = new HashSet64();
  for (const list of wanted)
    for (let at = 0; at < list.length; at += FINGERPRINT_BYTES)
      if (!sets.some((set) => set.has(list, at))) missing.add(list, at);
  return missing;
}
