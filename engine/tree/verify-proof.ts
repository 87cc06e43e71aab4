/**
 * Verifies proofs, offline: a pure function of the proof and the snapshot id, without a store and without trust.
 *
 * It walks the question's range from the root down, as the prover did, takes the next node of the proof for each node it
 * meets, and demands that
 *
 *   - the node has the hash that its parent (for the root: the snapshot id) names it by;
 *   - its keys ascend, begin at its parent's separator and end before the next one, across any number of levels;
 *   - its level, its index of pieces (`spill`) and its number of entries are those its parent says;
 *   - every key stands on the level that its own hash gives it, and runs are cut where the rule says (boundary.ts);
 *   - no node is left over.
 *
 * The first and the last are enough for an id that an honest engine made. The others see to it that an id made by
 * someone else cannot name a tree in which a key stands where a search does not look: what is proved absent is nowhere
 * in the ranges shown, and an absence next to a node's border is as sound as one in its middle.
 */
import { isUtf8 } from "node:buffer";
import { HeliosError } from "../errors.ts";
import { type EntryMode, modeOfCode } from "../object/entry-mode.ts";
import { hashOfSnapshotId, hexOfKey, parseSnapshotId, type SnapshotId } from "../object/ids.ts";
import { levelOfKey, MAX_LEVEL, PIECE_MAX_ENTRIES, PIECE_MAX_KEY_BYTES } from "./boundary.ts";
import { decodeNode, type TreeNode } from "./node.ts";
import { assertPath } from "./path.ts";
import { boundsOfQuery, PROOF_FORMAT, type ProofQuery } from "./proof.ts";
import { type Bounds, childrenInRange, entriesInLeaf } from "./range.ts";
import { entryAt } from "./tree-entry.ts";

/** An entry as the proved nodes hold it. */
export interface ProvedEntry {
  readonly path: string;
  /** BLAKE3 of the content, 64 hex digits. */
  readonly hash: string;
  readonly mode: EntryMode;
  readonly sizeBytes: number;
}

/** What a proof shows, or why it shows nothing. */
export type ProofVerdict =
  | {
      readonly valid: true;
      readonly snapshot: SnapshotId;
      readonly query: ProofQuery;
      /** All entries that the state has in the query's range; for a path one, or none: it is absent. */
      readonly entries: readonly ProvedEntry[];
    }
  | { readonly valid: false; readonly reason: ProofFlaw; readonly message: string };

/** Why a proof proves nothing. */
export type ProofFlaw =
  | "malformed" // not a proof of this format
  | "other-snapshot" // says it is about another snapshot
  | "other-query" // answers another question than was asked
  | "node-missing" // fewer nodes than the question needs
  | "node-unneeded" // more
  | "node-wrong" // a node does not have its hash, or cannot be read
  | "tree-invalid"; // the nodes have their hashes, but are not a tree as the format describes it

/**
 * Whether the proof holds for the snapshot, and what it proves. `expected`: the question that it must answer; without
 * it look at the verdict's own, since a proof can be valid and about another path. No JSON value makes it throw.
 * Cost: about 0.5 us for each key in the nodes (a hash), and one hash for each node.
 */
export function verifyProof(proof: unknown, snapshot: SnapshotId, expected?: ProofQuery): ProofVerdict {
  try {
    const { query, nodes } = parseProof(proof, snapshot);
    if (expected !== undefined && !sameQuery(query, expected))
      throw new Flaw("other-query", `it answers ${JSON.stringify(query)}`);
    const entries = new Verifier(nodes, boundsOfQuery(query)).verify(
      hashOfSnapshotId(parseSnapshotId(snapshot)),
    );
    return { valid: true, snapshot, query, entries };
  } catch (error) {
    if (error instanceof Flaw) return { valid: false, reason: error.reason, message: error.message };
    if (error instanceof HeliosError) return { valid: false, reason: "malformed", message: error.message };
    throw error;
  }
}

/** Ends a verification; never leaves it. @internal */
export class Flaw extends Error {
  readonly reason: ProofFlaw;

  constructor(reason: ProofFlaw, message: string) {
    super(message);
    this.reason = reason;
  }
}

// ---- the form

interface ParsedProof {
  readonly query: ProofQuery;
  readonly nodes: readonly Buffer[];
}

const rangeBounds = ["gt", "gte", "lt", "lte", "prefix"];

