/**
 * C and C++. A call is the C library's if the name is unqualified (or `::name`), the number of arguments fits, and
 * nothing in the project defines a function, method or macro of that name. Methods (`fs->mount(...)`), functions
 * of other name spaces and the C++ keyword `namespace` never are.
 *
 * Not seen: inline assembly, calls through function pointers, names pasted together by the preprocessor.
 */
import { distinct, hit, movedTo, type Hit, type ScanResult } from "../hit.ts";
import {
  callApplies,
  callNamed,
  callNumbered,
  mountFlag,
  namespaceFlag,
  ruleOfCapability,
  suspiciousInC,
  type CallRow,
} from "../rules.ts";
import type { FrontEnd, Surroundings } from "../frontend.ts";
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

type Form = "shell" | "words" | "array" | "spawn" | "command-array";

const executors: Readonly<Record<string, Form>> = {
  system: "shell",
  popen: "shell",
  g_spawn_command_line_sync: "shell",
  g_spawn_command_line_async: "shell",
  execl: "words",
  execlp: "words",
  execle: "words",
  execv: "array",
  execvp: "array",
  execve: "array",
  execvpe: "array",
  posix_spawn: "spawn",
  posix_spawnp: "spawn",
};

const setters: ReadonlySet<string> = new Set([
  "prctl",
  "cap_set_flag",
  "capng_update",
  "capng_updatev",
  "CAP_TO_MASK",
  "CAP_TO_INDEX",
  "cap_set_ambient",
]);

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => new CScan(grammarOf(source.path), source.text, surroundings, 0).run(),
};

/** Headers may be either language; the C++ grammar reads nearly all of C. */
function grammarOf(path: string): Grammar {
  return path.endsWith(".c") ? "c" : "cpp";
}

class CScan {
  readonly #grammar: Grammar;
  readonly #root: Node;
  readonly #surroundings: Surroundings;
  readonly #macroDepth: number;
  readonly #values = new Map<string, Node[]>();
  readonly #functions: LocalFunction[] = [];
  readonly #definitions = new Set<string>();
  /** Ranges of calls already reported: the flags in them are part of the same finding. */
  readonly #reported: { readonly start: number; readonly end: number }[] = [];

  constructor(grammar: Grammar, source: string, surroundings: Surroundings, macroDepth: number) {
    this.#grammar = grammar;
    this.#root = parseSource(grammar, source);
    this.#surroundings = surroundings;
    this.#macroDepth = macroDepth;
  }

