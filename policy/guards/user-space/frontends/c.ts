/**
 * C and C++. A call is the C library's if the name is unqualified (or `::name`), the number of arguments fits, and the
 * project does not define the function itself as far as the call could mean it (`c/linkage.ts`). Methods
 * (`fs->mount(...)`), functions of other name spaces and the C++ keyword `namespace` never are.
 *
 * Not seen: what inline assembly does (that there is a system call in it is a note), calls through function pointers,
 * names pasted together by the preprocessor.
 */
import { hit, movedTo, type Definition, type Hit, type ScanResult } from "../hit.ts";
import { callApplies, callNamed, callNumbered } from "../rules.ts";
import { architectureIn, type Architecture } from "../rules/numbers.ts";
import { mountFlag, namespaceFlag, ruleOfCapability } from "../rules/targets.ts";
import { suspiciousInC } from "../rules/triggers.ts";
import type { FrontEnd, Surroundings } from "../frontend.ts";
import {
  ancestorsOf,
  argumentsOf,
  fieldText,
  kindOf,
  nodesMatching,
  nodesOf,
  placeOf,
  readSource,
  textOf,
  type Grammar,
  type Node,
  type Reading,
} from "../syntax/ast-grep.ts";
import { plainParameters } from "../syntax/parameters.ts";
import type { Environment, ExecutionSite } from "../syntax/sites.ts";
import { listed, rangeOf, SourceScan, type Below } from "../syntax/source-scan.ts";
import {
  concatenated,
  executeText,
  executeWords,
  fileAccess,
  formatted,
  list,
  text,
  textOfValue,
  unknown,
  wordsOfValue,
  type Value,
} from "../syntax/values.ts";
import { capabilitySetters, formatters, formOf, processMethod, type Form } from "./c/executors.ts";

/** Names that may be flags of mount or clone; which of them are, `targets.ts` says. */
const flagName = "^(?:MS|MNT|UMOUNT|OPEN_TREE|MOVE_MOUNT|FSCONFIG|CLONE)_[A-Z_]{2,30}$";

/** What is asked of the tree, all in one walk. */
const kinds = [
  "assignment_expression",
  "call_expression",
  "declaration",
  "expression_statement",
  "field_declaration",
  "function_definition",
  "gnu_asm_expression",
  "init_declarator",
  "lambda_expression",
  "preproc_def",
  "preproc_function_def",
  "preproc_include",
];

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => new CScan(source.path, source.text, surroundings, 0).run(),
};

/** Headers may be either language; the C++ grammar reads nearly all of C. */
function grammarsOf(path: string): [Grammar, ...Grammar[]] {
  return path.endsWith(".c") ? ["c", "cpp"] : ["cpp", "c"];
}

class CScan extends SourceScan {
  readonly #path: string;
  readonly #reading: Reading;
  readonly #macroDepth: number;
  readonly #macros = new Map<string, string>();
  readonly #definitions = new Map<string, Definition>();
  readonly #usesProcess: boolean;
  /** Functions that no other file can call. */
  readonly #statics = new Set<string>();

  constructor(path: string, source: string, surroundings: Surroundings, macroDepth: number) {
    const language = path.endsWith(".c") ? "C" : "C++";
    const reading = readSource(grammarsOf(path), source, language, (stretch) => suspiciousInC.test(stretch));
    super(reading, surroundings, kinds);
    this.#path = path;
    this.#reading = reading;
    this.#macroDepth = macroDepth;
    this.#usesProcess = /\bQProcess\b/.test(source);
  }

