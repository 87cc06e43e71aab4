/**
 * Rust. Calls are resolved through `use`: `nix::mount::mount`, `libc::unshare`, `rustix::process::chroot` under
 * whatever name they were imported. A method or a function of another crate called `mount` is not one.
 *
 * Not seen: what a macro of the project expands to, glob imports of anything but `libc` and `nix`.
 */
import { hit, type Hit, type ScanResult } from "../hit.ts";
import { callApplies, callNamed, callNumbered } from "../rules.ts";
import { mountFlag, namespaceFlag, ruleOfCapability } from "../rules/targets.ts";
import type { FrontEnd, Source, Surroundings } from "../frontend.ts";
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
  type Node,
  type Reading,
} from "../syntax/ast-grep.ts";
import { parametersIn } from "../syntax/parameters.ts";
import type { Environment, ExecutionSite } from "../syntax/sites.ts";
import { listed, rangeOf, SourceScan, type Below } from "../syntax/source-scan.ts";
import {
  concatenated,
  executeText,
  executeWords,
  fileAccess,
  formatted,
  itemOf,
  joinedPath,
  list,
  sliced,
  text,
  unknown,
  wordsOf,
  wordsOfValue,
  type Value,
} from "../syntax/values.ts";
import { commandConstructor, commandMacros, otherFunction, systemCrates } from "./rust/crates.ts";

/** Methods that start what was put together. */
const runs = /^(?:status|output|spawn|exec|run|join|capture|popen)$/;

/** What is asked of the tree, all in one walk. */
const kinds = [
  "call_expression",
  "closure_expression",
  "const_item",
  "for_expression",
  "foreign_mod_item",
  "function_item",
  "let_declaration",
  "static_item",
  "use_declaration",
];

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => new RustScan(source, surroundings).run(),
};

class RustScan extends SourceScan {
  readonly #reading: Reading;
  /** Local name to full path. */
  readonly #uses = new Map<string, string>();
  readonly #globs: string[] = [];
  readonly #externs = new Set<string>();

  constructor(source: Source, surroundings: Surroundings) {
    const reading = readSource(["rust"], source.text, "Rust");
    super(reading, surroundings, kinds);
    this.#reading = reading;
  }

