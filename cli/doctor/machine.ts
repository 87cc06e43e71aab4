/**
 * What the checks ask of the machine they run on. One interface, so that a test can hand them a machine with a network
 * disk, two megabytes of memory or a native library that crashes, none of which can be arranged for real.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { measureDisk, type DiskSpeed } from "./measure-disk.ts";

export type BackendKind = "rocksdb" | "lmdb";

/** How trying a backend in a process of its own ended. */
export type BackendProbe =
  | { readonly kind: "works"; readonly used: string; readonly l1CapacityBytes: number }
  | { readonly kind: "refused"; readonly code: string; readonly reason: string }
  | { readonly kind: "died"; readonly how: string };

export interface FileSystemFacts {
  /** The kernel's magic number of the type (statfs(2)). */
  readonly type: number;
  readonly availableBytes: number;
  readonly inodes: number;
  readonly freeInodes: number;
}

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  /** Without the leading `v`. */
  readonly nodeVersion: string;
  readonly processors: number;
  /** Of the machine, or of the container's limit where that is lower. */
  readonly totalMemoryBytes: number;
  readonly availableMemoryBytes: number;
  /** Text of a file, or undefined where it cannot be read. */
  readText(path: string): string | undefined;
  /** Names in a directory; empty where there is none. */
  list(directory: string): readonly string[];
  exists(path: string): boolean;
  writable(directory: string): boolean;
  fileSystem(directory: string): FileSystemFacts;
  measureDisk(directory: string): DiskSpeed;
  /** Smallest step of the clock that Helios measures with, in nanoseconds. */
  clockStepNs(): number;
  /** Whether a process with this id exists. */
  alive(pid: number): boolean;
  /** When it began, in milliseconds since 1970; undefined where that is not known. */
  startedMs(pid: number): number | undefined;
  /** When a file was last written. */
  modifiedMs(path: string): number | undefined;
  /** Path of a program found through PATH. */
  program(name: string): string | undefined;
  /** Makes a store with the backend, commits and reads back; in a child process, which a bad native part may crash. */
  probeBackend(kind: BackendKind): Promise<BackendProbe>;
}

const CLOCK_SAMPLES = 2000;
const PROBE_TIMEOUT_MS = 30_000;

/** `nodeArguments` go to the processes that try the backends; tests break one in this way. */
export function thisMachine(nodeArguments: readonly string[] = []): Machine {
  return {
    platform: process.platform,
    architecture: process.arch,
    nodeVersion: process.versions.node,
    processors: availableParallelism(),
    totalMemoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
    availableMemoryBytes: process.availableMemory(),
    readText,
    list: (directory) => (existsSync(directory) ? readdirSync(directory) : []),
    exists: existsSync,
    writable,
    fileSystem,
    measureDisk,
    clockStepNs,
    alive,
    startedMs,
    modifiedMs: (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs,
    program,
    probeBackend: (kind) => probeBackend(kind, nodeArguments),
  };
}

/** The directory itself or the nearest one above it that exists. */
export function nearestDirectory(machine: Pick<Machine, "exists">, path: string): string {
  let folder = path;
  while (!machine.exists(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function writable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function fileSystem(directory: string): FileSystemFacts {
  const { type, bsize, bavail, files, ffree } = statfsSync(directory);
  // The kernel's word is signed on some machines.
  return { type: type >>> 0, availableBytes: bavail * bsize, inodes: files, freeInodes: ffree };
}

function clockStepNs(): number {
  let least = Infinity;
  let before = process.hrtime.bigint();
  for (let i = 0; i < CLOCK_SAMPLES; i++) {
    const now = process.hrtime.bigint();
    if (now > before) least = Math.min(least, Number(now - before));
    before = now;
  }
  return least;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, but is there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** proc_pid_stat(5): field 22 counts hundredths of a second (USER_HZ) since the machine began. */
function startedMs(pid: number): number | undefined {
  // The program's name, in brackets, may hold anything.
  const fields = readText(`/proc/${pid}/stat`)
    ?.replace(/^.*\)\s/s, "")
    .split(" ");
  const bootedSeconds = /^btime (\d+)$/m.exec(readText("/proc/stat") ?? "")?.[1];
  const ticks = fields?.[22 - 3];
  return ticks === undefined || bootedSeconds === undefined
    ? undefined
    : Number(bootedSeconds) * 1000 + Number(ticks) * 10;
}

function program(name: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter).filter(Boolean)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/**
 * The whole road of a user: make, commit, close, open, read. Printing the outcome is the last step, so a process that
 * dies on the way has printed nothing.
 */
function probeScript(kind: BackendKind): string {
  return `
    import { mkdtempSync, rmSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    const home = mkdtempSync(join(tmpdir(), "helios-doctor-"));
    let outcome;
    try {
      const { Helios } = await import(${JSON.stringify(import.meta.resolve("@helios/engine"))});
      const open = () => Helios.open({ root: join(home, "store"), l2: ${JSON.stringify(kind)} });
      const first = await open();
      const vst = first.checkout("main");
      vst.write("a", "content");
      const { id } = vst.commit();
      await first.checkpoint();
      await first.close();
      const second = await open();
      const text = Buffer.from(second.read(id, "a")).toString();
      const stats = second.stats();
      await second.close();
      outcome = text === "content"
        ? { kind: "works", used: stats.l2, l1CapacityBytes: stats.l1.capacityBytes }
        : { kind: "refused", code: "OBJECT_CORRUPT", reason: "what was read back is not what was written" };
    } catch (error) {
      const cause = error?.cause instanceof Error ? ": " + error.cause.message.split("\\n")[0] : "";
      outcome = { kind: "refused", code: String(error?.code ?? error?.name), reason: String(error?.message ?? error) + cause };
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
    process.stdout.write(JSON.stringify(outcome));
  `;
}

function probeBackend(kind: BackendKind, nodeArguments: readonly string[]): Promise<BackendProbe> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [...nodeArguments, "--input-type=module", "--eval", probeScript(kind)],
      {
        stdio: ["ignore", "pipe", "ignore"],
        timeout: PROBE_TIMEOUT_MS,
        killSignal: "SIGKILL",
      },
    );
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    child.on("error", (error) => resolve({ kind: "died", how: error.message }));
    child.on("close", (status, signal) => {
      const how = signal === null ? `it ended with status ${status}` : `it was ended by ${signal}`;
      resolve(status === 0 ? (parseProbe(printed) ?? { kind: "died", how }) : { kind: "died", how });
    });
  });
}

function parseProbe(printed: string): BackendProbe | undefined {
  try {
    return JSON.parse(printed) as BackendProbe;
  } catch {
    return undefined;
  }
}
