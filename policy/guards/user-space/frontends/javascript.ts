/**
 * JavaScript and TypeScript. There is no system call to call here; what counts is what is handed to a shell or
 * started as a process, a C function bound through a foreign function interface, and files that are written.
 *
 * Callees are resolved through imports, `require`, aliases and `promisify`; a method called `mount` or `exec` of
 * anything else (React, Express, Vue, a regular expression) is nobody's business.
 */
import { hit, type Hit, type ScanResult } from "../hit.ts";
import { callNamed } from "../rules.ts";
import { possibleInJavaScript, triggerWords } from "../rules/triggers.ts";
import type { FrontEnd, Source, Surroundings } from "../frontend.ts";
import {
  argumentsOf,
  fieldText,
  kindOf,
  nodesOf,
  placeOf,
  readSource,
  textOf,
  type Grammar,
  type Node,
  type Reading,
} from "../syntax/ast-grep.ts";
import { parametersIn, type Parameter } from "../syntax/parameters.ts";
import { emptyEnvironment, type Environment, type ExecutionSite } from "../syntax/sites.ts";
import { rangeOf, SourceScan, type Below } from "../syntax/source-scan.ts";
import {
  concatenated,
  executeText,
  executeWords,
  fieldOf,
  fileAccess,
  itemOf,
  joinedPath,
  list,
  record,
  sliced,
  text,
  textOfValue,
  unknown,
  wordsOf,
  wordsOfValue,
  type Value,
} from "../syntax/values.ts";
import {
  containerModules,
  foreignInterfaces,
  formOf,
  fuseModules,
  remoteMethods,
  remoteModules,
  templateForm,
  type Callee,
  type Form,
} from "./javascript/executors.ts";
import { literal, unescaped } from "./javascript/literals.ts";
import { lastName, Modules } from "./javascript/modules.ts";
import { containerHits } from "./javascript/objects.ts";

const fileModules = /^(?:fs|fs\/promises|fs-extra|graceful-fs|Bun|Deno)$/;
const fileWriters =
  /^(?:write|writeFile|writeFileSync|writeTextFile|writeTextFileSync|appendFile|appendFileSync|mkdir|mkdirSync|mkdirp|rmdir|rmdirSync|createWriteStream|outputFile|outputFileSync|ensureDir|ensureDirSync|truncate)$/;
const fileReaders =
  /^(?:readFile|readFileSync|readTextFile|readTextFileSync|createReadStream|readdir|readdirSync)$/;
/** Fields of `this` are assigned in one method and used in another. */
const everywhere = { start: -1, end: -1 };
const binders = /^(?:func|cdecl|stdcall|Library|dlopen|define|load|open|ForeignFunction|linkSymbols|get)$/;

/** What is asked of the tree, all in one walk. */
const kinds = [
  "arrow_function",
  "assignment_expression",
  "augmented_assignment_expression",
  "call_expression",
  "export_statement",
  "field_definition",
  "for_in_statement",
  "function_declaration",
  "function_expression",
  "generator_function",
  "generator_function_declaration",
  "method_definition",
  "new_expression",
  "public_field_definition",
  "variable_declarator",
];

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => new JavaScriptScan(source, surroundings).run(),
};

class JavaScriptScan extends SourceScan {
  readonly #reading: Reading;
  readonly #modules: Modules;

  constructor(source: Source, surroundings: Surroundings) {
    const reading = readSource(grammarsOf(source), source.text, "JavaScript", isSuspicious);
    super(reading, surroundings, kinds);
    this.#reading = reading;
    this.#modules = new Modules(this.root, this.bindings);
    // The script of actions/github-script finds the toolkit in its variables.
    if (source.path.endsWith("github-script.js"))
      this.#modules.bind("exec", { module: "@actions/exec", name: "*" });
  }

