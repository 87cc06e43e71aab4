/**
 * Asks the registry, through `npm audit`. npm asks by names and versions, so projects of pnpm and yarn are asked for in
 * the same way: their production packages are written as a lock file of npm in a temporary directory.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { throwIfAborted } from "../guard.ts";
import type { LockFile } from "../licences/lockfile.ts";
import { withoutCredentials } from "./advisory.ts";
import type { Answer } from "./imported-report.ts";
import type { Placed } from "./npm-report.ts";

const timeoutMs = 90_000;

/** Runs `npm audit --json --omit=dev` in a directory and gives its standard output. */
export type RunAudit = (root: string, signal: AbortSignal | undefined) => Promise<string>;

/** Where npm will say that a package is, by what the lock file calls it. */
export function placesOf(lock: LockFile): ReadonlyMap<string, Placed> {
  return new Map(
    lock.tool === "npm"
      ? lock.packages.map((entry) => [entry.path, entry])
      : production(lock).map((entry, at) => [placeOf(at), entry]),
  );
}

function production(lock: LockFile): LockFile["packages"] {
  return lock.packages.filter(({ development }) => !development);
}

/** A place of its own for each, also for two versions of one name. */
function placeOf(at: number): string {
  return `node_modules/package-${at}`;
}

export async function askLive(
  root: string,
  lock: LockFile,
  runAudit: RunAudit,
  now: Date,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const asked = { checkedAt: now.toISOString(), source: "npm audit" };
  try {
    const output = await (lock.tool === "npm"
      ? runAudit(root, signal)
      : auditElsewhere(lock, runAudit, signal));
    return { kind: "answered", report: JSON.parse(output), ...asked };
  } catch (error) {
    throwIfAborted(signal);
    const reason =
      error instanceof SyntaxError
        ? "npm audit wrote no JSON"
        : `npm audit did not run: ${(error as Error).message}`;
    return { kind: "none", code: "no-answer", reason: withoutCredentials(reason), ...asked };
  }
}

async function auditElsewhere(
  lock: LockFile,
  runAudit: RunAudit,
  signal: AbortSignal | undefined,
): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "helios-audit-"));
  try {
    const own = { name: "audited", version: "0.0.0" };
    const entries = production(lock).map(({ name, version }, at) => [placeOf(at), { name, version }]);
    const packages = { "": own, ...Object.fromEntries(entries) };
    await writeFile(path.join(directory, "package.json"), JSON.stringify(own));
    await writeFile(
      path.join(directory, "package-lock.json"),
      JSON.stringify({ ...own, lockfileVersion: 3, requires: true, packages }),
    );
    return await runAudit(directory, signal);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** `npm audit` ends with 1 when it finds something: what it wrote counts, not how it ended. */
export function npmAudit(root: string, signal: AbortSignal | undefined): Promise<string> {
  // Flags beat the user's own configuration: offline, npm would answer that all is well without asking.
  const flags = [
    "--json",
    "--omit=dev",
    "--offline=false",
    "--prefer-offline=false",
    "--package-lock-only",
    "--fetch-retries=1",
  ];
  const windows = process.platform === "win32";
  return new Promise((resolve, reject) => {
    execFile(
      windows ? "npm.cmd" : "npm",
      ["audit", ...flags],
      {
        cwd: root,
        maxBuffer: 64 * 1024 * 1024,
        timeout: timeoutMs,
        shell: windows,
        ...(signal && { signal }),
      },
      (error, stdout) => {
        if (stdout.trim() !== "") resolve(stdout);
        else reject(error ?? new Error("it wrote nothing"));
      },
    );
  });
}
