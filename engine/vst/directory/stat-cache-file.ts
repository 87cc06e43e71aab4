/** Reads, checks, replaces and patches the file of a stat cache; `stat-cache.ts` says what is in it. */
import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { HASH_BYTES, hashBlob } from "../../object/hash.ts";
import { type CacheEntry, HEADER, loadShape, type StatCache } from "./stat-cache.ts";

/** Fills state and vouched of a cache that no state may be added to. */
const NEVER_BYTE = 0xff;
/** A patch of more entries than this is not cheaper than a new file. */
const PATCH_MAX_ENTRIES = 2000;

/** What is written beside the entries. */
export interface CacheHead {
  readonly beganMs: number;
  readonly policy: number;
  /** Root hash of the snapshot with exactly these files, where known; "never": no snapshot has these and no more. */
  readonly state: Uint8Array | "never" | undefined;
}

/** Undefined for a file that is missing, torn, of another version or otherwise not to be trusted. */
export function loadStatCache(file: string): StatCache | undefined {
  const cache = loadShape(file);
  return cache !== undefined && isSound(cache) ? cache : undefined;
}

/** Whether a cache is as it was saved. */
export function isSound({ bytes }: StatCache): boolean {
  return bytes.subarray(HEADER.check, HEADER.state).equals(checkOf(bytes));
}

/** Puts a complete cache in the place of the one that is there. Answers its check. */
export function replaceStatCache(file: string, cache: StatCache, head: CacheHead): Buffer {
  const temporary = `${file}.tmp`;
  const check = finish(cache, head);
  const descriptor = openSync(temporary, "w", 0o644);
  try {
    writeFully(descriptor, cache.bytes, 0);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
  return check;
}

/**
 * Writes only the changed entries of a cache whose names are as they were, in place: replacing a file of 10 MB costs
 * some 20 ms, most of it the file system's. Killed in between, the check does not fit and the cache is not believed.
 * Answers undefined, having done nothing, where a new file is the better way.
 */
export function patchStatCache(
  file: string,
  cache: StatCache,
  head: CacheHead,
  changed: readonly CacheEntry[],
): Buffer | undefined {
  if (changed.length > PATCH_MAX_ENTRIES) return undefined;
  const before = Buffer.from(cache.bytes.subarray(0, HEADER.bytes));
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return undefined;
  const check = finish(cache, head);
  try {
    const present = Buffer.alloc(HEADER.bytes);
    readSync(descriptor, present, 0, HEADER.bytes, 0);
    // Another process has replaced it meanwhile: its file is as good as ours, but a patch would make it neither.
    if (!present.equals(before) || fstatSync(descriptor).size !== cache.bytes.length) return undefined;
    writeFully(descriptor, Buffer.alloc(HASH_BYTES), HEADER.check);
    for (const entry of changed) {
      for (const [start, length] of cache.rangesOf(entry))
        writeFully(descriptor, cache.bytes.subarray(start, start + length), start);
    }
    writeFully(descriptor, cache.bytes.subarray(0, HEADER.bytes), 0);
  } finally {
    closeSync(descriptor);
  }
  return check;
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, "r+");
  } catch {
    return undefined;
  }
}

/**
 * Adds to a saved cache the snapshot that has exactly its files; not where the cache has another check than expected.
 * In place: a torn write only forgets the state.
 */
export function rememberState(file: string, check: Uint8Array, state: Uint8Array): void {
  const descriptor = openSync(file, "r+");
  try {
    const head = Buffer.alloc(HEADER.bytes);
    readSync(descriptor, head, 0, HEADER.bytes, 0);
    if (!head.subarray(HEADER.check, HEADER.state).equals(check)) return;
    if (head.subarray(HEADER.state).every((byte) => byte === NEVER_BYTE)) return;
    writeFully(descriptor, vouch(check, state), HEADER.state);
  } finally {
    closeSync(descriptor);
  }
}

function finish(cache: StatCache, { beganMs, policy, state }: CacheHead): Buffer {
  const { bytes } = cache;
  bytes.writeDoubleLE(beganMs, HEADER.began);
  bytes.writeUInt32LE(policy, HEADER.policy);
  const check = checkOf(bytes);
  check.copy(bytes, HEADER.check);
  bytes.fill(state === "never" ? NEVER_BYTE : 0, HEADER.state, HEADER.bytes);
  if (state !== undefined && state !== "never") vouch(check, state).copy(bytes, HEADER.state);
  return check;
}

function checkOf(bytes: Buffer): Buffer {
  const head = hashBlob(bytes.subarray(0, HEADER.check));
  const body = hashBlob(bytes.subarray(HEADER.bytes));
  return Buffer.from(hashBlob(Buffer.concat([head, body])));
}

/** Root hash of the snapshot that has exactly these files; undefined when that is not known. */
export function stateOf({ bytes }: StatCache): Buffer | undefined {
  const state = Buffer.from(bytes.subarray(HEADER.state, HEADER.vouched));
  const expected = vouch(bytes.subarray(HEADER.check, HEADER.state), state);
  return expected.equals(bytes.subarray(HEADER.state, HEADER.bytes)) ? state : undefined;
}

/** The state and the checksum that ties it to these very files. */
function vouch(check: Uint8Array, state: Uint8Array): Buffer {
  return Buffer.concat([state, hashBlob(Buffer.concat([check, state]))]);
}

function writeFully(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, position + written);
  }
}
