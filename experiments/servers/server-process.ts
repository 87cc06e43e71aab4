/**
 * A throw-away server of one session: started on a free port with its data below the session's directory, charged to
 * the run, and gone when the run is gone.
 *
 * It is a direct child that is waited for, so its bytes and processor time are booked to the run's process as those of
 * any program are (`/proc/<pid>/io`, proc(5)). It stays in the process group of the run: whoever ends the run by its
 * group (a limit, Ctrl-C, a crashed runner) ends the server too, and the run's directory goes with its data. Beside
 * that a process that exits by itself kills what it still has running.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { HarnessError } from "@helios/harness";

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
}

export interface StartOptions {
  readonly title: string;
  /** What to call for a port. */
  readonly command: (port: number) => ServerCommand;
  /** Asked again and again until it answers true; what it throws is a "not yet". */
  readonly isReady: (port: number) => Promise<boolean>;
  /** The signal that asks for an orderly end. */
  readonly stopSignal: NodeJS.Signals;
}

/** A port that was free may be taken by another program before the server listens on it. */
const TRIES = 3;
const READY_SECONDS = 30;
const STOP_SECONDS = 60;
const ASK_EVERY_MS = 10;
const STDERR_KEPT_CHARACTERS = 1000;

const running = new Set<ChildProcess>();
let isExitWatched = false;

export class ServerProcess {
  readonly port: number;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #options: StartOptions;

  private constructor(child: ChildProcess, port: number, options: StartOptions) {
    this.#child = child;
    this.port = port;
    this.pid = child.pid as number;
    this.#options = options;
  }

  /** Resolves when the server answers. SUBJECT_UNAVAILABLE with its last words where it does not. */
  static async start(options: StartOptions): Promise<ServerProcess> {
    let said = "";
    for (let i = 0; i < TRIES; i++) {
      const port = await freePort();
      const { program, args } = options.command(port);
      const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
      watch(child);
      let stderr = "";
      child.stderr
        ?.setEncoding("utf8")
        .on("data", (text: string) => (stderr = (stderr + text).slice(-STDERR_KEPT_CHARACTERS)));
      child.on("error", (error) => (stderr = error.message));
      if (await becomesReady(child, () => options.isReady(port)))
        return new ServerProcess(child, port, options);
      await end(child, "SIGKILL");
      // What went wrong is told by events, the last of which may be yet to come.
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      said = stderr.trim() || `no answer within ${READY_SECONDS} s`;
    }
    throw new HarnessError(
      "SUBJECT_UNAVAILABLE",
      `${options.title} could not be started: ${said}`,
      "Start it by hand to see why, or name a running server (experiments/README.md, Servers).",
    );
  }

  /** Ends the server in order and waits for it: only then its bytes are booked. */
  async stop(): Promise<void> {
    if (await end(this.#child, this.#options.stopSignal)) return;
    throw new HarnessError(
      "SUBJECT_UNAVAILABLE",
      `${this.#options.title} did not end within ${STOP_SECONDS} s of ${this.#options.stopSignal}`,
      "Look for a full or very slow disk; the run is made again.",
    );
  }
}

function watch(child: ChildProcess): void {
  running.add(child);
  child.once("exit", () => running.delete(child));
  if (isExitWatched) return;
  isExitWatched = true;
  process.once("exit", () => {
    for (const one of running) one.kill("SIGKILL");
  });
}

/** Whether it ended in time; after that it is killed. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<boolean> {
  if (child.pid === undefined || hasEnded(child)) return true;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  let inTime = true;
  const limit = setTimeout(() => {
    inTime = false;
    child.kill("SIGKILL");
  }, STOP_SECONDS * 1000);
  await ended;
  clearTimeout(limit);
  return inTime;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function becomesReady(child: ChildProcess, isReady: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + READY_SECONDS * 1000;
  while (!hasEnded(child) && child.pid !== undefined && performance.now() < until) {
    if (await isReady().catch(() => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** The path of a program, or undefined. `alsoIn` are directories that packages use without putting them in PATH. */
export function findProgram(name: string, alsoIn: readonly string[] = []): string | undefined {
  const places = [...(process.env["PATH"] ?? "").split(delimiter), ...alsoIn];
  return places
    .map((place) => join(place, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Subdirectories of versions, the newest first: /usr/lib/postgresql/{17,15}/bin. */
export function versionDirectories(root: string, below: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, below));
}