  run(): ReturnType<FrontEnd["scan"]> {
    const calls = this.all("call_expression", "new_expression");
    this.#collect();
    const sites: ExecutionSite[] = [];
    const hits: Hit[] = [];
    for (const call of calls) {
      const callee = this.#modules.resolve(calleeOf(call));
      if (callee === undefined) continue;
      const site = this.#site(call, callee);
      if (site !== undefined) sites.push(site);
      hits.push(...this.#files(call, callee), ...this.#foreign(call, callee), ...this.#clients(call, callee));
    }
    if (sites.length > 0) this.#collectLists(calls);
    const usesContainerClient = this.#modules.uses(containerModules);
    hits.push(
      ...containerHits(this.root, {
        usesContainerClient,
        words: (value) => wordsOfValue(this.value(value)),
        capabilities: (names, key, at) => this.capabilities(names, key, at),
      }),
    );
    return this.finish(calls, sites, hits, this.#reading.problems);
  }

  #collect(): void {
    this.collectFunctions(
      ["function_declaration", "generator_function_declaration", "method_definition"],
      parametersOf,
    );
    this.collectFunctions(
      ["arrow_function", "function_expression", "generator_function"],
      parametersOf,
      nameAround,
    );
    this.seal();
    const patterns: [Node, Node][] = [];
    for (const declarator of this.all("variable_declarator")) {
      const name = declarator.field("name");
      const value = declarator.field("value");
      if (name === null || value === null) continue;
      if (kindOf(name) === "object_pattern") patterns.push([name, value]);
      else if (kindOf(name) === "array_pattern")
        for (const child of argumentsOf(name))
          this.bindings.assign(textOf(child).replace(/^\.+/, ""), child, rangeOf(declarator));
      else this.bindings.assign(textOf(name), value, rangeOf(declarator));
    }
    for (const declared of this.all("function_declaration"))
      this.bindings.assign(fieldText(declared, "name"), declared, rangeOf(declared));
    for (const field of this.all("field_definition", "public_field_definition")) {
      const value = field.field("value");
      const name = fieldText(field, field.field("property") === null ? "name" : "property");
      if (value !== null) this.bindings.assign(`this.${name.replace(/^#/, "")}`, value, everywhere);
    }
    for (const assignment of this.all("assignment_expression")) {
      const left = textOf(assignment.field("left")).replace(/^this\.#/, "this.");
      const right = assignment.field("right");
      if (right === null || !/^[\w$.]+$/.test(left)) continue;
      const range = left.startsWith("this.") ? everywhere : rangeOf(assignment);
      this.bindings.assign(left, right, range);
    }
    for (const assignment of this.all("augmented_assignment_expression")) {
      const right = assignment.field("right");
      if (right !== null && fieldText(assignment, "operator") === "+=")
        this.bindings.add(fieldText(assignment, "left"), right, rangeOf(assignment));
    }
    // Once everything has a value: what a pattern takes apart may be declared below.
    for (const [pattern, value] of patterns) this.#modules.bindPattern(pattern, value);
  }

  /** `args.push("-v")`, `for (const each of list)`, `list.forEach((each) => ...)`: of use where something is executed. */
  #collectLists(calls: readonly Node[]): void {
    for (const loop of this.all("for_in_statement")) {
      const body = loop.field("body");
      const items = loop.field("right");
      const variable = loop.field("left");
      if (body !== null && items !== null && variable !== null && fieldText(loop, "operator") === "of")
        this.loop(loop, body, items, parametersIn([variable]));
    }
    for (const call of calls) {
      const called = call.field("function");
      if (kindOf(called) !== "member_expression") continue;
      const method = fieldText(called, "property");
      if (!/^(?:push|unshift|forEach|map|flatMap|every|some)$/.test(method)) continue;
      const items = called?.field("object");
      const [first, ...more] = argumentsOf(call.field("arguments"));
      if (first === undefined || !items) continue;
      if (method === "push" || method === "unshift")
        for (const each of [first, ...more]) this.bindings.add(textOf(items), each, rangeOf(call));
      else if (/^(?:arrow_function|function_expression)$/.test(kindOf(first)))
        this.loop(call, first, items, parametersOf(first));
    }
    this.seal();
  }

  protected nameOfCall(call: Node): string {
    return lastName(calleeOf(call));
  }

  protected argumentsOfCall(call: Node): Node[] {
    return argumentsOf(call.field("arguments"));
  }

  protected override sourceOfCall(call: Node): Callee | undefined {
    const callee = this.#modules.resolve(calleeOf(call));
    if (callee === undefined || !/^(?:[.@~#]|\w+\/)/.test(callee.module)) return undefined;
    return { module: callee.module, name: callee.name === "*" ? "default" : callee.name };
  }

  /** `export default run`, `module.exports = run`, `export { sh as run }`, `exports.run = sh`. */
  protected override nameInside(name: string): string {
    if (this.functions.some((each) => each.name === name)) return name;
    for (const statement of this.all("export_statement")) {
      const value = statement.field("value") ?? statement.field("declaration");
      const isDefault = statement.children().some((child) => textOf(child) === "default");
      if (name === "default" && isDefault && value !== null)
        return fieldText(value, "name") || textOf(value).slice(0, 100);
      for (const specifier of nodesOf(statement, ["export_specifier"]))
        if (fieldText(specifier, "alias") === name) return fieldText(specifier, "name");
    }
    const exported = ["module.exports", "exports"].flatMap((each) => [
      ...(name === "default" ? this.bindings.all(each) : []),
      ...this.bindings.all(`${each}.${name}`),
    ]);
    return textOf(exported.find((each) => kindOf(each) === "identifier"));
  }

  protected override handsOn(name: string): readonly Callee[] {
    const imported = this.#modules.imported(name);
    return [
      ...(imported === undefined ? [] : [imported]),
      ...this.all("export_statement").flatMap((statement) => {
        const module = literal(statement.field("source"));
        if (module === undefined) return [];
        const specifiers = nodesOf(statement, ["export_specifier"]);
        if (specifiers.length === 0) return [{ module, name }];
        const same = specifiers.find(
          (each) => (fieldText(each, "alias") || fieldText(each, "name")) === name,
        );
        return same === undefined ? [] : [{ module, name: fieldText(same, "name") }];
      }),
    ];
  }

  #site(call: Node, callee: Callee): ExecutionSite | undefined {
    const given = call.field("arguments");
    const isTemplate = kindOf(given) === "template_string";
    const form = isTemplate ? templateForm(callee) : (formOf(callee) ?? this.#remoteForm(callee));
    if (form === undefined || given === null) return undefined;
    const values = isTemplate ? [given] : argumentsOf(given);
    return this.site(call, (environment) => this.#execute(form, values, environment));
  }

  #remoteForm(callee: Callee): Form | undefined {
    if (callee.module !== "" || !this.#modules.uses(remoteModules)) return undefined;
    return Object.hasOwn(remoteMethods, callee.name) ? remoteMethods[callee.name] : undefined;
  }

  #execute(form: Form, given: readonly Node[], environment: Environment): ScanResult {
    const embed = this.surroundings.embed;
    const file = this.value(given[0], environment);
    const options = given.map((each) => this.value(each, environment)).find((each) => each.kind === "record");
    const input = fieldOf(options, "input");
    switch (form) {
      case "shell":
        // `bash -s` with an input: the script comes from there.
        return input.kind === "text" && file.kind === "text"
          ? executeWords(file.text.split(/\s+/), embed, input)
          : executeText(file, embed);
      case "line": {
        const rest = this.value(given[1], environment);
        const words = rest.kind === "list" ? ` ${wordsOfValue(rest).join(" ")}` : "";
        return executeText(text(textOfValue(file) + words), embed);
      }
      case "list":
        return executeWords(wordsOfValue(file.kind === "list" ? file : fieldOf(file, "cmd")), embed);
      case "record": {
        // The first of `args` is the name again, as in execve.
        const [, ...rest] = wordsOfValue(fieldOf(file, "args"));
        return executeWords([textOfValue(fieldOf(file, "file")), ...rest], embed);
      }
      case "options": {
        if (file.kind === "record") return executeWords(wordsOfValue(fieldOf(file, "cmd")), embed);
        const rest = fieldOf(this.value(given[1], environment), "args");
        return executeWords(
          [textOfValue(file), ...(rest.kind === "unknown" ? [] : wordsOfValue(rest))],
          embed,
        );
      }
      case "argv": {
        const rest = given[1] === undefined ? undefined : this.value(given[1], environment);
        const words =
          rest?.kind === "list" ? wordsOfValue(rest) : rest?.kind === "unknown" ? [textOfValue(rest)] : [];
        const usesShell = given.some(
          (each) => kindOf(each) === "object" && /\bshell\s*:\s*(?!false\b)/.test(textOf(each)),
        );
        if (usesShell) return executeText(text([textOfValue(file), ...words].join(" ")), embed);
        return executeWords([textOfValue(file), ...words], embed, input);
      }
    }
  }

  protected valueOf(node: Node, environment: Environment, below: Below): Value {
    switch (kindOf(node)) {
      case "string":
        return text(literal(node) ?? "");
      case "template_string":
        return text(
          node
            .children()
            .map((child) => {
              if (kindOf(child) === "string_fragment") return textOf(child);
              if (kindOf(child) === "escape_sequence") return unescaped(textOf(child));
              return kindOf(child) === "template_substitution"
                ? textOfValue(below(child.namedChildren()[0]))
                : "";
            })
            .join(""),
        );
      case "binary_expression":
        return this.#operated(node, below);
      case "array":
        return list(argumentsOf(node).map((child) => below(child)));
      case "object":
        return record(
          new Map(
            node
              .namedChildren()
              .filter((child) => kindOf(child) === "pair")
              .map(
                (pair) =>
                  [fieldText(pair, "key").replace(/^["']|["']$/g, ""), below(pair.field("value"))] as const,
              ),
          ),
        );
      case "spread_element":
      case "parenthesized_expression":
      case "as_expression":
      case "satisfies_expression":
      case "non_null_expression":
      case "await_expression":
        return below(node.namedChildren()[0]);
      case "ternary_expression": {
        const first = below(node.field("consequence"));
        return first.kind === "unknown" ? below(node.field("alternative")) : first;
      }
      case "call_expression":
        return this.#computed(node, below);
      case "identifier":
        return kindOf(node.parent()) === "array_pattern"
          ? this.#taken(node, below)
          : this.named(node, textOf(node), environment, below);
      case "rest_pattern":
        return this.#taken(node, below);
      case "subscript_expression": {
        const index = fieldText(node, "index");
        return /^\d+$/.test(index) ? itemOf(below(node.field("object")), Number(index)) : unknown;
      }
      case "member_expression": {
        const name = textOf(node).replace(/^this\.#/, "this.");
        if (name.startsWith("this.") && !name.slice(5).includes("."))
          return this.named(node, name, environment, below);
        return fieldOf(below(node.field("object")), fieldText(node, "property"));
      }
      default:
        return unknown;
    }
  }

  /** `const [program, ...args] = argv`. */
  #taken(node: Node, below: Below): Value {
    const pattern = node.parent();
    const value = below(pattern?.parent()?.field("value"));
    const index = argumentsOf(pattern).findIndex((each) => each.id() === node.id());
    return kindOf(node) === "rest_pattern" ? sliced(value, index) : itemOf(value, index);
  }

  #operated(node: Node, below: Below): Value {
    const left = below(node.field("left"));
    switch (fieldText(node, "operator")) {
      case "+":
        return concatenated(left, below(node.field("right")));
      case "||":
      case "??":
        return left.kind === "unknown" ? below(node.field("right")) : left;
      default:
        return unknown;
    }
  }

  /** `[...].join(" ")`, `"a b".split(" ")`, `[..].concat([...])`, `path.join(...)`, tagged templates that only tidy. */
  #computed(call: Node, below: Below): Value {
    const called = call.field("function");
    const given = call.field("arguments");
    if (kindOf(given) === "template_string") return below(given);
    const values = argumentsOf(given);
    const name = lastName(called);
    if (kindOf(called) !== "member_expression")
      return /^(?:dedent|String|resolve|join)$/.test(name) ? this.#plain(name, values, below) : unknown;
    const object = called?.field("object");
    if (/^(?:path|posix|nodePath|p)$/.test(textOf(object)) && /^(?:join|resolve|normalize)$/.test(name))
      return joinedPath(values.map((each) => below(each)));
    const value = below(object);
    switch (name) {
      case "join":
        return value.kind === "list"
          ? text(wordsOfValue(value).join(values[0] === undefined ? "," : textOfValue(below(values[0]))))
          : unknown;
      case "split":
        return wordsOf(value);
      case "concat":
        return values.map((each) => below(each)).reduce(concatenated, value);
      case "trim":
      case "toString":
      case "replace":
      case "replaceAll":
      case "filter":
      case "flat":
        return value;
      case "slice": {
        const [from = 0, to] = values.map((each) => Number(textOf(each)));
        const isKnown = Number.isInteger(from) && (to === undefined || Number.isInteger(to));
        return isKnown ? sliced(value, from, to) : unknown;
      }
      case "at":
        return itemOf(value, Number(textOf(values[0])));
      default:
        return unknown;
    }
  }

  #plain(name: string, values: readonly Node[], below: Below): Value {
    if (name === "dedent" || name === "String") return below(values[0]);
    // `import { join } from "node:path"`.
    return this.#modules.uses(/^path(?:\/posix)?$/) ? joinedPath(values.map((each) => below(each))) : unknown;
  }

  #files(call: Node, callee: Callee): Hit[] {
    if (!fileModules.test(callee.module)) return [];
    const [first, second] = argumentsOf(call.field("arguments"));
    if (first === undefined) return [];
    const mode = second === undefined ? "" : this.text(second);
    const opensToWrite = /^open(?:Sync)?$/.test(callee.name) && /^[wa]|\+/.test(mode);
    if (fileWriters.test(callee.name) || opensToWrite)
      return fileAccess(this.value(first), true, callee.name, placeOf(call));
    return fileReaders.test(callee.name) || /^open(?:Sync)?$/.test(callee.name)
      ? fileAccess(this.value(first), false, callee.name, placeOf(call))
      : [];
  }

  /** `lib.func("int mount(...)")`, `ffi.Library("libc", { mount: [...] })`, `Deno.dlopen(..., { unshare: {...} })`. */
  #foreign(call: Node, callee: Callee): Hit[] {
    const isDeno = callee.module === "Deno" && callee.name === "dlopen";
    if (!isDeno && !(binders.test(callee.name) && this.#modules.uses(foreignInterfaces))) return [];
    return argumentsOf(call.field("arguments"))
      .flatMap((each) => this.#boundNames(each))
      .flatMap((name) => {
        if (name === "syscall")
          return [hit("raw-syscall", "syscall() through a foreign function interface", placeOf(call))];
        const row = callNamed(name);
        return row === undefined || row.onlyWith !== undefined
          ? []
          : [hit(row.rule, `${name}() through a foreign function interface`, placeOf(call))];
      });
  }

  /** Names of C functions in a declaration: keys of an object, `funcName`, or a prototype. */
  #boundNames(given: Node): string[] {
    if (kindOf(given) === "object") {
      const keys = given.namedChildren().map((child) => fieldText(child, "key").replace(/^["']|["']$/g, ""));
      const named = nodesOf(given, ["pair"]).filter((pair) =>
        /^(?:funcName|name)$/.test(fieldText(pair, "key")),
      );
      return [...keys, ...named.map((pair) => literal(pair.field("value")) ?? "")];
    }
    const prototype = this.text(given);
    return [/([\w$]+)\s*\(/.exec(prototype)?.[1] ?? prototype];
  }

  /** Libraries whose own words are enough: file systems in user space, containers of tests. */
  #clients(call: Node, callee: Callee): Hit[] {
    if (kindOf(call) === "new_expression" && fuseModules.test(callee.module))
      return [hit("fuse", callee.module, placeOf(call))];
    if (!this.#modules.uses(/^testcontainers/)) return [];
    const given = argumentsOf(call.field("arguments"));
    if (callee.name === "withPrivilegedMode" && textOf(given[0]) !== "false")
      return [hit("privileged-container", "withPrivilegedMode()", placeOf(call))];
    return callee.name === "withAddedCapabilities"
      ? this.capabilities(this.words(given, emptyEnvironment), callee.name, call)
      : [];
  }
}

/** A stretch that the grammar could not read matters only if something in it could start something. */
function isSuspicious(source: string): boolean {
  return triggerWords.test(source) && possibleInJavaScript.test(source);
}

/** Flow and JSX stand in files of every extension. */
function grammarsOf({ path }: Source): [Grammar, ...Grammar[]] {
  if (/\.[cm]?ts$/.test(path)) return ["TypeScript", "Tsx"];
  return /\.[tj]sx$/.test(path) ? ["Tsx", "JavaScript"] : ["JavaScript", "Tsx", "TypeScript"];
}

function calleeOf(call: Node): Node | null {
  return kindOf(call) === "new_expression" ? call.field("constructor") : call.field("function");
}

function parametersOf(node: Node): Parameter[] {
  const single = node.field("parameter");
  return parametersIn(single === null ? argumentsOf(node.field("parameters")) : [single]);
}

/** `const run = (command) => ...`, `run: (command) => ...`, `run = async (command) => ...`. */
function nameAround(node: Node): string {
  const parent = node.parent();
  switch (kindOf(parent)) {
    case "variable_declarator":
      return fieldText(parent, "name");
    case "pair":
      return fieldText(parent, "key");
    case "assignment_expression":
      return lastName(parent?.field("left"));
    case "field_definition":
    case "public_field_definition":
      return fieldText(parent, parent?.field("property") === null ? "name" : "property");
    default:
      return "";
  }
}
