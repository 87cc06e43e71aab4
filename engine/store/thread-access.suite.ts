/** The law of thread access: a worker thread shares an open store, and its end leaves the store as it is. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import type { ObjectStore, StoreThreadAccess } from "./object-store.ts";

const bytes = (text: string) => Buffer.from(text);
const put = (key: string, value: string) =>
  ({ kind: "put", space: "blobs", key: bytes(key), value: bytes(value) }) as const;

export type ThreadTask =
  | { readonly kind: "read"; readonly key: string }
  | { readonly kind: "write"; readonly from: number; readonly to: number }
  | { readonly kind: "hammer" };

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
        start(store.threadAccess(), { kind: "write", from: 0, to: 500 }),
        start(store.threadAccess(), { kind: "write", from: 250, to: 750 }),
      ];
      const done = Promise.all(writers.map(answer));
      for (let i = 0; i < 500; i++) store.write([put(`own ${i}`, "v")]);
      assert.deepEqual(await done, ["done", "done"]);
      await Promise.all(writers.map((worker) => worker.terminate()));
      assert.equal(store.range("blobs").length, 1 + 500 + 750);
      store.write([put("after", "v")]);
      assert.equal(store.get("blobs", bytes("after"))?.toString(), "v");
      await store.close();
    });

    test("a thread that is terminated in the midst of its work leaves the store sound", async () => {
      const store = await open();
      store.write([put("k", "v")]);
      const worker = start(store.threadAccess(), { kind: "hammer" });
      await answer(worker);
      await worker.terminate();
      store.write([put("k", "w")]);
      assert.equal(store.get("blobs", bytes("k"))?.toString(), "w");
      await store.close();
    });

    test("closing the store while a thread reads gives the thread STORE_CLOSED", async () => {
      const store = await open();
      store.write([put("k", "v")]);
      const worker = start(store.threadAccess(), { kind: "hammer" });
      await answer(worker);
      const refused = answer(worker);
      await store.close();
      assert.equal(await refused, "STORE_CLOSED");
    });
  });
}
