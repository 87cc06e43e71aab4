import { type Check, ok, problem, warning } from "./check.ts";
import { nearestDirectory } from "./machine.ts";

/** Above this the system call alone takes most of the 70 us that a commit of class `process` may. */
const SLOW_APPEND_US = 50;
/** Spinning disks and congested network volumes; a solid-state disk with a volatile cache stays below. */
const SLOW_SYNC_US = 10_000;
/** No device acknowledges a flush this fast; the call is ignored somewhere (libeatmydata, an unsafe disk cache). */
const IGNORED_SYNC_US = 6;

export const diskSpeedCheck: Check = {
  id: "disk-speed",
  title: "disk",
  run(machine, place) {
    const directory = nearestDirectory(machine, place.root);
    if (!machine.writable(directory))
      return warning(
        `not measured: ${directory} cannot be written`,
        "choose a directory that you may write to",
      );
    const speed = machine.measureDisk(directory);
    const facts = { directory, ...speed };
    const power = `a commit of class \`power\` takes about ${us(speed.syncP50Us)} (P95 ${us(speed.syncP95Us)})`;
    const found = `appending 1 KB takes ${us(speed.appendP50Us)} (P50); ${power}`;
    if (!Number.isFinite(speed.syncP50Us)) return problem("could not be measured", "check the disk", facts);
    if (speed.appendP50Us > SLOW_APPEND_US)
      return warning(
        `${found}: slow even without syncing`,
        "put the store on a local disk, or stop what else writes to this one",
        facts,
      );
    if (speed.syncP50Us > SLOW_SYNC_US)
      return warning(
        `${found}: slow to sync`,
        "use class `process`, commit several changes at once, or put the store on a solid-state disk",
        facts,
      );
    if (speed.syncP50Us < IGNORED_SYNC_US)
      return warning(
        `${found}: too fast to be true, something ignores fdatasync`,
        "do not rely on class `power` here",
        facts,
      );
    return ok(found, facts);
  },
};

function us(value: number): string {
  return value < 1000 ? `${value.toFixed(value < 10 ? 1 : 0)} us` : `${(value / 1000).toFixed(1)} ms`;
}
