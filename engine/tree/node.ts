/**
 * A tree node, kept in memory as the very bytes that are hashed and stored.
 *
 * Encoding, version 1 (integers little-endian):
 *
 *     keys:    u8 version, u8 level, u8 spill, u8 zero, u16 count, u16 prefixLength
 *              prefix                    common prefix of all keys
 *              u16 suffixEnd[count]      cumulative, from the start of the suffixes
 *              suffixes
 *     values:  value[count]              leaf: hash 32, mode u8, size u48; otherwise: child hash 32, entries u48
 *
 * The hash of a node is that of the digest of its keys followed by its values. New content at a known path, the common
 * change, leaves the keys of every node on its way as they are: versions of a node share one `KeyBlock`, only the values
 * (about half of the bytes) are copied, patched and hashed.
 *
 * `spill` is 0 for an ordinary node. A run too long for one node (see boundary.ts) is cut into pieces; nodes with
 * spill 1 index pieces of the same level, nodes with spill 2 index those, and so on.
 *
 * Ownership: a node belongs to the working set whose token it carries and may be patched by that one only; anyone
 * else copies it first. Forking is O(1) because it only hands out new tokens.
 */
import { HeliosError } from "../errors.ts";
import { Arena } from "../object/arena.ts";
import { hashKeys, hashNode } from "../object/hash.ts";
import { PIECE_MAX_ENTRIES } from "./boundary.ts";
import { PATH_MAX_BYTES } from "./path.ts";

export const NODE_VERSION = 1;
const HEADER_BYTES = 8;
const HASH = 32;
export const LEAF_VALUE_BYTES = 39;
export const CHILD_VALUE_BYTES = 38;

/** Bytes of leaves and of inner nodes come from separate slabs: inner nodes die young, leaves do not. */
const SLAB_BYTES = 32 * 1024;
const keysArena = new Arena(SLAB_BYTES);
const leafArena = new Arena(SLAB_BYTES);
const innerArena = new Arena(SLAB_BYTES);

