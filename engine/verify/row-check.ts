/** The rows of L2 that say where something is, against what the journal says. */
import { HashSet64 } from "../gc/hash-set.ts";
import type { CommitTable } from "../gc/commit-table.ts";
import { HeliosError } from "../errors.ts";
import type { Position } from "../journal/journal.ts";
import type { Sequence } from "../object/ids.ts";
import type { CheckpointMark } from "../store/l2-writer.ts";
import type { ObjectStore, Row, Space } from "../store/object-store.ts";
import { assertRefName } from "../vst/ref-name.ts";
import type { Finding } from "./damage.ts";
import { rowsOf, SHARDS } from "./object-check.ts";

/** Pairs of a hash and a commit, eight bytes each. */
export class PairSet {
  readonly #pairs = new HashSet64();

  add(hash: Uint8Array, sequence: Sequence): void {
    this.#pairs.addWords(...words(hash, sequence));
  }

  has(hash: Uint8Array, sequence: Sequence): boolean {
    return this.#pairs.hasWords(...words(hash, sequence));
  }
}

function words(hash: Uint8Array, sequence: Sequence): [number, number] {
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  const high = Math.floor(sequence / 2 ** 32);
  const mixed = Math.imul(sequence >>> 0, 0x9e3779b1) ^ high;
  return [(view.getUint32(0, true) ^ mixed) >>> 0, (view.getUint32(4, true) ^ (sequence >>> 0)) >>> 0];
}

export interface RowCheckParts {
  readonly l2: ObjectStore;
  readonly table: CommitTable;
  readonly onFinding: (finding: Finding) => void;
  /** The state of the commit cannot be had: rows about it are not judged. */
  readonly isBroken: (sequence: Sequence) => boolean;
  /** Its record is damaged, and that has been told. */
  readonly isLost: (sequence: Sequence) => boolean;
  /** Commits may be missing: some have been collected. */
  readonly collected: boolean;
  readonly contentsAt: PairSet;
  readonly idsAt: PairSet;
  readonly nodeKeys: HashSet64;
}

export class RowCheck {
  rows = 0;
  readonly #parts: RowCheckParts;

  constructor(parts: RowCheckParts) {
    this.#parts = parts;
  }

  /** The checkpoint's mark stands between two commits of the journal. */
  mark({ nextSequence, position }: CheckpointMark, end: Position): void {
    const { table } = this.#parts;
    if (this.#parts.isLost(nextSequence - 1)) return;
    const before = table.lastSequence;
    // The last commits may have been collected; their numbers are not given again.
    if (nextSequence < 1 || (nextSequence > before + 1 && !this.#parts.collected))
      return this.#found(
        "meta checkpoint",
        `it counts ${nextSequence - 1} commits; the journal has ${before}`,
      );
    if (position > end) return this.#found("meta checkpoint", "it points behind the journal's end");
    for (let i = table.size - 1; i >= 0; i--) {
      const [sequence, isBefore] = [table.sequence(i), table.position(i) < position];
      if (isBefore !== sequence < nextSequence)
        return this.#found(
          "meta checkpoint",
          `c${sequence} stands ${isBefore ? "in front of" : "behind"} it`,
        );
      if (sequence < nextSequence) return;
    }
  }

  /** `known`: as of the mark, from the journal. */
  refs(known: ReadonlyMap<string, Sequence>, refs: ReadonlyMap<string, Sequence>): void {
    for (const { key, value } of this.#rowsOf("refs")) {
      const name = key.toString();
      const where = `ref ${JSON.stringify(name)}`;
      const said = value.length === 6 ? `c${value.readUIntLE(0, 6)}` : "nothing";
      const expected = known.get(name);
      if (said !== `c${expected}`)
        this.#found(
          where,
          `the object store says ${said}, the journal ${expected === undefined ? "nothing" : `c${expected}`}`,
          "ref",
        );
    }
    for (const [name, sequence] of refs) {
      this.rows++;
      const where = `ref ${JSON.stringify(name)}`;
      try {
        assertRefName(name);
      } catch (error) {
        if (error instanceof HeliosError) this.#found(where, error.message, "ref");
      }
      if (this.#isGone(sequence))
        this.#found(where, `it names c${sequence}, which is not in the journal`, "ref");
    }
  }

  index(): void {
    const { table } = this.#parts;
    for (const { key, value } of this.#rowsOf("index")) {
      const where = `index ${key.toString("hex")}`;
      if (key.length !== 6 || value.length !== 8) {
        this.#found(where, "it is not of the form of an index row");
        continue;
      }
      const sequence = key.readUIntBE(0, 6);
      const i = table.indexOf(sequence);
      if (i < 0) {
        if (this.#isGone(sequence))
          this.#found(where, `it tells the place of c${sequence}, which is not in the journal`);
      } else if (table.position(i) !== value.readDoubleLE(0))
        this.#found(
          where,
          `it says that c${sequence} is at ${value.readDoubleLE(0)}; it is at ${table.position(i)}`,
        );
    }
  }

  roots(): void {
    for (const { key, value } of this.#rowsOf("roots")) {
      const where = `roots ${key.toString("hex")}`;
      if (key.length !== 6 || value.length !== 32) {
        this.#found(where, "it is not of the form of a roots row");
        continue;
      }
      const sequence = key.readUIntBE(0, 6);
      if (!this.#parts.nodeKeys.has(value))
        this.#found(where, `its node ${value.toString("hex")} is missing`);
      this.#judge(where, this.#parts.idsAt, value, sequence, "the state");
    }
  }

  snapshots(): void {
    for (const { key, value } of this.#rowsOf("snapshots"))
      this.#judgeRow(`snapshots ${key.toString("hex")}`, this.#parts.idsAt, key, value, "the state");
  }

  /** Answers the contents that have a row. */
  places(): HashSet64 {
    const keys = new HashSet64();
    for (const { key, value } of this.#rowsOf("places")) {
      keys.add(key);
      this.#judgeRow(`places ${key.toString("hex")}`, this.#parts.contentsAt, key, value, "a content");
    }
    return keys;
  }

  #judgeRow(where: string, pairs: PairSet, key: Buffer, value: Buffer, what: string): void {
    if (key.length !== 32 || value.length !== 6) this.#found(where, "it is not of the form of its space");
    else this.#judge(where, pairs, key, value.readUIntLE(0, 6), what);
  }

  #judge(where: string, pairs: PairSet, hash: Buffer, sequence: Sequence, what: string): void {
    if (this.#isGone(sequence)) this.#found(where, `it names c${sequence}, which is not in the journal`);
    else if (
      this.#parts.table.indexOf(sequence) >= 0 &&
      !this.#parts.isBroken(sequence) &&
      !pairs.has(hash, sequence)
    )
      this.#found(where, `c${sequence} does not have ${what} ${hash.toString("hex")}`);
  }

  /** Not there, and nobody knows why. */
  #isGone(sequence: Sequence): boolean {
    return this.#parts.table.indexOf(sequence) < 0 && !this.#parts.isLost(sequence);
  }

  *#rowsOf(space: Space): IterableIterator<Row> {
    for (let shard = 0; shard < SHARDS; shard++)
      for (const row of rowsOf(this.#parts.l2, space, shard, {
        push: (finding) => this.#parts.onFinding(finding),
      })) {
        this.rows++;
        yield row;
      }
  }

  #found(where: string, problem: string, kind: "place" | "ref" = "place"): void {
    this.#parts.onFinding({ kind, where, code: "STORE_CORRUPT", problem });
  }
}
