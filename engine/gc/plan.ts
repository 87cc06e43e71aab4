/**
 * The row that says how far a collection has come, so that whoever opens the store next can put it right:
 *
 *     copying     kept records are being copied into new segments, from `firstSegment` on. Nothing else has changed:
 *                 killed here, the new segments are removed and nothing has happened.
 *     collected   in one batch the checkpoint's mark, the index and this row went over to the new segments. The older
 *                 ones and whatever only dropped commits needed are removed; killed here, that is done again.
 *
 * New segments have higher numbers than the old, with one number left free: a reader that waits for the segment after
 * the last old one never takes them for new commits.
 */
import { HeliosError } from "../errors.ts";
import type { ObjectStore, StoreWrite } from "../store/object-store.ts";

export interface CollectionPlan {
  readonly stage: "copying" | "collected";
  readonly firstSegment: number;
}

const META_PLAN = Buffer.from("collection");
/** Written by the first collection: how many commits have been dropped so far, and when the last one was. */
export const META_COLLECTED = Buffer.from("collected");

export interface Collected {
  readonly commits: number;
  readonly timeMs: number;
}

export function readPlan(l2: ObjectStore): CollectionPlan | undefined {
  const value = parse(l2.get("meta", META_PLAN));
  if (value === undefined) return undefined;
  const { stage, firstSegment } = value as Partial<CollectionPlan>;
  if (
    (stage === "copying" || stage === "collected") &&
    Number.isSafeInteger(firstSegment) &&
    firstSegment! > 0
  )
    return { stage, firstSegment: firstSegment! };
  throw damaged("plan");
}

export function planWrite(plan: CollectionPlan): StoreWrite {
  return { kind: "put", space: "meta", key: META_PLAN, value: Buffer.from(JSON.stringify(plan)) };
}

export function planDelete(): StoreWrite {
  return { kind: "delete", space: "meta", key: META_PLAN };
}

export function readCollected(l2: ObjectStore): Collected {
  const value = parse(l2.get("meta", META_COLLECTED)) ?? { commits: 0, timeMs: 0 };
  const { commits, timeMs } = value as Partial<Collected>;
  if (!Number.isSafeInteger(commits) || !Number.isFinite(timeMs)) throw damaged("count");
  return { commits: commits!, timeMs: timeMs! };
}

export function collectedWrite(collected: Collected): StoreWrite {
  return { kind: "put", space: "meta", key: META_COLLECTED, value: Buffer.from(JSON.stringify(collected)) };
}

function parse(bytes: Buffer | undefined): unknown {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString()) ?? {};
  } catch {
    return {};
  }
}

function damaged(what: string): HeliosError {
  return new HeliosError(
    "STORE_CORRUPT",
    `the ${what} of the last collection is damaged`,
    "Restore the store from a copy.",
  );
}