  run(): ReturnType<FrontEnd["scan"]> {
    const calls = this.all("call_expression");
    this.#collect(calls);
    const hits: Hit[] = [];
    const sites: ExecutionSite[] = [];
    for (const call of calls) {
      const form = this.#form(call);
      if (form !== undefined)
        sites.push(this.site(call, (environment) => this.#execute(form, listed(call), environment)));
      const callee = calleeOf(call);
      if (callee !== undefined) hits.push(...this.#call(call, callee), ...this.#files(call, callee.name));
    }
    hits.push(...this.#flags(), ...this.#capabilities(), ...this.#assembly());
    const macros = this.#macroBodies();
    return {
      ...this.finish(calls, sites, [...hits, ...macros.flatMap((each) => each.hits)], this.#reading.problems),
      facts: {
        definitions: [...this.#definitions.values()],
        ...this.#includes(),
      },
    };
  }

  #collect(calls: readonly Node[]): void {
    for (const node of this.all("function_definition")) {
      const named = functionName(node.field("declarator"));
      if (named === undefined) continue;
      const isStatic = /^\s*(?:[\w\s]*\b)?static\b/.test(textOf(node).slice(0, 200).split("(")[0] ?? "");
      this.#define(
        named.name,
        named.isQualified || this.#isInClass(node) ? "method" : isStatic ? "static" : "external",
      );
      if (isStatic) this.#statics.add(named.name);
      this.functions.push({
        name: named.name,
        parameters: plainParameters(named.parameters),
        ...rangeOf(node),
      });
    }
    this.collectFunctions(
      ["lambda_expression"],
      (node) => plainParameters(functionName(node.field("declarator"))?.parameters ?? []),
      lambdaName,
    );
    this.seal();
    for (const node of this.all("field_declaration")) {
      const named = functionName(node.field("declarator"));
      if (named !== undefined) this.#define(named.name, "method");
    }
    for (const node of this.all("declaration")) {
      const named = functionName(node.field("declarator"));
      if (named !== undefined) this.#define(named.name, "prototype");
    }
    for (const node of this.all("preproc_function_def")) this.#define(fieldText(node, "name"), "macro");
    for (const node of this.all("preproc_def"))
      this.#macros.set(fieldText(node, "name"), fieldText(node, "value").trim());
    this.#collectValues(calls);
  }

  #collectValues(calls: readonly Node[]): void {
    for (const node of this.all("init_declarator")) {
      const name = /([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*$/.exec(fieldText(node, "declarator"))?.[1];
      const value = node.field("value");
      if (name !== undefined && value !== null) this.bindings.assign(name, value, rangeOf(node));
    }
    for (const node of this.all("assignment_expression")) {
      const value = node.field("right");
      const name = fieldText(node, "left");
      if (value === null || name === "") continue;
      if (fieldText(node, "operator") === "=") this.bindings.assign(name, value, rangeOf(node));
      else this.bindings.add(name, value, rangeOf(node));
    }
    for (const call of calls) {
      const name = calleeOf(call)?.name ?? "";
      const [target, ...rest] = listed(call);
      if (formatters.test(name)) this.bindings.assign(textOf(target).replace(/^&/, ""), call, rangeOf(call));
      if (/^str(?:n|l)?cat$/.test(name) && rest[0] !== undefined)
        this.bindings.add(textOf(target), rest[0], rangeOf(call));
    }
    // `arguments << "mount" << device;` of Qt.
    for (const statement of this.all("expression_statement")) {
      const chain = shifted(statement.namedChildren()[0]);
      if (chain !== undefined && kindOf(chain.base) === "identifier")
        for (const each of chain.items) this.bindings.add(textOf(chain.base), each, rangeOf(each));
    }
  }

  #define(name: string, kind: Definition["kind"]): void {
    if (callNamed(name) === undefined) return;
    // A definition says more than a declaration of the same name.
    if (!this.#definitions.has(name) || kind !== "prototype") this.#definitions.set(name, { name, kind });
  }

  #includes(): { ownIncludes: string[]; systemIncludes: string[] } {
    const paths = this.all("preproc_include").map((node) => fieldText(node, "path"));
    return {
      ownIncludes: paths.filter((path) => path.startsWith('"')).map((path) => path.slice(1, -1)),
      systemIncludes: paths.filter((path) => path.startsWith("<")).map((path) => path.slice(1, -1)),
    };
  }

  protected nameOfCall(call: Node): string {
    return calleeOf(call)?.name ?? "";
  }

  protected argumentsOfCall(call: Node): Node[] {
    return listed(call);
  }

  /** What the linker finds: a function that is not defined here and not `static` there. */
  protected override sourceOfCall(call: Node): { module: string; name: string } | undefined {
    const name = this.nameOfCall(call);
    return name === "" ? undefined : { module: "", name };
  }

  protected override nameInside(name: string): string {
    return this.#statics.has(name) ? "" : name;
  }

  #call(call: Node, { name, isGlobal }: Called): Hit[] {
    const given = listed(call);
    const argumentText = fieldText(call, "arguments");
    if (name === "syscall") return this.#numbered(call, given, argumentText);
    if (name === "dlsym" || name === "dlvsym") {
      const row = callNamed(this.text(given[1]));
      return row === undefined || row.onlyWith !== undefined
        ? []
        : [this.report(call, row.rule, `${name}("${row.name}")`)];
    }
    const row = callNamed(name);
    if (row === undefined || given.length < row.arity || (given.length > row.arity && !isVariadic(name)))
      return [];
    const flags = name === "unshare" ? given[0] : given[2];
    if (!callApplies(row, this.#withConstants(given, argumentText), this.#flagText(flags))) return [];
    // A variable or parameter of that name is what is called.
    const isLocal =
      this.scopes.isParameter(name, call.range().start.index) || this.bindings.all(name).length > 0;
    if (isLocal && !isGlobal) return [];
    const rule = row.name === "mount" ? this.ruleOfMount(given[2]) : row.rule;
    const found = this.report(call, rule, `${name}()`);
    return [
      isGlobal ? found : { ...found, unless: { name, inMethod: this.#isInMethod(call), header: row.header } },
    ];
  }

  /** The source of the arguments, with the values of the names in them beside it: `clone(f, stack, flags | SIGCHLD, 0)`. */
  #withConstants(given: readonly Node[], argumentText: string): string {
    const names = given.flatMap((each) =>
      kindOf(each) === "identifier" ? [each] : nodesOf(each, ["identifier"]),
    );
    const values = names.slice(0, 32).flatMap((each) => {
      const found = this.bindings.at(textOf(each), each.range().start.index);
      return found === undefined ? [] : [found.assigned, ...found.added].map((value) => textOf(value));
    });
    return [argumentText, ...values.filter((value) => value.length < 500)].join(" ");
  }

  #flagText(flags: Node | undefined): string {
    const source = textOf(flags);
    if (kindOf(flags) !== "identifier") return source;
    const assigned = this.bindings.at(source, flags?.range().start.index ?? 0);
    return assigned === undefined || assigned.added.length > 0
      ? (this.#macros.get(source) ?? source)
      : textOf(assigned.assigned);
  }

  #numbered(call: Node, given: readonly Node[], argumentText: string): Hit[] {
    const written = textOf(given[0]);
    const meant = this.#macros.get(written) ?? written;
    const name = /^(?:SYS_|__NR_)(\w+)$/.exec(written)?.[1] ?? /^(?:SYS_|__NR_)(\w+)$/.exec(meant)?.[1];
    const isNumber = /^(?:0x[\da-f]+|\d+)[uUlL]*$/i.test(meant);
    const row =
      (name === undefined ? undefined : callNamed(name)) ??
      (isNumber && name === undefined
        ? callNumbered(Number.parseInt(meant), this.#architecture(call))
        : undefined);
    const flags = row?.name === "clone" || row?.name === "unshare" ? this.#flagText(given[1]) : "";
    if (row === undefined || !callApplies(row, this.#withConstants(given, argumentText), flags)) return [];
    return [this.report(call, row.rule, `syscall(${written})`)];
  }

  /** For which machine a line is compiled, where a condition around it or the file's own name says so. */
  #architecture(node: Node): Architecture {
    let below = node;
    for (const ancestor of ancestorsOf(node)) {
      const isBranch = ancestor.field("alternative")?.id() !== below.id();
      const kind = kindOf(ancestor);
      const condition =
        kind === "preproc_ifdef"
          ? /^#\s*ifdef/.test(textOf(ancestor).slice(0, 16))
            ? fieldText(ancestor, "name")
            : ""
          : /^preproc_(?:if|elif)$/.test(kind)
            ? fieldText(ancestor, "condition")
            : "";
      const found = isBranch && !condition.startsWith("!") ? architectureIn(condition) : undefined;
      if (found !== undefined) return found;
      below = ancestor;
    }
    return architectureIn(this.#path.replace(/\bx86_64\b|\bamd64\b/g, "")) ?? "x86-64";
  }

  #isInClass(node: Node): boolean {
    return ancestorsOf(node).some((each) => /^(?:class|struct)_specifier$/.test(kindOf(each)));
  }

  #isInMethod(call: Node): boolean {
    const around = ancestorsOf(call).find((each) => kindOf(each) === "function_definition");
    if (around === undefined) return false;
    return functionName(around.field("declarator"))?.isQualified === true || this.#isInClass(around);
  }

  #files(call: Node, name: string): Hit[] {
    const given = listed(call);
    const at = name === "openat" || name === "mkdirat" ? 1 : 0;
    const path = given[at];
    if (path === undefined) return [];
    switch (name) {
      case "fopen":
      case "fopen64":
        return fileAccess(this.value(path), /"[^"]*[wa+]/.test(textOf(given[1])), name, placeOf(call));
      case "open":
      case "open64":
      case "openat": {
        const writes = /O_(?:WRONLY|RDWR|CREAT)/.test(textOf(given[at + 1]));
        return fileAccess(this.value(path), writes, name, placeOf(call));
      }
      case "mkdir":
      case "mkdirat":
      case "rmdir":
      case "creat":
        return fileAccess(this.value(path), true, name, placeOf(call));
      default:
        return [];
    }
  }

  #form(call: Node): Form | undefined {
    const qualifiedName = fieldText(call, "function");
    const name = calleeOf(call)?.name ?? "";
    const form = formOf(name, qualifiedName);
    if (form !== undefined) return form;
    const called = call.field("function");
    const isProcess = this.#usesProcess && kindOf(called) === "field_expression";
    return isProcess && processMethod.test(fieldText(called, "field")) ? "command-array" : undefined;
  }

  #execute(form: Form, given: readonly Node[], environment: Environment): ScanResult {
    const embed = this.surroundings.embed;
    const value = (index: number): Value => this.value(given[index], environment);
    const wordsFrom = (index: number): string[] =>
      given
        .slice(index)
        .filter((each) => !/^(?:NULL|nullptr|0|\(char\s*\*\)\s*(?:NULL|0))$/.test(textOf(each)))
        .map((each) => this.text(each, environment));
    switch (form) {
      case "shell":
        return executeText(value(0), embed);
      case "words":
        return executeWords([textOfValue(value(0)), ...wordsFrom(2)], embed);
      case "words-from-2":
        return executeWords(wordsFrom(2), embed);
      case "array":
        return executeWords(commandLine(value(0), value(1)), embed);
      case "spawn":
        return executeWords(commandLine(value(1), value(4)), embed);
      case "vector-0":
        return executeWords(wordsOfValue(value(0)), embed);
      case "vector-1":
        return executeWords(wordsOfValue(value(1)), embed);
      case "command-array": {
        const program = value(0);
        // `start("mount -a")`: one text is a command line.
        if (given.length === 1) return executeText(program, embed);
        return executeWords([textOfValue(program), ...wordsOfValue(value(1))], embed);
      }
    }
  }

  protected valueOf(node: Node, environment: Environment, below: Below): Value {
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
      case "compound_literal_expression":
        return below(node.field("value"));
      case "initializer_list":
      case "argument_list":
        return list(
          argumentsOf(node)
            .filter((child) => !/^(?:NULL|nullptr|0)$/.test(textOf(child)))
            .map((child) => below(child)),
        );
      case "binary_expression": {
        if (fieldText(node, "operator") === "+")
          return concatenated(below(node.field("left")), below(node.field("right")));
        const chain = shifted(node);
        if (chain === undefined) return unknown;
        const base = below(chain.base);
        const items = base.kind === "list" ? base.items : [];
        return list([...items, ...chain.items.map((each) => below(each))]);
      }
      case "call_expression":
        return this.#built(node, below);
      case "field_expression":
        return /^(?:c_str|data)$/.test(fieldText(node, "field")) ? below(node.field("argument")) : unknown;
      case "identifier": {
        const known = this.named(node, textOf(node), environment, below);
        if (known.kind !== "unknown") return known;
        const macro = this.#macros.get(textOf(node));
        return macro !== undefined && /^"(?:[^"\\]|\\.)*"$/.test(macro)
          ? text(unescaped(macro.slice(1, -1)))
          : unknown;
      }
      default:
        return unknown;
    }
  }

  #built(node: Node, below: Below): Value {
    const called = node.field("function");
    if (kindOf(called) === "field_expression") return below(called);
    const name = calleeOf(node)?.name ?? textOf(called);
    const given = listed(node);
    if (formatters.test(name)) {
      const format = given.slice(1).find((each) => /string/.test(kindOf(each))) ?? given[1];
      return format === undefined ? unknown : formatted(below(format), /%[-+ #0-9.*]*[a-z]+/gi);
    }
    if (
      /^(?:std::)?(?:string|to_string|c_str|format)$|^(?:QString|QStringLiteral|absl::StrCat|fmt::format)$/.test(
        name,
      )
    )
      return formatted(below(given[0]), /\{[^{}]*\}/g);
    return /^QStringList$|^(?:std::)?vector</.test(textOf(called))
      ? list(given.map((each) => below(each)))
      : unknown;
  }

  #flags(): Hit[] {
    return nodesMatching(this.root, ["identifier"], flagName).flatMap((node) => {
      const name = textOf(node);
      const rule = mountFlag.test(name)
        ? "mount-flag"
        : namespaceFlag.test(name)
          ? "namespace-flag"
          : undefined;
      if (rule === undefined || this.isReported(node) || !handsOn(node)) return [];
      return this.#isForReported(node) ? [] : [hit(rule, name, placeOf(node))];
    });
  }

  /** `int flags = CLONE_NEWUSER; clone(f, stack, flags, 0);`: the flags belong to the call that is reported. */
  #isForReported(node: Node): boolean {
    const declarator = ancestorsOf(node).find((each) =>
      /^(?:init_declarator|assignment_expression)$/.test(kindOf(each)),
    );
    if (declarator === undefined) return false;
    const field = kindOf(declarator) === "init_declarator" ? "declarator" : "left";
    const name = fieldText(declarator, field);
    if (!/^\w+$/.test(name)) return false;
    const after = node.range().start.index;
    return nodesMatching(this.root, ["identifier"], `^${name}$`).some(
      (each) => each.range().start.index > after && this.isReported(each),
    );
  }

  #capabilities(): Hit[] {
    return nodesMatching(this.root, ["identifier"], "^CAP_[A-Z_]{2,30}$").flatMap((node) => {
      const name = textOf(node);
      const rule = ruleOfCapability(name);
      return rule !== undefined && name !== "CAP_ALL" && this.#givesCapability(node)
        ? [hit(rule, name, placeOf(node))]
        : [];
    });
  }

  #givesCapability(node: Node): boolean {
    for (const ancestor of ancestorsOf(node)) {
      switch (kindOf(ancestor)) {
        case "call_expression": {
          const name = fieldText(ancestor, "function");
          if (!capabilitySetters.has(name)) return false;
          const argumentText = fieldText(ancestor, "arguments");
          if (/\bCAP_CLEAR\b|\bCAPNG_DROP\b/.test(argumentText)) return false;
          return name !== "prctl" || /PR_CAP_AMBIENT_RAISE/.test(argumentText);
        }
        case "binary_expression":
          if (fieldText(ancestor, "operator") === "<<") return isSet(ancestor);
          return false;
        case "init_declarator":
          return (
            /\bcap_value_t\b/.test(textOf(ancestor.parent())) &&
            !this.#isOnlyCleared(fieldText(ancestor, "declarator"))
          );
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

  /** A list of capabilities that is only ever taken away. */
  #isOnlyCleared(declarator: string): boolean {
    const name = /^\w+/.exec(declarator)?.[0] ?? "";
    const uses = this.all("call_expression")
      .filter((call) => calleeOf(call)?.name === "cap_set_flag")
      .map((call) => fieldText(call, "arguments"))
      .filter((given) => new RegExp(`\\b${name}\\b`).test(given));
    return uses.length > 0 && uses.every((given) => /\bCAP_CLEAR\b/.test(given));
  }

  /** An instruction that enters the kernel, with whatever number. */
  #assembly(): Hit[] {
    return this.all("gnu_asm_expression").flatMap((node) =>
      /["\s;](?:syscall|svc\s+[#0]|int\s+\$?\$0x80|ecall|sysenter)\b/.test(textOf(node).slice(0, 2000))
        ? [hit("raw-syscall", "a system call in assembly", placeOf(node))]
        : [],
    );
  }

  /** The body of a macro is plain text to the grammar: read as a statement of its own. */
  #macroBodies(): ScanResult[] {
    if (this.#macroDepth > 0) return [];
    return this.all("preproc_function_def").flatMap((macro) => {
      const body = textOf(macro.field("value"));
      if (!suspiciousInC.test(body)) return [];
      const source = `void f(){${body.replace(/\\\r?\n/g, " ")};}`;
      const inner = new CScan(this.#path, source, this.surroundings, 1).run();
      return [
        movedTo({ hits: inner.hits.map((each) => ({ ...each, line: 1 })), problems: [] }, placeOf(macro)),
      ];
    });
  }
}

/** `execvp(argv[0], argv)`: the name is the path, or the first word of the vector where the path is not known. */
function commandLine(path: Value, vector: Value): string[] {
  const [first, ...rest] = wordsOfValue(vector);
  const name = path.kind === "unknown" ? first : textOfValue(path);
  return name === undefined ? [] : [name, ...rest];
}

/** `list << a << b`, from the left. */
function shifted(node: Node | undefined): { base: Node; items: Node[] } | undefined {
  const items: Node[] = [];
  let left = node;
  while (kindOf(left) === "binary_expression" && fieldText(left, "operator") === "<<") {
    const right = left?.field("right");
    if (right !== null && right !== undefined) items.unshift(right);
    left = left?.field("left") ?? undefined;
    if (items.length > 64) return undefined;
  }
  return left === undefined || items.length === 0 ? undefined : { base: left, items };
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
  switch (kindOf(called)) {
    case "identifier":
      return { name: textOf(called), isGlobal: false };
    case "parenthesized_expression":
      return {
        name: textOf(called)
          .slice(0, 200)
          .replace(/[()\s]/g, ""),
        isGlobal: false,
      };
    case "qualified_identifier": {
      const qualified = /^(?:::|std::)(\w+)$/.exec(textOf(called));
      return qualified?.[1] === undefined ? undefined : { name: qualified[1], isGlobal: true };
    }
    default:
      return undefined;
  }
}

function functionName(
  declarator: Node | null,
): { name: string; parameters: string[]; isQualified: boolean } | undefined {
  let node: Node | null = declarator;
  while (node !== null && /^(?:pointer_declarator|reference_declarator)$/.test(kindOf(node))) {
    node = node.field("declarator") ?? node.namedChildren().at(-1) ?? null;
  }
  if (node === null || !/^(?:abstract_)?function_declarator$/.test(kindOf(node))) return undefined;
  const named = /^((?:[\w:~]*::)?)([A-Za-z_]\w*)$/.exec(fieldText(node, "declarator"));
  const parameters = argumentsOf(node.field("parameters")).map(
    (each) => /([A-Za-z_]\w*)\s*(?:\[[^\]]*\])*$/.exec(fieldText(each, "declarator"))?.[1] ?? "",
  );
  if (named?.[2] === undefined)
    return kindOf(node).startsWith("abstract") ? { name: "", parameters, isQualified: false } : undefined;
  return { name: named[2], parameters, isQualified: named[1] !== "" };
}