function parseProof(proof: unknown, snapshot: SnapshotId): ParsedProof {
  if (!isRecord(proof)) throw malformed("it is not an object");
  requireFields(proof, ["format", "snapshot", "query", "nodes"], []);
  if (proof["format"] !== PROOF_FORMAT)
    throw malformed(`its format is ${shown(proof["format"])}, not ${PROOF_FORMAT}`);
  const query = parseQuery(proof["query"]);
  if (!Array.isArray(proof["nodes"])) throw malformed("its nodes are not a list");
  if (proof["snapshot"] !== snapshot)
    throw new Flaw("other-snapshot", `it says that it is about ${shown(proof["snapshot"])}`);
  return { query, nodes: proof["nodes"].map(parseNode) };
}

/** @internal */
export function parseQuery(query: unknown): ProofQuery {
  if (!isRecord(query)) throw malformed("its query is not an object");
  for (const [name, value] of Object.entries(query))
    if (typeof value !== "string") throw malformed(`${name} of its query is not a text`);
  if (query["kind"] === "path") {
    requireFields(query, ["kind", "path"], []);
  } else {
    requireFields(query, ["kind"], rangeBounds);
    if (query["kind"] !== "range") throw malformed("its query is neither a path nor a range");
  }
  return query as unknown as ProofQuery;
}

function parseNode(text: unknown): Buffer {
  if (typeof text !== "string") throw malformed("a node is not a text");
  const bytes = Buffer.from(text, "base64");
  // Decoding overlooks what is not base64, and unused bits: one value has one text here.
  if (bytes.toString("base64") !== text) throw malformed("a node is not base64");
  return bytes;
}

/** Whatever it is, without asking it. @internal */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : `a ${typeof value}`;
}

/** @internal */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @internal */
export function requireFields(
  value: Record<string, unknown>,
  required: readonly string[],
  optional: readonly string[],
): void {
  for (const name of required) if (!Object.hasOwn(value, name)) throw malformed(`it has no ${name}`);
  for (const name of Object.keys(value))
    if (!required.includes(name) && !optional.includes(name)) throw malformed(`it has an unknown ${name}`);
}

/** @internal */
export function sameQuery(a: ProofQuery, b: ProofQuery): boolean {
  const [x, y]: Readonly<Record<string, unknown>>[] = [{ ...a }, { ...b }];
  return ["kind", "path", ...rangeBounds].every((name) => x![name] === y![name]);
}

/** @internal */
export function malformed(what: string): Flaw {
  return new Flaw("malformed", what);
}

// ---- the tree

/** What its parent says about a node. */
interface Place {
  readonly hash: Uint8Array;
  readonly level: number | undefined;
  /** Undefined: a run, of one node or of pieces. */
  readonly spill: number | undefined;
  readonly entries: number | undefined;
  /** Its separator; the empty key for the first node of a level. */
  readonly firstKey: Buffer;
  /** Keys are below this; undefined: no bound. */
  readonly end: Buffer | undefined;
  /** A piece that is not the last of its run ends only where the next key would not fit any more. */
  readonly nextPiece: Buffer | undefined;
}

class Verifier {
  readonly #nodes: readonly Buffer[];
  readonly #bounds: Bounds;
  readonly #entries: ProvedEntry[] = [];
  #next = 0;

  constructor(nodes: readonly Buffer[], bounds: Bounds) {
    this.#nodes = nodes;
    this.#bounds = bounds;
  }

