/**
 * JavaScript and TypeScript. There is no system call to call here; what counts is what is handed to a shell or
 * started as a process, a C function bound through a foreign function interface, and files that are written.
 *
 * Callees are resolved through imports, `require`, aliases and `promisify`; a method called `mount` or `exec` of
 * anything else (React, Express, Vue, a regular expression) is nobody's business.
 */
import { distinct, hit, type Hit, type ScanResult } from "../hit.ts";
import { callNamed, ruleOfCapability } from "../rules.ts";
import type { FrontEnd, Source, Surroundings } from "../frontend.ts";
import {
  argumentsOf,
  kindOf,
  nodesOf,
  parseSource,
  placeOf,
  problemsOf,
  type Grammar,
  type Node,
} from "../syntax/ast-grep.ts";
import {
  concatenated,
  executeText,
  executeWords,
  fileAccess,
  list,
  runSites,
  text,
  textOfValue,
  unknown,
  wordsOfValue,
  type Environment,
  type ExecutionSite,
  type LocalFunction,
  type Value,
} from "../syntax/values.ts";

/** How the arguments of an executing function are read. */
type Form = "shell" | "argv" | "line" | "list" | "options";

/** Module, then function; `default` is the default export or the module itself when called. */
const executors: Readonly<Record<string, Readonly<Record<string, Form>>>> = {
  child_process: {
    exec: "shell",
    execSync: "shell",
    spawn: "argv",
    spawnSync: "argv",
    execFile: "argv",
    execFileSync: "argv",
  },
  execa: {
    execa: "argv",
    execaSync: "argv",
    default: "argv",
    sync: "argv",
    execaCommand: "shell",
    execaCommandSync: "shell",
    command: "shell",
    commandSync: "shell",
    $: "shell",
    shell: "shell",
  },
  zx: { $: "shell", spinner: "shell" },
  dax: { $: "shell", default: "shell" },
  bun: { $: "shell", spawn: "list", spawnSync: "list" },
  "cross-spawn": { default: "argv", spawn: "argv", sync: "argv" },
  shelljs: { exec: "shell", cmd: "argv" },
  "@actions/exec": { exec: "line", getExecOutput: "line" },
  tinyexec: { x: "argv", exec: "argv" },
  "nano-spawn": { default: "argv" },
  "node-pty": { spawn: "argv" },
  "promisify-child-process": { exec: "shell", spawn: "argv", execFile: "argv" },
  "<global>": { execSync: "shell", spawnSync: "argv", execFileSync: "argv" },
  Bun: { spawn: "list", spawnSync: "list", $: "shell" },
  Deno: { Command: "options", run: "options" },
};

/** Names that nothing else has: counted on any receiver (`this.cp.execSync`). */
const unmistakable: Readonly<Record<string, Form>> = {
  execSync: "shell",
  spawnSync: "argv",
  execFileSync: "argv",
  execFile: "argv",
};

const foreignInterfaces =
  /^(?:koffi|ffi-napi|ffi-rs|node-ffi|ffi|ref-ffi|bun:ffi|fastcall|sbffi|@napi-ffi\/.*)$/;

const fileWriters =
  /^(?:writeFile|writeFileSync|appendFile|appendFileSync|mkdir|mkdirSync|rmdir|rmdirSync|createWriteStream|outputFile|outputFileSync|ensureDir)$/;
const fileReaders = /^(?:readFile|readFileSync|createReadStream|readdir|readdirSync)$/;

interface Callee {
  readonly module: string;
  readonly name: string;
}

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => new JavaScriptScan(source, surroundings).run(),
};

class JavaScriptScan {
  readonly #root: Node;
  readonly #surroundings: Surroundings;
  readonly #modules = new Map<string, Callee>();
  readonly #declared = new Map<string, Node[]>();
  readonly #functions: LocalFunction[] = [];
  #usesForeignInterface = false;

  constructor(source: Source, surroundings: Surroundings) {
    this.#root = parseSource(grammarOf(source.path), source.text);
    this.#surroundings = surroundings;
  }