/** The keys of a node, immutable and shared by its versions. */
export class KeyBlock {
  readonly bytes: Buffer;
  readonly level: number;
  readonly spill: number;
  readonly count: number;
  readonly prefixLength: number;
  /** Offset of the suffix end table and of the suffixes. */
  readonly ends: number;
  readonly suffixes: number;
  #digest: Uint8Array | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.level = bytes[1]!;
    this.spill = bytes[2]!;
    this.count = bytes.readUInt16LE(4);
    this.prefixLength = bytes.readUInt16LE(6);
    this.ends = HEADER_BYTES + this.prefixLength;
    this.suffixes = this.ends + 2 * this.count;
  }

  get digest(): Uint8Array {
    return (this.#digest ??= hashKeys(this.bytes));
  }

  suffixEnd(i: number): number {
    const at = this.ends + 2 * i;
    return this.suffixes + (this.bytes[at]! | (this.bytes[at + 1]! << 8));
  }

  suffixStart(i: number): number {
    return i === 0 ? this.suffixes : this.suffixEnd(i - 1);
  }

  /** Sum of all key lengths, as the piece rule counts them. */
  get keyBytes(): number {
    return this.count * this.prefixLength + (this.bytes.length - this.suffixes);
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
    // A shared prefix may end inside a character, so the bytes are joined before decoding.
    if (this.prefixLength > 0) return this.key(i).toString();
    return this.bytes.toString("utf8", this.suffixStart(i), this.suffixEnd(i));
  }

  /** Index of the key, or `~insertionIndex` when it is absent. `key` holds the key in its first `length` bytes. */
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

  /** Sign of (key i) - (key j of another block). */
  compareKeys(i: number, other: KeyBlock, j: number): number {
    const mine = this.bytes;
    const theirs = other.bytes;
    const myPrefix = this.prefixLength;
    const theirPrefix = other.prefixLength;
    // Where byte k of a key stands: behind the header while in the prefix, at this shift behind it.
    const myShift = this.suffixStart(i) - myPrefix;
    const theirShift = other.suffixStart(j) - theirPrefix;
    const myLength = this.suffixEnd(i) - myShift;
    const theirLength = other.suffixEnd(j) - theirShift;
    const shared = myLength < theirLength ? myLength : theirLength;
    for (let k = 0; k < shared; k++) {
      const difference =
        mine[k < myPrefix ? HEADER_BYTES + k : myShift + k]! -
        theirs[k < theirPrefix ? HEADER_BYTES + k : theirShift + k]!;
      if (difference !== 0) return difference;
    }
    return myLength - theirLength;
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
}

export class TreeNode {
  readonly keys: KeyBlock;
  /** The digest of the keys (once `#digested`) and the values: what the node's hash is the hash of. */
  readonly body: Buffer;
  /** Holds entries, not children. */
  readonly isLeaf: boolean;
  readonly #valueBytes: number;
  #digested: boolean;
  /** Token of the working set that may patch this node; 0: nobody. */
  owner: number;
  /** Known hash; null while unknown or out of date. */
  hash: Uint8Array | null = null;
  /** This node and all below it are in L2. */
  stored = false;
  /** In-memory children; null where only the hash is known. Null for a leaf. */
  children: (TreeNode | null)[] | null;
  /** Slots whose child hash in `body` is out of date: bits 0..31 and 32..63. */
  staleLow = 0;
  staleHigh = 0;

  constructor(
    keys: KeyBlock,
    body: Buffer,
    owner: number,
    children: (TreeNode | null)[] | null,
    digested = false,
  ) {
    this.keys = keys;
    this.body = body;
    this.isLeaf = children === null;
    this.#valueBytes = children === null ? LEAF_VALUE_BYTES : CHILD_VALUE_BYTES;
    this.#digested = digested;
    this.owner = owner;
    this.children = children;
  }

  get level(): number {
    return this.keys.level;
  }

  get spill(): number {
    return this.keys.spill;
  }

  get count(): number {
    return this.keys.count;
  }

  /** Number of entries at and below this node. Cost: one pass over the children. */
  get entries(): number {
    if (this.isLeaf) return this.count;
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += this.childEntries(i);
    return sum;
  }

  /** The bytes that are stored. A copy. */
  encode(): Buffer {
    return Buffer.concat([this.keys.bytes, this.body.subarray(HASH)]);
  }

  clone(owner: number): TreeNode {
    const body = (this.isLeaf ? leafArena : innerArena).allocate(this.body.length);
    this.body.copy(body);
    const copy = new TreeNode(this.keys, body, owner, this.children && this.children.slice(), this.#digested);
    copy.staleLow = this.staleLow;
    copy.staleHigh = this.staleHigh;
    return copy;
  }

  key(i: number): Buffer {
    return this.keys.key(i);
  }

  path(i: number): string {
    return this.keys.path(i);
  }

  search(key: Uint8Array, length: number): number {
    return this.keys.search(key, length);
  }

  /** Index of the child whose range holds the key. */
  childIndex(key: Uint8Array, length: number): number {
    const found = this.keys.search(key, length);
    if (found >= 0) return found;
    // Below the first separator only inside an index of pieces, whose first key is not a lower bound.
    return found === ~0 ? 0 : ~found - 1;
  }

  /** Offset of a value in `body`. */
  valueAt(i: number): number {
    return HASH + i * this.#valueBytes;
  }

  childEntries(i: number): number {
    return this.body.readUIntLE(this.valueAt(i) + HASH, 6);
  }

  setChildEntries(i: number, entries: number): void {
    this.body.writeUIntLE(entries, this.valueAt(i) + HASH, 6);
  }

  childHash(i: number): Buffer {
    const at = this.valueAt(i);
    return this.body.subarray(at, at + HASH);
  }

  /** The child's hash in `body` is out of date. */
  isStale(i: number): boolean {
    return ((i < 32 ? this.staleLow : this.staleHigh) & (1 << (i & 31))) !== 0;
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
    if (!this.#digested) {
      this.body.set(this.keys.digest);
      this.#digested = true;
    }
    return (this.hash = hashNode(this.body));
  }

  #refresh(mask: number, offset: number): void {
    while (mask !== 0) {
      const bit = 31 - Math.clz32(mask & -mask);
      mask &= mask - 1;
      const i = offset + bit;
      this.body.set(this.children![i]!.computeHash(), this.valueAt(i));
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
  const keys = encodeKeys(level, spill, run.keys, from, to);
  const leaf = level === 0 && spill === 0;
  const valueBytes = leaf ? LEAF_VALUE_BYTES : CHILD_VALUE_BYTES;
  const body = (leaf ? leafArena : innerArena).allocate(HASH + (to - from) * valueBytes);
  for (let i = from, at = HASH; i < to; i++, at += valueBytes) run.values[i]!.copy(body, at);
  const children = leaf ? null : run.children.slice(from, to);
  const node = new TreeNode(keys, body, owner, children);
  for (let i = 0; i < to - from && children !== null; i++) {
    const child = children[i]!;
    if (child === null) continue;
    if (child.hash !== null) body.set(child.hash, node.valueAt(i));
    else node.markStale(i);
  }
  return node;
}

function encodeKeys(
  level: number,
  spill: number,
  keys: readonly Buffer[],
  from: number,
  to: number,
): KeyBlock {
  const count = to - from;
  const prefixLength = count === 0 ? 0 : commonPrefix(keys[from]!, keys[to - 1]!);
  let suffixBytes = 0;
  for (let i = from; i < to; i++) suffixBytes += keys[i]!.length - prefixLength;
  const bytes = keysArena.allocate(HEADER_BYTES + prefixLength + 2 * count + suffixBytes);
  bytes[0] = NODE_VERSION;
  bytes[1] = level;
  bytes[2] = spill;
  bytes[3] = 0;
  bytes.writeUInt16LE(count, 4);
  bytes.writeUInt16LE(prefixLength, 6);
  if (count > 0) keys[from]!.copy(bytes, HEADER_BYTES, 0, prefixLength);
  let ends = HEADER_BYTES + prefixLength;
  const suffixes = ends + 2 * count;
  let at = suffixes;
  for (let i = from; i < to; i++) {
    at += keys[i]!.copy(bytes, at, prefixLength);
    ends = bytes.writeUInt16LE(at - suffixes, ends);
  }
  return new KeyBlock(bytes);
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
  const old = leaf.keys;
  const suffixLength = key.length - old.prefixLength;
  const bytes = keysArena.allocate(old.bytes.length + 2 + suffixLength);
  const split = old.suffixStart(at);
  let to = old.bytes.copy(bytes, 0, 0, old.ends + 2 * at);
  bytes.writeUInt16LE(leaf.count + 1, 4);
  to = bytes.writeUInt16LE(split - old.suffixes + suffixLength, to);
  for (let i = at; i < leaf.count; i++)
    to = bytes.writeUInt16LE(old.suffixEnd(i) - old.suffixes + suffixLength, to);
  to += old.bytes.copy(bytes, to, old.suffixes, split);
  to += key.copy(bytes, to, old.prefixLength);
  old.bytes.copy(bytes, to, split);
  const body = leafArena.allocate(leaf.body.length + LEAF_VALUE_BYTES);
  const valueAt = leaf.valueAt(at);
  leaf.body.copy(body, 0, 0, valueAt);
  value.copy(body, valueAt);
  leaf.body.copy(body, valueAt + LEAF_VALUE_BYTES, valueAt);
  return new TreeNode(new KeyBlock(bytes), body, owner, null);
}

function commonPrefix(a: Buffer, b: Buffer): number {
  const shared = Math.min(a.length, b.length);
  let i = 0;
  while (i < shared && a[i] === b[i]) i++;
  return i;
}

/**
 * Reads an encoded node, trusting nothing: every length is checked against the bytes, the hash is proved. `expected` is
 * the hash it must have.
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
  const leaf = bytes[1] === 0 && bytes[2] === 0;
  const keysEnd = bytes.length - count * (leaf ? LEAF_VALUE_BYTES : CHILD_VALUE_BYTES);
  if (keysEnd < HEADER_BYTES + prefixLength + 2 * count) throw fail("it is cut short");
  const keys = new KeyBlock(bytes.subarray(0, keysEnd));
  for (let i = 0, end = keys.suffixes; i < count; end = keys.suffixEnd(i++))
    if (keys.suffixEnd(i) < end) throw fail("its keys overlap");
  if ((count === 0 ? keys.suffixes : keys.suffixEnd(count - 1)) !== keysEnd)
    throw fail("its length does not match its header");
  const body = (leaf ? leafArena : innerArena).allocate(HASH + bytes.length - keysEnd);
  body.set(keys.digest);
  bytes.copy(body, HASH, keysEnd);
  const hash = hashNode(body);
  if (Buffer.compare(hash, expected) !== 0) throw fail("its content does not have its hash");
  const children = leaf ? null : Array.from({ length: count }, () => null);
  const node = new TreeNode(keys, body, 0, children, true);
  node.hash = hash;
  node.stored = true;
  return node;
}
