/**
 * All commits of a journal, their parents and places, in columns: about 40 bytes a commit, so that millions fit.
 * Sequences ascend and may have gaps, where commits were collected.
 */
import type { Frame, Position } from "../journal/journal.ts";
import type { RecordHead } from "../journal/record.ts";
import type { Sequence } from "../object/ids.ts";

const FIRST_ROOM = 1024;

class Column {
  values = new Float64Array(FIRST_ROOM);

  set(i: number, value: number): void {
    if (i >= this.values.length) {
      const larger = new Float64Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[i] = value;
  }
}

/** Commits are named by their index, in order of sequence. */
export class CommitTable {
  size = 0;
  readonly #sequences = new Column();
  readonly #positions = new Column();
  readonly #recordBytes = new Column();
  readonly #timesMs = new Column();
  /** 0: none. */
  readonly #firstParents = new Column();
  readonly #moreParents = new Map<number, readonly Sequence[]>();

  /** Takes in a commit; its sequence is above all before it. */
  add(head: RecordHead, { position, record }: Frame): void {
    const i = this.size++;
    this.#sequences.set(i, head.sequence);
    this.#positions.set(i, position);
    this.#recordBytes.set(i, record.length);
    this.#timesMs.set(i, head.timeMs);
    this.#firstParents.set(i, head.parents[0] ?? 0);
    if (head.parents.length > 1) this.#moreParents.set(i, head.parents.slice(1));
  }

  /** Index of a commit, or -1. O(log n). */
  indexOf(sequence: Sequence): number {
    let low = 0;
    let high = this.size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#sequences.values[middle]!;
      if (found === sequence) return middle;
      if (found < sequence) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  get lastSequence(): Sequence {
    return this.size === 0 ? 0 : this.sequence(this.size - 1);
  }

  sequence(i: number): Sequence {
    return this.#sequences.values[i]!;
  }

  position(i: number): Position {
    return this.#positions.values[i]!;
  }

  recordBytes(i: number): number {
    return this.#recordBytes.values[i]!;
  }

  timeMs(i: number): number {
    return this.#timesMs.values[i]!;
  }

  /** The parent whose state the commit changes. */
  firstParent(i: number): Sequence | undefined {
    const parent = this.#firstParents.values[i]!;
    return parent === 0 ? undefined : parent;
  }

  parents(i: number): readonly Sequence[] {
    const first = this.firstParent(i);
    return first === undefined ? [] : [first, ...(this.#moreParents.get(i) ?? [])];
  }
}
