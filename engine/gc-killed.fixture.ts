/** Collects a store and dies of SIGKILL in front of its n-th change; ends with status 0 when there are fewer. */
import { collectGarbage } from "./gc.ts";

const { root, dieAt, nowMs } = JSON.parse(process.argv[2]!) as { root: string; dieAt: number; nowMs: number };
let steps = 0;
await collectGarbage({
  root,
  graceMs: 0,
  nowMs,
  onStep: () => {
    if (++steps !== dieAt) return;
    process.kill(process.pid, "SIGKILL");
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
