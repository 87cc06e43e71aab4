/**
 * Rust. Calls are resolved through `use`: `nix::mount::mount`, `libc::unshare`, `rustix::process::chroot` under
 * whatever name they were imported. A method or a function of another crate called `mount` is not one.
 *
 * Not seen: what a macro of the project expands to, glob imports of anything but `libc` and `nix`.
 */
import { distinct, hit, type Hit, type ScanResult } from "../hit.ts";
import {
  callApplies,
  callNamed,
  callNumbered,
  mountFlag,
  namespaceFlag,
  ruleOfCapability,
} from "../rules.ts";
import type { FrontEnd, Source, Surroundings } from "../frontend.ts";
import {
  argumentsOf,
  kindOf,
  nodesOf,
  parseSource,
  placeOf,
  problemsOf,
  type Node,
} from "../syntax/ast-grep.ts";
import {
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

/** Crates that hand system calls through under their own names. */
const systemCrates =
  /^(?:libc|nix(?:::\w+)*|rustix(?:::\w+)*|linux_raw_sys(?:::\w+)*|std::os::unix::fs|syscalls(?:::\w+)*|sc)$/;

/** Functions that do not carry the C name. */
const otherFunctions: readonly { readonly path: RegExp; readonly rule: string }[] = [
  {
    path: /^rustix::mount::(?:mount_bind|mount_remount|mount_move|mount_change|mount_recursive_bind|mount2|unmount)$/,
    rule: "mount-call",
  },
  {
    path: /^rustix::(?:thread|process)::(?:unshare|unshare_unsafe|move_into_link_name_space|move_into_thread_name_spaces)$/,
    rule: "namespace-setns",
  },
  { path: /^nix::sys::ptrace::(?:attach|seize|write|setregs)$/, rule: "ptrace" },
  { path: /^sys_mount::(?:Mount::(?:new|builder)|unmount)$/, rule: "mount-call" },
  { path: /^cgroups_rs::(?:\w+::)*(?:CgroupBuilder::new|Cgroup::(?:new|load))$/, rule: "cgroup-write" },
  { path: /^aya::(?:Ebpf|Bpf|EbpfLoader|BpfLoader)::(?:load|load_file|new)$/, rule: "bpf" },
];

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => new RustScan(source, surroundings).run(),
};

class RustScan {
  readonly #root: Node;
  readonly #surroundings: Surroundings;
  /** Local name to full path. */
  readonly #uses = new Map<string, string>();
  readonly #globs: string[] = [];
  readonly #externs = new Set<string>();
  readonly #values = new Map<string, Node>();
  readonly #functions: LocalFunction[] = [];
  readonly #reported: { readonly start: number; readonly end: number }[] = [];

  constructor(source: Source, surroundings: Surroundings) {
    this.#root = parseSource("rust", source.text);
    this.#surroundings = surroundings;
  }

