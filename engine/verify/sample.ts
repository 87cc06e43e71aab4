/**
 * Some objects at random, each of them as likely as any other.
 *
 * Hashes are uniform, so a narrow window at a random place among all keys meets each object with the same probability.
 * Of the objects in a window one slot is drawn from a fixed number of slots, more than windows have objects: an empty
 * slot is drawn again. Taking the first object behind a random place would prefer those with a wide gap in front.
 */
import { HeliosError } from "../errors.ts";
import { hashKeyOf } from "../object/ids.ts";
import { SeededRandom } from "../seeded-random.ts";
import { L1Cache } from "../store/l1-cache.ts";
import type { ObjectStore, Row } from "../store/object-store.ts";
import { Objects } from "../store/objects.ts";
import { decodeNode } from "../tree/node.ts";
import type { Findings } from "./damage.ts";
import { notInJournal, objectFinding } from "./object-check.ts";

export interface Sampled {
  readonly sampled: number;
  /** Objects that there are: counted, or estimated from the sample. */
  readonly total: number;
  readonly totalIsExact: boolean;
  /** If this share of the objects were damaged, the sample would have met one with the confidence. */
  readonly detectableFraction: number;
  readonly confidence: number;
  readonly seed: number;
}

const SLOTS = 16;
/** First six bytes of a key, as a number. */
const KEYS = 2 ** 48;
const CONFIDENCE = 0.95;
/** When nearly all objects have been drawn, most draws are repeats. */
const DRAWS_MAX_EACH = 400;
const BASES_L1_BYTES = 8 * 1024 * 1024;

interface Item extends Row {
  readonly kind: "node" | "content";
}

/** Looks at `count` objects, or at all where there are no more. O(count) reads. */
export function sampleObjects(
  l2: ObjectStore | undefined,
  count: number,
  seed: number,
  findings: Findings,
): Sampled {
  if (l2 === undefined) return described(0, 0, true, seed);
  const random = new SeededRandom(seed);
  const width = windowWidth(l2, random);
  const seen = new Set<string>();
  const objects = new Objects(new L1Cache(BASES_L1_BYTES), l2, notInJournal);
  if (width === KEYS) {
    const all = itemsIn(l2, 0, KEYS);
    while (seen.size < Math.min(count, all.length)) look(objects, random.pick(all), seen, findings);
    return described(seen.size, all.length, true, seed);
  }
  let [windows, met] = [0, 0];
  for (let draws = count * DRAWS_MAX_EACH; seen.size < count && draws > 0; draws--) {
    const items = itemsIn(l2, place(random), width);
    windows++;
    met += items.length;
    const item = items[random.below(SLOTS)];
    if (item !== undefined) look(objects, item, seen, findings);
  }
  return described(seen.size, Math.round((met / windows) * (KEYS / width)), false, seed);
}

/** So wide that a window has about a quarter as many objects as there are slots; all keys for a store with few. */
function windowWidth(l2: ObjectStore, random: SeededRandom): number {
  if (itemsIn(l2, 0, KEYS).length <= SLOTS) return KEYS;
  for (let width = KEYS / 2; ; width /= 2) {
    const counts = Array.from({ length: 8 }, () => itemsIn(l2, place(random), width).length);
    if (Math.max(...counts) <= SLOTS / 2) return width;
  }
}

function place(random: SeededRandom): number {
  return (random.u32() / 2 ** 32) * KEYS;
}

/** Objects whose keys are in a window; past the last key it goes on at the first. At most one more than slots. */
function itemsIn(l2: ObjectStore, from: number, width: number): Item[] {
  const items: Item[] = [];
  const parts = from + width > KEYS ? [[from, KEYS], [0, from + width - KEYS]] : [[from, from + width]]; // prettier-ignore
  for (const [low, high] of parts)
    for (const kind of ["node", "content"] as const) {
      const limit = SLOTS + 1 - items.length;
      const bounds = { gte: keyAt(low!), ...(high! < KEYS ? { lt: keyAt(high!) } : {}), limit };
      if (limit > 0)
        for (const row of l2.range(kind === "node" ? "nodes" : "blobs", bounds)) items.push({ kind, ...row });
    }
  return items;
}

function keyAt(place: number): Buffer {
  const key = Buffer.alloc(6);
  key.writeUIntBE(Math.min(KEYS - 1, Math.floor(place)), 0, 6);
  return key;
}

function look(objects: Objects, { kind, key, value }: Item, seen: Set<string>, findings: Findings): void {
  const name = `${kind} ${key.toString("hex")}`;
  if (seen.has(name)) return;
  seen.add(name);
  try {
    if (kind === "node") decodeNode(value, key);
    else objects.checkRow(hashKeyOf(key), value);
  } catch (error) {
    if (!(error instanceof HeliosError)) throw error;
    findings.add(objectFinding(kind, key, error));
  }
}

/**
 * If a share f of all objects is damaged, k of them drawn at random are all sound with probability (1 - f)^k at most
 * (drawn without replacement, it is less). The share for which that is 5 % is what the sample can detect.
 */
function described(sampled: number, total: number, totalIsExact: boolean, seed: number): Sampled {
  const share = sampled === 0 ? 1 : 1 - (1 - CONFIDENCE) ** (1 / sampled);
  const detectableFraction = totalIsExact && sampled === total && total > 0 ? 1 / total : share;
  return {
    sampled,
    total: Math.max(total, sampled),
    totalIsExact,
    detectableFraction,
    confidence: CONFIDENCE,
    seed,
  };
}
