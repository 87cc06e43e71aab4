/** The counters of an open store, put together from the parts that count. */
import { type Core, type Durability, META_LATENCY } from "../core.ts";
import { readCollected } from "../gc/plan.ts";
import type { L1Counters } from "../store/l1-cache.ts";
import { DEFAULT_REF } from "../vst/states.ts";
import { journalSizeBytes } from "./journal-size.ts";
import { writeStoredStats } from "./stored-stats.ts";

/** Counters of a store; null where nobody measured. Those of work done count from the opening of the store. */
export interface EngineStats {
  /** Paths in the state that `main` (or else the newest commit) names. */
  readonly entries: number;
  /** Those that have been collected are not counted. */
  readonly commits: number;
  readonly l2: string;
  readonly durability: Durability;
  readonly l1: L1Counters;
  /** Time to acknowledgement. Of this process; of the last process that committed, where this one has not. */
  readonly commit_latency_us_p50: number | null;
  readonly commit_latency_us_p95: number | null;
  readonly commit_latency_us_p99: number | null;
  /** Contents that commits brought, and their bytes. */
  readonly new_objects: number;
  readonly new_bytes: number;
  /** Different contents ever committed, estimated: within 2.5 % of the truth in 997 of 1,000 cases. */
  readonly distinct_objects_estimate: number;
  /** Objects that had to be read from L2, and how many of them L1 then kept. */
  readonly first_read_from_l2_total: number;
  readonly lazy_restore_promotions: number;
  readonly journal: JournalStats;
  readonly checkpoints: CheckpointStats;
}

/** The journal on disk, and what of it L2 does not have yet: what the next opening would replay. */
export interface JournalStats {
  readonly sizeBytes: number;
  readonly tailCommits: number;
  readonly tailBytes: number;
}

/** Checkpoints of this process. */
export interface CheckpointStats {
  readonly done: number;
  /** Why the last one in the background came to nothing; null when it did its work. */
  readonly failure: string | null;
}

interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Cost: about 0.1 ms, nearly all of it the sizes of the journal's files. `root` is undefined in class `memory`. */
export function statsOf(core: Core, root: string | undefined): EngineStats {
  const head = core.refs.get(DEFAULT_REF) ?? (core.lastSequence === 0 ? undefined : core.lastSequence);
  const { objects } = core;
  const latency = latencyOf(core);
  return {
    entries: head === undefined ? 0 : core.rootOf(head).entries,
    commits: core.lastSequence - readCollected(core.l2).commits,
    l2: core.l2.kind,
    durability: core.durability,
    l1: objects.l1.counters,
    commit_latency_us_p50: latency?.p50 ?? null,
    commit_latency_us_p95: latency?.p95 ?? null,
    commit_latency_us_p99: latency?.p99 ?? null,
    new_objects: core.newObjects,
    new_bytes: core.newBytes,
    distinct_objects_estimate: core.objectsSeen,
    first_read_from_l2_total: objects.firstReadFromL2,
    lazy_restore_promotions: objects.promotions,
    ...journalAndCheckpoints(core, root),
  };
}

/**
 * For a store that is about to be closed: takes its counters now, and writes them when called afterwards. Undefined
 * where they cannot be had, since a store must close that no longer reads.
 */
export function statsToLeave(core: Core, root: string): (() => void) | undefined {
  try {
    const stats = statsOf(core, root);
    return () => writeStoredStats(root, { ...stats, ...journalAndCheckpoints(core, root) });
  } catch {
    return undefined;
  }
}

/** The part that closing a store still changes; can be asked of a closed one. */
function journalAndCheckpoints(
  core: Core,
  root: string | undefined,
): Pick<EngineStats, "journal" | "checkpoints"> {
  return {
    journal: {
      sizeBytes: root === undefined ? 0 : journalSizeBytes(root),
      tailCommits: core.history.tailCommits,
      tailBytes: core.tailBytes,
    },
    checkpoints: { done: core.checkpoints, failure: core.checkpointFailure ?? null },
  };
}

function latencyOf(core: Core): Percentiles | undefined {
  const { latencyNs } = core;
  if (latencyNs.count > 0) {
    const us = (percentile: number) => latencyNs.percentile(percentile) / 1000;
    return { p50: us(50), p95: us(95), p99: us(99) };
  }
  const saved = core.l2.get("meta", META_LATENCY);
  return saved === undefined ? undefined : (JSON.parse(saved.toString()) as Percentiles);
}
