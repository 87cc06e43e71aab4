/**
 * Go. Callees are resolved through the import path (`golang.org/x/sys/unix` under whatever name); a method called
 * `Mount` of a router or a package of the project is not one. `SysProcAttr` is where Go hides clone(2). The C in front
 * of `import "C"` is read as C.
 */
import { hit, movedTo, type Hit, type ScanResult } from "../hit.ts";
import { callApplies, callNamed, callNumbered, type CallRow } from "../rules.ts";
import { mountFlag, namespaceFlag, ruleOfCapabilities } from "../rules/targets.ts";
import type { FrontEnd, Source, Surroundings } from "../frontend.ts";
import {
  ancestorsOf,
  argumentsOf,
  fieldText,
  kindOf,
  nodesMatching,
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
  textOfValue,
  unknown,
  wordsOf,
  wordsOfValue,
  type Value,
} from "../syntax/values.ts";
import {
  capabilityPackages,
  executingArgument,
  mechanismOf,
  otherNames,
  systemCallPackages,
} from "./go/packages.ts";

/** What is asked of the tree, all in one walk. */
const kinds = [
  "assignment_statement",
  "call_expression",
  "composite_literal",
  "const_spec",
  "for_statement",
  "func_literal",
  "function_declaration",
  "import_spec",
  "keyed_element",
  "method_declaration",
  "short_var_declaration",
  "var_spec",
];

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => new GoScan(source, surroundings).run(),
};

interface Resolved {
  readonly path: string;
  readonly name: string;
}

interface Field {
  readonly node: Node;
  readonly key: string;
  readonly value: Node | undefined;
  /** The type of the literal it stands in, or whose field is assigned. */
  readonly type: string;
}

class GoScan extends SourceScan {
  readonly #reading: Reading;
  readonly #packages = new Map<string, string>();

  constructor(source: Source, surroundings: Surroundings) {
    const reading = readSource(["go"], source.text, "Go");
    super(reading, surroundings, kinds);
    this.#reading = reading;
  }

