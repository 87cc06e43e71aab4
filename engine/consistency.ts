/**
 * Consistency: how far what a store has acknowledged may run ahead of what is durable in its class and visible to
 * readers elsewhere.
 *
 * - `strong`: not at all. A commit returns when it is durable.
 * - `bounded`: by at most `maxCommits` commits, and by commits of the last `maxStaleMs` milliseconds. The clock is
 *   looked at by each commit and by a timer, so a thread that neither commits nor yields stretches the second bound.
 * - `eventual`: by what one buffer holds (1 MiB) or a second's commits.
 *
 * A reader in another process or thread sees what has left its writer: with `strong` all of it each time it is asked
 * for a ref, a commit or an id; otherwise what it last saw, unless that is older than `maxStaleMs` (a second).
 *
 * A store that is closed, or whose process ends by itself, holds nothing back. `Helios.durable()` waits for everything.
 */
import { HeliosError } from "./errors.ts";
import type { HoldBack } from "./journal/file-journal.ts";

/** How far what is acknowledged may run ahead of what is durable and visible; the head of this file has the contract. */
export type Consistency =
  | "strong"
  | "eventual"
  | { readonly bounded: { readonly maxCommits?: number; readonly maxStaleMs?: number } };

const EVENTUAL: HoldBack = { appends: Infinity, ms: 1000 };

/** What a consistency lets the journal hold back. CONSISTENCY_INVALID where no bound is given or one is no number. */
export function holdBackOf(consistency: Consistency = "strong"): HoldBack | undefined {
  if (consistency === "strong") return undefined;
  if (consistency === "eventual") return EVENTUAL;
  const { maxCommits, maxStaleMs } = consistency.bounded;
  for (const bound of [maxCommits, maxStaleMs])
    if (bound !== undefined && !(bound >= 0)) throw invalid(`${bound} is not a bound`);
  if (maxCommits === undefined && maxStaleMs === undefined) throw invalid("it has no bound");
  return { appends: maxCommits ?? Infinity, ms: maxStaleMs ?? Infinity };
}

/** For how many milliseconds a reader may go on with what it knows. CONSISTENCY_INVALID. */
export function staleMsOf(consistency: Consistency = "strong"): number {
  const holdBack = holdBackOf(consistency);
  // A bound in commits alone cannot be kept without looking.
  return holdBack === undefined || holdBack.ms === Infinity ? 0 : holdBack.ms;
}

function invalid(why: string): HeliosError {
  return new HeliosError(
    "CONSISTENCY_INVALID",
    `this consistency cannot be: ${why}`,
    'Use "strong", "eventual", or { bounded: { maxCommits, maxStaleMs } } with one number or both.',
  );
}
