/**
 * The ids of the engine, each a type of its own and made only here.
 *
 * In memory a hash is a `HashKey`: 32 characters, one per byte. Such a string is a map key half as long as hex
 * and is made in about 60 ns.
 */
import { HeliosError } from "../errors.ts";

/** `blake3:<64 hex>`: the root hash of a state. */
export type SnapshotId = string & { readonly brand: "SnapshotId" };

/** 32 characters in the range 0..255: the bytes of a BLAKE3 hash. */
export type HashKey = string & { readonly brand: "HashKey" };

/** Position of a commit in its store's journal, from 1. */
export type Sequence = number;

const SNAPSHOT_ID = /^blake3:[0-9a-f]{64}$/;

const keyScratch = Buffer.allocUnsafeSlow(32);

/** Refuses anything that is not `blake3:` and 64 lower-case hex digits with SNAPSHOT_ID_INVALID. */
export function parseSnapshotId(text: string): SnapshotId {
  if (!SNAPSHOT_ID.test(text)) {
    throw new HeliosError(
      "SNAPSHOT_ID_INVALID",
      `"${text}" is not a snapshot id`,
      'A snapshot id is "blake3:" and 64 hex digits; `helios-cli log` lists those of a store.',
    );
  }
  return text as SnapshotId;
}

export function snapshotIdOf(hash: Uint8Array): SnapshotId {
  keyScratch.set(hash);
  return `blake3:${keyScratch.toString("hex")}` as SnapshotId;
}

export function hashOfSnapshotId(id: SnapshotId): Buffer {
  return Buffer.from(id.slice("blake3:".length), "hex");
}

export function hashKeyOf(hash: Uint8Array): HashKey {
  // Copying 32 bytes into a Buffer that exists is quicker than making a Buffer around them.
  if (Buffer.isBuffer(hash)) return hash.toString("latin1", 0, 32) as HashKey;
  keyScratch.set(hash);
  return keyScratch.toString("latin1") as HashKey;
}

export function hashOfKey(key: HashKey): Buffer {
  return Buffer.from(key, "latin1");
}

export function hexOfKey(key: HashKey): string {
  return hashOfKey(key).toString("hex");
}

/** The same memory seen as a Buffer; no copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `c<sequence>`: unique in one store, not across stores. */
export function commitIdOf(sequence: Sequence): string {
  return `c${sequence}`;
}

export function parseCommitId(text: string): Sequence | undefined {
  return /^c[1-9][0-9]{0,14}$/.test(text) ? Number(text.slice(1)) : undefined;
}