  run(): ReturnType<FrontEnd["scan"]> {
    this.#collect();
    const calls = this.all("call_expression");
    const hits: Hit[] = [];
    const sites: ExecutionSite[] = [];
    for (const call of calls) {
      const callee = this.#resolve(call.field("function"));
      if (callee === undefined) continue;
      hits.push(...this.#call(call, callee), ...this.#files(call, callee));
      const site = this.#site(call, callee);
      if (site !== undefined) sites.push(site);
    }
    const fields = this.#fields();
    hits.push(
      ...fields.flatMap((field) => this.#processAttribute(field)),
      ...fields.flatMap((field) => this.#container(field)),
      ...this.#flags(),
      ...this.#preamble(),
    );
    sites.push(...this.#commandLiterals());
    return this.finish(calls, sites, hits, this.#reading.problems);
  }

  #collect(): void {
    for (const spec of this.all("import_spec")) {
      const path = fieldText(spec, "path").slice(1, -1);
      const last = path
        .replace(/\/v\d+$/, "")
        .split("/")
        .at(-1);
      const name = fieldText(spec, "name");
      // `github.com/hanwen/go-fuse` is package fuse, `gopkg.in/yaml.v3` package yaml.
      this.#packages.set(
        name === "" ? (last ?? "").replace(/^go-/, "").replace(/\.v\d+$|\.go$/, "") : name,
        path,
      );
    }
    this.collectFunctions(
      ["function_declaration", "method_declaration", "func_literal"],
      (node) =>
        parametersIn(
          argumentsOf(node.field("parameters")).flatMap((each) =>
            kindOf(each) === "variadic_parameter_declaration"
              ? [each]
              : each.namedChildren().filter((child) => kindOf(child) === "identifier"),
          ),
        ),
      (node) => fieldText(node, "name") || fieldText(node.parent()?.parent(), "left"),
    );
    for (const loop of this.all("for_statement")) {
      const clause = loop.namedChildren().find((child) => kindOf(child) === "range_clause");
      const [items, body] = [clause?.field("right"), loop.field("body")];
      // The second variable is the item, the first its number.
      const variable = clause?.field("left")?.namedChildren()[1];
      if (items && body !== null && variable !== undefined)
        this.loop(loop, body, items, parametersIn([variable]));
    }
    this.seal();
    for (const node of this.all("short_var_declaration", "assignment_statement")) {
      const names = node.field("left")?.namedChildren() ?? [];
      const values = node.field("right")?.namedChildren() ?? [];
      const isAddition = fieldText(node, "operator") === "+=";
      names.forEach((name, index) => {
        const value = values.length === names.length ? values[index] : values[0];
        if (value === undefined) return;
        if (isAddition) this.bindings.add(textOf(name), value, rangeOf(node));
        else this.bindings.assign(textOf(name), value, rangeOf(node));
      });
    }
    for (const node of this.all("var_spec", "const_spec")) {
      const value = node.field("value")?.namedChildren()[0];
      if (value !== undefined) this.bindings.assign(fieldText(node, "name"), value, rangeOf(node));
    }
  }

  /** Import path and name of `package.Name`; undefined for methods and local functions. */
  #resolve(called: Node | null | undefined): Resolved | undefined {
    if (kindOf(called) === "identifier" && this.#packages.has("."))
      return { path: this.#packages.get(".") ?? "", name: textOf(called) };
    if (kindOf(called) !== "selector_expression") return undefined;
    const operand = called?.field("operand");
    if (kindOf(operand) !== "identifier") return undefined;
    const path = this.#packages.get(textOf(operand));
    return path === undefined ? undefined : { path, name: fieldText(called, "field") };
  }

  protected nameOfCall(call: Node): string {
    const called = call.field("function");
    return kindOf(called) === "selector_expression" ? fieldText(called, "field") : textOf(called);
  }

  protected argumentsOfCall(call: Node): Node[] {
    return listed(call);
  }

  /** A function of a package, or one of the same package: a method's receiver is not looked at. */
  protected override sourceOfCall(call: Node): { module: string; name: string } | undefined {
    const resolved = this.#resolve(call.field("function"));
    if (resolved !== undefined) return { module: resolved.path, name: resolved.name };
    const name = this.nameOfCall(call);
    return name === "append" ? undefined : { module: "", name };
  }

  #call(call: Node, callee: Resolved): Hit[] {
    const given = listed(call);
    const argumentText = fieldText(call, "arguments");
    const mechanism = mechanismOf(callee.path, callee.name);
    if (mechanism !== undefined)
      return [this.report(call, mechanism.rule, `${callee.path}.${callee.name}()`)];
    if (capabilityPackages.test(callee.path)) return [];
    if (callee.path === "C") {
      const row = callNamed(callee.name);
      return row !== undefined && callApplies(row, argumentText)
        ? [this.report(call, row.rule, `C.${callee.name}()`)]
        : [];
    }
    if (!systemCallPackages.has(callee.path)) return [];
    if (/^(?:Raw)?Syscall(?:6|9|NoError)?$/.test(callee.name)) {
      const first = textOf(given[0]);
      const name = /(?:^|\.)SYS_(\w+)$/.exec(first)?.[1]?.toLowerCase();
      const row =
        name === undefined
          ? callNumbered(/^(?:0x[\da-f]+|\d+)$/i.test(first) ? Number(first) : -1)
          : callNamed(name);
      return row !== undefined && callApplies(row, this.#withConstants(given, argumentText), textOf(given[1]))
        ? [this.report(call, row.rule, `${callee.name}(${first})`)]
        : [];
    }
    const row = systemCall(callee.name);
    if (row === undefined || !callApplies(row, this.#withConstants(given, argumentText), textOf(given[0])))
      return [];
    const rule = row.name === "mount" ? this.ruleOfMount(given[2]) : row.rule;
    return [this.report(call, rule, `${callee.path}.${callee.name}()`)];
  }

  /** The source of the arguments; plain names replaced by what they were given. */
  #withConstants(given: readonly Node[], argumentText: string): string {
    const values = given.flatMap((each) => {
      const found =
        kindOf(each) === "identifier" ? this.bindings.at(textOf(each), each.range().start.index) : undefined;
      return found === undefined ? [] : [found.assigned, ...found.added].map((value) => textOf(value));
    });
    return values.length === 0 ? argumentText : `(${values.join(", ")})${argumentText}`;
  }

  #files(call: Node, callee: Resolved): Hit[] {
    if (!/^(?:os|io\/ioutil)$/.test(callee.path)) return [];
    const [first, second] = listed(call);
    if (first === undefined) return [];
    const value = this.value(first);
    const at = placeOf(call);
    if (/^(?:WriteFile|MkdirAll|Mkdir|Create|Remove|RemoveAll|Truncate)$/.test(callee.name))
      return fileAccess(value, true, `os.${callee.name}`, at);
    if (callee.name === "OpenFile") {
      const writes = /O_(?:WRONLY|RDWR|CREATE|APPEND)/.test(textOf(second));
      return fileAccess(value, writes, "os.OpenFile", at);
    }
    return /^(?:Open|ReadFile|ReadDir)$/.test(callee.name)
      ? fileAccess(value, false, `os.${callee.name}`, at)
      : [];
  }

  #site(call: Node, callee: Resolved): ExecutionSite | undefined {
    const given = listed(call);
    const found = executingArgument(callee.path, callee.name);
    if (found === undefined) return undefined;
    return this.site(call, (environment) => {
      const values = given.slice(found.from).map((each) => this.value(each, environment));
      if (found.isLine) return executeText(values[0], this.surroundings.embed);
      const words = found.isVector
        ? [textOfValue(values[0]), ...wordsOfValue(values[1]).slice(1)]
        : values.flatMap(wordsOfValue);
      return executeWords(words, this.surroundings.embed);
    });
  }

  /** `exec.Cmd{Path: "/usr/bin/unshare", Args: []string{...}}`. */
  #commandLiterals(): ExecutionSite[] {
    return this.all("composite_literal").flatMap((literal) => {
      const type = this.#typeOf(literal);
      if (type?.path !== "os/exec" || type.name !== "Cmd") return [];
      const fields = keyed(literal);
      const path = fields.get("Path");
      const given = fields.get("Args");
      return [
        this.site(literal, (environment): ScanResult => {
          const words = given === undefined ? [] : wordsOfValue(this.value(given, environment));
          const name = path === undefined ? words[0] : this.text(path, environment);
          return executeWords(name === undefined ? [] : [name, ...words.slice(1)], this.surroundings.embed);
        }),
      ];
    });
  }

  #typeOf(literal: Node): Resolved | undefined {
    const [name, path] = fieldText(literal, "type").split(".").toReversed();
    return path === undefined || name === undefined
      ? undefined
      : { path: this.#packages.get(path) ?? path, name };
  }

  protected valueOf(node: Node, environment: Environment, below: Below): Value {
    switch (kindOf(node)) {
      case "interpreted_string_literal":
        return text(interpreted(textOf(node)));
      case "raw_string_literal":
        return text(textOf(node).slice(1, -1));
      case "binary_expression":
        return fieldText(node, "operator") === "+"
          ? concatenated(below(node.field("left")), below(node.field("right")))
          : unknown;
      case "composite_literal": {
        const items = node.field("body")?.namedChildren() ?? [];
        return fieldText(node, "type").startsWith("[")
          ? list(items.filter((each) => kindOf(each) !== "comment").map((each) => below(each)))
          : unknown;
      }
      case "literal_value":
        return list(argumentsOf(node).map((each) => below(each)));
      case "index_expression": {
        const index = fieldText(node, "index");
        return /^\d+$/.test(index) ? itemOf(below(node.field("operand")), Number(index)) : unknown;
      }
      case "slice_expression":
        return /^\d*$/.test(fieldText(node, "start")) && node.field("end") === null
          ? sliced(below(node.field("operand")), Number(fieldText(node, "start")))
          : unknown;
      case "literal_element":
      case "parenthesized_expression":
      case "expression_list":
      case "variadic_argument":
        return below(node.namedChildren()[0]);
      case "type_conversion_expression":
        return below(node.field("operand"));
      case "call_expression":
        return this.#built(node, below);
      case "identifier":
        return this.named(node, textOf(node), environment, below);
      default:
        return unknown;
    }
  }

  #built(node: Node, below: Below): Value {
    const called = fieldText(node, "function");
    const given = listed(node);
    if (called === "append") {
      const [first, ...more] = given.map((each) => below(each));
      const items = first?.kind === "list" ? first.items : [unknown];
      return list([...items, ...more.flatMap((each) => (each.kind === "list" ? each.items : [each]))]);
    }
    const resolved = this.#resolve(node.field("function"));
    switch (resolved === undefined ? "" : `${resolved.path}.${resolved.name}`) {
      case "fmt.Sprintf":
        return formatted(below(given[0]), /%[-+ #0-9.]*[a-zA-Z]/g);
      case "fmt.Sprint":
        return given.map((each) => below(each)).reduce(concatenated, text(""));
      case "strings.Fields":
      case "strings.Split":
        return wordsOf(below(given[0]));
      case "strings.Join":
        return text(wordsOfValue(below(given[0])).join(" "));
      case "strings.TrimSpace":
        return below(given[0]);
      case "path.Join":
      case "path/filepath.Join":
        return joinedPath(given.map((each) => below(each)));
      case "path/filepath.Clean":
        return below(given[0]);
      default:
        return unknown;
    }
  }

  /** Fields of literals, and of things assigned one by one (`cmd.SysProcAttr.Cloneflags = ...`). */
  #fields(): Field[] {
    const fields = this.all("keyed_element").map((node): Field => {
      const [key, value] = node.namedChildren();
      return { node, key: textOf(key), value: inner(value), type: enclosingType(node) };
    });
    for (const node of this.all("assignment_statement")) {
      const left = fieldText(node, "left");
      const key = /\.(SysProcAttr)\.(\w+)$|\b(attr)\.(\w+)$/i.exec(left);
      const value = node.field("right")?.namedChildren()[0];
      if (key !== null) fields.push({ node, key: key[2] ?? key[4] ?? "", value, type: "SysProcAttr" });
    }
    return fields;
  }

  /** `SysProcAttr{Cloneflags: ..., Chroot: ...}` is clone(2), chroot(2) and the rest. */
  #processAttribute({ node, key, value, type }: Field): Hit[] {
    const source = textOf(value);
    const isAttribute = /SysProcAttr/.test(type);
    switch (key) {
      case "Cloneflags":
      case "Unshareflags": {
        const known = this.#withConstants(value === undefined ? [] : [value], source);
        const isHarmless =
          /^[\w.\s|()]*$/.test(known) && /CLONE_/.test(known) && !/CLONE_(?:NEW|INTO)/.test(known);
        return source === "0" || isHarmless
          ? []
          : [this.report(node, "namespace-clone", `${key}: ${source}`)];
      }
      case "UidMappings":
      case "GidMappings":
        return isAttribute && !this.#hasSibling(node, /^(?:Cloneflags|Unshareflags|UidMappings)$/, key)
          ? [hit("namespace-clone", key, placeOf(node))]
          : [];
      case "UseCgroupFD":
        return source === "true" ? [hit("cgroup-write", `${key}: true`, placeOf(node))] : [];
      case "Chroot":
        return isAttribute && source !== '""' ? [hit("chroot", `Chroot: ${source}`, placeOf(node))] : [];
      case "Ptrace":
        return isAttribute && source === "true" ? [hit("ptrace", "Ptrace: true", placeOf(node))] : [];
      case "AmbientCaps": {
        const names = source.match(/\bCAP_[A-Z_]+/g) ?? [];
        const rule = ruleOfCapabilities(names);
        return rule === undefined ? [] : [hit(rule, `AmbientCaps: ${names.join(", ")}`, placeOf(node))];
      }
      default:
        return [];
    }
  }

  /** Whether the literal already has a finding for the same thing under another key. */
  #hasSibling(node: Node, keys: RegExp, own: string): boolean {
    const siblings = node.parent()?.namedChildren() ?? [];
    return siblings.some((each) => {
      const key = textOf(each.namedChildren()[0]);
      return key !== own && keys.test(key);
    });
  }

