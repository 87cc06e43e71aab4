/**
 * A tree node, kept in memory as the very bytes that are hashed and stored.
 *
 * Encoding, version 1 (integers little-endian):
 *
 *     u8 version, u8 level, u8 spill, u8 zero, u16 count, u16 prefixLength
 *     prefix                       common prefix of all keys
 *     u16 suffixEnd[count]         cumulative, from the start of the suffixes
 *     suffixes
 *     values[count]                leaf: hash 32, mode u8, size u48; otherwise: child hash 32, entries u48
 *
 * A value therefore sits at an offset known from the header, and the common change (new content at a known path)
 * is a patch of 39 bytes in a leaf and of 32 in each node above it.
 *
 * `spill` is 0 for an ordinary node. A run too long for one node (see boundary.ts) is cut into pieces; nodes with
 * spill 1 index pieces of the same level, nodes with spill 2 index those, and so on.
 *
 * Ownership: a node belongs to the working set whose token it carries and may be patched by that one only; anyone
 * else copies it first. Forking is O(1) because it only hands out new tokens.
 */
import { HeliosError } from "../errors.ts";
import { hashNode } from "../object/hash.ts";
import { PIECE_MAX_ENTRIES } from "./boundary.ts";
import { PATH_MAX_BYTES } from "./path.ts";

export const NODE_VERSION = 1;
const HEADER_BYTES = 8;
const HASH = 32;
export const LEAF_VALUE_BYTES = 39;
export const CHILD_VALUE_BYTES = 38;

/** Bytes of leaves and of inner nodes come from separate slabs: inner nodes die young, leaves do not, and a slab
 * lives as long as its longest-lived node. */
const SLAB_BYTES = 32 * 1024;

class Arena {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;

  allocate(bytes: number): Buffer {
    if (bytes > SLAB_BYTES / 8) return Buffer.allocUnsafeSlow(bytes);
    if (this.#used + bytes > SLAB_BYTES) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += bytes;
    return this.#slab.subarray(start, start + bytes);
  }
}

const leafArena = new Arena();
const innerArena = new Arena();

export class TreeNode {
  readonly bytes: Buffer;
  readonly level: number;
  readonly spill: number;
  readonly count: number;
  readonly prefixLength: number;
  /** Offset of the suffix end table, of the suffixes, of the values. */
  readonly ends: number;
  readonly suffixes: number;
  readonly values: number;
  /** Token of the working set that may patch this node; 0: nobody. */
  owner: number;
  /** Known hash of `bytes`; null while unknown or out of date. */
  hash: Uint8Array | null = null;
  /** This node and all below it are in L2. */
  stored = false;
  /** In-memory children; null where only the hash is known. Null for a leaf. */
  children: (TreeNode | null)[] | null;
  /** Slots whose child hash in `bytes` is out of date: bits 0..31 and 32..63. */
  staleLow = 0;
  staleHigh = 0;

  constructor(bytes: Buffer, owner: number, children: (TreeNode | null)[] | null) {
    this.bytes = bytes;
    this.level = bytes[1]!;
    this.spill = bytes[2]!;
    this.count = bytes[4]! | (bytes[5]! << 8);
    this.prefixLength = bytes[6]! | (bytes[7]! << 8);
    this.ends = HEADER_BYTES + this.prefixLength;
    this.suffixes = this.ends + 2 * this.count;
    const last = this.ends + 2 * (this.count - 1);
    this.values = this.suffixes + (this.count === 0 ? 0 : bytes[last]! | (bytes[last + 1]! << 8));
    this.owner = owner;
    this.children = children;
  }

  /** Holds entries, not children. */
  get isLeaf(): boolean {
    return this.level === 0 && this.spill === 0;
  }

  /** Number of entries at and below this node. Cost: one pass over the children. */
  get entries(): number {
    if (this.isLeaf) return this.count;
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += this.childEntries(i);
    return sum;
  }

  clone(owner: number): TreeNode {
    const bytes = (this.isLeaf ? leafArena : innerArena).allocate(this.bytes.length);
    this.bytes.copy(bytes);
    const copy = new TreeNode(bytes, owner, this.children === null ? null : this.children.slice());
    copy.staleLow = this.staleLow;
    copy.staleHigh = this.staleHigh;
    return copy;
  }

  suffixEnd(i: number): number {
    const at = this.ends + 2 * i;
    return this.suffixes + (this.bytes[at]! | (this.bytes[at + 1]! << 8));
  }

  suffixStart(i: number): number {
    return i === 0 ? this.suffixes : this.suffixEnd(i - 1);
  }

  keyLength(i: number): number {
    return this.prefixLength + this.suffixEnd(i) - this.suffixStart(i);
  }

