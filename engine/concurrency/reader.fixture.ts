/** A reader of consistency.test.ts in a worker thread: looks again and again, and throws at the first broken promise. */
import { workerData } from "node:worker_threads";
import { Helios } from "../helios.ts";

export interface ReaderTask {
  readonly root: string;
  /** The last commit that the writer has acknowledged. */
  readonly acknowledged: Int32Array;
  readonly looks: number;
}

const { root, acknowledged, looks } = workerData as ReaderTask;
const reader = await Helios.open({ root, readOnly: true, consistency: "strong" });
let newest = 0;
for (let i = 0; i < looks; i++) {
  const least = Atomics.load(acknowledged, 0);
  const [main] = reader.refs();
  const seen = Number(main!.commit.slice(1));
  if (seen < least) throw new Error(`c${least} was acknowledged, c${seen} is visible`);
  if (seen < newest) throw new Error(`c${newest} was visible, now c${seen} is`);
  if (Buffer.from(reader.read(main!.snapshot, "step")!).toString() !== String(seen))
    throw new Error(`the state of c${seen} is not whole`);
  newest = seen;
}
await reader.close();
