/**
 * A configuration file as a tree that knows its places. YAML, JSON and HCL look the same from here, so each schema is
 * written once.
 */
import type { Place } from "../hit.ts";

export abstract class ConfigNode {
  abstract readonly isMap: boolean;
  abstract readonly isList: boolean;
  /** Where the value stands. */
  abstract readonly place: Place;
  /** Where the first line of a text stands: below the `|` of a block, at the value otherwise. */
  abstract readonly textPlace: Place;
  /** A scalar as text; undefined for maps, lists, null and what is only known later. */
  abstract readonly text: string | undefined;
  abstract readonly isTrue: boolean;
  /** Keys may occur more than once (blocks of HCL). */
  abstract entries(): [string, ConfigNode][];
  abstract items(): ConfigNode[];

  /** Labels of a block of HCL: `resource "type" "name"`. */
  get labels(): readonly string[] {
    return [];
  }

  get(key: string): ConfigNode | undefined {
    return this.entries().find(([name]) => name === key)?.[1];
  }

  at(...keys: readonly string[]): ConfigNode | undefined {
    const [first, ...rest] = keys;
    return first === undefined ? this : this.get(first)?.at(...rest);
  }

  /** A list of texts, or one text as a list of one. */
  texts(): string[] {
    if (this.text !== undefined) return [this.text];
    return this.items().flatMap((item) => (item.text === undefined ? [] : [item.text]));
  }

  /** This node and everything below it. */
  *everything(): Generator<ConfigNode> {
    yield this;
    for (const [, value] of this.entries()) yield* value.everything();
    for (const item of this.items()) yield* item.everything();
  }
}

/** Nodes one file may be looked at; a large real workflow has a few thousand. */
const nodeBudget = 200_000;

export class Budget {
  #left = nodeBudget;

  spend(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new BudgetSpent();
  }
}

/** Thrown inside the walk, caught by the front end: the file unfolds into more than anyone wrote by hand. */
export class BudgetSpent extends Error {
  constructor() {
    super(`unfolds into more than ${nodeBudget} nodes`);
  }
}
