/**
 * What the front ends of programming languages have in common: one syntax tree, names and their values, functions of the
 * file and who calls them, calls already reported (so that a flag inside of one is no second finding). A front end says
 * how its language writes these things.
 */
import { distinct, hit, type Hit, type OutsideCall, type Problem, type ScanResult } from "../hit.ts";
import { quotedCommand } from "../rules/triggers.ts";
import { ruleOfCapability, ruleOfMountType } from "../rules/targets.ts";
import type { Rule } from "../rules.ts";
import type { Surroundings } from "../frontend.ts";
import { argumentsOf, kindOf, kindsIn, nodesOf, placeOf, type Node, type Reading } from "./ast-grep.ts";
import { Bindings, Scopes, type LocalFunction, type Range } from "./bindings.ts";
import { emptyEnvironment, runSites, type Environment, type ExecutionSite } from "./sites.ts";
import type { Arguments, Parameter } from "./parameters.ts";
import {
  concatenated,
  executeText,
  executeWords,
  list,
  textOfValue,
  unknown,
  wordsOfValue,
  type Value,
} from "./values.ts";

/** Expressions nested deeper are generated, not written. */
const deepestExpression = 24;
/** An expression that makes this many steps is one that was written to be expensive. */
const valueBudget = 200_000;

/** A longer list is data, not a list of commands. */
const longestLoop = 64;

/** A body that is run once for every item of a list. */
interface Loop {
  readonly node: Node;
  readonly items: Node;
}

export type Below = (child: Node | null | undefined) => Value;

export abstract class SourceScan {
  protected readonly root: Node;
  protected readonly surroundings: Surroundings;
  readonly #found = new Map<string, { readonly node: Node; readonly index: number }[]>();
  protected readonly bindings = new Bindings<Node>();
  protected readonly functions: LocalFunction[] = [];
  readonly #loops = new Map<string, Loop>();
  readonly #loopBodies: LocalFunction[] = [];
  protected scopes = new Scopes([]);
  readonly #reported: Range[] = [];
  #valueSteps = 0;

  /** @param kinds all that `all` will be asked for: the tree is walked once for all of them. */
  constructor({ root, grammar }: Reading, surroundings: Surroundings, kinds: readonly string[]) {
    this.root = root;
    this.surroundings = surroundings;
    nodesOf(root, kindsIn(grammar, kinds)).forEach((node, index) => {
      const kind = kindOf(node);
      const rows = this.#found.get(kind) ?? [];
      rows.push({ node, index });
      this.#found.set(kind, rows);
    });
  }

