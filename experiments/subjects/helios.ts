/**
 * Helios through the door its users have: a working set in memory, committed synchronously.
 *
 * The timed commit reads the snapshot's `id`, so hashing the tree is inside the measurement. Settling is a
 * checkpoint: tree nodes and contents that the journal alone held are written and charged.
 */
import { Helios, type Vst } from "@helios/engine";
import type { Edit, FileMode, Session, StateId, Subject } from "@helios/harness";
import { join } from "node:path";
import { heliosVersion } from "../version.ts";

export const helios: Subject = {
  id: "helios",
  title: "Helios engine: virtual state tree, journal commit, id read",
  durabilityClasses: ["memory", "process"],
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

  constructor(store: Helios) {
    this.#store = store;
    this.#vst = store.vst();
  }

  async load(base: Iterable<Edit>): Promise<StateId> {
    this.apply(base);
    const state = this.commit("base");
    await this.#store.checkpoint();
    return state;
  }

  apply(edits: Iterable<Edit>): void {
    for (const edit of edits) {
      if (edit.kind === "put") this.#vst.write(edit.path, edit.bytes, { mode: edit.mode });
      else this.#vst.delete(edit.path);
    }
  }

  commit(message: string): StateId {
    return this.#vst.commit(message).id;
  }

  checkout(state: StateId): void {
    this.#vst.restore(state);
  }

  read(path: string): Uint8Array | undefined {
    return this.#vst.read(path);
  }

  mode(path: string): FileMode | undefined {
    const mode = this.#vst.entry(path)?.mode;
    return mode === "gitlink" ? undefined : mode;
  }

  count(): number {
    return this.#vst.size;
  }

  settle(): Promise<void> {
    return this.#store.checkpoint();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
