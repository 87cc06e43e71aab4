/**
 * Where a run happened. Absolute times mean nothing without it, and two reports with different environments are
 * compared as cross-run or not at all.
 */
import { execFileSync } from "node:child_process";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import type { Environment } from "./results.ts";
import { filesystemType } from "./io-accounting.ts";
import { describeFrequency } from "./machine.ts";

export interface EnvironmentOptions {
  /** Where the runs will write; its file system is what matters. */
  readonly directory: string;
  readonly heliosVersion: string;
  /** Root of the measured source; its revision is recorded when it is a Git checkout. */
  readonly sourceRoot?: string;
  /** Versions of programs the subjects call, e.g. `{ git: "2.39.5" }`. */
  readonly tools?: Readonly<Record<string, string>>;
  readonly now?: () => Date;
}

export function recordEnvironment(options: EnvironmentOptions): Environment {
  const { now = () => new Date(), tools = {}, sourceRoot } = options;
  const revision = sourceRoot === undefined ? undefined : sourceRevision(sourceRoot);
  const frequency = describeFrequency();
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  return {
    format: "helios-environment/1",
    recordedAt: now().toISOString(),
    heliosVersion: options.heliosVersion,
    ...(revision ? { revision } : {}),
    node: process.version,
    platform: `${platform()}-${arch()}`,
    kernel: release(),
    cpuModel: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    filesystem: filesystemType(options.directory),
    loadAverage: [one, five, fifteen],
    ...(frequency === undefined ? {} : { frequency }),
    tools: { v8: process.versions.v8, uv: process.versions.uv, ...tools },
  };
}

/** What must be equal for numbers to come from one environment, with the words for it. */
const COMPARED: readonly (readonly [string, (environment: Environment) => unknown])[] = [
  ["Helios", (it) => it.heliosVersion],
  ["revision", (it) => it.revision && `${it.revision.commit}${it.revision.clean ? "" : " with changes"}`],
  ["Node", (it) => it.node],
  ["platform", (it) => it.platform],
  ["kernel", (it) => it.kernel],
  ["processor", (it) => it.cpuModel],
  ["cores", (it) => it.cores],
  ["file system", (it) => it.filesystem],
  ["tools", (it) => JSON.stringify(Object.entries(it.tools ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))],
];

/** In what two environments differ, e.g. `Node v24.1.0 and v24.18.1`; empty where numbers may stand side by side. */
export function environmentDifferences(
  a: Environment,
  b: Environment,
  except: readonly string[] = [],
): string[] {
  return COMPARED.filter(([name]) => !except.includes(name)).flatMap(([name, of]) =>
    String(of(a)) === String(of(b)) ? [] : [`${name} ${String(of(a))} and ${String(of(b))}`],
  );
}

/** HEAD and whether the tree equals it; undefined outside a Git checkout or without Git. */
export function sourceRevision(root: string): { commit: string; clean: boolean } | undefined {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", root, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 64 << 20,
      env: withoutGitVariables(process.env),
    });
  try {
    return { commit: git("rev-parse", "HEAD").trim(), clean: git("status", "--porcelain").length === 0 };
  } catch {
    return undefined;
  }
}

/**
 * The environment without GIT_* variables. Inside a Git hook they name the outer repository, and any Git called
 * there would work on it instead of the directory it was given.
 */
export function withoutGitVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("GIT_")));
}
