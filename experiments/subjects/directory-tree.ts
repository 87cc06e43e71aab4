/**
 * A working set that is a directory: what a person's editor would do to it, and what is in it. Shared by the subjects
 * whose users work on files. Nothing is ever written through a symbolic link, because a crafted history could hold
 * `link -> /elsewhere` and `link/file`.
 */
import {
  type Stats,
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Edit, type FileMode, HarnessError } from "@helios/harness";

export class DirectoryTree {
  readonly root: string;

  /** `root` exists or is made by the subject before the first edit, and has no symbolic link in its own path. */
  constructor(root: string) {
    this.root = root;
  }

  apply(edits: Iterable<Edit>): void {
    for (const edit of edits) {
      if (edit.kind === "delete") this.#delete(edit.path);
      else this.#put(edit.path, edit.bytes, edit.mode);
    }
  }

  read(path: string): Uint8Array | undefined {
    switch (this.mode(path)) {
      case undefined:
        return undefined;
      case "symlink":
        return readlinkSync(this.#file(path), { encoding: "buffer" });
      case "file":
      case "executable":
        return readFileSync(this.#file(path));
    }
  }

  mode(path: string): FileMode | undefined {
    if (!this.#parentIsInside(path)) return undefined;
    const stat = lstatOrUndefined(this.#file(path));
    if (stat === undefined || stat.isDirectory()) return undefined;
    if (stat.isSymbolicLink()) return "symlink";
    return (stat.mode & 0o100) === 0 ? "file" : "executable";
  }

  /** Files and symbolic links in the directory, those below the named top-level entries left out. */
  count(leftOut: readonly string[] = []): number {
    const names = readdirSync(this.root).filter((name) => !leftOut.includes(name));
    return names.reduce((sum, name) => sum + countBelow(join(this.root, name)), 0);
  }

  #put(path: string, bytes: Uint8Array, mode: FileMode): void {
    const file = this.#file(path);
    mkdirSync(dirname(file), { recursive: true });
    this.#assertParentIsInside(path);
    const before = lstatOrUndefined(file);
    // Writing through a symbolic link would change what it points to.
    if (before?.isSymbolicLink() || (before && mode === "symlink")) unlinkSync(file);
    if (mode === "symlink") {
      symlinkSync(Buffer.from(bytes), file);
      return;
    }
    writeFileSync(file, bytes);
    const executable = mode === "executable";
    const wasExecutable = before?.isFile() === true && (before.mode & 0o100) !== 0;
    if (executable !== wasExecutable) chmodSync(file, executable ? 0o755 : 0o644);
  }

  #delete(path: string): void {
    this.#assertParentIsInside(path);
    unlinkSync(this.#file(path));
    // Git knows no empty directories, and one that stays would be in the way of a file of that name.
    for (let parent = dirname(path); parent !== "."; parent = dirname(parent)) {
      try {
        rmdirSync(this.#file(parent));
      } catch {
        return;
      }
    }
  }

  #file(path: string): string {
    return join(this.root, path);
  }

  #parentIsInside(path: string): boolean {
    try {
      const parent = dirname(this.#file(path));
      return realpathSync(parent) === parent;
    } catch {
      return false;
    }
  }

  #assertParentIsInside(path: string): void {
    if (this.#parentIsInside(path)) return;
    throw new HarnessError(
      "WORKLOAD_PARAMETERS",
      `${path} lies below a symbolic link`,
      "The workload's steps contradict each other; replay another history.",
    );
  }
}

function countBelow(path: string): number {
  const stat = lstatOrUndefined(path);
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return 1;
  return readdirSync(path).reduce((sum, name) => sum + countBelow(join(path, name)), 0);
}

function lstatOrUndefined(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch {
    // ENOTDIR: a parent is a file.
    return undefined;
  }
}