function lambdaName(node: Node): string {
  const parent = node.parent();
  return kindOf(parent) === "init_declarator" ? fieldText(parent, "declarator") : "";
}

/** `x |= 1 << CAP`, `x = 1 << CAP`; not `x &= ~(1 << CAP)`. */
function isSet(shift: Node): boolean {
  for (const ancestor of ancestorsOf(shift)) {
    switch (kindOf(ancestor)) {
      case "unary_expression":
        return false;
      case "assignment_expression":
        return fieldText(ancestor, "operator") !== "&=";
      case "init_declarator":
        return true;
      case "binary_expression":
        if (fieldText(ancestor, "operator") !== "|") return false;
        break;
      case "parenthesized_expression":
      case "cast_expression":
        break;
      default:
        return false;
    }
  }
  return false;
}

/** A flag counts where it is handed on: argument of a call, assigned, returned; not where it is tested, named in a table or defined. */
function handsOn(node: Node): boolean {
  let below = node;
  for (const ancestor of ancestorsOf(node)) {
    switch (kindOf(ancestor)) {
      case "binary_expression":
        if (!/^[|+^]$/.test(fieldText(ancestor, "operator"))) return false;
        break;
      case "argument_list":
      case "return_statement":
        return true;
      case "assignment_expression":
        return ancestor.field("right")?.id() === below.id() && !/^&=$/.test(fieldText(ancestor, "operator"));
      case "init_declarator":
        return true;
      case "initializer_pair":
        return /flags/i.test(fieldText(ancestor, "designator") || (textOf(ancestor).split("=")[0] ?? ""));
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

function literal(node: Node): string {
  return node
    .children()
    .filter((child) => child.isNamed() && kindOf(child) !== "raw_string_delimiter")
    .map((child) => (kindOf(child) === "escape_sequence" ? unescaped(textOf(child)) : textOf(child)))
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
