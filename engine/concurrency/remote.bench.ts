/** What a trip to the owner of a store costs, beside the same work on the owner itself. */
import { MessageChannel, Worker, type MessagePort, isMainThread, workerData } from "node:worker_threads";
import { once } from "node:events";
import { Helios } from "../index.ts";
import { connect } from "./connect.ts";
import { serve } from "./serve.ts";

export interface RemoteCost {
  readonly operation: string;
  readonly p50Us: number;
  readonly p95Us: number;
}

interface BenchData {
  readonly port: MessagePort;
  readonly results: MessagePort;
  readonly trips: number;
}

/** Round trips from a worker thread to this one, and reads without a trip. */
export async function remoteCosts(trips: number): Promise<RemoteCost[]> {
  const helios = await Helios.open({ root: "", l2: "memory" });
  const vst = helios.checkout("main");
  vst.write("a", "x".repeat(1024));
  vst.commit();
  const here = cost("read on the owner, 1 KB", await timed(trips, () => Promise.resolve(vst.read("a"))));
  const [store, results] = [new MessageChannel(), new MessageChannel()];
  serve(helios, store.port1);
  const data: BenchData = { port: store.port2, results: results.port2, trips };
  const worker = new Worker(new URL(import.meta.url), {
    workerData: data,
    transferList: [store.port2, results.port2],
  });
  const [costs] = (await once(results.port1, "message")) as [RemoteCost[]];
  await worker.terminate();
  results.port1.close();
  await helios.close();
  return [here, ...costs];
}

async function inWorker({ port, results, trips }: BenchData): Promise<void> {
  const vst = await connect(port).checkout("main");
  let n = 0;
  results.postMessage([
    cost("read over the port, 1 KB", await timed(trips, () => vst.read("a"))),
    cost("write + commit over the port", await timed(trips, () => commitOnce())),
  ]);

  async function commitOnce(): Promise<unknown> {
    // Not waited for: the order of requests is kept.
    const written = vst.write("n", String(n++));
    const committed = await vst.commit();
    await written;
    return committed;
  }
}

async function timed(times: number, work: () => Promise<unknown>): Promise<Float64Array> {
  const samples = new Float64Array(times);
  for (let i = 0; i < times; i++) {
    const started = process.hrtime.bigint();
    await work();
    samples[i] = Number(process.hrtime.bigint() - started) / 1000;
  }
  return samples.sort();
}

function cost(operation: string, sorted: Float64Array): RemoteCost {
  const at = (q: number) => sorted[Math.ceil(q * sorted.length) - 1]!;
  return { operation, p50Us: at(0.5), p95Us: at(0.95) };
}

if (!isMainThread && (workerData as BenchData | null)?.trips !== undefined)
  await inWorker(workerData as BenchData);
else if (process.argv[1] === import.meta.filename)
  for (const { operation, p50Us, p95Us } of await remoteCosts(20_000))
    console.log(`${operation.padEnd(32)} p50 ${p50Us.toFixed(1)} us  p95 ${p95Us.toFixed(1)} us`);