  run(): ReturnType<FrontEnd["scan"]> {
    const calls = this.all("call_expression");
    this.#collect(calls);
    const hits: Hit[] = [];
    const sites: ExecutionSite[] = [];
    for (const call of calls) {
      hits.push(...this.#call(call), ...this.#openOptions(call));
      const site = this.#site(call);
      if (site !== undefined) sites.push(site);
    }
    sites.push(...this.#commandMacros());
    hits.push(...this.#macros(), ...this.#flags(), ...this.#containers());
    return this.finish(calls, sites, hits, this.#reading.problems);
  }

  #collect(calls: readonly Node[]): void {
    for (const declaration of this.all("use_declaration")) {
      const argument = declaration.field("argument");
      if (argument !== null) this.#use(argument, "", 0);
    }
    for (const block of this.all("foreign_mod_item")) {
      for (const item of nodesOf(block, ["function_signature_item"]))
        this.#externs.add(fieldText(item, "name"));
    }
    this.collectFunctions(["function_item"], (item) =>
      parametersIn(argumentsOf(item.field("parameters")).filter((each) => kindOf(each) === "parameter")),
    );
    this.collectFunctions(
      ["closure_expression"],
      (item) => parametersIn(argumentsOf(item.field("parameters"))),
      closureName,
    );
    for (const loop of this.all("for_expression")) {
      const [body, items, variable] = [loop.field("body"), loop.field("value"), loop.field("pattern")];
      if (body !== null && items !== null && variable !== null)
        this.loop(loop, body, items, parametersIn([variable]));
    }
    this.seal();
    for (const item of this.all("let_declaration", "const_item", "static_item")) {
      const name = (fieldText(item, "pattern") || fieldText(item, "name")).replace(/^mut\s+/, "");
      const value = item.field("value");
      if (name !== "" && value !== null) this.bindings.assign(name, value, rangeOf(item));
    }
    for (const call of calls) {
      const called = call.field("function");
      if (
        kindOf(called) !== "field_expression" ||
        !/^(?:push|extend|push_str|extend_from_slice)$/.test(fieldText(called, "field"))
      )
        continue;
      const [added] = listed(call);
      if (added !== undefined) this.bindings.add(fieldText(called, "value"), added, rangeOf(call));
    }
  }

  #use(node: Node, prefix: string, depth: number): void {
    if (depth > 16) return;
    const join = (path: string): string => (prefix === "" ? path : `${prefix}::${path}`);
    switch (kindOf(node)) {
      case "scoped_use_list":
        for (const child of node.field("list")?.namedChildren() ?? [])
          this.#use(child, join(fieldText(node, "path")), depth + 1);
        break;
      case "use_list":
        for (const child of node.namedChildren()) this.#use(child, prefix, depth + 1);
        break;
      case "use_as_clause":
        this.#uses.set(fieldText(node, "alias"), join(fieldText(node, "path")));
        break;
      case "use_wildcard":
        this.#globs.push(join(textOf(node.namedChildren()[0])));
        break;
      case "self":
        this.#uses.set(lastSegment(prefix), prefix);
        break;
      default:
        this.#uses.set(lastSegment(textOf(node)), join(textOf(node)));
    }
  }

  /** The full path of what is called, `nix::mount::mount`; undefined for methods. */
  #resolve(written: string): string | undefined {
    if (written.length > 300) return undefined;
    const path = written.replace(/::<[^()]*>/g, "").replace(/^::/, "");
    if (!/^[\w:]+$/.test(path)) return undefined;
    const [first = "", ...rest] = path.split("::");
    const imported = this.#uses.get(first);
    if (imported !== undefined) return [imported, ...rest].join("::");
    if (rest.length > 0) return path;
    if (this.functions.some((each) => each.name === first)) return undefined;
    if (this.#externs.has(first)) return `libc::${first}`;
    const glob = this.#globs.find((each) => systemCrates.test(each));
    return glob === undefined ? undefined : `${glob}::${first}`;
  }

  protected nameOfCall(call: Node): string {
    return lastSegment(this.#written(call));
  }

  protected argumentsOfCall(call: Node): Node[] {
    return listed(call);
  }

  protected override sourceOfCall(call: Node): { module: string; name: string } | undefined {
    const path = this.#resolve(this.#written(call));
    return path === undefined ? undefined : moduleAndName(path);
  }

  protected override handsOn(name: string): readonly { module: string; name: string }[] {
    const used = this.#uses.get(name);
    const globs = this.#globs.filter((each) => /^(?:crate|super|self)\b/.test(each));
    return [
      ...(used === undefined ? [] : [moduleAndName(used)]),
      ...globs.map((module) => ({ module, name })),
    ];
  }

  /** The callee as written; a chain of methods is long and names nothing. */
  #written(call: Node): string {
    const called = call.field("function");
    if (kindOf(called) === "field_expression") return `.${fieldText(called, "field")}`;
    return textOf(called);
  }

  #call(call: Node): Hit[] {
    const path = this.#resolve(this.#written(call));
    if (path === undefined) return this.#unshared(call);
    const given = listed(call);
    const argumentText = fieldText(call, "arguments");
    const other = otherFunction(path);
    if (other !== undefined) {
      const isMount = other === "mount-call" && path.endsWith("::mount2");
      return [this.report(call, isMount ? this.ruleOfMount(given[2]) : other, `${path}()`)];
    }
    const name = lastSegment(path);
    const crate = path.slice(0, Math.max(0, path.length - name.length - 2));
    if (
      /^caps(?:::\w+)*$|^capctl::\w+$/.test(crate) &&
      /^(?:set|raise)$/.test(name) &&
      !/CapSet::Bounding/.test(argumentText)
    ) {
      const capability = /CAP_[A-Z_]+/.exec(argumentText)?.[0];
      const rule = capability === undefined ? undefined : ruleOfCapability(capability);
      return rule === undefined ? [] : [hit(rule, `${path}(${capability ?? ""})`, placeOf(call))];
    }
    if (
      /^(?:std|tokio|async_std|fs_err)::fs(?:::(?:File|tokio))?$|^(?:std|tokio)::fs::File$/.test(crate) &&
      given[0] !== undefined
    ) {
      if (/^(?:write|create_dir|create_dir_all|create|remove_dir)$/.test(name))
        return fileAccess(this.value(given[0]), true, path, placeOf(call));
      if (/^(?:read|read_to_string|open)$/.test(name))
        return fileAccess(this.value(given[0]), false, path, placeOf(call));
    }
    if (!systemCrates.test(crate)) return [];
    if (name === "syscall") return this.#numbered(call, given, argumentText);
    const row = callNamed(name);
    if (row === undefined || !callApplies(row, this.#withConstants(given, argumentText), textOf(given[0])))
      return [];
    const rule = row.name === "mount" ? this.ruleOfMount(given[2]) : row.rule;
    return [this.report(call, rule, `${path}()`)];
  }

  /** `.unshare(&[Namespace::User])` of the unshare crate. */
  #unshared(call: Node): Hit[] {
    const isCrate = [...this.#uses.values()].some((path) => path.startsWith("unshare::"));
    return isCrate && this.#written(call) === ".unshare"
      ? [this.report(call, "namespace-unshare", "unshare()")]
      : [];
  }

  /** The source of the arguments, with the values of plain names beside it. */
  #withConstants(given: readonly Node[], argumentText: string): string {
    const values = given.flatMap((each) => {
      const found =
        kindOf(each) === "identifier" ? this.bindings.at(textOf(each), each.range().start.index) : undefined;
      return found === undefined ? [] : [textOf(found.assigned)];
    });
    return [argumentText, ...values].join(" ");
  }

  #numbered(call: Node, given: readonly Node[], argumentText: string): Hit[] {
    const first = textOf(given[0]);
    const name = /(?:^|::)(?:SYS_|__NR_)(\w+)$/.exec(first)?.[1] ?? /^Sysno::(\w+)$/.exec(first)?.[1];
    const row =
      name === undefined ? callNumbered(/^\d+/.test(first) ? Number.parseInt(first) : -1) : callNamed(name);
    return row === undefined || !callApplies(row, argumentText, textOf(given[1]))
      ? []
      : [this.report(call, row.rule, `syscall(${first})`)];
  }

  /** `OpenOptions::new().write(true).open("/sys/fs/cgroup/...")`: the last link of the chain has the path. */
  #openOptions(call: Node): Hit[] {
    if (this.#written(call) !== ".open") return [];
    const chain = fieldText(call, "function");
    if (chain.length > 400 || !/OpenOptions::new\(\)|File::options\(\)/.test(chain)) return [];
    const [path] = listed(call);
    const writes = /\.(?:write|append|create|create_new|truncate)\(\s*true/.test(chain);
    return path === undefined ? [] : fileAccess(this.value(path), writes, "OpenOptions::open", placeOf(call));
  }

  /** Inside a macro there are only tokens; `syscall!(...)` of the `syscalls` crate is read from them. */
  #macros(): Hit[] {
    return nodesMatching(this.root, ["macro_invocation"], "syscall|libc::|nix::").flatMap((macro) => {
      const name = fieldText(macro, "macro");
      const tokens = textOf(macro).slice(name.length + 1);
      const system = /^(?:syscalls::)?syscall\d?$/.test(name) ? /Sysno::(\w+)|SYS_(\w+)/.exec(tokens) : null;
      const row = system === null ? undefined : callNamed(system[1] ?? system[2] ?? "");
      if (row !== undefined && callApplies(row, tokens))
        return [this.report(macro, row.rule, `${name}!(${row.name})`)];
      const call = /\b(?:libc|nix::\w+)::(\w+)\s*\(/.exec(tokens)?.[1];
      const called = call === undefined ? undefined : callNamed(call);
      return called !== undefined && callApplies(called, tokens)
        ? [this.report(macro, called.rule, `${called.name}() in ${name}!`)]
        : [];
    });
  }

  #flags(): Hit[] {
    return nodesMatching(
      this.root,
      ["scoped_identifier", "identifier"],
      "(?:^|::)(?:MS|MNT|UMOUNT|OPEN_TREE|MOVE_MOUNT|FSCONFIG|CLONE)_[A-Z_]+$",
    ).flatMap((node) => {
      const written = textOf(node);
      const name = lastSegment(written);
      const rule = mountFlag.test(name)
        ? "mount-flag"
        : namespaceFlag.test(name)
          ? "namespace-flag"
          : undefined;
      if (rule === undefined || this.isReported(node)) return [];
      if (kindOf(node) === "identifier" && kindOf(node.parent()) === "scoped_identifier") return [];
      const isTheirs =
        /^(?:\w+::)*(?:libc|MsFlags|CloneFlags|MountFlags|UnshareFlags|sched|mount)::\w+$/.test(written) ||
        /^(?:libc|nix)::/.test(this.#uses.get(written) ?? "");
      return isTheirs && isUsed(node) && !this.#isForReported(node)
        ? [hit(rule, written, placeOf(node))]
        : [];
    });
  }

  /** `let flags = CloneFlags::CLONE_NEWPID; clone(..., flags, ...)`: the flags belong to the call that is reported. */
  #isForReported(node: Node): boolean {
    const declaration = ancestorsOf(node).find((each) => kindOf(each) === "let_declaration");
    const name = fieldText(declaration, "pattern").replace(/^mut\s+/, "");
    if (!/^\w+$/.test(name)) return false;
    const after = node.range().start.index;
    return nodesMatching(this.root, ["identifier"], `^${name}$`).some(
      (each) => each.range().start.index > after && this.isReported(each),
    );
  }

  /** Bollard's HostConfig and the Kubernetes SecurityContext as Rust values. */
  #containers(): Hit[] {
    return nodesMatching(
      this.root,
      ["field_initializer"],
      "^(?:privileged|cap_add|add|pid_mode|ipc_mode|host_pid|host_ipc)\\s*:",
    ).flatMap((field) => {
      const key = fieldText(field, "field");
      const value = textOf(field.field("value"));
      const literal = ancestorsOf(field).find((each) => kindOf(each) === "struct_expression");
      const type = fieldText(literal, "name");
      const at = placeOf(field);
      const isTrue = /^(?:Some\(\s*)?true\b/.test(value);
      switch (key) {
        case "privileged":
          return isTrue && /HostConfig|SecurityContext/.test(type)
            ? [hit("privileged-container", `${key}: true`, at)]
            : [];
        case "host_pid":
        case "host_ipc":
          return isTrue && /PodSpec/.test(type) ? [hit("host-namespace", `${key}: true`, at)] : [];
        case "pid_mode":
        case "ipc_mode":
          return /HostConfig/.test(type) && /"host"/.test(value)
            ? [hit("host-namespace", `${key}: host`, at)]
            : [];
        default:
          return /HostConfig|Capabilities/.test(type)
            ? this.capabilities(
                [...value.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? ""),
                key,
                field,
              )
            : [];
      }
    });
  }

  /** `Command::new("mount").arg("-t").args(["..."])`, to the end of the chain, or continued on a variable. */
  #site(call: Node): ExecutionSite | undefined {
    const path = this.#resolve(this.#written(call));
    if (path === undefined || !commandConstructor.test(path)) return undefined;
    const isShell = path.endsWith("::shell") || path === "Exec::shell";
    return this.site(call, (environment) => {
      const given = this.words(listed(call), environment);
      if (isShell) return executeText(text(given.join(" ")), this.surroundings.embed);
      const chained = this.#chained(call, environment);
      const continued = this.#continued(call, environment);
      const words = [...given, ...chained.words, ...continued.words];
      // What is handed on without being run here gets more arguments somewhere else.
      const more = chained.runs || continued.runs ? [] : ["${?}"];
      return executeWords([...words, ...more], this.surroundings.embed);
    });
  }

