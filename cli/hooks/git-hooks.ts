/**
 * Hooks in a Git repository: written, taken away, looked at. A hook of somebody else is kept and runs first; nothing of
 * somebody else is overwritten unless that is asked for, and even then it is put aside.
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { CliError } from "../errors.ts";
import {
  chainedName,
  hookNames,
  hookScript,
  originOf,
  type HookName,
  type ProgramPlace,
} from "./hook-script.ts";

const runFile = promisify(execFile);

export type HookState = "installed" | "outdated" | "changed" | "foreign" | "missing";

export interface HookReport {
  readonly hook: HookName;
  readonly path: string;
  readonly state: HookState;
  /** Whether a hook that was there before runs first. */
  readonly chained: boolean;
}

export interface Repository {
  readonly hooks: string;
  /** Where the directory of hooks is set, if not by Git's default: `local`, `worktree`, `global`, `system`, `command`. */
  readonly scope: string | undefined;
}

/** @throws CliError `HOOKS_NO_CHECKOUT` outside of a checkout. */
export async function openRepository(directory: string): Promise<Repository> {
  const inside = await git(directory, ["rev-parse", "--is-inside-work-tree"]);
  if (inside !== "true")
    throw new CliError(
      "HOOKS_NO_CHECKOUT",
      `${directory} is in no Git checkout`,
      "name a directory inside of one (git init makes one)",
    );
  const top = (await git(directory, ["rev-parse", "--show-toplevel"])) ?? directory;
  // Git's own answer: it knows core.hooksPath, worktrees and submodules. Relative ones start where hooks run.
  const hooks = (await git(top, ["rev-parse", "--git-path", "hooks"])) ?? ".git/hooks";
  const setting = await git(top, ["config", "--show-scope", "--get", "core.hooksPath"]);
  return { hooks: path.resolve(top, hooks), scope: setting?.split(/\s/)[0] };
}

async function git(directory: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await runFile("git", [...args], { cwd: directory })).stdout.trim();
  } catch {
    return undefined;
  }
}

export async function hookReports(repository: Repository, program: ProgramPlace): Promise<HookReport[]> {
  return await Promise.all(hookNames.map((hook) => reportOf(repository, hook, program)));
}

async function reportOf({ hooks }: Repository, hook: HookName, program: ProgramPlace): Promise<HookReport> {
  const file = path.join(hooks, hook);
  const text = await textOf(file);
  return {
    hook,
    path: file,
    state: stateOf(hook, text, program),
    chained: await isFile(path.join(hooks, chainedName(hook))),
  };
}

function stateOf(hook: HookName, text: string | undefined, program: ProgramPlace): HookState {
  if (text === undefined) return "missing";
  const origin = originOf(text);
  if (origin !== "ours") return origin;
  return text === hookScript(hook, program) ? "installed" : "outdated";
}

/** @throws CliError `HOOKS_SHARED`, `HOOK_CHANGED` or `HOOK_EXISTS` where something would be lost; nothing is written then. */
export async function installHooks(
  repository: Repository,
  program: ProgramPlace,
  force: boolean,
): Promise<HookReport[]> {
  if (/^(?:global|system)$/.test(repository.scope ?? "") && !force)
    throw new CliError(
      "HOOKS_SHARED",
      `core.hooksPath is set for all repositories of this ${repository.scope === "global" ? "user" : "machine"}: ${repository.hooks}`,
      "set it for this repository (git config core.hooksPath .git/hooks), or --force to write there",
    );
  const before = await hookReports(repository, program);
  // All are looked at before any is written: a refusal leaves everything as it was.
  if (!force) before.forEach(refuseToLose);
  await mkdir(repository.hooks, { recursive: true });
  for (const report of before) await install(repository, report, program);
  return await hookReports(repository, program);
}

function refuseToLose({ hook, state, chained, path: file }: HookReport): void {
  if (state === "changed")
    throw new CliError(
      "HOOK_CHANGED",
      `${file} was written by helios-cli and changed since`,
      `move your lines into ${chainedName(hook)} beside it, or --force to replace it`,
      { path: file },
    );
  if (state === "foreign" && chained)
    throw new CliError(
      "HOOK_EXISTS",
      `${file} is somebody else's, and ${chainedName(hook)} is taken already`,
      "make one of the two, or --force to put both aside",
      { path: file },
    );
}

async function install({ hooks }: Repository, report: HookReport, program: ProgramPlace): Promise<void> {
  const kept = path.join(hooks, chainedName(report.hook));
  if (report.state === "foreign") {
    if (report.chained) await putAside(kept);
    await rename(report.path, kept);
  }
  if (report.state === "changed") await putAside(report.path);
  // Written beside and moved into place: a commit at this very moment sees the old hook or the new one.
  const temporary = `${report.path}.${process.pid}.new`;
  await writeFile(temporary, hookScript(report.hook, program));
  await chmod(temporary, 0o755);
  await rename(temporary, report.path);
}

/** `pre-commit.replaced-1`, the first number that is free. */
async function putAside(file: string): Promise<void> {
  for (let number = 1; ; number += 1) {
    const name = `${file}.replaced-${number}`;
    if (await exists(name)) continue;
    await rename(file, name);
    return;
  }
}

/** Takes our hooks away and puts back what was there before. Hooks of others stay. */
export async function uninstallHooks(
  repository: Repository,
  program: ProgramPlace,
  force: boolean,
): Promise<HookReport[]> {
  const before = await hookReports(repository, program);
  if (!force) {
    for (const report of before) if (report.state === "changed") refuseToLose(report);
  }
  for (const report of before) {
    if (report.state === "foreign") continue;
    if (report.state === "changed") await putAside(report.path);
    else await rm(report.path, { force: true });
    if (report.chained) await rename(path.join(repository.hooks, chainedName(report.hook)), report.path);
  }
  return await hookReports(repository, program);
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (status) => status.isFile(),
    () => false,
  );
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