  /** Sum of all key lengths, as the piece rule counts them. */
  get keyBytes(): number {
    return this.count * this.prefixLength + (this.values - this.suffixes);
  }

  key(i: number): Buffer {
    const start = this.suffixStart(i);
    const end = this.suffixEnd(i);
    const key = Buffer.allocUnsafe(this.prefixLength + end - start);
    this.bytes.copy(key, 0, HEADER_BYTES, HEADER_BYTES + this.prefixLength);
    this.bytes.copy(key, this.prefixLength, start, end);
    return key;
  }

  path(i: number): string {
    const start = this.suffixStart(i);
    // A shared prefix may end inside a character, so the bytes are joined before decoding.
    return this.prefixLength === 0
      ? this.bytes.toString("utf8", start, this.suffixEnd(i))
      : this.key(i).toString();
  }

  /**
   * Index of the key, or `~insertionIndex` when it is absent. `key` holds the key in its first `length` bytes.
   */
  search(key: Uint8Array, length: number): number {
    const bytes = this.bytes;
    const prefixLength = this.prefixLength;
    const shared = length < prefixLength ? length : prefixLength;
    for (let i = 0; i < shared; i++) {
      const difference = key[i]! - bytes[HEADER_BYTES + i]!;
      if (difference !== 0) return difference < 0 ? ~0 : ~this.count;
    }
    if (length < prefixLength) return ~0;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(middle, key, length);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return ~low;
  }

  /** Sign of (key i) - (given key), the shared prefix being equal already. */
  #compare(i: number, key: Uint8Array, length: number): number {
    const bytes = this.bytes;
    let at = this.suffixStart(i);
    const end = this.suffixEnd(i);
    let k = this.prefixLength;
    while (at < end && k < length) {
      const difference = bytes[at]! - key[k]!;
      if (difference !== 0) return difference;
      at++;
      k++;
    }
    return end - at - (length - k);
  }

  /** Index of the child whose range holds the key. */
  childIndex(key: Uint8Array, length: number): number {
    const found = this.search(key, length);
    if (found >= 0) return found;
    // Below the first separator only inside an index of pieces, whose first key is not a lower bound.
    return found === ~0 ? 0 : ~found - 1;
  }

  valueAt(i: number): number {
    return this.values + i * (this.isLeaf ? LEAF_VALUE_BYTES : CHILD_VALUE_BYTES);
  }

  childEntries(i: number): number {
    return this.bytes.readUIntLE(this.valueAt(i) + HASH, 6);
  }

  setChildEntries(i: number, entries: number): void {
    this.bytes.writeUIntLE(entries, this.valueAt(i) + HASH, 6);
  }

  childHash(i: number): Buffer {
    const at = this.valueAt(i);
    return this.bytes.subarray(at, at + HASH);
  }

  markStale(i: number): void {
    if (i < 32) this.staleLow |= 1 << i;
    else this.staleHigh |= 1 << (i - 32);
  }

  /** Brings every hash at and below this node up to date. Cost: one hash per changed node. */
  computeHash(): Uint8Array {
    if (this.hash !== null) return this.hash;
    if (this.staleLow !== 0 || this.staleHigh !== 0) {
      this.#refresh(this.staleLow, 0);
      this.#refresh(this.staleHigh, 32);
      this.staleLow = 0;
      this.staleHigh = 0;
    }
    return (this.hash = hashNode(this.bytes));
  }

  #refresh(mask: number, offset: number): void {
    while (mask !== 0) {
      const bit = 31 - Math.clz32(mask & -mask);
      mask &= mask - 1;
      const i = offset + bit;
      this.bytes.set(this.children![i]!.computeHash(), this.valueAt(i));
    }
  }
}

/** Entries of one run, decoded: the form in which the tree's shape is changed. */
export interface Run {
  readonly keys: Buffer[];
  /** LEAF_VALUE_BYTES or CHILD_VALUE_BYTES each. */
  readonly values: Buffer[];
  /** Empty on level 0. */
  readonly children: (TreeNode | null)[];
}

