/**
 * Which value a name has where it is used, as far as reading from top to bottom tells: the last assignment above the use
 * that is visible there, then what was added to it since. Assignments inside of other functions do not count.
 */

import type { Parameter } from "./parameters.ts";

export interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface LocalFunction extends Range {
  /** Empty for a function without a name; it still has a scope. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

/** Nested functions of one file; a look-up costs O(log n) and the depth. */
export class Scopes {
  readonly functions: readonly LocalFunction[];
  readonly #parents: readonly number[];

  constructor(functions: readonly LocalFunction[]) {
    this.functions = functions.toSorted((a, b) => a.start - b.start || b.end - a.end);
    const open: number[] = [];
    this.#parents = this.functions.map((each, index) => {
      while (open.length > 0 && (this.functions[open.at(-1) ?? 0]?.end ?? 0) < each.end) open.pop();
      const parent = open.at(-1) ?? -1;
      open.push(index);
      return parent;
    });
  }

  /** The functions around an offset, the innermost first. */
  around(offset: number): LocalFunction[] {
    let low = 0;
    let high = this.functions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.functions[middle]?.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const found: LocalFunction[] = [];
    for (let index = low - 1; index >= 0; index = this.#parents[index] ?? -1) {
      const each = this.functions[index];
      if (each !== undefined && offset < each.end) found.push(each);
    }
    return found;
  }

  isParameter(name: string, offset: number): boolean {
    return this.around(offset).some((each) => each.parameters.some((its) => its.name === name));
  }
}

interface Assignment<Item> {
  readonly item: Item;
  readonly start: number;
  readonly end: number;
  readonly adds: boolean;
}

/** More than this many additions to one list are a table, not a command line. */
const mostAdditions = 64;

export class Bindings<Item> {
  readonly #assignments = new Map<string, Assignment<Item>[]>();
  #scopes: Scopes | undefined;
  readonly #innermost = new Map<Assignment<Item>, LocalFunction | undefined>();

  /** To be called once all functions are known and before anything is looked up. */
  within(scopes: Scopes): void {
    this.#scopes = scopes;
  }

  assign(name: string, item: Item, range: Range): void {
    this.#push(name, { item, ...range, adds: false });
  }

  /** `args.push(...)`, `cmd += ...`: the value so far, and this. */
  add(name: string, item: Item, range: Range): void {
    this.#push(name, { item, ...range, adds: true });
  }

  all(name: string): readonly Item[] {
    return (this.#assignments.get(name) ?? []).filter((each) => !each.adds).map((each) => each.item);
  }

  /** The assignment that counts at an offset, and what was added after it. */
  at(name: string, offset: number): { readonly assigned: Item; readonly added: readonly Item[] } | undefined {
    const visible = (this.#assignments.get(name) ?? []).filter((each) => this.#isVisible(each, offset));
    const assignments = visible.filter((each) => !each.adds);
    const before = assignments.filter((each) => each.end <= offset);
    const chosen = before.at(-1) ?? assignments.find((each) => each.start > offset);
    if (chosen === undefined) return undefined;
    const added = visible.filter(
      (each) => each.adds && each.start >= chosen.start && each.end <= Math.max(offset, chosen.end),
    );
    return { assigned: chosen.item, added: added.slice(0, mostAdditions).map((each) => each.item) };
  }

  #isVisible(assignment: Assignment<Item>, offset: number): boolean {
    if (this.#scopes === undefined) return true;
    if (!this.#innermost.has(assignment)) {
      this.#innermost.set(assignment, this.#scopes.around(assignment.start)[0]);
    }
    const scope = this.#innermost.get(assignment);
    return scope === undefined || (scope.start <= offset && offset < scope.end);
  }

  #push(name: string, assignment: Assignment<Item>): void {
    const assignments = this.#assignments.get(name) ?? [];
    assignments.push(assignment);
    this.#assignments.set(name, assignments);
  }
}
