/**
 * What a RocksDB directory holds at one moment, as a directory of its own that another process can open while the first
 * one goes on writing. RocksDB itself can open a database for reading beside its writer, but the binding has no way to
 * ask for it.
 *
 * Table files never change, so they are linked, which copies nothing and keeps those that the writer drops meanwhile.
 * The manifest (which tables there are) and the logs (what is in no table yet) only grow, so what is copied of them is
 * how they were at some moment. They fit together if
 *  - tables and logs were linked before the manifest was copied, and once more after that;
 *  - the manifest has not changed since it was copied: only when it does, logs and tables go;
 *  - of the linked logs, which the writer goes on to write, a newer one was copied before an older one: once a newer log
 *    exists, the older one grows no more.
 * If the manifest has changed, all begins again; that window is a few milliseconds. Who opens the view gives new files the manifest's next number and the ones above; a linked
 * table with such a number (one that the writer is making) would be written over for the writer too, so there is none. A log or manifest that ends in the middle of a record is what a crash leaves too: RocksDB
 * takes what is whole, and a batch is one record.
 */
import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { errnoOf, HeliosError } from "../errors.ts";
import { nextFileNumber } from "./rocksdb-manifest.ts";

const DIRECTORY = "readers";
const PINS = "logs-of-the-writer";
const CANNOT_LINK = ["EXDEV", "EPERM", "EACCES", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];
const ATTEMPTS = 200;
/** A view of another machine or container whose process cannot be asked for. */
const FOREIGN_KEPT_MS = 24 * 60 * 60 * 1000;

export interface View {
  readonly directory: string;
  /** Removes it, with what it was put into. */
  remove(): void;
}

/**
 * Makes a view: beside the store, where links can be made, or in the system's directory for temporary files where nothing
 * may be written beside it. STORE_FAILED.
 */
export function makeView(location: string): View {
  const view = placeOf(location);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (tryView(location, view.directory)) return view;
  } catch (error) {
    view.remove();
    throw failed(location, error);
  }
  view.remove();
  throw failed(location, new Error(`its files changed ${ATTEMPTS} times while they were copied`));
}

function placeOf(location: string): View {
  const beside = join(dirname(location), DIRECTORY);
  removeDeadViews(beside);
  try {
    const directory = join(beside, viewName());
    mkdirSync(directory, { recursive: true });
    return { directory, remove: () => removeAll(directory) };
  } catch {
    // Whatever it is: on a file system for reading only, making directories one in another fails with ENOENT.
    const home = mkdtempSync(join(tmpdir(), "helios-reader-"));
    return { directory: join(home, "view"), remove: () => removeAll(home) };
  }
}

function removeAll(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/** Removes what readers left that did not end well; what may not be removed stays. */
export function removeDeadViews(directory: string): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory))
    try {
      if (isDead(name, directory)) removeAll(join(directory, name));
    } catch {
      // Another opener removes it too, or the file system is for reading only.
    }
}

/** False when the files changed meanwhile: then nothing of it can be used. */
function tryView(location: string, view: string): boolean {
  removeAll(view);
  mkdirSync(view, { recursive: true });
  try {
    const current = readCurrent(location);
    // No database yet: an empty directory becomes an empty one.
    if (current === undefined) return true;
    const pins = join(view, PINS);
    mkdirSync(pins);
    const manifest = join(location, current);
    take(location, view, ".sst");
    take(location, pins, ".log");
    copy(manifest, join(view, current));
    take(location, view, ".sst");
    take(location, pins, ".log");
    const copied = readFileSync(join(view, current));
    if (readCurrent(location) !== current || statSync(manifest).size !== copied.length) return false;
    const next = nextFileNumber(copied);
    if (next === undefined) throw new Error(`${current} names no next file number`);
    for (const name of namesOf(view, ".sst")) if (numberOf(name) >= next) rmSync(join(view, name));
    for (const log of namesOf(pins, ".log").reverse()) copy(join(pins, log), join(view, log));
    rmSync(pins, { recursive: true });
    writeFileSync(join(view, "CURRENT"), `${current}\n`);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

function readCurrent(location: string): string | undefined {
  try {
    return readFileSync(join(location, "CURRENT"), "utf8").trim();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

const numberOf = (name: string) => Number.parseInt(name, 10);

/** Names with an ending, by the number they begin with. */
function namesOf(directory: string, ending: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

/** Links what has this ending and is not linked yet, newest first. */
function take(location: string, to: string, ending: string): void {
  for (const name of namesOf(location, ending).reverse())
    try {
      linkOrCopy(join(location, name), join(to, name));
    } catch (error) {
      // Dropped by the writer since it was listed; or taken the last time.
      if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "EEXIST") throw error;
    }
}

/** A copy where there can be no link: slower, so sooner overtaken by the writer, and made again if the file has grown. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!CANNOT_LINK.includes(errnoOf(error) ?? "")) throw error;
    if (statSync(to, { throwIfNoEntry: false })?.size !== statSync(from).size) copy(from, to);
  }
}

/** Shares the blocks where the file system can: either file may change without the other. */
function copy(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
}

function viewName(): string {
  const machine = hostname().replaceAll(/[^A-Za-z0-9.]/g, "");
  return `${machine}_${process.pid}_${startOf(process.pid) ?? 0}_${randomBytes(4).toString("hex")}`;
}

function isDead(name: string, directory: string): boolean {
  const [machine, pid, start] = name.split("_");
  const ours = viewName().split("_")[0];
  if (machine === ours && pid !== undefined) {
    const startNow = startOf(Number(pid));
    return startNow === undefined ? !exists(Number(pid)) : String(startNow) !== start && start !== "0";
  }
  const info = statSync(join(directory, name), { throwIfNoEntry: false });
  return info !== undefined && Date.now() - info.mtimeMs > FOREIGN_KEPT_MS;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}

/** When a process began, in the system's ticks: a process id used again is told from the one before. */
function startOf(pid: number): number | undefined {
  try {
    // The name of the program is in parentheses and may hold spaces; field 22 counts from the process id as 1.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return Number(fields[19]);
  } catch {
    return undefined;
  }
}

function failed(location: string, cause: unknown): HeliosError {
  return new HeliosError(
    "STORE_FAILED",
    `no view of ${basename(location)} could be made for reading: ${cause instanceof Error ? cause.message : String(cause)}`,
    "Try again when less is written to the store, or check its disk.",
    { cause },
  );
}