  #flags(): Hit[] {
    return nodesMatching(
      this.root,
      ["selector_expression"],
      "\\.(?:MS|MNT|UMOUNT|OPEN_TREE|MOVE_MOUNT|FSCONFIG|CLONE)_[A-Z_]+$|\\.[A-Za-z]+Namespace$|\\.NEW[A-Z]+$",
    ).flatMap((node) => {
      const resolved = this.#resolve(node);
      if (resolved === undefined || this.isReported(node) || isTested(node)) return [];
      const isSpecification =
        /^github\.com\/opencontainers\/(?:runtime-spec\/specs-go|runc\/libcontainer\/configs)$/.test(
          resolved.path,
        );
      if (
        isSpecification &&
        /^(?:(?:PID|Network|Mount|IPC|UTS|User|Cgroup|Time)Namespace|NEW[A-Z]+)$/.test(resolved.name)
      )
        return isFieldValue(node) ? [hit("namespace-flag", textOf(node), placeOf(node))] : [];
      if (!systemCallPackages.has(resolved.path)) return [];
      const rule = mountFlag.test(resolved.name)
        ? "mount-flag"
        : namespaceFlag.test(resolved.name)
          ? "namespace-flag"
          : undefined;
      return rule === undefined ? [] : [hit(rule, textOf(node), placeOf(node))];
    });
  }

  /** Docker's HostConfig and Kubernetes' SecurityContext as Go values, capability sets, and pods. */
  #container({ node, key, value, type }: Field): Hit[] {
    const at = placeOf(node);
    switch (key) {
      case "Privileged":
        return /HostConfig|SecurityContext|ContainerOptions|ContainerRequest|RunOptions/.test(type) &&
          this.#isTrue(value)
          ? [hit("privileged-container", `Privileged: ${textOf(value)}`, at)]
          : [];
      case "HostPID":
      case "HostIPC":
        return /PodSpec|SecurityContext/.test(type) && this.#isTrue(value)
          ? [hit("host-namespace", `${key}: true`, at)]
          : [];
      case "PidMode":
      case "IpcMode":
      case "UTSMode":
      case "UsernsMode":
        return /HostConfig/.test(type) && /^\(?"host"|\("host"\)$/.test(textOf(value))
          ? [hit("host-namespace", `${key}: host`, at)]
          : [];
      case "CapAdd":
        return /HostConfig|ContainerRequest|RunOptions/.test(type) ? this.#named(value, key, node) : [];
      case "Add":
        return /Capabilities/.test(type) ? this.#named(value, key, node) : [];
      case "Command": {
        if (!type.endsWith("Container")) return [];
        const siblings = keyed(node.parent());
        const more = siblings.get("Args");
        const words = [value, more].flatMap((each) =>
          each === undefined ? [] : wordsOfValue(this.value(each)),
        );
        return executeWords(words, this.surroundings.embed).hits.map((each) => ({ ...each, ...at }));
      }
      default:
        return [];
    }
  }

  #isTrue(value: Node | undefined): boolean {
    const source = textOf(value);
    if (/^true$|\(true\)$/.test(source)) return true;
    const name = /^&(\w+)$/.exec(source)?.[1];
    if (name === undefined) return false;
    return textOf(this.bindings.at(name, value?.range().start.index ?? 0)?.assigned) === "true";
  }

  #named(value: Node | undefined, key: string, at: Node): Hit[] {
    return this.capabilities(
      [...textOf(value).matchAll(/"(\w+)"/g)].map((match) => match[1] ?? ""),
      key,
      at,
    );
  }

  /** The C in front of `import "C"`, and calls that raise capabilities (methods of a set of a capability package). */
  #preamble(): Hit[] {
    const hits: Hit[] = [];
    if ([...this.#packages.values()].some((path) => capabilityPackages.test(path))) {
      for (const call of nodesMatching(this.root, ["call_expression"], "\\.(?:Set|SetFlag|Fill)\\(")) {
        if (!/^(?:Set|SetFlag)$/.test(this.nameOfCall(call))) continue;
        const source = fieldText(call, "arguments");
        const names = source.match(/\bCAP_[A-Z_]+|\bSYS_[A-Z]+/g) ?? [];
        const rule = /,\s*false\b/.test(source) ? undefined : ruleOfCapabilities(names);
        if (rule !== undefined) hits.push(hit(rule, names.join(", "), placeOf(call)));
      }
    }
    for (const declaration of nodesMatching(this.root, ["import_declaration"], '"C"')) {
      const comments: Node[] = [];
      for (let before = declaration.prev(); kindOf(before) === "comment"; before = before?.prev() ?? null)
        if (before !== null) comments.unshift(before);
      for (const comment of comments) {
        const source = textOf(comment)
          .replace(/^\/\*|\*\/$/g, "  ")
          .replace(/^\/\//, "  ");
        hits.push(...movedTo(this.surroundings.embed("preamble.c", source), placeOf(comment)).hits);
      }
    }
    return hits;
  }
}

