/**
 * L1: an in-memory LRU over immutable objects, bounded in bytes. A Map keeps insertion order, so taking an entry out
 * and putting it in again makes it the youngest. Capacity 0 turns it off: every lookup is a miss, nothing is kept.
 *
 * A full cache makes room for many entries at once: finding the oldest one means walking over the places of all that
 * have been deleted since V8 last rebuilt the map, thousands of them.
 */
import type { HashKey } from "../object/ids.ts";

/** Share of the capacity that an eviction frees; a small cache frees no more than it must. */
const EVICTED_SHARE = 1 / 64;
const SMALL_BYTES = 1024 * 1024;
/** What an entry costs beside its bytes: key, Buffer object, map slot. Measured on Node 24. */
const ENTRY_OVERHEAD_BYTES = 200;

/** What the object cache has done and holds. */
export interface L1Counters {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly sizeBytes: number;
  readonly items: number;
  readonly capacityBytes: number;
}

export class L1Cache {
  readonly #capacityBytes: number;
  readonly #objects = new Map<HashKey, Buffer>();
  #sizeBytes = 0;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** The cached bytes themselves, without a copy: they must not be written to. */
  get(key: HashKey): Buffer | undefined {
    const bytes = this.#objects.get(key);
    if (bytes === undefined) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    this.#objects.delete(key);
    this.#objects.set(key, bytes);
    return bytes;
  }

  /** Looks without counting and without making the entry younger. */
  peek(key: HashKey): Buffer | undefined {
    return this.#objects.get(key);
  }

  put(key: HashKey, bytes: Buffer): void {
    const cost = bytes.length + ENTRY_OVERHEAD_BYTES;
    if (cost > this.#capacityBytes || this.#objects.has(key)) return;
    this.#objects.set(key, bytes);
    this.#sizeBytes += cost;
    if (this.#sizeBytes > this.#capacityBytes) this.#evict();
  }

  get counters(): L1Counters {
    return {
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      sizeBytes: this.#sizeBytes,
      items: this.#objects.size,
      capacityBytes: this.#capacityBytes,
    };
  }

  #evict(): void {
    const share = this.#capacityBytes < SMALL_BYTES ? 0 : EVICTED_SHARE;
    const keptBytes = this.#capacityBytes * (1 - share);
    for (const [key, bytes] of this.#objects) {
      if (this.#sizeBytes <= keptBytes) return;
      this.#objects.delete(key);
      this.#sizeBytes -= bytes.length + ENTRY_OVERHEAD_BYTES;
      this.#evictions++;
    }
  }
}
