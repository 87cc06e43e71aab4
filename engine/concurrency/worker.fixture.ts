/**
 * A worker of workers.test.ts: adds to counters that others add to as well, through the port it was given, and tries
 * states on forks of its own in between, as a search would.
 */
import { type MessagePort, workerData } from "node:worker_threads";
import { HeliosError } from "../errors.ts";
import { connect, type RemoteHelios, type RemoteVst } from "./connect.ts";

export interface WorkerTask {
  readonly port: MessagePort;
  readonly name: string;
  readonly increments: number;
}

const { port, name, increments } = workerData as WorkerTask;
const store = connect(port);

for (let i = 0; i < increments; i++) {
  await increment(store);
  await tryState(await store.checkout("main"), i);
}
store.close();

async function increment(helios: RemoteHelios): Promise<void> {
  for (;;) {
    const vst = await helios.checkout("main");
    const counter = await count(vst, "counter");
    if (counter !== (await count(vst, "copy"))) throw new Error("half a state was read");
    const mine = await count(vst, `by/${name}`);
    const next = String(counter + 1);
    await vst.apply([
      { path: "counter", content: next },
      { path: "copy", content: next },
      { path: `by/${name}`, content: String(mine + 1) },
    ]);
    try {
      await vst.commit(name);
      return;
    } catch (error) {
      if (!(error instanceof HeliosError) || error.code !== "REF_MOVED") throw error;
    } finally {
      vst.release();
    }
  }
}

/** A fork and a commit that nobody else sees, and the same state again: the same id. */
async function tryState(vst: RemoteVst, step: number): Promise<void> {
  const fork = await vst.fork();
  const content = `${name} ${step}`;
  await fork.write("try", content);
  const { id } = await fork.commit();
  const again = await vst.fork();
  await again.write("try", content);
  if ((await again.commit()).id !== id) throw new Error("equal states have different ids");
  if ((await vst.has("try")) || Buffer.from((await fork.read("try"))!).toString() !== content)
    throw new Error("a fork is not its own");
  for (const each of [fork, again, vst]) each.release();
}

async function count(vst: RemoteVst, path: string): Promise<number> {
  const bytes = await vst.read(path);
  return bytes === undefined ? 0 : Number(Buffer.from(bytes).toString());
}
