/** The victim of consistency.test.ts: commits as fast as it can and writes down what was acknowledged, until killed. */
import { setTimeout as delay } from "node:timers/promises";
import type { Consistency } from "../consistency.ts";
import { Helios, type OpenOptions } from "../helios.ts";
import { AcknowledgementWriter, nowMs } from "./acknowledgements.fixture.ts";

const [root, acknowledged, consistency, l2] = process.argv.slice(2) as [string, string, string, string];
const helios = await Helios.open({
  root,
  l2: l2 as NonNullable<OpenOptions["l2"]>,
  consistency: JSON.parse(consistency) as Consistency,
  // Checkpoints of the background are among what readers meet.
  checkpointCommits: 200,
});
const vst = helios.checkout("main");
const acknowledgements = new AcknowledgementWriter(acknowledged);
for (let step = 1; ; step++) {
  const begunMs = nowMs();
  vst.write("step", String(step));
  vst.write(`file-${step % 50}`, `content of ${step} `.repeat(8));
  const { commit } = vst.commit();
  acknowledgements.write({ sequence: Number(commit.slice(1)), begunMs, returnedMs: nowMs() });
  // Bursts of different length: readers get a chance to catch up, timers and the background's answers their turn.
  if (step % (3 + (step % 40)) === 0) await delay(1);
}
