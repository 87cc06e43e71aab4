/**
 * Preloaded into every thread of a program under test: sends the process a signal at an exact system call, so that an
 * interruption in the middle of the work is not a matter of luck. SIGNAL_AT is `<signal> <call> <number>`; calls are
 * `read` (a file of the work directory is opened), `write` (a file of the output is made), `rename`.
 */
import fs, { constants } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const [signal, call, number] = (process.env["SIGNAL_AT"] ?? "").split(" ");
let seen = 0;

function met(kind: string): void {
  if (kind !== call || ++seen !== Number(number)) return;
  process.kill(process.pid, signal);
  // The first thread hears of it when it gets a processor; this one is not to be done by then.
  if (!isMainThread) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
}

const { openSync, renameSync } = fs;

fs.openSync = (path, flags, mode) => {
  const isRead = typeof flags === "number" && (flags & constants.O_DIRECTORY) === 0;
  if (isRead && (flags & constants.O_NOFOLLOW) !== 0) met("read");
  if (flags === "wx") met("write");
  return openSync(path, flags, mode);
};
fs.renameSync = (from, to) => {
  met("rename");
  renameSync(from, to);
};
syncBuiltinESMExports();