/** Encodes entries from..to of a run as one node. */
export function encodeNode(
  level: number,
  spill: number,
  run: Run,
  from: number,
  to: number,
  owner: number,
): TreeNode {
  const leaf = level === 0 && spill === 0;
  const count = to - from;
  const prefixLength = count === 0 ? 0 : commonPrefix(run.keys[from]!, run.keys[to - 1]!);
  let suffixBytes = 0;
  for (let i = from; i < to; i++) suffixBytes += run.keys[i]!.length - prefixLength;
  const valueBytes = leaf ? LEAF_VALUE_BYTES : CHILD_VALUE_BYTES;
  const size = HEADER_BYTES + prefixLength + 2 * count + suffixBytes + count * valueBytes;
  const bytes = (leaf ? leafArena : innerArena).allocate(size);
  bytes[0] = NODE_VERSION;
  bytes[1] = level;
  bytes[2] = spill;
  bytes[3] = 0;
  bytes.writeUInt16LE(count, 4);
  bytes.writeUInt16LE(prefixLength, 6);
  if (count > 0) run.keys[from]!.copy(bytes, HEADER_BYTES, 0, prefixLength);
  let ends = HEADER_BYTES + prefixLength;
  const suffixes = ends + 2 * count;
  let at = suffixes;
  for (let i = from; i < to; i++) {
    const key = run.keys[i]!;
    at += key.copy(bytes, at, prefixLength);
    bytes.writeUInt16LE(at - suffixes, ends);
    ends += 2;
  }
  for (let i = from; i < to; i++, at += valueBytes) run.values[i]!.copy(bytes, at);
  const children = leaf ? null : run.children.slice(from, to);
  const node = new TreeNode(bytes, owner, children);
  for (let i = 0; i < count && children !== null; i++) {
    const child = children[i]!;
    if (child === null) continue;
    if (child.hash !== null) bytes.set(child.hash, node.valueAt(i));
    else node.markStale(i);
  }
  return node;
}

/**
 * A leaf with one entry more, spliced from the bytes of the old one; undefined where the entry would be its first or
 * last, which may change the shared prefix. About ten times quicker than decoding and encoding.
 */
export function leafWithInserted(
  leaf: TreeNode,
  at: number,
  key: Buffer,
  value: Buffer,
  owner: number,
): TreeNode | undefined {
  if (at === 0 || at >= leaf.count) return undefined;
  const old = leaf.bytes;
  const suffixLength = key.length - leaf.prefixLength;
  const bytes = leafArena.allocate(old.length + 2 + suffixLength + LEAF_VALUE_BYTES);
  const ends = leaf.ends + 2 * at;
  const split = leaf.suffixStart(at);
  const valueAt = leaf.valueAt(at);
  let to = old.copy(bytes, 0, 0, ends);
  bytes.writeUInt16LE(leaf.count + 1, 4);
  to = bytes.writeUInt16LE(split - leaf.suffixes + suffixLength, to);
  for (let i = at; i < leaf.count; i++)
    to = bytes.writeUInt16LE(leaf.suffixEnd(i) - leaf.suffixes + suffixLength, to);
  to += old.copy(bytes, to, leaf.suffixes, split);
  to += key.copy(bytes, to, leaf.prefixLength);
  to += old.copy(bytes, to, split, valueAt);
  to += value.copy(bytes, to);
  old.copy(bytes, to, valueAt);
  return new TreeNode(bytes, owner, null);
}

function commonPrefix(a: Buffer, b: Buffer): number {
  const shared = Math.min(a.length, b.length);
  let i = 0;
  while (i < shared && a[i] === b[i]) i++;
  return i;
}

/**
 * Reads an encoded node, trusting nothing: every length is checked against the bytes, the keys must be in order.
 * `expected` is the hash it must have.
 */
export function decodeNode(bytes: Buffer, expected: Uint8Array): TreeNode {
  const fail = (what: string) =>
    new HeliosError(
      "OBJECT_CORRUPT",
      `tree node ${Buffer.from(expected).toString("hex")} is damaged: ${what}`,
      "Restore the store from a copy; other snapshots stay readable.",
    );
  if (bytes.length < HEADER_BYTES) throw fail("it is shorter than its header");
  if (bytes[0] !== NODE_VERSION) throw fail(`unknown node version ${bytes[0]}`);
  const count = bytes.readUInt16LE(4);
  const prefixLength = bytes.readUInt16LE(6);
  if (count > PIECE_MAX_ENTRIES || prefixLength > PATH_MAX_BYTES) throw fail("its header is out of range");
  if (bytes.length < HEADER_BYTES + prefixLength + 2 * count) throw fail("it is cut short");
  const actual = hashNode(bytes);
  if (Buffer.compare(actual, expected) !== 0) throw fail("its content does not have its hash");
  const node = new TreeNode(
    bytes,
    0,
    bytes[1] === 0 && bytes[2] === 0 ? null : Array.from({ length: count }, () => null),
  );
  if (node.values + count * (node.isLeaf ? LEAF_VALUE_BYTES : CHILD_VALUE_BYTES) !== bytes.length)
    throw fail("its length does not match its header");
  for (let i = 0, end = node.suffixes; i < count; i++) {
    if (node.suffixEnd(i) < end) throw fail("its keys overlap");
    end = node.suffixEnd(i);
  }
  node.hash = actual;
  node.stored = true;
  return node;
}
