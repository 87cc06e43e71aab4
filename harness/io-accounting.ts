/**
 * How many bytes a run wrote, told by the kernel and not by whoever is measured.
 *
 * `/proc/self/io` counts the process and those of its children that it has waited for (proc(5)); a run in a
 * process of its own can therefore charge a subject that works through child processes (the Git command line)
 * and one that works in process (an embedded engine) in the same way. Page counters mean nothing on a file
 * system in memory: it is refused there, with the reason and without a number.
 */
import { lstatSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { IoMeasures } from "./results.ts";
import { HarnessError } from "./errors.ts";

/** Counters of `/proc/<pid>/io`, bytes. */
export interface ProcessIo {
  readonly rchar: number;
  readonly wchar: number;
  readonly writeBytes: number;
  readonly cancelledWriteBytes: number;
}

export type IoAvailability =
  | { readonly kind: "available"; readonly filesystem: string }
  | { readonly kind: "unavailable"; readonly filesystem: string; readonly reason: string };

/** Where writes reach no storage, so that `write_bytes` stays 0 whatever is written. */
const MEMORY_FILESYSTEMS = new Set(["tmpfs", "ramfs", "devtmpfs"]);

/** Text of `/proc/<pid>/io` as numbers. */
export function parseProcessIo(text: string): ProcessIo {
  const field = (name: string): number => {
    const found = new RegExp(`^${name}: (\\d+)$`, "m").exec(text);
    if (!found) throw new Error(`/proc/<pid>/io has no field ${name}`);
    return Number(found[1]);
  };
  return {
    rchar: field("rchar"),
    wchar: field("wchar"),
    writeBytes: field("write_bytes"),
    cancelledWriteBytes: field("cancelled_write_bytes"),
  };
}

/**
 * Type of the file system a directory lies on, e.g. `ext4`; `unknown` without /proc. Of the mount points that
 * are a prefix of the directory the longest counts, and of equal ones the last, which lies on top.
 */
export function filesystemType(
  directory: string,
  mountinfo = readOrUndefined("/proc/self/mountinfo") ?? "",
): string {
  const real = realpathSync(directory);
  let longest = -1;
  let type = "unknown";
  for (const line of mountinfo.split("\n")) {
    // proc(5): ... (5) mount point ... then " - " and the type, after a variable number of optional fields.
    const [before, after] = line.split(" - ");
    const mountPoint = before?.split(" ")[4];
    if (mountPoint === undefined || after === undefined) continue;
    const path = mountPoint.replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(parseInt(octal, 8)),
    );
    const covers = real === path || real.startsWith(path.endsWith("/") ? path : `${path}/`);
    if (covers && path.length >= longest) {
      longest = path.length;
      type = after.split(" ")[0] ?? "unknown";
    }
  }
  return type;
}

/** Whether bytes can be counted for a run that writes below `directory`. */
export function ioAvailability(directory: string): IoAvailability {
  const filesystem = filesystemType(directory);
  if (MEMORY_FILESYSTEMS.has(filesystem)) {
    const reason = `${directory} is on ${filesystem}, where write_bytes is always 0`;
    return { kind: "unavailable", filesystem, reason };
  }
  if (readOrUndefined("/proc/self/io") === undefined) {
    const reason = "this system has no readable /proc/self/io";
    return { kind: "unavailable", filesystem, reason };
  }
  return { kind: "available", filesystem };
}

/** Throws IO_ACCOUNTING_UNAVAILABLE where bytes cannot be counted. */
export function requireIoAccounting(directory: string): void {
  const availability = ioAvailability(directory);
  if (availability.kind === "available") return;
  throw new HarnessError(
    "IO_ACCOUNTING_UNAVAILABLE",
    availability.reason,
    "Choose an output directory on a disk (ext4, xfs, btrfs ...) of a Linux machine.",
  );
}

/**
 * Bytes of blocks allocated to a tree, hard links counted once, symbolic links not followed. About 5 us per
 * entry. Reads metadata only, so it does not disturb the other measures.
 */
export function allocatedBytes(directory: string): number {
  const linked = new Set<string>();
  let blocks = 0;
  const visit = (path: string): void => {
    const stat = lstatSync(path);
    if (stat.nlink > 1 && !stat.isDirectory()) {
      const identity = `${stat.dev}:${stat.ino}`;
      if (linked.has(identity)) return;
      linked.add(identity);
    }
    blocks += stat.blocks;
    if (stat.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
  };
  visit(directory);
  // st_blocks counts units of 512 bytes, whatever the file system's block size (stat(2)).
  return blocks * 512;
}

/** Counts the bytes between `start` and `stop`, for this process, its waited-for children and one directory. */
export class IoMeter {
  readonly #directory: string;
  #from: ProcessIo | undefined;
  #allocatedFrom = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Call when no child is running: a child's bytes are booked when it is waited for. */
  start(): void {
    this.#allocatedFrom = allocatedBytes(this.#directory);
    this.#from = readProcessIo();
  }

  stop(): IoMeasures {
    // Counters first: walking the tree must not be charged to the subject.
    const to = readProcessIo();
    const from = this.#from;
    if (from === undefined) throw new Error("the meter was not started");
    const storage = (io: ProcessIo): number => io.writeBytes - io.cancelledWriteBytes;
    return {
      wcharBytes: to.wchar - from.wchar,
      rcharBytes: to.rchar - from.rchar,
      storageBytes: storage(to) - storage(from),
      allocatedBytes: allocatedBytes(this.#directory) - this.#allocatedFrom,
    };
  }
}

function readProcessIo(): ProcessIo {
  return parseProcessIo(readFileSync("/proc/self/io", "utf8"));
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