  /** Every node of these kinds in source order, as far as the grammar at hand has them. */
  protected all(...kinds: readonly string[]): Node[] {
    const rows = kinds.flatMap((kind) => this.#found.get(kind) ?? []);
    const sorted = kinds.length === 1 ? rows : rows.toSorted((a, b) => a.index - b.index);
    return sorted.map(({ node }) => node);
  }

  /** Once all functions are collected; again after loops are. */
  protected seal(): void {
    // What is assigned in a loop is known after it, so a loop is no scope of values.
    this.bindings.within(new Scopes(this.functions));
    this.scopes = new Scopes([...this.functions, ...this.#loopBodies]);
  }

  protected abstract nameOfCall(call: Node): string;
  protected abstract argumentsOfCall(call: Node): Node[];
  /** Arguments given by name, in languages that have that. */
  protected namedArgumentsOfCall(_call: Node): ReadonlyMap<string, Node> {
    return new Map();
  }
  /** Where the function of a call comes from, if from another file: the module as written, empty where it is not said. */
  protected sourceOfCall(_call: Node): { readonly module: string; readonly name: string } | undefined {
    return undefined;
  }
  /** The function that other files know by this name; empty for none. */
  protected nameInside(name: string): string {
    return name;
  }
  /** Where a name comes from that this file only hands on. */
  protected handsOn(_name: string): readonly { readonly module: string; readonly name: string }[] {
    return [];
  }
  /** What an expression of the language is worth; `below` evaluates its parts. */
  protected abstract valueOf(node: Node, environment: Environment, below: Below): Value;

  protected value(
    node: Node | null | undefined,
    environment: Environment = emptyEnvironment,
    depth = 0,
  ): Value {
    this.#valueSteps += 1;
    if (node === null || node === undefined || depth > deepestExpression || this.#valueSteps > valueBudget)
      return unknown;
    return this.valueOf(node, environment, (child) => this.value(child, environment, depth + 1));
  }

  protected words(nodes: readonly Node[], environment: Environment = emptyEnvironment): string[] {
    return nodes.flatMap((each) => wordsOfValue(this.value(each, environment)));
  }

  protected text(node: Node | null | undefined, environment: Environment = emptyEnvironment): string {
    return textOfValue(this.value(node, environment));
  }

  /** A name: parameter of a wrapper that is being followed, or the last thing that was assigned, with what was added. */
  protected named(node: Node, name: string, environment: Environment, below: Below): Value {
    const bound = environment.get(name);
    if (bound !== undefined) return bound;
    const { start } = node.range();
    if (this.scopes.isParameter(name, start.index)) return unknown;
    const found = this.bindings.at(name, start.index);
    if (found === undefined) return unknown;
    return found.added.map((each) => below(each)).reduce(appended, below(found.assigned));
  }

  protected report(node: Node, rule: Rule | string, what: string): Hit {
    const { start, end } = node.range();
    this.#reported.push({ start: start.index, end: end.index });
    return hit(rule, what, placeOf(node));
  }

  protected isReported(node: Node): boolean {
    const offset = node.range().start.index;
    return this.#reported.some((each) => each.start <= offset && offset < each.end);
  }

  /** mount(2) of an overlay or control group file system has a rule of its own. */
  protected ruleOfMount(type: Node | undefined): string {
    return ruleOfMountType(type === undefined ? "" : this.text(type));
  }

  protected capabilities(names: readonly string[], key: string, at: Node): Hit[] {
    return names.flatMap((name) => {
      const rule = ruleOfCapability(name);
      return rule === undefined ? [] : [hit(rule, `${key}: ${name}`, placeOf(at))];
    });
  }

  protected site(call: Node, run: (environment: Environment) => ScanResult): ExecutionSite {
    return { start: call.range().start.index, at: placeOf(call), source: call.text(), run };
  }

  /** Runs the sites and everything that leads to them; the last step of every front end. */
  protected finish(
    calls: readonly Node[],
    sites: readonly ExecutionSite[],
    hits: readonly Hit[],
    problems: readonly Problem[],
  ): ScanResult {
    const found = runSites(sites, this.scopes, (names) => [
      ...calls
        .filter((call) => names.has(this.nameOfCall(call)))
        .map((call) => ({
          name: this.nameOfCall(call),
          start: call.range().start.index,
          at: placeOf(call),
          source: call.text(),
          values: (environment: Environment) => [this.#given(call, environment)],
        })),
      ...[...names].flatMap((name) => {
        const loop = this.#loops.get(name);
        if (loop === undefined) return [];
        const { node, items } = loop;
        const values = (environment: Environment) => this.#eachOf(items, environment);
        return [{ name, start: node.range().start.index, at: placeOf(node), source: items.text(), values }];
      }),
    ]);
    return {
      hits: distinct([...hits, ...found.hits]),
      problems: [...problems, ...found.problems],
      open: {
        call: (name, given) => found.evaluate(this.nameInside(name), given),
        handsOn: (name) => this.handsOn(name),
      },
      outside: this.#outside(calls),
    };
  }

  /** Calls of functions of other files that are given a command. */
  #outside(calls: readonly Node[]): OutsideCall[] {
    const places = [...this.root.text().matchAll(quotedCommand)].map((match) => match.index);
    if (places.length === 0) return [];
    const own = new Set(this.functions.map((each) => each.name));
    return calls.flatMap((call) => {
      const { start, end } = rangeOf(call);
      if (!places.some((place) => start <= place && place < end)) return [];
      const from = this.sourceOfCall(call);
      if (from === undefined || (from.module === "" && own.has(from.name))) return [];
      const given = this.#given(call, emptyEnvironment);
      if (!this.#mayBeCommand(given)) return [];
      const at = placeOf(call);
      const judge: OutsideCall["judge"] = (open, name) =>
        open.call(name, given).map((each) => ({ ...each, ...at }));
      return [{ ...from, judge }];
    });
  }

  /** Whether there is a finding in the arguments if they are executed, in whatever way. */
  #mayBeCommand({ positional, named }: Arguments): boolean {
    const embed = this.surroundings.embed;
    const all = [...positional, ...(named?.values() ?? [])];
    return (
      all.some(
        (value) =>
          value.kind === "record" ||
          (value.kind === "text" && executeText(value, embed).hits.length > 0) ||
          (value.kind === "list" && executeWords(wordsOfValue(value), embed).hits.length > 0),
      ) || executeWords(positional.flatMap(wordsOfValue), embed).hits.length > 0
    );
  }

  #given(call: Node, environment: Environment): Arguments {
    const named = [...this.namedArgumentsOfCall(call)].map(
      ([name, node]) => [name, this.value(node, environment)] as const,
    );
    return {
      positional: this.argumentsOfCall(call).map((each) => this.value(each, environment)),
      named: new Map(named),
    };
  }

  /** The items of a list one by one, each where it stands if it stands there. */
  #eachOf(items: Node, environment: Environment): Arguments[] {
    const value = this.value(items, environment);
    if (value.kind !== "list") return [];
    const written = argumentsOf(items);
    const isWritten = written.length === value.items.length;
    return value.items.slice(0, longestLoop).map((item, index) => {
      const node = written[index];
      return { positional: [item], ...(isWritten && node !== undefined && { at: placeOf(node) }) };
    });
  }

  /** A loop over `items`, whose body sees them under these names. */
  protected loop(node: Node, body: Node, items: Node, variables: readonly Parameter[]): void {
    const name = `each@${body.range().start.index}`;
    this.#loops.set(name, { node, items });
    this.#loopBodies.push({ name, parameters: variables, ...rangeOf(body) });
  }

  /** Adds functions of these kinds of nodes; the fields are those of most grammars. */
  protected collectFunctions(
    kinds: readonly string[],
    parametersOf: (node: Node) => readonly Parameter[],
    nameOf: (node: Node) => string = (node) => node.field("name")?.text() ?? "",
  ): void {
    for (const node of this.all(...kinds)) {
      const { start, end } = node.range();
      this.functions.push({
        name: nameOf(node),
        parameters: parametersOf(node),
        start: start.index,
        end: end.index,
      });
    }
  }
}

/** `args.push("-v")` adds one word, `cmd += " -v"` goes on with the text. */
function appended(value: Value, more: Value): Value {
  if (value.kind === "list") return list([...value.items, ...(more.kind === "list" ? more.items : [more])]);
  return concatenated(value, more);
}

export function rangeOf(node: Node): Range {
  const { start, end } = node.range();
  return { start: start.index, end: end.index };
}

/** The nodes between the parentheses of a call. */
export function listed(call: Node): Node[] {
  return argumentsOf(call.field("arguments"));
}
