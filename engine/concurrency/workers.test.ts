/** Real worker threads on one store, all moving one ref: nothing is lost, nothing is read in half. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import { Helios } from "../index.ts";
import { serve } from "./serve.ts";
import type { WorkerTask } from "./worker.fixture.ts";

const WORKERS = 4;
/** HELIOS_STRESS=1000 makes this a stress run of minutes. */
const INCREMENTS = 40 * Number(process.env["HELIOS_STRESS"] ?? 1);

async function runWorker(helios: Helios, name: string): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  serve(helios, port1);
  const task: WorkerTask = { port: port2, name, increments: INCREMENTS };
  const worker = new Worker(new URL("./worker.fixture.ts", import.meta.url), {
    workerData: task,
    transferList: [port2],
  });
  const [status] = (await once(worker, "exit")) as [number];
  assert.equal(status, 0, `${name} ended with ${status}`);
}

test(`${WORKERS} workers make ${INCREMENTS} increments each on one ref`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "helios-workers-"));
  try {
    const root = join(folder, "store");
    const helios = await Helios.open({ root });
    helios.checkout("main").commit("base");
    const names = Array.from({ length: WORKERS }, (_, i) => `worker-${i}`);
    await Promise.all(names.map((name) => runWorker(helios, name)));
    await helios.close();

    // Again from disk: what the owner acknowledged to a worker is as safe as its own commits.
    const again = await Helios.open({ root });
    const main = again.checkout("main");
    const count = (path: string) => Number(Buffer.from(main.read(path)!).toString());
    assert.equal(count("counter"), WORKERS * INCREMENTS);
    for (const name of names) assert.equal(count(`by/${name}`), INCREMENTS, name);
    const line = again.log();
    assert.equal(line.length, WORKERS * INCREMENTS + 1);
    await again.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
