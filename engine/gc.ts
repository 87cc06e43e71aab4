/**
 * Collection: a store keeps every commit, until somebody collects those that nobody can want any more. What stays are the
 * commits that refs and pins name, young ones, and all their ancestors.
 *
 * The store must not be open anywhere for writing: a working set would go on from a state that is being removed. The
 * order of writes is in gc/plan.ts; killed at any point, the store has its kept commits, and the next opening finishes or
 * takes back the rest. A store with damage is not collected: what is damaged may be what a copy must be compared with.
 */
import type { FreedSpaces } from "./gc/sweep.ts";
import { Helios } from "./helios.ts";
import { readFormat } from "./store/format.ts";
import { openL2 } from "./store/open-l2.ts";

/** Which store is collected, and what stays. */
export interface CollectOptions {
  /** The store root. */
  readonly root: string;
  /** Commits younger than this stay, whoever names them. Default: a day. */
  readonly graceMs?: number;
  /** Counts what would go and removes nothing. */
  readonly dryRun?: boolean;
  /** Milliseconds since 1970; default now. */
  readonly nowMs?: number;
  /** Told how far each step is. */
  readonly onProgress?: (step: CollectStep, done: number, total: number) => void;
  /** @internal Called in front of everything that changes the store. */
  readonly onStep?: (step: string) => void;
}

/** What a collection is at. */
export type CollectStep = "checking" | "copying" | "sweeping";

/** What was kept and what was freed. */
export interface CollectResult {
  readonly dryRun: boolean;
  readonly commits: { readonly kept: number; readonly dropped: number };
  /** Bytes of the journal's files before and after. */
  readonly journal: { readonly beforeBytes: number; readonly afterBytes: number };
  /** Rows that went from the object store, and their bytes: the backend gives the space back when it compacts. */
  readonly objects: FreedSpaces;
  readonly durationMs: number;
}

/** Commits younger than this stay: a day. */
export const DEFAULT_GRACE_MS = 24 * 60 * 60 * 1000;

/**
 * Cost: reads the journal, writes what of it stays, computes the states of the kept commits (15 us each) and walks their
 * trees. STORE_MISSING, STORE_LOCKED, STORE_CORRUPT (nothing has been changed then), DISK_FULL.
 */
export async function collectGarbage(options: CollectOptions): Promise<CollectResult> {
  const startedMs = performance.now();
  const { root } = options;
  // Loaded when somebody collects: every program that uses the engine would wait for it.
  const { Collection } = await import("./gc/collection.ts");
  await bringUpToDate(root);
  const l2 = await openL2(root, readFormat(root)!);
  try {
    return { ...new Collection(options, l2).run(), durationMs: performance.now() - startedMs };
  } finally {
    await l2.close();
  }
}

/** Finishes what an earlier collection left, and brings all of the journal into L2. */
async function bringUpToDate(root: string): Promise<void> {
  const helios = await Helios.open({ root, create: false });
  try {
    await helios.checkpoint();
  } finally {
    await helios.close();
  }
}
