/**
 * Calls a program that nobody vouches for, and ends it: a limit of wall clock, of processor time and memory per process,
 * of file size and of output, and no network as far as environment and hooks reach.
 *
 * This is containment, not a sandbox. It keeps a test command that hangs, forks, floods its output or asks the network
 * from doing harm by accident. A program that means harm runs as the same user, can read what that user can read, can
 * open a socket by a language without a hook and can hide by clearing its environment. Put a container or a virtual
 * machine around what you do not trust.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

export interface ContainmentLimits {
  readonly wallClockSeconds: number;
  /** Of each process. Default: the wall clock's, rounded up, and one more. */
  readonly cpuSeconds?: number;
  /** Of each process: V8's heap, and address space beyond what a runtime reserves without using. Default 1024. */
  readonly memoryMiB?: number;
  /** Of each file written. Default 256. */
  readonly fileMiB?: number;
  /** Output beyond it ends the program. Default 16. */
  readonly outputMiB?: number;
  /** How much of the output is kept, half from its begin and half from its end. Default 65,536. */
  readonly keptCharacters?: number;
}

export type FiredLimit = "wall-clock" | "cpu" | "output";

export interface ContainedRun {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What ended it, where a limit did. */
  readonly fired?: FiredLimit;
  /** The shell or the program could not be started at all. */
  readonly notStarted?: string;
  /** Processes that were still there when the program had ended, and were ended. */
  readonly leftBehind: number;
  /** Both streams as they came; what was cut out is said where it was. */
  readonly output: string;
  readonly durationMs: number;
}

export interface ContainedOptions {
  readonly cwd: string;
  /** Home and temporary files of the program; not below `cwd`. */
  readonly homeDirectory: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly limits: ContainmentLimits;
  readonly signal?: AbortSignal;
}

/** Soft and hard limit of processor time apart, so that the signal tells which limit it was. */
const SHELL = `ulimit -c 0
ulimit -S -t "$1" 2>/dev/null && ulimit -H -t "$(($1 + 1))" 2>/dev/null
ulimit -v "$2" 2>/dev/null
ulimit -f "$3" 2>/dev/null
shift 3
exec "$@"`;

/**
 * What Node reserves of address space without using it (1.3 GiB in Node 24), with room for workers. WebAssembly, which
 * Node strips types with, would reserve 10 GiB for each memory: hence `--disable-wasm-trap-handler` below.
 */
const RESERVED_KIB = 4 * 1024 * 1024;
const MARKER = "HELIOS_CONTAINED_RUN";
const SWEEPS = 20;

/** Never rejects for what the program does; rejects with the signal's reason when aborted. */
export async function runContained(
  argv: readonly string[],
  options: ContainedOptions,
): Promise<ContainedRun> {
  const { cwd, limits, signal } = options;
  signal?.throwIfAborted();
  const { wallClockSeconds, cpuSeconds = Math.ceil(wallClockSeconds) + 1 } = limits;
  const { memoryMiB = 1024, fileMiB = 256, outputMiB = 16, keptCharacters = 65_536 } = limits;
  const marker = randomUUID();
  const begun = performance.now();
  const numbers = [cpuSeconds, RESERVED_KIB + memoryMiB * 1024, fileMiB * 2048].map(String);
  const child = spawn("/bin/sh", ["-c", SHELL, "sh", ...numbers, ...argv], {
    cwd,
    detached: true,
    env: {
      ...containedEnvironment(options.homeDirectory, memoryMiB),
      ...options.environment,
      [MARKER]: marker,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    const output = new BoundedOutput(keptCharacters);
    let fired: FiredLimit | undefined;
    let notStarted: string | undefined;
    let leftBehind = 0;
    const end = (limit?: FiredLimit): void => {
      fired ??= limit;
      leftBehind += endAll(child.pid, marker);
    };
    const timer = setTimeout(() => end("wall-clock"), wallClockSeconds * 1000);
    const abort = (): void => end();
    signal?.addEventListener("abort", abort, { once: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output.add(text);
        if (output.characters > outputMiB * 1024 * 1024 && fired === undefined) end("output");
      });
    }
    child.on("error", (error) => (notStarted = error.message));
    // Not `close` alone: a process left behind may hold the pipes open for ever.
    child.on("exit", () => {
      end();
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 1000).unref();
    });
    child.on("close", (exitCode, by) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      if (signal?.aborted) return reject(signal.reason as Error);
      if (by === "SIGXCPU" || exitCode === 128 + SIGXCPU) fired ??= "cpu";
      resolve({
        exitCode,
        signal: by,
        ...(fired === undefined ? {} : { fired }),
        ...(notStarted === undefined ? {} : { notStarted }),
        // Those that a limit ended were no leftovers.
        leftBehind: fired === undefined ? leftBehind : 0,
        output: output.text(),
        durationMs: performance.now() - begun,
      });
    });
  });
}

/** Its number on Linux and on macOS. */
const SIGXCPU = 24;

/** What a program finds around itself: nothing of this process's environment but where programs are. */
function containedEnvironment(homeDirectory: string, memoryMiB: number): Record<string, string> {
  const nowhere = "http://127.0.0.1:9";
  const hooks = join(import.meta.dirname, "containment");
  return {
    PATH: [dirname(process.execPath), process.env["PATH"] ?? "/usr/bin:/bin"].join(delimiter),
    HOME: homeDirectory,
    TMPDIR: homeDirectory,
    NO_COLOR: "1",
    ...Object.fromEntries(
      ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].map((name) => [
        name,
        nowhere,
      ]),
    ),
    NODE_OPTIONS: `--import=${pathToFileURL(join(hooks, "refuse-network.mjs")).href} --max-old-space-size=${memoryMiB} --disable-wasm-trap-handler`,
    PYTHONPATH: hooks,
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** Ends the group, and whatever left the group but kept the environment. Returns how many were found to end. */
function endAll(pid: number | undefined, marker: string): number {
  let ended = 0;
  if (pid !== undefined) {
    try {
      process.kill(-pid, "SIGKILL");
      ended++;
    } catch {
      // ESRCH: nobody of the group is left.
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const found = processesWith(`${MARKER}=${marker}`);
    if (found.length === 0) break;
    for (const each of found) {
      try {
        process.kill(each, "SIGKILL");
        ended++;
      } catch {
        // It ended by itself.
      }
    }
  }
  return ended;
}

/** By /proc, hence on Linux only; elsewhere the group alone is ended. */
function processesWith(variable: string): number[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // A process that was ended but not yet waited for has no environment any more.
        return readFileSync(`/proc/${name}/environ`, "latin1").includes(variable);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The begin and the end of a text that may be endless. */
class BoundedOutput {
  readonly #half: number;
  #head = "";
  #tail = "";
  characters = 0;

  constructor(keptCharacters: number) {
    this.#half = Math.max(1, Math.floor(keptCharacters / 2));
  }

  add(text: string): void {
    this.characters += text.length;
    const room = this.#half - this.#head.length;
    this.#head += text.slice(0, room);
    if (text.length > room) this.#tail = (this.#tail + text.slice(Math.max(0, room))).slice(-this.#half);
  }

  text(): string {
    const cut = this.characters - this.#head.length - this.#tail.length;
    return cut > 0
      ? `${this.#head}\n[${cut} characters left out]\n${this.#tail}`
      : `${this.#head}${this.#tail}`;
  }
}
