/**
 * Directories held open, so that names below them are reached whatever becomes of their paths meanwhile.
 *
 * Node has no `openat`. On Linux `/proc/self/fd/<descriptor>/<name>` does the same: the kernel takes the open directory
 * itself, and another process that replaces it, or a parent of it, by a symlink leads nobody anywhere. Each directory
 * is opened from its parent with O_NOFOLLOW, from the output directory down. Where there is no such /proc, paths are
 * used, each directory being looked at before it is entered: safe against what is there, not against a process that
 * changes it at the same moment.
 */
import { closeSync, constants, lstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { HeliosError } from "../../errors.ts";

const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

let holdsOpen: boolean | undefined;

/** Whether names can be reached through an open directory on this system. */
function canHoldOpen(): boolean {
  if (process.platform !== "linux") return false;
  if (holdsOpen !== undefined) return holdsOpen;
  const descriptor = openSync("/", constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const [through, itself] = [lstatSync(`/proc/self/fd/${descriptor}/.`), lstatSync("/")];
    holdsOpen = through.ino === itself.ino && through.dev === itself.dev;
  } catch {
    holdsOpen = false;
  } finally {
    closeSync(descriptor);
  }
  return holdsOpen;
}

class Anchor {
  readonly #path: string;
  readonly #descriptor: number | undefined;

  /** `place` is how the system is to reach the directory, `path` what it is called. */
  constructor(place: string, path: string) {
    this.#path = path;
    if (canHoldOpen()) this.#descriptor = openSync(place, OPEN_DIRECTORY);
    else if (!lstatSync(place).isDirectory()) throw notADirectory(path);
  }

  /** For a system call on a name in this directory. */
  at(name: string): string {
    return this.#descriptor === undefined
      ? join(this.#path, name)
      : `/proc/self/fd/${this.#descriptor}/${name}`;
  }

  inside(name: string): Anchor {
    return new Anchor(this.at(name), join(this.#path, name));
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}

/** The way from the output directory to the one that is worked in; directories that stay on the way stay open. */
export class AnchorChain {
  readonly #anchors: Anchor[];
  #segments: string[] = [];

  /** Fails with the system's error where `top` is no directory; a symlink is not followed. */
  constructor(top: string) {
    this.#anchors = [new Anchor(top, top)];
  }

  /** For system calls on names in a directory below the top ("" is the top): what to put before the name. */
  enter(directory: string): { at(name: string): string } {
    const segments = directory === "" ? [] : directory.split("/");
    let shared = 0;
    while (shared < segments.length && segments[shared] === this.#segments[shared]) shared++;
    this.#leave(shared);
    for (const segment of segments.slice(shared)) {
      this.#anchors.push(this.#anchors.at(-1)!.inside(segment));
      this.#segments.push(segment);
    }
    return this.#anchors.at(-1)!;
  }

  close(): void {
    this.#leave(0);
    this.#anchors.pop()?.close();
  }

  #leave(depth: number): void {
    while (this.#segments.length > depth) {
      this.#segments.pop();
      this.#anchors.pop()!.close();
    }
  }
}

function notADirectory(path: string): HeliosError {
  return new HeliosError(
    "OUTPUT_UNSAFE",
    `${path} has to be a directory and is something else`,
    "remove it, or choose another output directory",
    { path },
  );
}
