/**
 * Where an open store says what it does: to the caller's `onCommit`, and to the channels. It knows the store's root, so
 * that the core need not, and what a checkpoint took.
 */
import type { Sequence } from "../object/ids.ts";
import { commitIdOf } from "../object/ids.ts";
import type { Snapshot } from "../vst/snapshot.ts";
import { channels, type CommitEvent, type OpenEvent, publish } from "./channels.ts";

/**
 * Called for each commit when its record is written and before `commit()` returns; its time is in no metric. What it
 * throws is raised outside, as an uncaught exception: the commit stands. With `commitAsync` in class `power` the sync is
 * still to come.
 */
export type CommitHook = (event: CommitEvent) => void;

export class Observer {
  readonly store: string | undefined;
  readonly #onCommit: CommitHook | undefined;
  #checkpointBegan = 0;

  constructor(store?: string, onCommit?: CommitHook) {
    this.store = store;
    this.#onCommit = onCommit;
  }

  opened(event: Omit<OpenEvent, "store">): void {
    publish("open", () => ({ store: this.store, ...event }));
  }

  /** Two checks where nobody listens. */
  committed(snapshot: Snapshot, ref: string | undefined): void {
    if (this.#onCommit === undefined && !channels.commit.hasSubscribers) return;
    const event: CommitEvent = { store: this.store, commit: snapshot.commit, ref, ...snapshot.metrics };
    if (channels.commit.hasSubscribers) channels.commit.publish(event);
    this.#callHook(event);
  }

  refMoved(ref: string, from: Sequence | undefined, to: Sequence | undefined): void {
    const commit = (sequence: Sequence | undefined) =>
      sequence === undefined ? undefined : commitIdOf(sequence);
    publish("ref", () => ({ store: this.store, ref, from: commit(from), to: commit(to) }));
  }

  checkpointBegins(): void {
    this.#checkpointBegan = performance.now();
  }

  checkpointEnds(commits: number, failure?: string): void {
    publish("checkpoint", () => ({
      store: this.store,
      commits,
      durationMs: performance.now() - this.#checkpointBegan,
      failure,
    }));
  }

  refreshed(commits: number): void {
    publish("refresh", () => ({ store: this.store, commits }));
  }

  closed(commits: number): void {
    publish("close", () => ({ store: this.store, commits }));
  }

  /** The commit stands whatever the hook does, so its failure must not look like one of the commit. */
  #callHook(event: CommitEvent): void {
    try {
      this.#onCommit?.(event);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }
}