  run(): ScanResult {
    this.#bind();
    const calls = nodesOf(this.#root, ["call_expression", "new_expression"]);
    const sites: ExecutionSite[] = [];
    const hits: Hit[] = [];
    for (const call of calls) {
      const callee = this.#resolve(calleeOf(call));
      const site = callee === undefined ? undefined : this.#site(call, callee);
      if (site !== undefined) sites.push(site);
      if (callee !== undefined) hits.push(...this.#files(call, callee), ...this.#foreign(call, callee));
    }
    hits.push(...this.#containers());
    const found = runSites(sites, this.#functions, (names) =>
      calls
        .filter((call) => names.has(lastName(calleeOf(call))))
        .map((call) => ({
          name: lastName(calleeOf(call)),
          at: placeOf(call),
          values: () => argumentsOf(call.field("arguments")).map((each) => this.#value(each, new Map())),
        })),
    );
    return {
      hits: distinct([...hits, ...found.hits]),
      problems: [...problemsOf(this.#root, "JavaScript"), ...found.problems],
    };
  }

  #bind(): void {
    for (const statement of nodesOf(this.#root, ["import_statement"])) {
      const module = moduleName(literal(statement.field("source")));
      if (module === undefined) continue;
      this.#usesForeignInterface ||= foreignInterfaces.test(module);
      for (const specifier of nodesOf(statement, ["import_specifier"])) {
        const name = specifier.field("name")?.text() ?? "";
        this.#modules.set(specifier.field("alias")?.text() ?? name, { module, name });
      }
      for (const clause of statement.children().filter((child) => child.kind() === "import_clause")) {
        for (const child of clause.namedChildren()) {
          if (child.kind() === "identifier") this.#modules.set(child.text(), { module, name: "default" });
          if (child.kind() === "namespace_import") {
            this.#modules.set(child.namedChildren()[0]?.text() ?? "", { module, name: "*" });
          }
        }
      }
    }
    for (const declarator of nodesOf(this.#root, ["variable_declarator"])) {
      const name = declarator.field("name");
      const value = declarator.field("value");
      if (name === null || value === null) continue;
      if (name.kind() === "object_pattern") this.#bindPattern(name, value);
      else this.#declare(name.text(), value);
      if (/^(?:arrow_function|function_expression|function)$/.test(kindOf(value)))
        this.#function(name.text(), value);
    }
    for (const declared of nodesOf(this.#root, ["function_declaration", "method_definition"])) {
      const name = declared.field("name")?.text();
      if (name !== undefined) this.#function(name, declared);
      if (name !== undefined && declared.kind() === "function_declaration") this.#declare(name, declared);
    }
  }

  #declare(name: string, value: Node): void {
    const values = this.#declared.get(name) ?? [];
    values.push(value);
    this.#declared.set(name, values);
  }

  #bindPattern(pattern: Node, value: Node): void {
    const from = this.#resolve(value);
    if (from === undefined) return;
    for (const child of pattern.namedChildren()) {
      if (child.kind() === "shorthand_property_identifier_pattern") {
        this.#modules.set(child.text(), { module: from.module, name: child.text() });
      }
      const alias = child.kind() === "pair_pattern" ? child.field("value") : null;
      if (alias !== null)
        this.#modules.set(alias.text(), { module: from.module, name: child.field("key")?.text() ?? "" });
    }
  }

  #function(name: string, node: Node): void {
    const single = node.field("parameter");
    const parameters = single === null ? argumentsOf(node.field("parameters")) : [single];
    const { start, end } = node.range();
    this.#functions.push({
      name,
      parameters: parameters.map((each) => /^\.*\s*([\w$]+)/.exec(each.text())?.[1] ?? ""),
      start: start.index,
      end: end.index,
    });
  }

  /** Which function of which module an expression is; undefined for what cannot be told. */
  #resolve(node: Node | null, depth = 0): Callee | undefined {
    if (node === null || depth > 8) return undefined;
    switch (node.kind()) {
      case "identifier": {
        const name = node.text();
        const bound = this.#modules.get(name);
        if (bound !== undefined) return bound;
        const declared = this.#declared.get(name);
        if (declared === undefined) return { module: "<global>", name };
        const [only] = declared;
        return only !== undefined && declared.length === 1 && !/function/.test(kindOf(only))
          ? this.#resolve(only, depth + 1)
          : undefined;
      }
      case "member_expression": {
        const property = node.field("property")?.text() ?? "";
        const object = this.#resolve(node.field("object"), depth + 1);
        if (object === undefined) return { module: "", name: property };
        if (object.module === "<global>") return { module: object.name, name: property };
        return { module: object.module, name: property };
      }
      case "await_expression":
      case "parenthesized_expression":
      case "as_expression":
      case "non_null_expression":
      case "satisfies_expression":
        return this.#resolve(node.namedChildren()[0] ?? null, depth + 1);
      case "call_expression": {
        const called = node.field("function");
        const name = called === null ? "" : lastName(called);
        const [first] = argumentsOf(node.field("arguments"));
        if (name === "require" || name === "import" || called?.kind() === "import") {
          const module = moduleName(literal(first ?? null));
          if (module === undefined) return undefined;
          this.#usesForeignInterface ||= foreignInterfaces.test(module);
          return { module, name: "*" };
        }
        if (/^(?:promisify|bind|denodeify)$/.test(name)) return this.#resolve(first ?? null, depth + 1);
        // `$({ cwd })` gives `$` again.
        return name === "$" ? this.#resolve(called, depth + 1) : undefined;
      }
      default:
        return undefined;
    }
  }

  #site(call: Node, callee: Callee): ExecutionSite | undefined {
    const list = call.field("arguments");
    const isTemplate = list?.kind() === "template_string";
    const form = isTemplate ? templateForm(callee) : formOf(callee);
    if (form === undefined || list === null) return undefined;
    const given = isTemplate ? [list] : argumentsOf(list);
    return {
      start: call.range().start.index,
      at: placeOf(call),
      run: (environment) => this.#execute(form, given, environment),
    };
  }

  #execute(form: Form, given: readonly Node[], environment: Environment): ScanResult {
    const embed = this.#surroundings.embed;
    const value = (index: number): Value | undefined => {
      const node = given[index];
      return node === undefined ? undefined : this.#value(node, environment);
    };
    const file = value(0);
    switch (form) {
      case "shell":
        return executeText(file, embed);
      case "line": {
        const rest = value(1);
        const words = rest?.kind === "list" ? ` ${wordsOfValue(rest).join(" ")}` : "";
        return executeText(text(textOfValue(file) + words), embed);
      }
      case "list":
        return executeWords(
          wordsOfValue(file?.kind === "list" ? file : this.#option(given[0], "cmd", environment)),
          embed,
        );
      case "options": {
        const command = this.#option(given[0], "cmd", environment);
        if (command !== undefined) return executeWords(wordsOfValue(command), embed);
        return executeWords(
          [textOfValue(file), ...wordsOfValue(this.#option(given[1], "args", environment))],
          embed,
        );
      }
      case "argv": {
        const rest = value(1);
        const words =
          rest?.kind === "list" ? wordsOfValue(rest) : rest?.kind === "unknown" ? [textOfValue(rest)] : [];
        const usesShell = given.some((each) =>
          /\bshell\s*:\s*(?!false\b)/.test(each.kind() === "object" ? each.text() : ""),
        );
        if (usesShell) return executeText(text([textOfValue(file), ...words].join(" ")), embed);
        return executeWords([textOfValue(file), ...words], embed);
      }
    }
  }

  #option(node: Node | undefined, name: string, environment: Environment): Value | undefined {
    if (node?.kind() !== "object") return undefined;
    const pair = node
      .namedChildren()
      .find((child) => child.kind() === "pair" && child.field("key")?.text() === name);
    const value = pair?.field("value");
    return value === undefined || value === null ? undefined : this.#value(value, environment);
  }

  #value(node: Node, environment: Environment, depth = 0): Value {
    if (depth > 12) return unknown;
    const below = (child: Node | null | undefined): Value =>
      child === null || child === undefined ? unknown : this.#value(child, environment, depth + 1);
    switch (node.kind()) {
      case "string":
        return text(literal(node) ?? "");
      case "template_string":
        return text(
          node
            .children()
            .map((child) => {
              if (child.kind() === "string_fragment") return child.text();
              if (child.kind() === "escape_sequence") return unescaped(child.text());
              return child.kind() === "template_substitution"
                ? textOfValue(below(child.namedChildren()[0]))
                : "";
            })
            .join(""),
        );
      case "binary_expression":
        return node.field("operator")?.text() === "+"
          ? concatenated(below(node.field("left")), below(node.field("right")))
          : unknown;
      case "array":
        return list(argumentsOf(node).map((child) => below(child)));
      case "spread_element":
      case "parenthesized_expression":
      case "as_expression":
      case "satisfies_expression":
      case "non_null_expression":
        return below(node.namedChildren()[0]);
      case "ternary_expression": {
        const first = below(node.field("consequence"));
        return first.kind === "unknown" ? below(node.field("alternative")) : first;
      }
      case "call_expression":
        return this.#joined(node, below);
      case "identifier": {
        const bound = environment.get(node.text());
        if (bound !== undefined) return bound;
        const declared = this.#declared.get(node.text()) ?? [];
        const before = declared.filter((each) => each.range().start.index < node.range().start.index);
        const [chosen] = before.length > 0 ? before.slice(-1) : declared;
        // A parameter of the same name hides the declaration.
        if (chosen === undefined || this.#isParameter(node)) return unknown;
        return below(chosen);
      }
      default:
        return unknown;
    }
  }

  /** `[...].join(" ")`, `"a b".split(" ")`, `[..].concat([...])`. */
  #joined(call: Node, below: (child: Node | null | undefined) => Value): Value {
    const called = call.field("function");
    if (called?.kind() !== "member_expression") return unknown;
    const object = below(called.field("object"));
    const [first] = argumentsOf(call.field("arguments"));
    switch (called.field("property")?.text()) {
      case "join":
        return object.kind === "list"
          ? text(wordsOfValue(object).join(first === undefined ? "," : textOfValue(below(first))))
          : unknown;
      case "split":
        return object.kind === "text" ? list(object.text.split(/\s+/).map(text)) : unknown;
      case "concat":
        return concatenated(object, below(first));
      case "trim":
        return object.kind === "text" ? text(object.text.trim()) : unknown;
      default:
        return unknown;
    }
  }

  #isParameter(node: Node): boolean {
    const offset = node.range().start.index;
    return this.#functions.some(
      (each) => each.start <= offset && offset < each.end && each.parameters.includes(node.text()),
    );
  }

  #files(call: Node, callee: Callee): Hit[] {
    if (!/^(?:fs|fs\/promises|fs-extra|graceful-fs)$/.test(callee.module)) return [];
    const [first, second] = argumentsOf(call.field("arguments"));
    if (first === undefined) return [];
    const path = this.#value(first, new Map());
    const mode = second === undefined ? "" : textOfValue(this.#value(second, new Map()));
    const opensToWrite = /^open(?:Sync)?$/.test(callee.name) && /^[wa]|\+/.test(mode);
    if (fileWriters.test(callee.name) || opensToWrite)
      return fileAccess(path, true, callee.name, placeOf(call));
    return fileReaders.test(callee.name) || /^open(?:Sync)?$/.test(callee.name)
      ? fileAccess(path, false, callee.name, placeOf(call))
      : [];
  }

  /** `lib.func("int mount(...)")`, `ffi.Library("libc", { mount: [...] })`, `Deno.dlopen(..., { unshare: {...} })`. */
  #foreign(call: Node, callee: Callee): Hit[] {
    const isDeno = callee.module === "Deno" && callee.name === "dlopen";
    if (!isDeno && !this.#usesForeignInterface) return [];
    if (
      !/^(?:func|cdecl|stdcall|Library|dlopen|define|load|open|ForeignFunction|linkSymbols)$/.test(
        callee.name,
      )
    )
      return [];
    const given = argumentsOf(call.field("arguments"));
    const names = given.flatMap((each) => {
      if (each.kind() === "object") {
        const keys = each.namedChildren().map((child) => child.field("key")?.text() ?? "");
        const named = nodesOf(each, ["pair"]).filter((pair) =>
          /^(?:funcName|name)$/.test(pair.field("key")?.text() ?? ""),
        );
        return [...keys, ...named.map((pair) => literal(pair.field("value")) ?? "")];
      }
      const prototype = textOfValue(this.#value(each, new Map()));
      return [/([\w$]+)\s*\(/.exec(prototype)?.[1] ?? prototype];
    });
    return names.flatMap((name) => {
      const row = callNamed(name.replace(/^["']|["']$/g, ""));
      return row === undefined || row.onlyWith !== undefined
        ? []
        : [hit(row.rule, `${name}() through a foreign function interface`, placeOf(call))];
    });
  }

  /** Container settings written as objects for the Docker or Kubernetes client: by key, and only inside their own parent key. */
  #containers(): Hit[] {
    const settings = nodesOf(this.#root, ["pair"]).filter((pair) =>
      /^["']?(?:[pP]rivileged|[cC]apAdd|add)["']?$/.test(pair.field("key")?.text() ?? ""),
    );
    return settings.flatMap((pair): Hit[] => {
      const parents = pair
        .ancestors()
        .filter((each) => each.kind() === "pair")
        .map((each) => (each.field("key")?.text() ?? "").replace(/["']/g, ""));
      const key = (pair.field("key")?.text() ?? "").replace(/["']/g, "");
      const value = pair.field("value");
      if (value === null) return [];
      const isContainer = parents.some((each) => /^(?:[hH]ostConfig|securityContext)$/.test(each));
      if (/^[pP]rivileged$/.test(key)) {
        return isContainer && value.text() === "true"
          ? [hit("privileged-container", `${key}: true`, placeOf(pair))]
          : [];
      }
      if (!isContainer || (key === "add" && parents[0] !== "capabilities")) return [];
      const words = wordsOfValue(this.#value(value, new Map()));
      return capabilityHits(words, key, pair);
    });
  }
}

function capabilityHits(words: readonly string[], key: string, at: Node): Hit[] {
  return words.flatMap((word) => {
    const rule = ruleOfCapability(word);
    return rule === undefined ? [] : [hit(rule, `${key}: ${word}`, placeOf(at))];
  });
}

function grammarOf(path: string): Grammar {
  if (/\.[cm]?ts$/.test(path)) return "TypeScript";
  return /\.[tj]sx$/.test(path) ? "Tsx" : "JavaScript";
}

function calleeOf(call: Node): Node | null {
  return call.kind() === "new_expression" ? call.field("constructor") : call.field("function");
}

function lastName(node: Node | null): string {
  if (node === null) return "";
  return node.kind() === "member_expression" ? (node.field("property")?.text() ?? "") : node.text();
}

function formOf(callee: Callee): Form | undefined {
  const named = executors[callee.module];
  const name = callee.name === "*" ? "default" : callee.name;
  if (named !== undefined && Object.hasOwn(named, name)) return named[name];
  return Object.hasOwn(unmistakable, name) && callee.module !== "<global>" ? unmistakable[name] : undefined;
}

/** A tagged template: `$` is a shell in every library that has one; `execa` splits it like a shell does. */
function templateForm(callee: Callee): Form | undefined {
  if (callee.name === "$" || callee.module === "$") return "shell";
  return /^(?:execa|execaSync|sync)$/.test(callee.name) && callee.module === "execa" ? "shell" : undefined;
}

function moduleName(name: string | undefined): string | undefined {
  return name
    ?.replace(/^node:/, "")
    .replace(/^zx\/.*/, "zx")
    .replace(/^.*\/dax(?:@.*)?(?:\/mod\.ts)?$/, "dax");
}

/** The text of a string literal; undefined for anything else. */
function literal(node: Node | null): string | undefined {
  if (node === null || (node.kind() !== "string" && node.kind() !== "template_string")) return undefined;
  return node
    .children()
    .filter((child) => child.isNamed())
    .map((child) => (child.kind() === "escape_sequence" ? unescaped(child.text()) : child.text()))
    .join("");
}

function unescaped(sequence: string): string {
  const body = sequence.slice(1);
  const simple: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\n": "", 0: "\0" };
  const code = /^(?:x|u\{?)([0-9a-fA-F]+)\}?$/.exec(body)?.[1];
  if (code !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
  return simple[body] ?? body;
}
