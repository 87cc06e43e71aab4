/** The law of thread access: a worker thread shares an open store, and its end leaves the store as it is. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { ObjectStore, StoreThreadAccess } from "./object-store.ts";

const bytes = (text: string) => Buffer.from(text);
const put = (key: string, value: string) =>
  ({ kind: "put", space: "blobs", key: bytes(key), value: bytes(value) }) as const;

/** Writes in each batch of the task "write often". */
export const BATCH = 50;

export type ThreadTask =
  | { readonly kind: "read"; readonly key: string }
  | { readonly kind: "write"; readonly from: number; readonly to: number }
  | { readonly kind: "read often" }
  | { readonly kind: "write often" };

/** `open` gives an empty store that persists. */
export function threadAccessSuite(name: string, open: () => Promise<ObjectStore>): void {
  describe(`${name} shared by threads`, () => {
    const workers: Worker[] = [];
    after(() => Promise.all(workers.map((worker) => worker.terminate())));
    const start = (access: StoreThreadAccess | undefined, task: ThreadTask): Worker => {
      assert.ok(access !== undefined);
      const worker = new Worker(new URL("thread-access.fixture.ts", import.meta.url), {
        workerData: { access, task },
      });
      workers.push(worker);
      return worker;
    };
    const answer = async (worker: Worker): Promise<unknown> =>
      ((await once(worker, "message")) as unknown[])[0];

    test("a thread reads what was written, and the first one reads what the thread wrote", async () => {
      const store = await open();
      store.write([put("k", "v")]);
      const reader = start(store.threadAccess(), { kind: "read", key: "k" });
      assert.equal(await answer(reader), "v");
      const writers = [
        start(store.threadAccess(), { kind: "write", from: 0, to: 100 }),
        start(store.threadAccess(), { kind: "write", from: 50, to: 150 }),
      ];
      const done = Promise.all(writers.map(answer));
      for (let i = 0; i < 100; i++) store.write([put(`own ${i}`, "v")]);
      assert.deepEqual(await done, ["done", "done"]);
      await Promise.all(writers.map((worker) => worker.terminate()));
      // The two wrote 50 of the same keys at once: each is there, once.
      assert.equal(store.range("blobs").length, 1 + 100 + 150);
      store.write([put("after", "v")]);
      assert.equal(store.get("blobs", bytes("after"))?.toString(), "v");
      await store.close();
    });

    for (const kind of ["read often", "write often"] as const)
      test(`a thread that is terminated in the midst of its work (${kind}) leaves the store sound`, async () => {
        const store = await open();
        store.write([put("k", "v")]);
        for (const delayMs of [0, 3, 11]) {
          const worker = start(store.threadAccess(), { kind });
          await answer(worker);
          await delay(delayMs);
          await store.pauseThreads(() => worker.terminate());
        }
        store.write([put("k", "w")]);
        assert.equal(store.get("blobs", bytes("k"))?.toString(), "w");
        // Of a batch that was cut short there is all or nothing.
        assert.equal(store.range("nodes").length % BATCH, 0);
        await store.close();
      });

    test("threads go on after a pause", async () => {
      const store = await open();
      store.write([put("k", "v")]);
      const worker = start(store.threadAccess(), { kind: "read often" });
      await answer(worker);
      assert.equal(await store.pauseThreads(() => delay(5, "paused")), "paused");
      const writer = start(store.threadAccess(), { kind: "write", from: 0, to: 3 });
      assert.equal(await answer(writer), "done");
      await store.pauseThreads(() => worker.terminate());
      await store.close();
    });

    test("closing the store while a thread reads gives the thread STORE_CLOSED", async () => {
      const store = await open();
      store.write([put("k", "v")]);
      const worker = start(store.threadAccess(), { kind: "read often" });
      await answer(worker);
      const refused = answer(worker);
      await store.close();
      assert.equal(await refused, "STORE_CLOSED");
    });
  });
}
