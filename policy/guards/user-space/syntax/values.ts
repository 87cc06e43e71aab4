/**
 * What an expression is worth as far as the file tells: a text, a list, or unknown. Unknown parts of a text become
 * the shell's own placeholder, so `mount ${dir}` still is a mount.
 */
import { unknownPart } from "../shell/words.ts";
import { hit, type Hit, type Place, type Problem, type ScanResult } from "../hit.ts";
import { isExact } from "../shell/words.ts";
import { ruleOfRead, ruleOfWrite, scanArgv, scanShell, type Embed } from "../shell/shell-script.ts";

export type Value =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | { readonly kind: "unknown" };

export const unknown: Value = { kind: "unknown" };

export function text(value: string): Value {
  return { kind: "text", text: value };
}

export function list(items: readonly Value[]): Value {
  return { kind: "list", items };
}

export function textOfValue(value: Value | undefined): string {
  if (value === undefined || value.kind === "unknown") return unknownPart;
  return value.kind === "text" ? value.text : value.items.map(textOfValue).join(" ");
}

export function wordsOfValue(value: Value | undefined): readonly string[] {
  if (value === undefined) return [];
  return value.kind === "list" ? value.items.flatMap(wordsOfValue) : [textOfValue(value)];
}

export function concatenated(left: Value, right: Value): Value {
  if (left.kind === "list" || right.kind === "list") {
    return list([...(left.kind === "list" ? left.items : []), ...(right.kind === "list" ? right.items : [])]);
  }
  return left.kind === "unknown" && right.kind === "unknown"
    ? unknown
    : text(textOfValue(left) + textOfValue(right));
}

/** Values of parameters while the body of a function is looked at for one of its callers. */
export type Environment = ReadonlyMap<string, Value>;

export const emptyEnvironment: Environment = new Map();

/** Something that executes text, still open in the parameters of the function around it. */
export interface ExecutionSite {
  /** Offset in the source, to find the function around it. */
  readonly start: number;
  readonly at: Place;
  run(environment: Environment): ScanResult;
}

export interface LocalFunction {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly start: number;
  readonly end: number;
}

export interface LocalCall {
  readonly name: string;
  readonly at: Place;
  values(): readonly Value[];
}

/**
 * Runs every execution site, and again for each call of the function it stands in, with the arguments of that
 * call: `const sh = (command) => execSync(command)` makes `sh("...")` an execution. One level deep: a wrapper of a
 * wrapper is not followed.
 */
export function runSites(
  sites: readonly ExecutionSite[],
  functions: readonly LocalFunction[],
  calls: (names: ReadonlySet<string>) => readonly LocalCall[],
): ScanResult {
  const hits: Hit[] = [];
  const problems: Problem[] = [];
  const open = new Map<
    string,
    { function: LocalFunction; site: ExecutionSite; known: ReadonlySet<string> }[]
  >();
  for (const site of sites) {
    const found = site.run(emptyEnvironment);
    hits.push(...found.hits.map((each) => ({ ...each, ...site.at })));
    problems.push(...found.problems.map((each) => ({ ...each, line: site.at.line })));
    const around = functions
      .filter((each) => each.start <= site.start && site.start < each.end && each.parameters.length > 0)
      .toSorted((a, b) => a.end - a.start - (b.end - b.start))[0];
    if (around === undefined) continue;
    const rows = open.get(around.name) ?? [];
    rows.push({ function: around, site, known: new Set(found.hits.map((each) => each.rule.id)) });
    open.set(around.name, rows);
  }
  if (open.size === 0) return { hits, problems };
  for (const call of calls(new Set(open.keys()))) {
    for (const row of open.get(call.name) ?? []) {
      const values = call.values();
      const environment = new Map(
        row.function.parameters.map((name, index) => [name, values[index] ?? unknown]),
      );
      const found = row.site.run(environment);
      hits.push(
        ...found.hits.filter((each) => !row.known.has(each.rule.id)).map((each) => ({ ...each, ...call.at })),
      );
    }
  }
  return { hits, problems };
}

/** A text handed to a shell. What cannot be parsed because parts of it are unknown is no problem of the file. */
export function executeText(value: Value | undefined, embed?: Embed): ScanResult {
  const script = textOfValue(value);
  if (script === unknownPart) return { hits: [], problems: [] };
  const found = scanShell(script, embed);
  return isExact(script) ? found : { hits: found.hits, problems: [] };
}

export function executeWords(words: readonly string[], embed?: Embed): ScanResult {
  return scanArgv(words, embed);
}

/** What opening a file means: writing to a control group, reading the table of mounts. */
export function fileAccess(value: Value | undefined, writes: boolean, what: string, at: Place): Hit[] {
  const path = textOfValue(value);
  const rule = (writes ? ruleOfWrite(path) : undefined) ?? (writes ? undefined : ruleOfRead(path));
  return rule === undefined ? [] : [hit(rule, `${what}("${path}")`, at)];
}
