/** Runs the real command line in a process of its own, for tests of what a user sees. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("bin/helios-cli.js", import.meta.url));

export interface CliRun {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** HELIOS_STORE and HELIOS_AUTHOR are taken from `env` alone, so that a developer's own do not decide a test. */
export function spawnCli(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly nodeArgs?: readonly string[] },
): Promise<CliRun> {
  const { HELIOS_STORE: _store, HELIOS_AUTHOR: _author, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: "1", ...options.env };
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), bin, ...args], {
    cwd: options.cwd,
    env,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      resolve({ status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

/** The value a command printed under --json; throws with what it said instead when it failed. */
export async function spawnJson(
  args: readonly string[],
  options: Parameters<typeof spawnCli>[1],
): Promise<Record<string, unknown>> {
  const run = await spawnCli([...args, "--json"], options);
  if (run.status !== 0)
    throw new Error(
      `helios-cli ${args.join(" ")} ended with ${run.status}: ${run.stdout.toString()}${run.stderr}`,
    );
  return JSON.parse(run.stdout.toString()) as Record<string, unknown>;
}