function systemCall(goName: string): CallRow | undefined {
  const lower = goName.toLowerCase();
  return callNamed(Object.hasOwn(otherNames, lower) ? (otherNames[lower] ?? "") : lower);
}

/** The fields of a literal by key. */
function keyed(literal: Node | null): Map<string, Node> {
  const body = kindOf(literal) === "composite_literal" ? literal?.field("body") : literal;
  const fields = new Map<string, Node>();
  for (const element of body?.namedChildren() ?? []) {
    if (kindOf(element) !== "keyed_element") continue;
    const [key, value] = element.namedChildren();
    const found = inner(value);
    if (found !== undefined) fields.set(textOf(key), found);
  }
  return fields;
}

function inner(node: Node | undefined): Node | undefined {
  return kindOf(node) === "literal_element" ? node?.namedChildren()[0] : node;
}

/** The type of the literal around; where it is left out (`[]Container{{...}}`), that of the elements. */
function enclosingType(node: Node): string {
  const around = ancestorsOf(node).find((each) => kindOf(each) === "composite_literal");
  return fieldText(around, "type").replace(/^(?:\[\d*\]|\*|map\[[^\]]*\])+/, "");
}

/** `flags & unix.MS_RDONLY`, `case unix.CLONE_NEWNS`, a key of a table: looked at, not used. */
function isTested(node: Node): boolean {
  const parent = node.parent();
  if (parent === null) return false;
  if (kindOf(parent) === "binary_expression") {
    return fieldText(parent, "operator") === "|" ? isTested(parent) : true;
  }
  if (kindOf(parent.parent()) === "const_spec") return true;
  if (/^(?:expression_case|type_case)$/.test(kindOf(parent.parent() ?? parent))) return true;
  // Tables of names: `{"ro", unix.MS_RDONLY}`, `"ro": unix.MS_RDONLY`.
  return (
    kindOf(parent) === "literal_element" &&
    !/[fF]lags?$|^Type$/.test(textOf(parent.parent()?.namedChildren()[0]))
  );
}

/** `{Type: specs.PIDNamespace}` asks for one; a comparison or a table does not. */
function isFieldValue(node: Node): boolean {
  const parent = node.parent();
  return kindOf(parent) === "literal_element" && textOf(parent?.parent()?.namedChildren()[0]) === "Type";
}

function interpreted(source: string): string {
  return source
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gi,
      (_whole, hex?: string, unicode?: string, other?: string) =>
        hex !== undefined || unicode !== undefined
          ? String.fromCodePoint(Number.parseInt(hex ?? unicode ?? "0", 16))
          : other === "n"
            ? "\n"
            : other === "t"
              ? "\t"
              : (other ?? ""),
    );
}
