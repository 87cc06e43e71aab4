/**
 * The moment a scan begins, read from the clock that stamps files: that of the file system the store is on. A file is
 * made in the cache's folder for it, which also shows whether this file system changes a directory's time when a name
 * is added to it.
 */
import { closeSync, lstatSync, mkdirSync, openSync, fstatSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface ScanClock {
  /** Milliseconds since 1970. */
  readonly beganMs: number;
  /** Of the file system that was asked. */
  readonly device: number;
  /** Adding a name changed the time of its directory. */
  readonly stampsDirectories: boolean;
}

/** Cost: about 100 us. Fails where the folder cannot be made or written to. */
export function readScanClock(folder: string): ScanClock {
  mkdirSync(folder, { recursive: true });
  const probe = join(folder, `clock-${process.pid}.tmp`);
  rmSync(probe, { force: true });
  const before = lstatSync(folder).mtimeMs;
  const descriptor = openSync(probe, "w", 0o644);
  try {
    // A write, because some file systems stamp a file only when it has content.
    writeSync(descriptor, "clock");
    const { mtimeMs, dev } = fstatSync(descriptor);
    // Windows may put off the stamping of directories.
    const stampsDirectories = process.platform !== "win32" && lstatSync(folder).mtimeMs !== before;
    return { beganMs: mtimeMs, device: dev, stampsDirectories };
  } finally {
    closeSync(descriptor);
    rmSync(probe, { force: true });
  }
}
