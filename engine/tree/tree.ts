/**
 * The canonical Merkle tree: a map from path to {content hash, mode, size} whose root hash depends on the entries
 * alone, never on the order or history of edits.
 *
 * On every level l the keys of level > l (boundary.ts) begin runs; a run is one node, or an index over pieces when
 * it is too long. The root stands on the highest level any key has. The leftmost run of each level begins with the
 * empty key, which no path can be.
 *
 * Costs at n entries: get, put, delete O(log n); fork and freeze O(1); root hash O(changed nodes); diff
 * O(changes * log n); ordered listing by prefix O(log n + listed).
 */
import { type HashKey, hashKeyOf } from "../object/ids.ts";
import { levelOfKey, PIECE_MAX_ENTRIES, PIECE_MAX_KEY_BYTES } from "./boundary.ts";
import { diffTrees, type TreeChange } from "./diff.ts";
import {
  CHILD_VALUE_BYTES,
  encodeNode,
  LEAF_VALUE_BYTES,
  leafWithInserted,
  type Run,
  type TreeNode,
} from "./node.ts";
import { PATH_MAX_BYTES } from "./path.ts";
import { entriesInRange } from "./range.ts";
import { entryAt, type TreeEntry } from "./tree-entry.ts";

/** Fetches and decodes a node that is not in memory; throws OBJECT_MISSING or OBJECT_CORRUPT. */
export type NodeLoader = (hash: Uint8Array) => TreeNode;

const HASH = 32;
const EMPTY_KEY = Buffer.alloc(0);
const FROZEN = 0;
let lastToken = FROZEN;

/** One scratch key for the whole process: no tree operation keeps it past its own return. */
const key = Buffer.allocUnsafeSlow(PATH_MAX_BYTES + 16);
let keyLength = 0;

function setKey(path: string): void {
  keyLength = key.write(path, 0, "utf8");
}

function emptyRoot(): TreeNode {
  return encodeNode(0, 0, { keys: [], values: [], children: [] }, 0, 0, FROZEN);
}

export class Tree {
  readonly #load: NodeLoader;
  #root: TreeNode;
  #entries: number;
  /** Nodes carrying this token are ours to patch. */
  #token: number;
  /** The way from the root to the leaf of the last descent. */
  readonly #nodes: TreeNode[] = [];
  readonly #slots: number[] = [];
  #depth = 0;

  constructor(load: NodeLoader, root: TreeNode = emptyRoot()) {
    this.#load = load;
    this.#root = root;
    this.#entries = root.entries;
    this.#token = ++lastToken;
  }

  get size(): number {
    return this.#entries;
  }

  /** The current root, from now on immutable: later edits copy what they touch. O(1). */
  freeze(): TreeNode {
    this.#token = ++lastToken;
    return this.#root;
  }

