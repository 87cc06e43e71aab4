/** States as a tree: which state came from which, and the way from one to another. Held in memory, 1 entry a state. */

/** Versions to be undone, newest first, and then those to be done again, oldest first. */
export interface Route {
  readonly undo: readonly number[];
  readonly redo: readonly number[];
}

export class VersionTree {
  /** Parent of each version; the first has none. A parent always has the smaller number. */
  readonly #parents: (number | undefined)[] = [];

  /** The number of a new version. */
  add(parent: number | undefined): number {
    return this.#parents.push(parent) - 1;
  }

  has(version: number): boolean {
    return Number.isInteger(version) && version >= 0 && version < this.#parents.length;
  }

  /** From one version to another over their nearest common ancestor; costs the length of the way. */
  route(from: number, to: number): Route {
    const undo: number[] = [];
    const redo: number[] = [];
    let a: number | undefined = from;
    let b: number | undefined = to;
    // The larger number cannot be an ancestor of the smaller, so that side has to go up.
    while (a !== b) {
      if (b === undefined || (a !== undefined && a > b)) {
        undo.push(a as number);
        a = this.#parents[a as number];
      } else {
        redo.push(b);
        b = this.#parents[b];
      }
    }
    return { undo, redo: redo.reverse() };
  }
}
