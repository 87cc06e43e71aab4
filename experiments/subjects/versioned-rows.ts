/**
 * How a careful developer keeps the history of a tree of files in a database that has none, shared by all subjects that
 * are one, so that they differ in the database and in nothing else:
 *
 * - a table of rows, one for each path that a version changed: the content from this version on, and the row that it
 *   replaced, which was in force up to it;
 * - a table of what is in force now: for each path its row;
 * - a table of versions: each with its parent.
 *
 * A commit writes its rows and what is in force in one transaction. Going back undoes the versions up to the common
 * ancestor and does those down to the wanted one again, in one transaction: it costs what differs, never the tree.
 * Every content is stored once. (Intervals of version numbers alone would do for a straight line, but a search
 * branches, and then each branch would close and open again all that its siblings changed.)
 *
 * Edits wait in memory until the commit, as in any program that talks to a database: one round trip a commit.
 */
import {
  type Edit,
  type FileMode,
  HarnessError,
  type Maybe,
  type Session,
  type StateId,
} from "@helios/harness";
import { type Route, VersionTree } from "./version-tree.ts";

export interface Version {
  readonly version: number;
  readonly parent: number | undefined;
  readonly message: string;
}

export interface Content {
  readonly mode: FileMode;
  readonly bytes: Uint8Array;
}

/** Rows of the base that go to the database at a time: a base is streamed, never held whole. */
const BASE_BATCH = 500;

export abstract class VersionedRowsSession implements Session {
  readonly #versions = new VersionTree();
  #head = 0;
  /** The last edit of each path since the last commit. */
  readonly #pending = new Map<string, Edit>();

  /** Writes a version and its rows in one transaction. The base comes in several: its version is written once. */
  protected abstract writeVersion(
    version: Version,
    edits: readonly Edit[],
    isFurtherPart: boolean,
  ): Maybe<void>;
  /** Changes what is in force, in one transaction. */
  protected abstract follow(route: Route): Maybe<void>;
  protected abstract committed(path: string): Maybe<Content | undefined>;
  protected abstract committedCount(): Maybe<number>;
  abstract settle(): Maybe<void>;
  abstract close(): Maybe<void>;
  /** When the base is in place and before anything is measured. */
  protected loaded(): Maybe<void> {}

  async load(base: Iterable<Edit>): Promise<StateId> {
    const version: Version = { version: this.#versions.add(undefined), parent: undefined, message: "base" };
    let batch: Edit[] = [];
    let parts = 0;
    const write = async (): Promise<void> => {
      await this.writeVersion(version, batch, parts++ > 0);
      batch = [];
    };
    for (const edit of base) {
      batch.push(edit);
      if (batch.length === BASE_BATCH) await write();
    }
    if (batch.length > 0 || parts === 0) await write();
    await this.loaded();
    return "0";
  }

  apply(edits: readonly Edit[]): void {
    for (const edit of edits) this.#pending.set(edit.path, edit);
  }

  commit(message: string): Maybe<StateId> {
    const parent = this.#head;
    const version = this.#versions.add(parent);
    const edits = [...this.#pending.values()];
    this.#pending.clear();
    this.#head = version;
    const written = this.writeVersion({ version, parent, message }, edits, false);
    return written === undefined ? String(version) : written.then(() => String(version));
  }

  checkout(state: StateId): Maybe<void> {
    const version = Number(state);
    if (!this.#versions.has(version)) {
      throw new HarnessError(
        "RUN_FAILED",
        `There is no state ${state}`,
        "Return to a state that a commit of this session named.",
      );
    }
    this.#pending.clear();
    const route = this.#versions.route(this.#head, version);
    this.#head = version;
    if (route.undo.length + route.redo.length > 0) return this.follow(route);
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return (await this.#content(path))?.bytes;
  }

  async mode(path: string): Promise<FileMode | undefined> {
    return (await this.#content(path))?.mode;
  }

  async count(): Promise<number> {
    let count = await this.committedCount();
    for (const [path, edit] of this.#pending) {
      const was = (await this.committed(path)) === undefined ? 0 : 1;
      count += (edit.kind === "put" ? 1 : 0) - was;
    }
    return count;
  }

  #content(path: string): Maybe<Content | undefined> {
    const edit = this.#pending.get(path);
    if (edit === undefined) return this.committed(path);
    return edit.kind === "put" ? edit : undefined;
  }
}

const MODES: readonly FileMode[] = ["file", "executable", "symlink"];

/** A mode as the small number that a row holds. */
export function modeNumber(mode: FileMode): number {
  return MODES.indexOf(mode);
}

export function modeOfNumber(number: number): FileMode {
  const mode = MODES[number];
  if (mode !== undefined) return mode;
  throw new HarnessError("RUN_FAILED", `A row has the mode ${number}`, "The database was changed by others.");
}
