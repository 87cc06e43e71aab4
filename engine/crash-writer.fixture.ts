/**
 * The victim of crash.test.ts: commits as fast as it can and, after each acknowledgement, says so in a file with one
 * write call. Content is a function of seed and step, so that the survivors can be checked.
 */
import { openSync, writeSync } from "node:fs";
import { Helios } from "./index.ts";

const [root, acknowledged, seed] = process.argv.slice(2) as [string, string, string];
const helios = await Helios.open({ root });
const fd = openSync(acknowledged, "a");
const vst = helios.checkout("main");
for (let step = 0; ; step++) {
  vst.write(`dir-${step % 7}/file-${step % 31}`, `${seed}/${step} `.repeat(20));
  vst.write("step", `${seed}/${step}`);
  const { id } = vst.commit(`${seed}/${step}`);
  writeSync(fd, `${id} ${seed}/${step}\n`);
  // Checkpoints of every age are among the moments at which it may die.
  if (step % 97 === 96) await helios.checkpoint();
}