  /** An independent tree with the same content. O(1). */
  fork(): Tree {
    return new Tree(this.#load, this.freeze());
  }

  /** Takes over another state. O(1). */
  reset(root: TreeNode): void {
    this.#root = root;
    this.#entries = root.entries;
    this.#token = ++lastToken;
  }

  /** Root hash, 32 bytes. Cost: one hash per node changed since the last call. */
  rootHash(): Uint8Array {
    return this.#root.computeHash();
  }

  get(path: string): TreeEntry | undefined {
    setKey(path);
    const at = this.#descend();
    return at < 0 ? undefined : entryAt(this.#nodes[this.#depth - 1]!, at, path);
  }

  has(path: string): boolean {
    setKey(path);
    return this.#descend() >= 0;
  }

  /** Some path begins with these characters. */
  hasPrefix(prefix: string): boolean {
    setKey(prefix);
    const at = this.#descend();
    const leaf = this.#nodes[this.#depth - 1]!;
    const next = at < 0 ? ~at : at;
    // The first path not below the prefix may stand in the next leaf.
    if (next >= leaf.count) return !this.iterate(prefix).next().done;
    return startsWith(leaf, next, Buffer.from(prefix));
  }

  /** Sets an entry; false when it was so already. */
  put(path: string, hash: Uint8Array, mode: number, sizeBytes: number): boolean {
    return this.set(path, hash, mode, sizeBytes) !== "same";
  }

  /** Sets an entry, whether or not it is there, and answers as `replace`. */
  set(path: string, hash: Uint8Array, mode: number, sizeBytes: number): "absent" | "same" | HashKey {
    const replaced = this.replace(path, hash, mode, sizeBytes);
    if (replaced !== "absent") return replaced;
    const value = Buffer.allocUnsafe(LEAF_VALUE_BYTES);
    writeValue(value, 0, hash, mode, sizeBytes);
    this.#insert(Buffer.from(key.subarray(0, keyLength)), value);
    this.#entries++;
    return "absent";
  }

  /**
   * Takes the place of an empty tree with these entries, in strict byte order of their paths: the same tree as by
   * setting them one by one, at a tenth of the cost, since every run is written once.
   */
  fill(entries: Iterable<NewEntry>): void {
    if (this.#entries > 0) throw new Error("only an empty tree can be filled");
    const open: OpenRun[] = [{ run: newRun(), firstKey: EMPTY_KEY }];
    let count = 0;
    for (const { path, hash, mode, sizeBytes } of entries) {
      const newKey = Buffer.from(path);
      const level = levelOfKey(newKey);
      for (let l = 0; l < level; l++) this.#closeRun(open, l, newKey);
      const value = Buffer.allocUnsafe(LEAF_VALUE_BYTES);
      writeValue(value, 0, hash, mode, sizeBytes);
      open[0]!.run.keys.push(newKey);
      open[0]!.run.values.push(value);
      count++;
    }
    for (let l = 0; l < open.length - 1; l++) this.#closeRun(open, l, EMPTY_KEY);
    this.#root = this.#writeRun(open.length - 1, open.at(-1)!.run);
    this.#entries = count;
  }

  /** Makes a node of the run that ends before this key, and a child of the level above. */
  #closeRun(open: OpenRun[], level: number, nextKey: Buffer): void {
    const { run, firstKey } = open[level]!;
    const above = (open[level + 1] ??= { run: newRun(), firstKey: EMPTY_KEY });
    pushChild(above.run, firstKey, this.#writeRun(level, run));
    open[level] = { run: newRun(), firstKey: nextKey };
  }

  /**
   * Sets an entry that is there already: the common case, one descent. Answers `absent` or `same` without a change,
   * otherwise the hash it replaced.
   */
  replace(path: string, hash: Uint8Array, mode: number, sizeBytes: number): "absent" | "same" | HashKey {
    setKey(path);
    const at = this.#descend();
    if (at < 0) return "absent";
    const leaf = this.#nodes[this.#depth - 1]!;
    const offset = leaf.valueAt(at);
    if (leaf.body[offset + HASH] === mode && leaf.body.compare(hash, 0, HASH, offset, offset + HASH) === 0)
      return "same";
    const previous = hashKeyOf(leaf.body.subarray(offset, offset + HASH));
    this.#ownPath();
    writeValue(this.#nodes[this.#depth - 1]!.body, offset, hash, mode, sizeBytes);
    return previous;
  }

  /** Removes an entry; false when there was none. */
  delete(path: string): boolean {
    setKey(path);
    if (this.#descend() < 0) return false;
    this.#remove(Buffer.from(key.subarray(0, keyLength)));
    this.#entries--;
    return true;
  }

  /** Entries whose path begins with the prefix, in byte order. The tree must not be edited meanwhile. */
  iterate(prefix = ""): IterableIterator<TreeEntry> {
    return entriesInRange(this, { prefix });
  }

  /** What changed from this tree to another, in byte order of paths. O(changes * log n). */
  diff(to: Tree): TreeChange[] {
    return diffTrees(this, to);
  }

  /** The current root, to be read only: the next edit may patch it, unless it is frozen. */
  get root(): TreeNode {
    return this.#root;
  }

  /** A child, fetched if it is not in memory. */
  child(node: TreeNode, slot: number): TreeNode {
    return (node.children![slot] ??= this.#load(node.childHash(slot)));
  }

  /** Fills #nodes and #slots on the way to the key's leaf; answers its index there, or ~insertionIndex. */
  #descend(): number {
    let node = this.#root;
    let depth = 0;
    this.#nodes[0] = node;
    while (!node.isLeaf) {
      const slot = node.childIndex(key, keyLength);
      this.#slots[depth] = slot;
      node = node.children![slot] ?? this.child(node, slot);
      this.#nodes[++depth] = node;
    }
    this.#depth = depth + 1;
    return node.search(key, keyLength);
  }

  /** Makes the nodes of the last descent ours and marks their hashes unknown. */
  #ownPath(depth = this.#depth): void {
    for (let d = 0; d < depth; d++) {
      let node = this.#nodes[d]!;
      if (node.owner !== this.#token) {
        node = node.clone(this.#token);
        this.#nodes[d] = node;
        if (d === 0) this.#root = node;
        else this.#nodes[d - 1]!.children![this.#slots[d - 1]!] = node;
      }
      node.hash = null;
      node.stored = false;
      if (d > 0) this.#nodes[d - 1]!.markStale(this.#slots[d - 1]!);
    }
  }

  /** Depth in #nodes at which the run of a level begins. */
  #depthOfLevel(level: number): number {
    let depth = 0;
    while (this.#nodes[depth]!.level !== level) depth++;
    return depth;
  }

  /** Puts a new node in place of the run at a depth and corrects the entry counts above it. */
  #replaceRun(depth: number, node: TreeNode, added: number): void {
    if (depth === 0) {
      this.#root = node;
      return;
    }
    this.#ownPath(depth);
    const parent = this.#nodes[depth - 1]!;
    const slot = this.#slots[depth - 1]!;
    parent.children![slot] = node;
    parent.markStale(slot);
    for (let d = 0; d < depth; d++) {
      const above = this.#nodes[d]!;
      above.setChildEntries(this.#slots[d]!, above.childEntries(this.#slots[d]!) + added);
    }
  }

  #insert(newKey: Buffer, value: Buffer): void {
    const level = levelOfKey(newKey);
    const leafDepth = this.#depthOfLevel(0);
    if (level === 0 && this.#insertIntoLeaf(leafDepth, newKey, value)) return;
    const run = this.#readRun(this.#nodes[leafDepth]!);
    const at = positionIn(run, newKey);
    if (level === 0) {
      run.keys.splice(at, 0, newKey);
      run.values.splice(at, 0, value);
      this.#replaceRun(leafDepth, this.#writeRun(0, run), 1);
      return;
    }
    let [left, right] = this.#split(0, run, at, newKey, value, null);
    const top = this.#root.level;
    for (let l = 1; ; l++) {
      const depth = l > top ? -1 : this.#depthOfLevel(l);
      const above = depth < 0 ? newRun() : this.#readRun(this.#nodes[depth]!);
      const slot = depth < 0 ? 0 : positionIn(above, newKey) - 1;
      if (depth < 0) pushChild(above, EMPTY_KEY, left);
      else setChild(above, slot, left);
      if (l < level) {
        [left, right] = this.#split(l, above, slot + 1, newKey, childValue(right), right);
        continue;
      }
      above.keys.splice(slot + 1, 0, newKey);
      above.values.splice(slot + 1, 0, childValue(right));
      above.children.splice(slot + 1, 0, right);
      this.#replaceRun(Math.max(0, depth), this.#writeRun(l, above), 1);
      return;
    }
  }

  /** The common insertion: into the middle of a run that is one node and stays one. */
  #insertIntoLeaf(depth: number, newKey: Buffer, value: Buffer): boolean {
    const leaf = this.#nodes[depth]!;
    if (
      !leaf.isLeaf ||
      leaf.count >= PIECE_MAX_ENTRIES ||
      leaf.keys.keyBytes + newKey.length > PIECE_MAX_KEY_BYTES
    )
      return false;
    const next = leafWithInserted(leaf, ~leaf.search(newKey, newKey.length), newKey, value, this.#token);
    if (next === undefined) return false;
    this.#replaceRun(depth, next, 1);
    return true;
  }

  /** Two runs from one: all before `at`, and the new entry with all from `at` on. */
  #split(
    level: number,
    run: Run,
    at: number,
    newKey: Buffer,
    value: Buffer,
    child: TreeNode | null,
  ): [TreeNode, TreeNode] {
    const right: Run = {
      keys: [newKey, ...run.keys.splice(at)],
      values: [value, ...run.values.splice(at)],
      children: level === 0 ? [] : [child, ...run.children.splice(at)],
    };
    return [this.#writeRun(level, run), this.#writeRun(level, right)];
  }

  #remove(oldKey: Buffer): void {
    const level = levelOfKey(oldKey);
    const depth = this.#depthOfLevel(level);
    const run = this.#readRun(this.#nodes[depth]!);
    const at = positionIn(run, oldKey) - 1;
    if (level === 0) {
      run.keys.splice(at, 1);
      run.values.splice(at, 1);
    } else {
      const merged = this.#join(
        level - 1,
        run.children[at - 1] ?? this.#load(run.values[at - 1]!.subarray(0, HASH)),
        run.children[at] ?? this.#load(run.values[at]!.subarray(0, HASH)),
      );
      run.keys.splice(at, 1);
      run.values.splice(at, 1);
      run.children.splice(at, 1);
      setChild(run, at - 1, merged);
    }
    this.#replaceRun(depth, this.#writeRun(level, run), -1);
    while (this.#root.level > 0 && this.#root.spill === 0 && this.#root.count === 1)
      this.#root = this.child(this.#root, 0);
  }

  /** One run from two neighbours whose boundary key, the first of the right one, goes away. */
  #join(level: number, left: TreeNode, right: TreeNode): TreeNode {
    const run = this.#readRun(left);
    const rest = this.#readRun(right);
    if (level > 0) {
      const last = run.keys.length - 1;
      const merged = this.#join(
        level - 1,
        run.children[last] ?? this.#load(run.values[last]!.subarray(0, HASH)),
        rest.children[0] ?? this.#load(rest.values[0]!.subarray(0, HASH)),
      );
      setChild(run, last, merged);
    }
    for (let i = 1; i < rest.keys.length; i++) {
      run.keys.push(rest.keys[i]!);
      run.values.push(rest.values[i]!);
      if (level > 0) run.children.push(rest.children[i]!);
    }
    return this.#writeRun(level, run);
  }

  #readRun(node: TreeNode): Run {
    const run = newRun();
    this.#appendRun(node, run);
    return run;
  }

  #appendRun(node: TreeNode, run: Run): void {
    if (node.spill > 0) {
      for (let i = 0; i < node.count; i++) this.#appendRun(this.child(node, i), run);
      return;
    }
    const valueBytes = node.isLeaf ? LEAF_VALUE_BYTES : CHILD_VALUE_BYTES;
    for (let i = 0; i < node.count; i++) {
      run.keys.push(node.key(i));
      const at = node.valueAt(i);
      run.values.push(node.body.subarray(at, at + valueBytes));
      if (node.children !== null) run.children.push(node.children[i]!);
    }
  }

