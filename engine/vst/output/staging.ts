/**
 * Where an output that nobody sees yet is put together, and how one that a killed process left behind is found again.
 *
 * A new output directory `out` is written as `.out.helios-<pid>-<suffix>` beside its place and renamed when complete.
 * The suffix names the machine, so that a process number is asked about only where it means something. Work that was
 * left behind is taken over by renaming it to a name of our own, which only one process can do. An output directory
 * that is there and empty is filled in place; while that lasts, `.helios-partial.json` in it says who does it and what
 * the outcome is to be, and whoever wants the same may go on.
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { threadId } from "node:worker_threads";
import { hashBlob } from "../../object/hash.ts";
import type { OutputPlan } from "./output-plan.ts";

/** Six base-36 digits that stand for this machine. */
const machine = Buffer.from(hashBlob(Buffer.from(hostname())))
  .readUIntBE(0, 5)
  .toString(36)
  .slice(-6)
  .padStart(6, "0");

export const markerName = ".helios-partial.json";
const leftBehind = /^\.helios-(\d+)-[0-9a-z]+x([0-9a-z]{6})(?:-\d+)?$/;

/** Whether a name is one that this file makes. */
export function isStagingName(name: string): boolean {
  return name === markerName || /^\.(?:.+\.)?helios-\d+-[0-9a-z]+x[0-9a-z]{6}(?:-\d+)?$/.test(name);
}

/** A name no other process uses: for a staged directory, or (with the thread's number) for a temporary file. */
export function ownName(prefix = ""): string {
  return `.${prefix}helios-${process.pid}-${Date.now().toString(36)}x${machine}`;
}

/** For files: one at a time in each thread. */
export function temporaryFileName(): string {
  return `${ownName()}-${threadId}`;
}

/** Whether a name is that of a temporary file of a process that is gone. */
export function isLeftBehind(name: string): boolean {
  const [, pid, from] = leftBehind.exec(name) ?? [];
  return from === machine && !isAlive(Number(pid));
}

/** The newest staged directory that a process of this machine left behind for this output, now under the name `own`. */
export function takeOver(target: string, own: string): boolean {
  const prefix = `.${basename(target)}.`;
  const parent = dirname(target);
  const found = readdirSync(parent)
    .filter((name) => name.startsWith(prefix) && isLeftBehind(`.${name.slice(prefix.length)}`))
    .map((name) => ({ place: join(parent, name), mtimeMs: statSync(join(parent, name)).mtimeMs }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs)[0];
  if (found === undefined) return false;
  try {
    renameSync(found.place, own);
    return true;
  } catch {
    // Somebody else was quicker.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

// ---- filling a directory that is there

interface Marker {
  readonly pid: number;
  readonly machine: string;
  /** Names what is being written. */
  readonly outcome: string;
}

export function writeMarker(directory: string, outcome: string): void {
  const marker: Marker = { pid: process.pid, machine, outcome };
  writeFileSync(join(directory, markerName), JSON.stringify(marker), { flag: "wx" });
}

export function removeMarker(directory: string): void {
  rmSync(join(directory, markerName), { force: true });
}

/** Whether a process that is gone was filling the directory with the same outcome. */
export function isUnfinished(directory: string, outcome: string): boolean {
  try {
    const marker = JSON.parse(readFileSync(join(directory, markerName), "utf8")) as Partial<Marker>;
    const isSame = marker.outcome === outcome && marker.machine === machine;
    return isSame && typeof marker.pid === "number" && !isAlive(marker.pid);
  } catch {
    return false;
  }
}

/** Equal for equal plans. Cost: about 0.5 us an entry. */
export function outcomeOf({ directories, files, symlinks }: OutputPlan): string {
  const lines = [...files, ...symlinks].map(({ path, hash, mode }) => `${hash} ${mode} ${path}`);
  const text = [...directories, "", ...lines].join("\0");
  return Buffer.from(hashBlob(Buffer.from(text))).toString("hex");
}
