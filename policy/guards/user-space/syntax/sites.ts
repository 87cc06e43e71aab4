/**
 * Places that execute something, and the functions around them. A function of the file that hands its parameter to a
 * shell makes each of its calls an execution: `const sh = (command) => execSync(command)` makes `sh("...")` one, and so
 * does a function that calls `sh` with its own parameter, three levels deep.
 */
import type { Hit, Place, Problem, ScanResult } from "../hit.ts";
import type { LocalFunction, Scopes } from "./bindings.ts";
import { argumentFor, type Arguments } from "./parameters.ts";
import type { Value } from "./values.ts";

/** Values of parameters while the body of a function is looked at for one of its callers. */
export type Environment = ReadonlyMap<string, Value>;

export const emptyEnvironment: Environment = new Map();

export interface ExecutionSite {
  /** Offset in the source, to find the functions around it. */
  readonly start: number;
  readonly at: Place;
  /** Source of its arguments, to see which parameters it depends on. */
  readonly source: string;
  run(environment: Environment): ScanResult;
}

export interface LocalCall {
  readonly name: string;
  readonly start: number;
  readonly at: Place;
  readonly source: string;
  /** Several where a list is gone through. */
  values(environment: Environment): readonly Arguments[];
}

const deepestWrapper = 3;
/** Beyond this many evaluations a file is made to be expensive; what was found until then stands. */
const evaluationBudget = 20_000;

/** What a call of a function of the file executes. */
export type Evaluate = (name: string, given: Arguments) => readonly Hit[];

export function runSites(
  sites: readonly ExecutionSite[],
  scopes: Scopes,
  callsOf: (names: ReadonlySet<string>) => readonly LocalCall[],
): ScanResult & { readonly evaluate: Evaluate } {
  const run = new SiteRun(scopes, callsOf);
  return run.all(sites);
}

interface Open {
  readonly function: LocalFunction;
  readonly site: ExecutionSite;
  /** Rules the site breaks whatever it is given: they are reported there, not at every call. */
  readonly known: ReadonlySet<string>;
}

class SiteRun {
  readonly #scopes: Scopes;
  readonly #callsOf: (names: ReadonlySet<string>) => readonly LocalCall[];
  readonly #open = new Map<string, Open[]>();
  readonly #running = new Set<ExecutionSite>();
  #evaluations = 0;

  constructor(scopes: Scopes, callsOf: (names: ReadonlySet<string>) => readonly LocalCall[]) {
    this.#scopes = scopes;
    this.#callsOf = callsOf;
  }

  all(sites: readonly ExecutionSite[]): ScanResult & { readonly evaluate: Evaluate } {
    const hits: Hit[] = [];
    const problems: Problem[] = [];
    let level: readonly ExecutionSite[] = sites;
    for (let depth = 0; depth < deepestWrapper && level.length > 0; depth += 1) {
      const names = new Set<string>();
      for (const site of level) {
        const found = this.#run(site, emptyEnvironment);
        // A derived site is a call that was judged with its caller already.
        if (depth === 0) {
          hits.push(...found.hits.map((each) => ({ ...each, ...site.at })));
          problems.push(...found.problems.map((each) => ({ ...each, line: site.at.line })));
        }
        for (const name of this.#opened(site, found)) names.add(name);
      }
      if (names.size === 0) break;
      const next: ExecutionSite[] = [];
      for (const call of this.#callsOf(names)) {
        hits.push(...this.#call(call, emptyEnvironment));
        next.push({
          start: call.start,
          at: call.at,
          source: call.source,
          run: (environment) => ({ hits: this.#call(call, environment), problems: [] }),
        });
      }
      level = next;
    }
    return {
      hits,
      problems,
      evaluate: (name, given) => this.#evaluate(name, given),
    };
  }

  #run(site: ExecutionSite, environment: Environment): ScanResult {
    this.#evaluations += 1;
    return this.#evaluations > evaluationBudget ? { hits: [], problems: [] } : site.run(environment);
  }

  /** Registers the site with every function whose parameters it mentions; returns their names. */
  #opened(site: ExecutionSite, found: ScanResult): string[] {
    const known = new Set(found.hits.map((each) => each.rule.id));
    return this.#scopes.around(site.start).flatMap((around) => {
      const depends = around.parameters.some(({ name }) => name !== "" && mentions(site.source, name));
      if (around.name === "" || !depends) return [];
      const rows = this.#open.get(around.name) ?? [];
      if (!rows.some((each) => each.site.start === site.start)) rows.push({ function: around, site, known });
      this.#open.set(around.name, rows);
      return [around.name];
    });
  }

  #call(call: LocalCall, environment: Environment): readonly Hit[] {
    return call
      .values(environment)
      .flatMap((given) =>
        this.#evaluate(call.name, given).map((each) => ({ ...each, ...(given.at ?? call.at) })),
      );
  }

  #evaluate(name: string, given: Arguments): readonly Hit[] {
    return (this.#open.get(name) ?? []).flatMap((row) => {
      // A function that calls itself, or others of its name, ends here.
      if (this.#running.has(row.site) || this.#running.size >= deepestWrapper) return [];
      const inner = new Map(
        row.function.parameters.map((each) => [each.name, argumentFor(each, given)] as const),
      );
      this.#running.add(row.site);
      const found = this.#run(row.site, inner).hits.filter((each) => !row.known.has(each.rule.id));
      this.#running.delete(row.site);
      return found;
    });
  }
}

/** Whole word; a plain search, because the name comes from the text that is scanned. */
function mentions(source: string, name: string): boolean {
  for (let at = source.indexOf(name); at !== -1; at = source.indexOf(name, at + 1)) {
    if (!/[\w$]/.test(source[at - 1] ?? "") && !/[\w$]/.test(source[at + name.length] ?? "")) return true;
  }
  return false;
}
