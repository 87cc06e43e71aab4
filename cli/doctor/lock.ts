/**
 * Who has the store. The lock itself is the operating system's and ends with its holder; the file beside it only tells
 * who that is or was.
 */
import { join } from "node:path";
import { type Check, ok, warning } from "./check.ts";
import type { Machine } from "./machine.ts";

const WRITER_FILE = "writer.json";
/** The two times come from different clocks of the kernel, one of them counted in hundredths of a second. */
const TOLERANCE_MS = 2000;

export const lockCheck: Check = {
  id: "lock",
  title: "writer",
  run(machine, { root }) {
    const file = join(root, WRITER_FILE);
    const text = machine.readText(file);
    if (text === undefined) return ok("no process has the store open for writing");
    const pid = pidIn(text);
    if (pid === undefined)
      return warning(`${file} is not readable`, "remove it while no process has the store open");
    if (isHolder(machine, pid, file))
      return ok(`process ${pid} has the store open; a second writer waits or is refused`, { pid });
    return warning(
      `the last writer, process ${pid}, is gone and did not close the store`,
      "nothing is lost: the next opening reads the journal's end again, for instance `helios-cli stats`",
      { pid },
    );
  },
};

function pidIn(text: string): number | undefined {
  try {
    const { pid } = JSON.parse(text) as { pid?: unknown };
    return typeof pid === "number" && Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** A process that began after the file was written has the number of a dead one. */
function isHolder(machine: Machine, pid: number, file: string): boolean {
  if (!machine.alive(pid)) return false;
  const startedMs = machine.startedMs(pid);
  const writtenMs = machine.modifiedMs(file);
  return startedMs === undefined || writtenMs === undefined || startedMs <= writtenMs + TOLERANCE_MS;
}