  verify(rootHash: Uint8Array): ProvedEntry[] {
    const root = this.#take({
      hash: rootHash,
      level: undefined,
      spill: undefined,
      entries: undefined,
      firstKey: Buffer.alloc(0),
      end: undefined,
      nextPiece: undefined,
    });
    if (root.level > 0 && root.spill === 0 && root.count < 2)
      throw invalid("its root has one child and should be that child");
    this.#walk(root, this.#bounds.low, this.#bounds.high, undefined);
    if (this.#next < this.#nodes.length)
      throw new Flaw("node-unneeded", `${this.#nodes.length - this.#next} nodes are not needed`);
    return this.#entries;
  }

  #walk(node: TreeNode, low: Buffer | undefined, high: Buffer | undefined, end: Buffer | undefined): void {
    if (node.isLeaf) {
      const [from, to] = entriesInLeaf(node, low, high);
      for (let i = from; i < to; i++) this.#entries.push(provedEntry(node, i));
      return;
    }
    const [first, last] = childrenInRange(node, low, high);
    for (let i = first; i <= last; i++) {
      const next = i + 1 < node.count ? node.key(i + 1) : undefined;
      const isPiece = node.spill > 0;
      const child = this.#take({
        hash: node.childHash(i),
        level: isPiece ? node.level : node.level - 1,
        spill: isPiece ? node.spill - 1 : undefined,
        entries: node.childEntries(i),
        firstKey: node.key(i),
        end: next ?? end,
        nextPiece: isPiece ? next : undefined,
      });
      this.#walk(child, i === first ? low : undefined, i === last ? high : undefined, next ?? end);
    }
  }

  /** The next node of the proof, which must be the one that belongs here. */
  #take(place: Place): TreeNode {
    const bytes = this.#nodes[this.#next++];
    if (bytes === undefined) throw new Flaw("node-missing", `node ${this.#next} is not there`);
    let node: TreeNode;
    try {
      node = decodeNode(bytes, place.hash);
    } catch (error) {
      if (error instanceof HeliosError) throw new Flaw("node-wrong", error.message);
      throw error;
    }
    checkNode(node, place);
    return node;
  }
}

function checkNode(node: TreeNode, place: Place): void {
  const { keys, level, spill, count } = node;
  if (level !== (place.level ?? level) || level > MAX_LEVEL) throw invalid("a node is on the wrong level");
  if (spill !== (place.spill ?? spill)) throw invalid("an index of pieces is out of place");
  if (node.entries !== (place.entries ?? node.entries)) throw invalid("a count of entries is wrong");
  if (keys.bytes[3] !== 0) throw invalid("a reserved byte is set");
  if (count > 1 && keys.keyBytes > PIECE_MAX_KEY_BYTES) throw invalid("a node is too long");
  // But the last of several indices may have one left over.
  if (spill > 0 && place.spill === undefined && count < 2) throw invalid("an index has one piece");
  checkFirstKey(node, place);
  for (let i = 1; i < count; i++) {
    if (keys.compareKeys(i - 1, keys, i) >= 0) throw invalid("keys do not ascend");
    if (levelOfKey(node.key(i)) !== level) throw invalid("a key is on the wrong level");
  }
  if (count === 0) return;
  const last = node.key(count - 1);
  if (keys.prefixLength !== sharedLength(node.key(0), last))
    throw invalid("a shared prefix is not the longest");
  if (place.end !== undefined && last.compare(place.end) >= 0) throw invalid("keys reach into the next node");
  const next = place.nextPiece;
  if (next !== undefined && count < PIECE_MAX_ENTRIES && keys.keyBytes + next.length <= PIECE_MAX_KEY_BYTES)
    throw invalid("a piece ends too early");
}

/** A node begins with its separator. The first leaf of a tree has none: it begins with its first entry, if it has one. */
function checkFirstKey(node: TreeNode, { firstKey, spill }: Place): void {
  const isFirstOfLevel0 = firstKey.length === 0 && node.level === 0 && spill === undefined;
  if (node.count === 0) {
    if (!isFirstOfLevel0 || !node.isLeaf) throw invalid("a node is empty");
    return;
  }
  const first = node.key(0);
  if (!isFirstOfLevel0) {
    if (!first.equals(firstKey)) throw invalid("a node does not begin with its separator");
  } else if (first.length === 0 || levelOfKey(first) !== 0) {
    throw invalid("the first key is on the wrong level");
  }
}

function provedEntry(leaf: TreeNode, i: number): ProvedEntry {
  const key = leaf.key(i);
  if (!isUtf8(key)) throw invalid("a path is not UTF-8");
  const path = key.toString();
  try {
    assertPath(path);
  } catch (error) {
    if (error instanceof HeliosError) throw invalid(error.message);
    throw error;
  }
  const entry = entryAt(leaf, i, path);
  const mode = modeOfCode(entry.mode);
  if (mode === undefined) throw invalid(`${JSON.stringify(path)} has the unknown mode ${entry.mode}`);
  return { path, hash: hexOfKey(entry.hash), mode, sizeBytes: entry.sizeBytes };
}

function sharedLength(a: Buffer, b: Buffer): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function invalid(what: string): Flaw {
  return new Flaw("tree-invalid", what);
}
