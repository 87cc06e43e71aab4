/**
 * What every subject should have done: a session that keeps a map and nothing else. It is the law that subjects
 * are compared with, in the conformance suite and after each run. It is slow where that is simpler, and is never
 * timed.
 */
import type { Edit, FileMode, Session, StateId } from "./subject.ts";

interface File {
  readonly bytes: Uint8Array;
  readonly mode: FileMode;
}

interface State {
  readonly parent: number | undefined;
  readonly depth: number;
  /** What each path held before and after, for the paths that changed since the parent. */
  readonly changes: ReadonlyMap<
    string,
    { readonly before: File | undefined; readonly after: File | undefined }
  >;
}

export class ReferenceSession implements Session {
  readonly #files = new Map<string, File>();
  readonly #states: State[] = [];
  /** Contents at the current state of the paths changed since. */
  #before = new Map<string, File | undefined>();
  #current: number | undefined;

  load(base: Iterable<Edit>): StateId {
    for (const edit of base) this.#apply(edit);
    // The base is where everything starts: nothing before it can be returned to.
    this.#before.clear();
    return this.commit();
  }

  apply(edits: readonly Edit[]): void {
    for (const edit of edits) this.#apply(edit);
  }

  commit(): StateId {
    const changes = new Map(
      [...this.#before].map(([path, before]) => [path, { before, after: this.#files.get(path) }] as const),
    );
    this.#before = new Map();
    const parent = this.#current;
    const depth = parent === undefined ? 0 : this.#state(parent).depth + 1;
    this.#current = this.#states.push({ parent, depth, changes }) - 1;
    return String(this.#current);
  }

  checkout(state: StateId): void {
    for (const [path, before] of this.#before) this.#set(path, before);
    this.#before.clear();
    let to = Number(state);
    const forward: number[] = [];
    let from = this.#current as number;
    while (from !== to) {
      if (this.#state(from).depth >= this.#state(to).depth) {
        for (const [path, { before }] of this.#state(from).changes) this.#set(path, before);
        from = this.#state(from).parent as number;
      } else {
        forward.push(to);
        to = this.#state(to).parent as number;
      }
    }
    for (const next of forward.reverse()) {
      for (const [path, { after }] of this.#state(next).changes) this.#set(path, after);
    }
    this.#current = Number(state);
  }

  read(path: string): Uint8Array | undefined {
    return this.#files.get(path)?.bytes;
  }

  mode(path: string): FileMode | undefined {
    return this.#files.get(path)?.mode;
  }

  count(): number {
    return this.#files.size;
  }

  paths(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  settle(): void {}

  close(): void {}

  #apply(edit: Edit): void {
    if (!this.#before.has(edit.path)) this.#before.set(edit.path, this.#files.get(edit.path));
    this.#set(edit.path, edit.kind === "put" ? { bytes: edit.bytes, mode: edit.mode } : undefined);
  }

  #set(path: string, file: File | undefined): void {
    if (file === undefined) this.#files.delete(path);
    else this.#files.set(path, file);
  }

  #state(index: number): State {
    const state = this.#states[index];
    if (state === undefined) throw new Error(`no state ${index}`);
    return state;
  }
}
