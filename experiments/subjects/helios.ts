/**
 * Helios through the door its users have: a working set in memory, committed synchronously.
 *
 * The timed commit reads the snapshot's `id`, so hashing the tree is inside the measurement. Settling is a
 * checkpoint: tree nodes and contents that the journal alone held are written and charged.
 *
 * Commits move the ref `main`, as a user's do, until the first return to an earlier state; from there on they are
 * unnamed, like those of Git's detached HEAD. What HEAD names in Git is named here too before settling: the last
 * state is a kept one, so the checkpoint pays for writing it in full.
 */
import { Helios, type Vst } from "@helios/engine";
import type { Edit, FileMode, Session, StateId, Subject } from "@helios/harness";
import { join } from "node:path";
import { heliosVersion } from "../version.ts";

export const helios: Subject = {
  id: "helios",
  title: "Helios engine: virtual state tree, journal commit, id read",
  durabilityClasses: ["memory", "process", "power"],
  workingSet: "internal",
  availability: () => Promise.resolve({ kind: "available", version: heliosVersion }),

  async open({ directory, durability }) {
    const store = await Helios.open({ root: join(directory, "store"), durability });
    return new HeliosSession(store);
  },
};

class HeliosSession implements Session {
  readonly #store: Helios;
  readonly #vst: Vst;
  /** The last commit, and the one that the ref `last` names. */
  #last = "";
  #named: string | undefined;

  constructor(store: Helios) {
    this.#store = store;
    this.#vst = store.vst();
  }

  async load(base: Iterable<Edit>): Promise<StateId> {
    this.apply(base);
    const snapshot = this.#vst.commit("base", { ref: "main" });
    this.#last = snapshot.commit;
    await this.#store.checkpoint();
    return snapshot.id;
  }

  apply(edits: Iterable<Edit>): void {
    for (const edit of edits) {
      if (edit.kind === "put") this.#vst.write(edit.path, edit.bytes, { mode: edit.mode });
      else this.#vst.delete(edit.path);
    }
  }

  commit(message: string): StateId {
    const snapshot = this.#vst.commit(message);
    this.#last = snapshot.commit;
    return snapshot.id;
  }

  checkout(state: StateId): void {
    this.#vst.restore(state);
  }

  read(path: string): Uint8Array | undefined {
    return this.#vst.read(path);
  }

  mode(path: string): FileMode | undefined {
    const mode = this.#vst.entry(path)?.mode;
    return mode === "gitlink" || mode === "directory" ? undefined : mode;
  }

  count(): number {
    return this.#vst.size;
  }

  settle(): Promise<void> {
    if (this.#vst.ref === undefined && this.#last !== this.#named) {
      this.#store.setRef("last", this.#last, this.#named);
      this.#named = this.#last;
    }
    return this.#store.checkpoint();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
