/**
 * What looking for a content costs that is not there, which a checkpoint does for each content it is about to write:
 * with what a backend has of its own (RocksDB a Bloom filter for each table), and with a filter of ours in front. Prints
 * the table that README.md quotes.
 *
 *   node store/lookup.bench.ts [KEYS]
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backendOf, PERSISTENT_KINDS } from "./backends.ts";
import type { ObjectStore } from "./object-store.ts";

export interface LookupRow {
  readonly store: string;
  readonly hitUs: number;
  readonly missUs: number;
}

const VALUE_BYTES = 200;
const BATCH = 2000;
const LOOKUPS = 20_000;
const BITS_PER_KEY = 10;
const PROBES = 7;

export async function benchLookups(keys: number): Promise<LookupRow[]> {
  const rows: LookupRow[] = [];
  for (const kind of PERSISTENT_KINDS) {
    const directory = mkdtempSync(join(tmpdir(), "helios-lookup-"));
    try {
      const backend = await backendOf(kind);
      let store = await backend.open(directory);
      const sample = fill(store, keys);
      await store.settle();
      await store.close();
      store = await backend.open(directory);
      await store.settle();
      const missing = Array.from({ length: LOOKUPS }, () => randomBytes(32));
      const hitUs = timeUs(sample, (key) => store.get("blobs", key) !== undefined);
      const missUs = timeUs(missing, (key) => store.get("blobs", key) === undefined);
      rows.push({ store: kind, hitUs, missUs });
      const filter = new Filter(keys);
      const startedMs = performance.now();
      for (const key of allKeys(store)) filter.add(key);
      const filled = Math.round(performance.now() - startedMs);
      const has = (key: Buffer) => filter.mayHave(key) && store.get("blobs", key) !== undefined;
      rows.push({
        store: `${kind}, filter in front (${filled} ms to fill, ${Math.round(filter.bytes / 1024)} KiB)`,
        hitUs: timeUs(sample, has),
        missUs: timeUs(missing, (key) => !has(key)),
      });
      await store.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  return rows;
}

function fill(store: ObjectStore, keys: number): Buffer[] {
  const sample: Buffer[] = [];
  for (let done = 0; done < keys; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, keys - done) }, () => ({
      kind: "put" as const,
      space: "blobs" as const,
      key: randomBytes(32),
      value: randomBytes(VALUE_BYTES),
    }));
    store.write(batch);
    for (const { key } of batch)
      if (sample.length < LOOKUPS && Math.random() < LOOKUPS / keys) sample.push(key);
  }
  return sample;
}

function* allKeys(store: ObjectStore): Iterable<Buffer> {
  for (let gte: Buffer = Buffer.from([0]); ;) {
    const rows = store.range("blobs", { gte, limit: 5000 });
    if (rows.length === 0) return;
    for (const { key } of rows) yield key;
    gte = Buffer.concat([rows.at(-1)!.key, Buffer.alloc(1)]);
  }
}

function timeUs(keys: readonly Buffer[], check: (key: Buffer) => boolean): number {
  const startedMs = performance.now();
  for (const key of keys) if (!check(key)) throw new Error("a lookup went wrong");
  return ((performance.now() - startedMs) / Math.max(1, keys.length)) * 1000;
}

/** The filter that would be in front: keys are uniform hashes, so their own words are the probes. */
class Filter {
  readonly #words: Uint32Array;

  constructor(keys: number) {
    this.#words = new Uint32Array(Math.ceil((keys * BITS_PER_KEY) / 32));
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  add(key: Buffer): void {
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = this.#bit(key, probe);
      this.#words[bit >>> 5]! |= 1 << (bit & 31);
    }
  }

  mayHave(key: Buffer): boolean {
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = this.#bit(key, probe);
      if ((this.#words[bit >>> 5]! & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }

  #bit(key: Buffer, probe: number): number {
    return key.readUInt32LE(4 * probe) % (this.#words.length * 32);
  }
}

if (import.meta.main) {
  const keys = Number(process.argv[2] ?? 1_000_000);
  // oxlint-disable-next-line eslint/no-console -- a benchmark's result is what it prints
  console.table(await benchLookups(keys));
}
