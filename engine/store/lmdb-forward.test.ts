import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { once } from "node:events";
import { HeliosError } from "../errors.ts";
import { serveWrites } from "./lmdb-forward.ts";
import type { StoreWrite } from "./object-store.ts";

const WORKER = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData.module).then(({ WriteForwarder }) => {
    const forwarder = new WriteForwarder(workerData.channel, workerData.takeMs);
    try {
      parentPort.postMessage(forwarder.write(workerData.batch, true));
    } catch (error) {
      parentPort.postMessage([error.code, error.message, error.remedy]);
    }
    forwarder.close();
  });`;

const batch: StoreWrite[] = [
  { kind: "put", space: "blobs", key: Buffer.from("k"), value: Buffer.from([1, 2]) },
  { kind: "delete", space: "refs", key: Buffer.from("gone") },
  { kind: "put", space: "meta", key: Buffer.from("empty"), value: Buffer.alloc(0) },
];

async function forward(channel: string, takeMs: number): Promise<unknown> {
  const module = new URL("lmdb-forward.ts", import.meta.url).href;
  const worker = new Worker(WORKER, { eval: true, workerData: { module, channel, takeMs, batch } });
  return ((await once(worker, "message")) as unknown[])[0];
}

test("a batch of another thread arrives as it was sent", async () => {
  const seen: unknown[] = [];
  const server = serveWrites("forward arrives", (writes, { sync }) =>
    seen.push({ writes: structuredClone(writes), sync }),
  );
  assert.equal(await forward("forward arrives", 10_000), true);
  server.close();
  assert.equal(seen.length, 1);
  const { writes, sync } = seen[0] as { writes: StoreWrite[]; sync: boolean };
  assert.equal(sync, true);
  assert.deepEqual(
    writes.map((write) => [
      write.kind,
      write.space,
      Buffer.from(write.key).toString(),
      "value" in write ? write.value.length : -1,
    ]),
    [
      ["put", "blobs", "k", 2],
      ["delete", "refs", "gone", -1],
      ["put", "meta", "empty", 0],
    ],
  );
});

test("what the first thread is refused, the other one is told", async () => {
  const server = serveWrites("forward refused", () => {
    throw new HeliosError("DISK_FULL", "full", "Free some space.");
  });
  assert.deepEqual(await forward("forward refused", 10_000), ["DISK_FULL", "full", "Free some space."]);
  server.close();
});

test("a batch that nobody takes is taken back", async () => {
  assert.equal(await forward("forward to nobody", 5), false);
});
