/**
 * What people do who have nothing else: a copy of the whole directory for each state, and a copy back to return to one.
 *
 * Copies share their blocks where the file system can do that (btrfs, xfs: `FICLONE`), elsewhere every byte is written
 * again. Class `process`: nothing is fsynced.
 */
import {
  constants,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import {
  type Edit,
  type FileMode,
  HarnessError,
  type Session,
  type StateId,
  type Subject,
} from "@helios/harness";
import { DirectoryTree } from "./directory-tree.ts";

export const directoryCopy: Subject = {
  id: "directory-copy",
  title: "A plain copy of the directory for each state",
  durabilityClasses: ["process"],
  workingSet: "directory",
  availability: () => Promise.resolve({ kind: "available", version: `node ${process.version} copyFile` }),
  open: ({ directory }) => Promise.resolve(new DirectoryCopySession(realpathSync(directory))),
};

class DirectoryCopySession implements Session {
  readonly #tree: DirectoryTree;
  readonly #states: string;
  #count = 0;

  constructor(directory: string) {
    this.#tree = new DirectoryTree(join(directory, "files"));
    this.#states = join(directory, "states");
    mkdirSync(this.#tree.root);
    mkdirSync(this.#states);
  }

  load(base: Iterable<Edit>): StateId {
    this.#tree.apply(base);
    return this.commit();
  }

  apply(edits: Iterable<Edit>): void {
    this.#tree.apply(edits);
  }

  commit(): StateId {
    const state = String(this.#count++);
    copyTree(this.#tree.root, join(this.#states, state));
    return state;
  }

  checkout(state: StateId): void {
    if (!/^\d+$/.test(state) || Number(state) >= this.#count) {
      const remedy = "Return to a state that a commit of this session named.";
      throw new HarnessError("RUN_FAILED", `There is no state ${state}`, remedy);
    }
    rmSync(this.#tree.root, { recursive: true });
    copyTree(join(this.#states, state), this.#tree.root);
  }

  read(path: string): Uint8Array | undefined {
    return this.#tree.read(path);
  }

  mode(path: string): FileMode | undefined {
    return this.#tree.mode(path);
  }

  count(): number {
    return this.#tree.count();
  }

  settle(): void {}

  close(): void {}
}

/** `fs.cpSync` resolves the targets of symbolic links; a state is to have them as they were. */
function copyTree(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source, { encoding: "buffer" }), target);
    else copyFileSync(source, target, constants.COPYFILE_FICLONE);
  }
}