  #chained(call: Node, environment: Environment): { words: string[]; runs: boolean } {
    const words: string[] = [];
    for (let node = call, depth = 0; depth < 200; depth += 1) {
      const field = node.parent();
      const outer = field?.parent() ?? null;
      if (
        field === null ||
        outer === null ||
        kindOf(field) !== "field_expression" ||
        kindOf(outer) !== "call_expression"
      )
        return { words, runs: false };
      const method = fieldText(field, "field");
      if (method === "arg" || method === "args") words.push(...this.words(listed(outer), environment));
      if (runs.test(method)) return { words, runs: true };
      node = outer;
    }
    return { words, runs: false };
  }

  /** `let mut c = Command::new("sh"); c.arg("-c").arg("...");` */
  #continued(call: Node, environment: Environment): { words: string[]; runs: boolean } {
    const declaration = ancestorsOf(call).find((each) => kindOf(each) === "let_declaration");
    const name = fieldText(declaration, "pattern").replace(/^mut\s+/, "");
    const block = declaration?.parent() ?? null;
    if (block === null || !/^\w+$/.test(name)) return { words: [], runs: false };
    const after = call.range().end.index;
    const later = nodesMatching(block, ["call_expression"], `^${name}\\b`).filter(
      (each) => each.range().start.index > after,
    );
    const words = later
      .filter((each) => /^\.args?$/.test(this.#written(each)))
      .toSorted((a, b) => a.range().end.index - b.range().end.index)
      .flatMap((each) => this.words(listed(each), environment));
    return { words, runs: later.some((each) => runs.test(this.#written(each).slice(1))) };
  }

  /** `cmd!("mount", "-a")` of duct, `cmd!(sh, "umount {path}")` of xshell, `run_cmd!(mount -a)`. */
  #commandMacros(): ExecutionSite[] {
    return nodesMatching(
      this.root,
      ["macro_invocation"],
      "^(?:[a-z_]+::)?(?:cmd|run_cmd|run_fun|spawn|sh)!",
    ).flatMap((macro) => {
      const written = fieldText(macro, "macro");
      const imported = this.#uses.get(written);
      const name = imported ?? written;
      const form = commandMacros[name.replace(/^.*::(?=\w+::\w+$)/, "")] ?? commandMacros[lastSegment(name)];
      if (form === undefined) return [];
      return [
        this.site(macro, (): ScanResult => {
          const strings = nodesOf(macro, ["string_literal", "raw_string_literal"]).map((each) =>
            literal(each),
          );
          const isLine =
            form === "line" ||
            name.startsWith("xshell") ||
            (strings.length === 1 && /\s/.test(strings[0] ?? ""));
          const [line = textOf(macro).slice(written.length + 2, -1)] = strings;
          if (isLine) return executeText(formatted(text(line), /\{[^{}]*\}/g), this.surroundings.embed);
          return executeWords(strings, this.surroundings.embed);
        }),
      ];
    });
  }

  protected valueOf(node: Node, environment: Environment, below: Below): Value {
    switch (kindOf(node)) {
      case "string_literal":
      case "raw_string_literal":
        return text(literal(node));
      case "reference_expression":
        return below(node.field("value"));
      case "parenthesized_expression":
      case "try_expression":
      case "await_expression":
        return below(node.namedChildren()[0]);
      case "index_expression": {
        const [object, index] = node.namedChildren();
        const value = below(object);
        if (kindOf(index) === "integer_literal") return itemOf(value, Number(textOf(index)));
        const from = /^(\d*)\.\.$/.exec(textOf(index))?.[1];
        return from === undefined ? unknown : sliced(value, Number(from));
      }
      case "array_expression":
      case "tuple_expression":
        return list(argumentsOf(node).map((child) => below(child)));
      case "if_expression":
        return below(node.field("consequence")?.namedChildren().at(-1));
      case "binary_expression":
        return fieldText(node, "operator") === "+"
          ? concatenated(below(node.field("left")), below(node.field("right")))
          : unknown;
      case "macro_invocation": {
        const name = fieldText(node, "macro");
        const strings = nodesOf(node, ["string_literal", "raw_string_literal"]);
        if (name === "vec") return list(strings.map((each) => text(literal(each))));
        if (name === "concat") return text(strings.map((each) => literal(each)).join(""));
        return name === "format" && strings[0] !== undefined
          ? formatted(text(literal(strings[0])), /\{[^{}]*\}/g)
          : unknown;
      }
      case "call_expression":
        return this.#built(node, below);
      case "identifier":
        return this.named(node, textOf(node), environment, below);
      default:
        return unknown;
    }
  }

  #built(node: Node, below: Below): Value {
    const called = node.field("function");
    const given = listed(node);
    if (kindOf(called) === "field_expression") {
      const object = below(called?.field("value"));
      const method = fieldText(called, "field");
      if (method === "join")
        return object.kind === "list"
          ? text(wordsOfValue(object).join(" "))
          : joinedPath([object, ...given.map((each) => below(each))]);
      if (method === "split_whitespace") return wordsOf(object);
      return /^(?:to_string|to_owned|into|as_str|as_ref|clone|as_bytes|to_vec|iter|into_iter|collect|as_slice|trim|as_ptr|unwrap)$/.test(
        method,
      )
        ? object
        : unknown;
    }
    return /(?:String::from|OsString::from|Path::new|PathBuf::from|CString::new|OsStr::new|Some)$/.test(
      textOf(called),
    )
      ? below(given[0])
      : unknown;
  }
}

function moduleAndName(path: string): { module: string; name: string } {
  const name = lastSegment(path);
  return { module: path.slice(0, Math.max(0, path.length - name.length - 2)), name };
}

function lastSegment(path: string): string {
  const at = path.lastIndexOf("::");
  return (at === -1 ? path : path.slice(at + 2)).replace(/^.*\./, "");
}

function closureName(node: Node): string {
  const parent = node.parent();
  return kindOf(parent) === "let_declaration" ? fieldText(parent, "pattern") : "";
}

/** Argument of a call, value of a binding or a field; not a test, a pattern, an import or a row of a table. */
function isUsed(node: Node): boolean {
  let below = node;
  for (const ancestor of ancestorsOf(node)) {
    switch (kindOf(ancestor)) {
      case "binary_expression":
        if (fieldText(ancestor, "operator") !== "|") return false;
        break;
      case "arguments": {
        const method = lastSegment(fieldText(ancestor.parent(), "function"));
        return !/^(?:contains|intersects|remove|insert_name|push)$/.test(method);
      }
      case "let_declaration":
        return ancestor.field("value")?.id() === below.id();
      case "field_initializer":
      case "assignment_expression":
      case "compound_assignment_expr":
        return true;
      case "parenthesized_expression":
      case "type_cast_expression":
      case "reference_expression":
        break;
      default:
        return false;
    }
    below = ancestor;
  }
  return false;
}

function literal(node: Node): string {
  if (kindOf(node) === "raw_string_literal") return /^b?c?r(#*)"(.*)"\1$/s.exec(textOf(node))?.[2] ?? "${?}";
  return node
    .children()
    .filter((child) => child.isNamed())
    .map((child) => (kindOf(child) === "escape_sequence" ? unescaped(textOf(child)) : textOf(child)))
    .join("");
}

function unescaped(sequence: string): string {
  const code = /^\\(?:x|u\{)([0-9a-fA-F]+)\}?$/.exec(sequence)?.[1];
  if (code !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
  const simple: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };
  return simple[sequence.slice(1)] ?? (/^\\\s/.test(sequence) ? "" : sequence.slice(1));
}
