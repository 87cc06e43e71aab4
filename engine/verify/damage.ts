/** What a verification finds, and what of it a report names. */
import type { HeliosErrorCode } from "../errors.ts";

/** What is damaged. */
export type DamagedKind =
  | "format" // the format file
  | "journal" // bytes of a segment file
  | "record" // a sound frame whose record cannot be
  | "commit" // a state that cannot be computed again, or is another one
  | "content"
  | "node"
  | "place" // a row that says where something is
  | "ref"
  | "backend"; // the files of the object store itself

/** One damaged thing, and what it means. */
export interface Damage {
  readonly kind: DamagedKind;
  /** The object's hash, the file and offset, the commit or the row: enough to find it. */
  readonly where: string;
  readonly code: HeliosErrorCode;
  readonly problem: string;
  /** Refs whose state needs it. */
  readonly refs: readonly string[];
  /** Some of the paths that need it. */
  readonly paths: readonly { readonly ref: string; readonly path: string }[];
}

/** What a check finds; whom it affects is found out afterwards, for all at once. */
export type Finding = Omit<Damage, "refs" | "paths"> & {
  readonly hash?: Buffer;
  /** Commits whose records are gone with it. */
  readonly lost?: LostCommits;
};

/** First and last. */
export type LostCommits = readonly [number, number];

/** Findings, counted all and kept up to a bound: a store that is rubble must not become a report of its size. */
export class Findings {
  count = 0;
  readonly kept: Finding[] = [];
  readonly #keep: number;

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(finding: Finding): void {
    this.count++;
    if (this.kept.length < this.#keep) this.kept.push(finding);
  }
}
