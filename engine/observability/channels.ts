/**
 * What a store does, as it happens, on channels of `node:diagnostics_channel`: one process-wide place that tracing
 * tools already listen to, and a property read where nobody does (below 2 ns a commit).
 *
 *   helios.open, helios.commit, helios.ref, helios.checkpoint, helios.refresh, helios.close
 *
 * Subscribers run synchronously, after the thing has happened. What one throws does not reach the store: Node raises
 * it again outside. Names of channels and fields are stable; fields may be added.
 */
import { type Channel, channel } from "node:diagnostics_channel";
import type { Durability } from "../core.ts";
import type { CommitMetrics } from "../vst/snapshot.ts";

/** A store was opened. */
export interface OpenEvent {
  /** Absolute root of the store; undefined in class `memory`. */
  readonly store: string | undefined;
  readonly l2: string;
  readonly durability: Durability;
  readonly readOnly: boolean;
  /** Commits that were read again from the journal. */
  readonly replayedCommits: number;
  readonly durationMs: number;
}

/** A commit was acknowledged. */
export interface CommitEvent extends CommitMetrics {
  readonly store: string | undefined;
  /** `c<sequence>`. */
  readonly commit: string;
  /** The ref it moved. */
  readonly ref: string | undefined;
}

/** A ref was made, moved or deleted other than by a commit. */
export interface RefEvent {
  readonly store: string | undefined;
  readonly ref: string;
  /** Undefined: it was made. */
  readonly from: string | undefined;
  /** Undefined: it was deleted. */
  readonly to: string | undefined;
}

/** L2 was brought up to the journal, in this thread or in the background. */
export interface CheckpointEvent {
  readonly store: string | undefined;
  /** Commits that no longer need replaying. */
  readonly commits: number;
  readonly durationMs: number;
  /** Why it came to nothing; undefined for one that did its work. It is tried again. */
  readonly failure: string | undefined;
}

/** A reader took in what a writer had appended. */
export interface RefreshEvent {
  readonly store: string | undefined;
  readonly commits: number;
}

/** A store was closed. */
export interface CloseEvent {
  readonly store: string | undefined;
  readonly commits: number;
}

/** Every event by the last part of its channel's name. */
export interface EngineEvents {
  readonly open: OpenEvent;
  readonly commit: CommitEvent;
  readonly ref: RefEvent;
  readonly checkpoint: CheckpointEvent;
  readonly refresh: RefreshEvent;
  readonly close: CloseEvent;
}

/** The last part of a channel's name. */
export type EngineTopic = keyof EngineEvents;

/** By topic; `channels.commit` is the channel `helios.commit`. */
export const channels: { readonly [Topic in EngineTopic]: Channel } = {
  open: channel("helios.open"),
  commit: channel("helios.commit"),
  ref: channel("helios.ref"),
  checkpoint: channel("helios.checkpoint"),
  refresh: channel("helios.refresh"),
  close: channel("helios.close"),
};

/** Publishes; `event` is made only when somebody listens. */
export function publish<Topic extends EngineTopic>(topic: Topic, event: () => EngineEvents[Topic]): void {
  const to = channels[topic];
  if (to.hasSubscribers) to.publish(event());
}