  run(): ScanResult {
    this.#collect();
    const calls = nodesOf(this.#root, ["call_expression"]);
    const hits: Hit[] = [];
    const sites: ExecutionSite[] = [];
    for (const call of calls) {
      const callee = calleeOf(call);
      if (callee === undefined) continue;
      hits.push(...this.#call(call, callee.name, callee.isGlobal), ...this.#files(call, callee.name));
      const site = this.#site(call, callee.name);
      if (site !== undefined) sites.push(site);
    }
    hits.push(...this.#flags(), ...this.#capabilities());
    const found = runSites(sites, this.#functions, (names) =>
      calls
        .filter((call) => names.has(calleeOf(call)?.name ?? ""))
        .map((call) => ({
          name: calleeOf(call)?.name ?? "",
          at: placeOf(call),
          values: () => argumentsOf(call.field("arguments")).map((each) => this.#value(each, new Map())),
        })),
    );
    const macros = this.#macros();
    return {
      hits: distinct([...hits, ...found.hits, ...macros.flatMap((each) => each.hits)]),
      problems: [
        ...problemsOf(this.#root, this.#grammar === "c" ? "C" : "C++", suspiciousInC),
        ...found.problems,
      ],
      definitions: [...this.#definitions],
    };
  }

  #collect(): void {
    for (const node of nodesOf(this.#root, ["function_definition", "field_declaration"])) {
      const declarator = node.field("declarator");
      const named = declarator === null ? undefined : functionName(declarator);
      if (named === undefined) continue;
      this.#define(named.name);
      if (kindOf(node) !== "function_definition") continue;
      const { start, end } = node.range();
      this.#functions.push({ ...named, start: start.index, end: end.index });
    }
    for (const node of nodesOf(this.#root, ["preproc_function_def"]))
      this.#define(node.field("name")?.text() ?? "");
    for (const node of nodesOf(this.#root, ["init_declarator"])) {
      const name = /([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*$/.exec(node.field("declarator")?.text() ?? "")?.[1];
      this.#assign(name, node.field("value"));
    }
    for (const node of nodesOf(this.#root, ["assignment_expression"]))
      this.#assign(node.field("left")?.text(), node.field("right"));
  }

  #define(name: string): void {
    if (callNamed(name) !== undefined) this.#definitions.add(name);
  }

  #assign(name: string | undefined, value: Node | null): void {
    if (name === undefined || value === null) return;
    const values = this.#values.get(name) ?? [];
    values.push(value);
    this.#values.set(name, values);
  }

  #call(call: Node, name: string, isGlobal: boolean): Hit[] {
    const given = argumentsOf(call.field("arguments"));
    const argumentText = call.field("arguments")?.text() ?? "";
    if (name === "syscall") return this.#numbered(call, given, argumentText);
    if (name === "dlsym" || name === "dlvsym") {
      const row = callNamed(
        textOfValue(given[1] === undefined ? undefined : this.#value(given[1], new Map())),
      );
      return row === undefined || row.onlyWith !== undefined
        ? []
        : [this.#report(call, row, `${name}("${row.name}")`)];
    }
    const row = callNamed(name);
    if (row === undefined || given.length < row.arity || (given.length > row.arity && !isVariadic(name)))
      return [];
    if (!callApplies(row, this.#withConstants(given, argumentText))) return [];
    const found = this.#report(call, ruleOfMount(row, given), `${name}()`);
    return [isGlobal ? found : { ...found, unlessDefined: name }];
  }

  /** The source of the arguments, with the values of plain variables beside it: `clone(f, stack, flags, 0)`. */
  #withConstants(given: readonly Node[], argumentText: string): string {
    const values = given
      .filter((each) => kindOf(each) === "identifier")
      .flatMap((each) => (this.#values.get(each.text()) ?? []).map((value) => value.text()));
    return [argumentText, ...values].join(" ");
  }

  #numbered(call: Node, given: readonly Node[], argumentText: string): Hit[] {
    const first = given[0]?.text() ?? "";
    const name = /^(?:SYS_|__NR_)(\w+)$/.exec(first)?.[1];
    const row =
      name === undefined
        ? callNumbered(/^(?:0x[\da-f]+|\d+)[uUlL]*$/i.test(first) ? Number.parseInt(first) : -1)
        : callNamed(name);
    if (row === undefined || !callApplies(row, this.#withConstants(given, argumentText))) return [];
    return [this.#report(call, row, `syscall(${first})`)];
  }

  #report(call: Node, row: CallRow | string, what: string): Hit {
    const { start, end } = call.range();
    this.#reported.push({ start: start.index, end: end.index });
    return hit(typeof row === "string" ? row : row.rule, what, placeOf(call));
  }

  #files(call: Node, name: string): Hit[] {
    const given = argumentsOf(call.field("arguments"));
    const second = given[1]?.text() ?? "";
    const at = name === "openat" || name === "mkdirat" ? 1 : 0;
    const path = given[at];
    if (path === undefined) return [];
    const value = (): Value => this.#value(path, new Map());
    switch (name) {
      case "fopen":
      case "fopen64":
        return fileAccess(value(), /"[^"]*[wa+]/.test(second), name, placeOf(call));
      case "open":
      case "open64":
      case "openat":
        return fileAccess(
          value(),
          /O_(?:WRONLY|RDWR|CREAT)/.test(given[at + 1]?.text() ?? ""),
          name,
          placeOf(call),
        );
      case "mkdir":
      case "mkdirat":
      case "rmdir":
        return fileAccess(value(), true, name, placeOf(call));
      default:
        return [];
    }
  }

  #site(call: Node, name: string): ExecutionSite | undefined {
    const form = Object.hasOwn(executors, name)
      ? executors[name]
      : /^QProcess::(?:execute|startDetached|start)$/.test(calledText(call))
        ? "command-array"
        : undefined;
    if (form === undefined) return undefined;
    const given = argumentsOf(call.field("arguments"));
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
    switch (form) {
      case "shell":
        return executeText(value(0), embed);
      case "words": {
        const rest = given
          .slice(2)
          .filter((each) => !/^(?:NULL|nullptr|0|\(char\s*\*\)\s*(?:NULL|0))$/.test(each.text()));
        return executeWords(
          [textOfValue(value(0)), ...rest.map((each) => textOfValue(this.#value(each, environment)))],
          embed,
        );
      }
      case "array":
        return executeWords(commandLine(value(0), value(1)), embed);
      case "spawn":
        return executeWords(commandLine(value(1), value(4)), embed);
      case "command-array":
        return executeWords([textOfValue(value(0)), ...wordsOfValue(value(1))], embed);
    }
  }

  #value(node: Node, environment: Environment, depth = 0): Value {
    if (depth > 12) return unknown;
    const below = (child: Node | null | undefined): Value =>
      child === null || child === undefined ? unknown : this.#value(child, environment, depth + 1);
    switch (kindOf(node)) {
      case "string_literal":
      case "raw_string_literal":
        return text(literal(node));
      case "concatenated_string":
        return node
          .namedChildren()
          .map((child) => below(child))
          .reduce(concatenated, text(""));
      case "parenthesized_expression":
        return below(node.namedChildren()[0]);
      case "cast_expression":
        return below(node.field("value"));
      case "compound_literal_expression":
        return below(node.field("value"));
      case "initializer_list":
        return list(
          argumentsOf(node)
            .filter((child) => !/^(?:NULL|nullptr|0)$/.test(child.text()))
            .map((child) => below(child)),
        );
      case "binary_expression":
        return node.field("operator")?.text() === "+"
          ? concatenated(below(node.field("left")), below(node.field("right")))
          : unknown;
      case "call_expression": {
        const called = node.field("function");
        if (called !== null && kindOf(called) === "field_expression") return below(called);
        const name = calleeOf(node)?.name;
        const [first] = argumentsOf(node.field("arguments"));
        return name === "string" || name === "c_str" || name === "QString" || name === "QStringLiteral"
          ? below(first ?? node.field("function"))
          : unknown;
      }
      case "field_expression":
        return /^(?:c_str|data)$/.test(node.field("field")?.text() ?? "")
          ? below(node.field("argument"))
          : unknown;
      case "identifier":
        return environment.get(node.text()) ?? this.#named(node, below);
      default:
        return unknown;
    }
  }

  /** What a variable was last given above its use, `snprintf` into it included. */
  #named(node: Node, below: (child: Node) => Value): Value {
    const name = node.text();
    const offset = node.range().start.index;
    const written = nodesOf(this.#root, ["call_expression"])
      .filter(
        (call) =>
          call.range().start.index < offset &&
          /^(?:snprintf|sprintf|asprintf|strcpy|strncpy)$/.test(calleeOf(call)?.name ?? ""),
      )
      .filter((call) => (argumentsOf(call.field("arguments"))[0]?.text() ?? "").replace(/^&/, "") === name)
      .at(-1);
    if (written !== undefined) {
      const format = argumentsOf(written.field("arguments")).find((each) => /string/.test(kindOf(each)));
      return format === undefined
        ? unknown
        : text(textOfValue(below(format)).replace(/%[-+ #0-9.*]*[a-z]+/gi, "${?}"));
    }
    const values = (this.#values.get(name) ?? []).filter((each) => each.range().start.index < offset);
    const last = values.at(-1);
    if (last !== undefined) return below(last);
    const macro = nodesOf(this.#root, ["preproc_def"]).find((each) => each.field("name")?.text() === name);
    const body = macro?.field("value")?.text().trim();
    return body !== undefined && /^"(?:[^"\\]|\\.)*"$/.test(body)
      ? text(unescaped(body.slice(1, -1)))
      : unknown;
  }

  #flags(): Hit[] {
    return nodesOf(this.#root, ["identifier"]).flatMap((node) => {
      const name = node.text();
      const rule = mountFlag.test(name)
        ? "mount-flag"
        : namespaceFlag.test(name)
          ? "namespace-flag"
          : undefined;
      if (rule === undefined) return [];
      const offset = node.range().start.index;
      if (this.#reported.some((each) => each.start <= offset && offset < each.end)) return [];
      return handsOn(node) ? [hit(rule, name, placeOf(node))] : [];
    });
  }

  #capabilities(): Hit[] {
    return nodesOf(this.#root, ["identifier"]).flatMap((node) => {
      const name = node.text();
      const rule = name.startsWith("CAP_") ? ruleOfCapability(name) : undefined;
      return rule !== undefined && name !== "CAP_ALL" && givesCapability(node)
        ? [hit(rule, name, placeOf(node))]
        : [];
    });
  }

  /** The body of a macro is plain text to the grammar: read as a statement of its own. */
  #macros(): ScanResult[] {
    if (this.#macroDepth > 0) return [];
    return nodesOf(this.#root, ["preproc_function_def"]).flatMap((macro) => {
      const body = macro.field("value");
      if (body === null || !/\w\s*\(/.test(body.text())) return [];
      const inner = new CScan(
        this.#grammar,
        `void f(){${body.text().replace(/\\\r?\n/g, " ")};}`,
        this.#surroundings,
        1,
      ).run();
      return [
        movedTo({ hits: inner.hits.map((each) => ({ ...each, line: 1 })), problems: [] }, placeOf(macro)),
      ];
    });
  }
}

/** `execvp(argv[0], argv)`: the name is the path, or the first word of the vector where the path is not known. */
function commandLine(path: Value | undefined, vector: Value | undefined): string[] {
  const [first, ...rest] = wordsOfValue(vector);
  const name = path === undefined || path.kind === "unknown" ? first : textOfValue(path);
  return name === undefined ? [] : [name, ...rest];
}

/** mount(2) of an overlay or control group file system has a rule of its own. */
function ruleOfMount(row: CallRow, given: readonly Node[]): CallRow | string {
  if (row.name !== "mount") return row;
  const type = given[2]?.text() ?? "";
  if (/^"overlay(?:fs)?"$/.test(type)) return "overlayfs-mount";
  return /^"cgroup2?"$/.test(type) ? "cgroup-mount" : row;
}

function isVariadic(name: string): boolean {
  return /^(?:clone|__clone|clone2|ptrace)$/.test(name);
}

interface Called {
  readonly name: string;
  /** `::mount(...)`: nothing in the project can be meant. */
  readonly isGlobal: boolean;
}

/** The name called; undefined for methods and for functions of another name space (`std::` is the C library's again). */
function calleeOf(call: Node): Called | undefined {
  const called = call.field("function");
  if (called === null) return undefined;
  if (kindOf(called) === "identifier") return { name: called.text(), isGlobal: false };
  if (kindOf(called) === "parenthesized_expression")
    return { name: called.text().replace(/[()\s]/g, ""), isGlobal: false };
  if (kindOf(called) !== "qualified_identifier") return undefined;
  const qualified = /^(?:::|std::)(\w+)$/.exec(called.text());
  return qualified?.[1] === undefined ? undefined : { name: qualified[1], isGlobal: true };
}

function calledText(call: Node): string {
  return call.field("function")?.text() ?? "";
}

function functionName(declarator: Node): { name: string; parameters: string[] } | undefined {
  let node: Node | null = declarator;
  while (node !== null && /^(?:pointer_declarator|reference_declarator)$/.test(kindOf(node))) {
    node = node.field("declarator") ?? node.namedChildren().at(-1) ?? null;
  }
  if (node === null || kindOf(node) !== "function_declarator") return undefined;
  const name = /^(?:[\w:~]*::)?([A-Za-z_]\w*)$/.exec(node.field("declarator")?.text() ?? "")?.[1];
  if (name === undefined) return undefined;
  const parameters = argumentsOf(node.field("parameters")).map(
    (each) => /([A-Za-z_]\w*)\s*(?:\[[^\]]*\])*$/.exec(each.field("declarator")?.text() ?? "")?.[1] ?? "",
  );
  return { name, parameters };
}

/** A flag counts where it is handed on: argument of a call, assigned, returned; not where it is tested, named in a table or defined. */
function handsOn(node: Node): boolean {
  let below = node;
  for (const ancestor of node.ancestors()) {
    switch (kindOf(ancestor)) {
      case "binary_expression": {
        const operator = ancestor.field("operator")?.text() ?? "";
        if (!/^[|+^]$/.test(operator)) return false;
        break;
      }
      case "argument_list":
      case "return_statement":
        return true;
      case "assignment_expression":
        return (
          ancestor.field("right")?.id() === below.id() &&
          !/^[&]=$/.test(ancestor.field("operator")?.text() ?? "")
        );
      case "init_declarator":
        return true;
      case "initializer_pair":
        return /flags/i.test(ancestor.field("designator")?.text() ?? ancestor.text().split("=")[0] ?? "");
      case "parenthesized_expression":
      case "cast_expression":
      case "conditional_expression":
        break;
      default:
        return false;
    }
    below = ancestor;
  }
  return false;
}

function givesCapability(node: Node): boolean {
  for (const ancestor of node.ancestors()) {
    switch (kindOf(ancestor)) {
      case "call_expression": {
        const name = calledText(ancestor);
        if (!setters.has(name)) return false;
        const argumentText = ancestor.field("arguments")?.text() ?? "";
        return name !== "prctl" || /PR_CAP_AMBIENT_RAISE/.test(argumentText);
      }
      case "binary_expression":
        if (ancestor.field("operator")?.text() === "<<") return /=/.test(ancestor.parent()?.text() ?? "");
        return false;
      case "init_declarator":
        return /\bcap_value_t\b/.test(ancestor.parent()?.text() ?? "");
      case "argument_list":
      case "initializer_list":
      case "parenthesized_expression":
      case "cast_expression":
        break;
      default:
        return false;
    }
  }
  return false;
}

function literal(node: Node): string {
  return node
    .children()
    .filter((child) => child.isNamed() && kindOf(child) !== "raw_string_delimiter")
    .map((child) => (kindOf(child) === "escape_sequence" ? unescaped(child.text()) : child.text()))
    .join("");
}

function unescaped(source: string): string {
  return source.replace(
    /\\(?:x([0-9a-fA-F]{1,6})|([0-7]{1,3})|(.))/gs,
    (_whole, hex?: string, octal?: string, other?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      return other === "n" ? "\n" : other === "t" ? "\t" : (other ?? "");
    },
  );
}