  run(): ScanResult {
    this.#collect();
    const calls = nodesOf(this.#root, ["call_expression"]);
    const hits: Hit[] = [];
    const sites: ExecutionSite[] = [];
    for (const call of calls) {
      hits.push(...this.#call(call));
      const site = this.#site(call);
      if (site !== undefined) sites.push(site);
    }
    hits.push(...this.#macros(), ...this.#flags());
    const found = runSites(sites, this.#functions, (names) =>
      calls
        .filter((call) => names.has(lastSegment(call.field("function")?.text() ?? "")))
        .map((call) => ({
          name: lastSegment(call.field("function")?.text() ?? ""),
          at: placeOf(call),
          values: () => argumentsOf(call.field("arguments")).map((each) => this.#value(each, new Map())),
        })),
    );
    return {
      hits: distinct([...hits, ...found.hits]),
      problems: [...problemsOf(this.#root, "Rust"), ...found.problems],
    };
  }

  #collect(): void {
    for (const declaration of nodesOf(this.#root, ["use_declaration"])) {
      const argument = declaration.field("argument");
      if (argument !== null) this.#use(argument, "", 0);
    }
    for (const block of nodesOf(this.#root, ["foreign_mod_item"])) {
      for (const item of nodesOf(block, ["function_signature_item"]))
        this.#externs.add(item.field("name")?.text() ?? "");
    }
    for (const item of nodesOf(this.#root, ["function_item"])) {
      const parameters = argumentsOf(item.field("parameters"))
        .filter((each) => kindOf(each) === "parameter")
        .map((each) => each.field("pattern")?.text() ?? "");
      const { start, end } = item.range();
      this.#functions.push({
        name: item.field("name")?.text() ?? "",
        parameters,
        start: start.index,
        end: end.index,
      });
    }
    for (const item of nodesOf(this.#root, ["let_declaration", "const_item", "static_item"])) {
      const name = (item.field("pattern") ?? item.field("name"))?.text().replace(/^mut\s+/, "");
      const value = item.field("value");
      if (name !== undefined && value !== null) this.#values.set(name, value);
    }
  }

  #use(node: Node, prefix: string, depth: number): void {
    if (depth > 16) return;
    const join = (path: string): string => (prefix === "" ? path : `${prefix}::${path}`);
    switch (kindOf(node)) {
      case "scoped_use_list":
        for (const child of node.field("list")?.namedChildren() ?? [])
          this.#use(child, join(node.field("path")?.text() ?? ""), depth + 1);
        break;
      case "use_list":
        for (const child of node.namedChildren()) this.#use(child, prefix, depth + 1);
        break;
      case "use_as_clause":
        this.#uses.set(node.field("alias")?.text() ?? "", join(node.field("path")?.text() ?? ""));
        break;
      case "use_wildcard":
        this.#globs.push(join(node.namedChildren()[0]?.text() ?? ""));
        break;
      case "self":
        this.#uses.set(lastSegment(prefix), prefix);
        break;
      default:
        this.#uses.set(lastSegment(node.text()), join(node.text()));
    }
  }

  /** The full path of what is called, `nix::mount::mount`; undefined for methods. */
  #resolve(written: string): string | undefined {
    const path = written.replace(/::<[^()]*>/g, "").replace(/^::/, "");
    if (!/^[\w:]+$/.test(path)) return undefined;
    const [first = "", ...rest] = path.split("::");
    const imported = this.#uses.get(first);
    if (imported !== undefined) return [imported, ...rest].join("::");
    if (rest.length > 0) return path;
    if (this.#functions.some((each) => each.name === first)) return undefined;
    if (this.#externs.has(first)) return `libc::${first}`;
    const glob = this.#globs.find((each) => systemCrates.test(each));
    return glob === undefined ? undefined : `${glob}::${first}`;
  }

  #call(call: Node): Hit[] {
    const path = this.#resolve(call.field("function")?.text() ?? "");
    if (path === undefined) return [];
    const given = argumentsOf(call.field("arguments"));
    const argumentText = call.field("arguments")?.text() ?? "";
    const other = otherFunctions.find((each) => each.path.test(path));
    if (other !== undefined) return [this.#report(call, other.rule, `${path}()`)];
    const name = lastSegment(path);
    const crate = path.slice(0, Math.max(0, path.length - name.length - 2));
    if (crate === "caps" && /^(?:set|raise)$/.test(name) && !/CapSet::Bounding/.test(argumentText)) {
      const capability = /CAP_[A-Z_]+/.exec(argumentText)?.[0];
      const rule = capability === undefined ? undefined : ruleOfCapability(capability);
      return rule === undefined ? [] : [hit(rule, `${path}(${capability ?? ""})`, placeOf(call))];
    }
    if (/^(?:std|tokio)::fs(?:::File)?$/.test(crate) && given[0] !== undefined) {
      const value = this.#value(given[0], new Map());
      if (/^(?:write|create_dir|create_dir_all|create|remove_dir)$/.test(name))
        return fileAccess(value, true, path, placeOf(call));
      if (/^(?:read|read_to_string|open)$/.test(name)) return fileAccess(value, false, path, placeOf(call));
    }
    if (!systemCrates.test(crate)) return [];
    if (name === "syscall") return this.#numbered(call, given[0]?.text() ?? "", argumentText);
    const row = callNamed(name);
    if (row === undefined || !callApplies(row, argumentText)) return [];
    const type = row.name === "mount" ? (given[2]?.text() ?? "") : "";
    const rule = /"overlay\b/.test(type)
      ? "overlayfs-mount"
      : /"cgroup2?\b/.test(type)
        ? "cgroup-mount"
        : row.rule.id;
    return [this.#report(call, rule, `${path}()`)];
  }

  #numbered(call: Node, first: string, argumentText: string): Hit[] {
    const name = /(?:^|::)(?:SYS_|__NR_)(\w+)$/.exec(first)?.[1] ?? /^Sysno::(\w+)$/.exec(first)?.[1];
    const row =
      name === undefined ? callNumbered(/^\d+/.test(first) ? Number.parseInt(first) : -1) : callNamed(name);
    return row === undefined || !callApplies(row, argumentText)
      ? []
      : [this.#report(call, row.rule.id, `syscall(${first})`)];
  }

  #report(node: Node, rule: string, what: string): Hit {
    const { start, end } = node.range();
    this.#reported.push({ start: start.index, end: end.index });
    return hit(rule, what, placeOf(node));
  }

  /** Inside a macro there are only tokens; `syscall!(...)` of the `syscalls` crate is read from them. */
  #macros(): Hit[] {
    return nodesOf(this.#root, ["macro_invocation"]).flatMap((macro) => {
      const name = macro.field("macro")?.text() ?? "";
      const tokens = macro.text().slice(name.length + 1);
      const system = /^(?:syscalls::)?syscall\d?$/.test(name) ? /Sysno::(\w+)|SYS_(\w+)/.exec(tokens) : null;
      const row = system === null ? undefined : callNamed(system[1] ?? system[2] ?? "");
      if (row !== undefined && callApplies(row, tokens))
        return [this.#report(macro, row.rule.id, `${name}!(${row.name})`)];
      const call = /\b(?:libc|nix::\w+)::(\w+)\s*\(/.exec(tokens)?.[1];
      const called = call === undefined ? undefined : callNamed(call);
      return called !== undefined && callApplies(called, tokens)
        ? [this.#report(macro, called.rule.id, `${called.name}() in ${name}!`)]
        : [];
    });
  }

  #flags(): Hit[] {
    return nodesOf(this.#root, ["scoped_identifier", "identifier"]).flatMap((node) => {
      const name = lastSegment(node.text());
      const rule = mountFlag.test(name)
        ? "mount-flag"
        : namespaceFlag.test(name)
          ? "namespace-flag"
          : undefined;
      if (rule === undefined) return [];
      const parent = node.parent();
      if (kindOf(node) === "identifier" && parent !== null && kindOf(parent) === "scoped_identifier")
        return [];
      if (
        !/^(?:\w+::)*(?:libc|MsFlags|CloneFlags|MountFlags|UnshareFlags|sched|mount)::\w+$/.test(
          node.text(),
        ) &&
        !this.#isImportedFlag(node.text())
      )
        return [];
      const offset = node.range().start.index;
      if (this.#reported.some((each) => each.start <= offset && offset < each.end)) return [];
      return isUsed(node) ? [hit(rule, node.text(), placeOf(node))] : [];
    });
  }

  #isImportedFlag(name: string): boolean {
    const imported = this.#uses.get(name);
    return imported !== undefined && /^(?:libc|nix)::/.test(imported);
  }

  /** `Command::new("mount").arg("-t").args(["..."])`, to the end of the chain, or continued on a variable. */
  #site(call: Node): ExecutionSite | undefined {
    const path = this.#resolve(call.field("function")?.text() ?? "");
    const isCommand =
      path !== undefined &&
      /(?:^|::)(?:process|tokio|async_process|duct|Command)::(?:Command::)?(?:new|cmd)$|^Command::new$/.test(
        path,
      );
    const isMacroFree = path === "duct::cmd";
    if (!isCommand && !isMacroFree) return undefined;
    return {
      start: call.range().start.index,
      at: placeOf(call),
      run: (environment) => {
        const words = argumentsOf(call.field("arguments")).flatMap((each) =>
          wordsOfValue(this.#value(each, environment)),
        );
        words.push(...this.#chained(call, environment), ...this.#continued(call, environment));
        return executeWords(words, this.#surroundings.embed);
      },
    };
  }

  #chained(call: Node, environment: Environment): string[] {
    const words: string[] = [];
    for (let node = call; ;) {
      const field = node.parent();
      const outer = field?.parent() ?? null;
      if (
        field === null ||
        outer === null ||
        kindOf(field) !== "field_expression" ||
        kindOf(outer) !== "call_expression"
      )
        return words;
      const method = field.field("field")?.text() ?? "";
      if (method === "arg" || method === "args") {
        words.push(
          ...argumentsOf(outer.field("arguments")).flatMap((each) =>
            wordsOfValue(this.#value(each, environment)),
          ),
        );
      }
      node = outer;
    }
  }

  /** `let mut c = Command::new("sh"); c.arg("-c").arg("...");` */
  #continued(call: Node, environment: Environment): string[] {
    const declaration = call.ancestors().find((each) => kindOf(each) === "let_declaration");
    const name = declaration
      ?.field("pattern")
      ?.text()
      .replace(/^mut\s+/, "");
    const block = declaration?.parent() ?? null;
    if (name === undefined || block === null || !/^\w+$/.test(name)) return [];
    const after = call.range().end.index;
    return nodesOf(block, ["call_expression"])
      .filter(
        (each) => each.range().start.index > after && /\.args?$/.test(each.field("function")?.text() ?? ""),
      )
      .filter((each) => new RegExp(`^${name}\\b`).test(each.text()))
      .toReversed()
      .toSorted((a, b) => a.range().end.index - b.range().end.index)
      .flatMap((each) =>
        argumentsOf(each.field("arguments")).flatMap((argument) =>
          wordsOfValue(this.#value(argument, environment)),
        ),
      );
  }

  #value(node: Node, environment: Environment, depth = 0): Value {
    if (depth > 12) return unknown;
    const below = (child: Node | null | undefined): Value =>
      child === null || child === undefined ? unknown : this.#value(child, environment, depth + 1);
    switch (kindOf(node)) {
      case "string_literal":
      case "raw_string_literal":
        return text(literal(node));
      case "reference_expression":
        return below(node.field("value"));
      case "parenthesized_expression":
      case "try_expression":
        return below(node.namedChildren()[0]);
      case "array_expression":
        return list(argumentsOf(node).map((child) => below(child)));
      case "macro_invocation": {
        const name = node.field("macro")?.text() ?? "";
        const strings = nodesOf(node, ["string_literal", "raw_string_literal"]);
        if (name === "vec") return list(strings.map((each) => text(literal(each))));
        return name === "format" && strings[0] !== undefined
          ? text(literal(strings[0]).replace(/\{[^{}]*\}/g, "${?}"))
          : unknown;
      }
      case "call_expression": {
        const called = node.field("function");
        const name =
          called === null
            ? ""
            : kindOf(called) === "field_expression"
              ? (called.field("field")?.text() ?? "")
              : called.text();
        if (/^(?:to_string|to_owned|into|as_str|as_ref|clone|as_bytes)$/.test(name))
          return below(called?.field("value"));
        return /(?:String::from|OsString::from|Path::new|PathBuf::from|CString::new|OsStr::new)$/.test(name)
          ? below(argumentsOf(node.field("arguments"))[0])
          : unknown;
      }
      case "identifier":
        return environment.get(node.text()) ?? below(this.#values.get(node.text()));
      default:
        return unknown;
    }
  }
}

function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf("::") === -1 ? 0 : path.lastIndexOf("::") + 2).replace(/^.*\./, "");
}

/** Argument of a call, value of a binding or a field; not a test, a pattern, an import or a row of a table. */
function isUsed(node: Node): boolean {
  let below = node;
  for (const ancestor of node.ancestors()) {
    switch (kindOf(ancestor)) {
      case "binary_expression":
        if (ancestor.field("operator")?.text() !== "|") return false;
        break;
      case "arguments": {
        const call = ancestor.parent();
        const method = lastSegment(call?.field("function")?.text() ?? "");
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
  if (kindOf(node) === "raw_string_literal")
    return /^r(#*)"(.*)"\1$/s.exec(node.text())?.[2] ?? textOfValue(unknown);
  return node
    .children()
    .filter((child) => child.isNamed())
    .map((child) => (kindOf(child) === "escape_sequence" ? unescaped(child.text()) : child.text()))
    .join("");
}

function unescaped(sequence: string): string {
  const code = /^\\(?:x|u\{)([0-9a-fA-F]+)\}?$/.exec(sequence)?.[1];
  if (code !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
  const simple: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };
  return simple[sequence.slice(1)] ?? (/^\\\s/.test(sequence) ? "" : sequence.slice(1));
}