  #writeRun(level: number, run: Run): TreeNode {
    let spill = 0;
    let current = run;
    for (;;) {
      const cuts = pieceEnds(current);
      if (cuts.length <= 1) return encodeNode(level, spill, current, 0, current.keys.length, this.#token);
      const index = newRun();
      let from = 0;
      for (const to of cuts) {
        pushChild(index, current.keys[from]!, encodeNode(level, spill, current, from, to, this.#token));
        from = to;
      }
      current = index;
      spill++;
    }
  }
}

/** An entry that a tree is filled with. */
export interface NewEntry {
  readonly path: string;
  readonly hash: Uint8Array;
  readonly mode: number;
  readonly sizeBytes: number;
}

/** A run that is being collected, and the key it stands under in the level above. */
interface OpenRun {
  readonly run: Run;
  readonly firstKey: Buffer;
}

/** Where the pieces of a run end: a function of its keys alone. One end means the run is one node. */
function pieceEnds(run: Run): number[] {
  const ends: number[] = [];
  let count = 0;
  let bytes = 0;
  for (let i = 0; i < run.keys.length; i++) {
    const length = run.keys[i]!.length;
    if (count === PIECE_MAX_ENTRIES || (count > 0 && bytes + length > PIECE_MAX_KEY_BYTES)) {
      ends.push(i);
      count = 0;
      bytes = 0;
    }
    count++;
    bytes += length;
  }
  ends.push(run.keys.length);
  return ends;
}

function newRun(): Run {
  return { keys: [], values: [], children: [] };
}

function pushChild(run: Run, childKey: Buffer, child: TreeNode): void {
  run.keys.push(childKey);
  run.values.push(childValue(child));
  run.children.push(child);
}

function setChild(run: Run, i: number, child: TreeNode): void {
  run.values[i] = childValue(child);
  run.children[i] = child;
}

/** A child's slot; the hash is filled in when it is known. */
function childValue(child: TreeNode): Buffer {
  const value = Buffer.alloc(CHILD_VALUE_BYTES);
  value.writeUIntLE(child.entries, HASH, 6);
  return value;
}

/** Number of keys of the run that are <= the key, less the key itself when it is there: its insertion index. */
function positionIn(run: Run, wanted: Buffer): number {
  let low = 0;
  let high = run.keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (run.keys[middle]!.compare(wanted) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function writeValue(bytes: Buffer, offset: number, hash: Uint8Array, mode: number, sizeBytes: number): void {
  bytes.set(hash, offset);
  bytes[offset + HASH] = mode;
  bytes.writeUIntLE(sizeBytes, offset + HASH + 1, 6);
}

function startsWith(node: TreeNode, i: number, prefix: Buffer): boolean {
  if (prefix.length === 0) return true;
  const candidate = node.key(i);
  return (
    candidate.length >= prefix.length && candidate.compare(prefix, 0, prefix.length, 0, prefix.length) === 0
  );
}

/** Calls back for each node at and below this one that is in memory and not in L2, children first. */
export function collectUnstored(node: TreeNode, visit: (node: TreeNode) => void): void {
  if (node.stored) return;
  if (node.children !== null)
    for (const child of node.children) if (child !== null) collectUnstored(child, visit);
  visit(node);
}
