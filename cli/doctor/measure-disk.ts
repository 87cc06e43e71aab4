/**
 * Times what an acknowledged commit costs the disk: appending a record (class `process`), and appending one and forcing
 * it to stable storage (class `power`). Real calls on a real file, like the journal's own, in a fraction of a second.
 */
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface DiskSpeed {
  readonly appendP50Us: number;
  readonly syncP50Us: number;
  readonly syncP95Us: number;
  readonly syncs: number;
}

/** A commit of one small change is a record of about this size. */
const RECORD_BYTES = 1024;
const APPENDS = 500;
const SYNCS_MAX = 50;
/** A disk that needs longer than this for a few syncs has been understood. */
const SYNC_BUDGET_MS = 1500;

export function measureDisk(directory: string): DiskSpeed {
  const file = join(directory, `.helios-doctor-${process.pid}`);
  const fd = openSync(file, "wx");
  try {
    // Whatever ends this process from here on, nothing is left behind.
    unlinkSync(file);
    const record = Buffer.alloc(RECORD_BYTES, "helios");
    const append = () => void writeSync(fd, record);
    const appends = Array.from({ length: APPENDS }, () => timeUs(append));
    const syncs: number[] = [];
    const deadline = Date.now() + SYNC_BUDGET_MS;
    while (syncs.length < SYNCS_MAX && (syncs.length < 5 || Date.now() < deadline))
      syncs.push(
        timeUs(() => {
          append();
          fdatasyncSync(fd);
        }),
      );
    return {
      appendP50Us: quantile(appends, 0.5),
      syncP50Us: quantile(syncs, 0.5),
      syncP95Us: quantile(syncs, 0.95),
      syncs: syncs.length,
    };
  } finally {
    closeSync(fd);
  }
}

function timeUs(work: () => void): number {
  const started = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - started) / 1000;
}

/** Nearest rank. */
function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}
