/**
 * Which keys begin a node, and on how many levels: the rule that makes the tree depend on its content alone.
 *
 * The level of a key is the number of whole groups of three zero bits at the low end of its BLAKE3 hash: one key
 * in 8 has level >= 1, one in 64 has level >= 2. On tree level l a key of level > l begins a run; runs therefore
 * hold 8 entries on average (Q = 8). A rule that looks at keys alone can be mined, and no rule that gives equal
 * sets equal trees escapes that (Snyder, "On uniquely represented data structures", FOCS 1977), so a node's size
 * does not depend on luck: a run longer than PIECE_MAX_ENTRIES or PIECE_MAX_KEY_BYTES is cut into pieces under an
 * index of its own (see node.ts). Chosen keys can make an update slower, never a node large.
 */
import { hashBlob } from "../object/hash.ts";

export const MAX_LEVEL = 15;
export const PIECE_MAX_ENTRIES = 64;
export const PIECE_MAX_KEY_BYTES = 8192;

const BITS_PER_LEVEL = 3;

/** Level of a key, 0..MAX_LEVEL. Cost: one hash of the key, about 0.4 us. */
export function levelOfKey(key: Uint8Array): number {
  const hash = hashBlob(key);
  const low = (hash[0]! | (hash[1]! << 8) | (hash[2]! << 16) | (hash[3]! << 24)) >>> 0;
  if (low !== 0) return Math.min(MAX_LEVEL, Math.floor(trailingZeros(low) / BITS_PER_LEVEL));
  const high = (hash[4]! | (hash[5]! << 8) | (hash[6]! << 16) | (hash[7]! << 24)) >>> 0;
  return Math.min(MAX_LEVEL, Math.floor((32 + (high === 0 ? 32 : trailingZeros(high))) / BITS_PER_LEVEL));
}

function trailingZeros(value: number): number {
  return 31 - Math.clz32(value & -value);
}
