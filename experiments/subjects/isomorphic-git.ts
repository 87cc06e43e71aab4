/**
 * isomorphic-git: Git's format by JavaScript in this process, in a working tree of files as its users have one.
 *
 * Only the changed paths are named to `add` and `remove`. A checkout names what the two states differ in, found by
 * walking their trees: the library's own looks at every file, which would take seconds where this takes milliseconds.
 * The library takes a backslash for a slash, so names hold it percent-encoded. The base is loaded by the library itself, so that its index is as it likes it. Class `process`: it makes no fsync.
 */
import fs, { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import {
  type Edit,
  type FileMode,
  HarnessError,
  type Session,
  type StateId,
  type Subject,
} from "@helios/harness";
import type IsomorphicGit from "isomorphic-git";
import { DirectoryTree } from "./directory-tree.ts";

type Library = typeof IsomorphicGit;

export const isomorphicGit: Subject = {
  id: "isomorphic-git",
  title: "isomorphic-git in process: add and commit in a working tree",
  durabilityClasses: ["process"],
  workingSet: "directory",

  async availability() {
    const { default: library } = await import("isomorphic-git");
    return { kind: "available", version: library.version() };
  },

  async open({ directory }) {
    const { default: library } = await import("isomorphic-git");
    const session = new IsomorphicGitSession(library, join(realpathSync(directory), "worktree"));
    await session.open();
    return session;
  },
};

const PERSON = {
  name: "Helios Harness",
  email: "harness@helios.invalid",
  timestamp: 978307200,
  timezoneOffset: 0,
};
/** Paths of the base named to `add` at a time. */
const BATCH = 1000;

class IsomorphicGitSession implements Session {
  readonly #git: Library;
  readonly #tree: DirectoryTree;
  readonly #place: { readonly fs: typeof fs; readonly dir: string; cache: object };
  /** Paths changed since the last commit. */
  #changed = new Set<string>();
  #head: StateId = "";

  constructor(git: Library, dir: string) {
    this.#git = git;
    this.#tree = new DirectoryTree(dir);
    // The cache keeps the parsed index and pack headers between calls: a long-lived program has one.
    this.#place = { fs, dir, cache: {} };
  }

  async open(): Promise<void> {
    mkdirSync(this.#tree.root);
    await this.#git.init({ ...this.#place, defaultBranch: "work" });
  }

  async load(base: Iterable<Edit>): Promise<StateId> {
    let batch: string[] = [];
    const add = async (): Promise<void> => {
      if (batch.length > 0) await this.#git.add({ ...this.#place, filepath: batch, force: true });
      batch = [];
    };
    for (const one of base) {
      const edit = stored(one);
      this.#tree.apply([edit]);
      if (edit.kind === "put") batch.push(edit.path);
      if (batch.length === BATCH) await add();
    }
    await add();
    return this.commit("base");
  }

  apply(edits: Iterable<Edit>): void {
    for (const one of edits) {
      const edit = stored(one);
      this.#tree.apply([edit]);
      this.#changed.add(edit.path);
    }
  }

  async commit(message: string): Promise<StateId> {
    const paths = [...this.#changed];
    this.#changed.clear();
    // Deletions first: a file may become a directory.
    for (const filepath of paths.filter((path) => this.#tree.mode(path) === undefined))
      await this.#git.remove({ ...this.#place, filepath });
    const present = paths.filter((path) => this.#tree.mode(path) !== undefined);
    if (present.length > 0) await this.#git.add({ ...this.#place, filepath: present, force: true });
    this.#head = await this.#git.commit({ ...this.#place, message, author: PERSON, committer: PERSON });
    return this.#head;
  }

  async checkout(state: StateId): Promise<void> {
    const differing = await this.#differing(this.#head, state);
    // What was edited and not committed goes as well.
    for (const path of this.#changed)
      if (!differing.has(path)) differing.set(path, await this.#blobAt(state, path));
    this.#changed.clear();
    const gone = [...differing].filter(([, blob]) => blob === undefined).map(([path]) => path);
    for (const path of gone) {
      if (this.#tree.mode(path) !== undefined) this.#tree.apply([{ kind: "delete", path }]);
      await this.#git.remove({ ...this.#place, filepath: path });
    }
    const there: string[] = [];
    for (const [path, blob] of differing) {
      if (blob === undefined) continue;
      const { blob: bytes } = await this.#git.readBlob({ ...this.#place, oid: blob.oid });
      this.#tree.apply([{ kind: "put", path, bytes, mode: blob.mode }]);
      there.push(path);
    }
    if (there.length > 0) await this.#git.add({ ...this.#place, filepath: there, force: true });
    await this.#git.writeRef({ ...this.#place, ref: "HEAD", value: state, force: true });
    this.#head = state;
  }

  read(path: string): Uint8Array | undefined {
    return this.#tree.read(storedPath(path));
  }

  mode(path: string): FileMode | undefined {
    return this.#tree.mode(storedPath(path));
  }

  count(): number {
    return this.#tree.count([".git"]);
  }

  settle(): void {}

  close(): void {}

  /** What a path is in the second state, for each path that differs between the two. */
  async #differing(from: StateId, to: StateId): Promise<Map<string, Blob | undefined>> {
    const found = new Map<string, Blob | undefined>();
    await this.#git.walk({
      ...this.#place,
      trees: [this.#git.TREE({ ref: from }), this.#git.TREE({ ref: to })],
      map: async (path, [a, b]) => {
        const [oidA, oidB] = [await a?.oid(), await b?.oid()];
        const [modeA, modeB] = [await a?.mode(), await b?.mode()];
        // Null ends the walk below: equal trees are not looked into.
        if (oidA === oidB && modeA === modeB) return null;
        const [typeA, typeB] = [await a?.type(), await b?.type()];
        if (typeB === "blob") found.set(path, { oid: oidB as string, mode: modeOf(modeB) });
        else if (typeA === "blob") found.set(path, undefined);
        return path;
      },
    });
    return found;
  }

  async #blobAt(state: StateId, filepath: string): Promise<Blob | undefined> {
    try {
      const { oid } = await this.#git.readBlob({ ...this.#place, oid: state, filepath });
      let mode: FileMode = "file";
      await this.#git.walk({
        ...this.#place,
        trees: [this.#git.TREE({ ref: state })],
        map: async (path, [entry]) => {
          if (path === filepath) mode = modeOf(await entry?.mode());
          return path === "." || path === filepath || filepath.startsWith(`${path}/`) ? path : null;
        },
      });
      return { oid, mode };
    } catch (error) {
      if ((error as { code?: string }).code === "NotFoundError") return undefined;
      throw error;
    }
  }
}

interface Blob {
  readonly oid: string;
  readonly mode: FileMode;
}

function modeOf(mode: number | undefined): FileMode {
  switch (mode) {
    case 0o100644:
      return "file";
    case 0o100755:
      return "executable";
    case 0o120000:
      return "symlink";
    default:
      throw new HarnessError(
        "RUN_FAILED",
        `A tree has the mode ${mode}`,
        "Only files and symbolic links are kept.",
      );
  }
}

function stored(edit: Edit): Edit {
  const path = storedPath(edit.path);
  return path === edit.path ? edit : { ...edit, path };
}

function storedPath(path: string): string {
  return /[%\\]/.test(path) ? path.replaceAll("%", "%25").replaceAll("\\", "%5C") : path;
}
