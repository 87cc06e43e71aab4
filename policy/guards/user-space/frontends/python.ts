/**
 * Python. System calls come through `ctypes` and `cffi`, a few through `os`; commands through `subprocess`, `os` and
 * their relatives. `app.mount(...)` of a web framework and `drive.mount(...)` of a notebook are methods of something
 * else.
 */
import { hit, type Hit, type ScanResult } from "../hit.ts";
import { callApplies, callNamed, callNumbered } from "../rules.ts";
import { mountFlag, namespaceFlag, ruleOfCapability } from "../rules/targets.ts";
import { possibleInPython, triggerWords } from "../rules/triggers.ts";
import { isUnconfined } from "../shell/containers.ts";
import type { FrontEnd, Source, Surroundings } from "../frontend.ts";
import {
  ancestorsOf,
  argumentsOf,
  fieldText,
  kindOf,
  placeOf,
  readSource,
  textOf,
  type Node,
  type Reading,
} from "../syntax/ast-grep.ts";
import { parametersIn } from "../syntax/parameters.ts";
import type { Environment, ExecutionSite } from "../syntax/sites.ts";
import { rangeOf, SourceScan, type Below } from "../syntax/source-scan.ts";
import {
  concatenated,
  executeText,
  executeWords,
  fieldOf,
  fileAccess,
  formatted,
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
import { formOf, mechanisms, type Form } from "./python/executors.ts";
import { Names } from "./python/names.ts";

/** What is asked of the tree, all in one walk. */
const kinds = [
  "assignment",
  "augmented_assignment",
  "call",
  "for_in_clause",
  "for_statement",
  "function_definition",
  "lambda",
  "named_expression",
  "pair",
];

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => new PythonScan(source, surroundings).run(),
};

class PythonScan extends SourceScan {
  readonly #reading: Reading;
  readonly #names: Names;
  readonly #isBuildScript: boolean;

  constructor(source: Source, surroundings: Surroundings) {
    const reading = readSource(
      ["python"],
      source.text,
      "Python",
      (stretch) => triggerWords.test(stretch) && possibleInPython.test(stretch),
    );
    super(reading, surroundings, kinds);
    this.#reading = reading;
    this.#isBuildScript = /(?:^|\/)(?:SConstruct|SConscript)/.test(source.path);
    this.#names = new Names(this.root, this.bindings, (name) =>
      this.functions.some((each) => each.name === name),
    );
  }

  run(): ReturnType<FrontEnd["scan"]> {
    const calls = this.all("call");
    this.#collect(calls);
    const hits: Hit[] = [];
    const sites: ExecutionSite[] = [];
    for (const call of calls) {
      const inBrackets = this.#plumbum(call);
      if (inBrackets !== undefined) {
        hits.push(...inBrackets);
        continue;
      }
      const name = this.#names.dotted(call.field("function"));
      if (name === undefined) continue;
      hits.push(...this.#call(call, name), ...this.#files(call, name), ...this.#container(call, name));
      const form = formOf(name, this.#isBuildScript) ?? this.#taskForm(call, name);
      if (form !== undefined)
        sites.push(this.site(call, (environment) => this.#execute(form, call, environment)));
    }
    hits.push(...this.#assignments(), ...this.#dictionaries());
    return this.finish(calls, sites, hits, this.#reading.problems);
  }

  #collect(calls: readonly Node[]): void {
    this.collectFunctions(["function_definition"], (definition) => {
      const given = argumentsOf(definition.field("parameters"));
      return parametersIn(/^(?:self|cls)\b/.test(textOf(given[0])) ? given.slice(1) : given);
    });
    this.collectFunctions(
      ["lambda"],
      (lambda) => parametersIn(argumentsOf(lambda.field("parameters"))),
      (lambda) => (kindOf(lambda.parent()) === "assignment" ? fieldText(lambda.parent(), "left") : ""),
    );
    for (const loop of this.all("for_statement", "for_in_clause")) {
      const body = kindOf(loop) === "for_statement" ? loop.field("body") : loop.parent();
      const [items, variable] = [loop.field("right"), loop.field("left")];
      if (body !== null && items !== null && variable !== null)
        this.loop(loop, body, items, parametersIn([variable]));
    }
    this.seal();
    for (const assignment of this.all("assignment")) {
      const name = fieldText(assignment, "left");
      const value = assignment.field("right");
      if (name === "" || value === null) continue;
      const pattern = assignment.field("left");
      if (kindOf(pattern) === "pattern_list" && !/,/.test(textOf(value).replace(/\(.*\)|\[.*\]/s, "")))
        for (const child of argumentsOf(pattern))
          this.bindings.assign(textOf(child).replace(/^\*/, ""), child, rangeOf(assignment));
      // An attribute is set in one method and used in another.
      this.bindings.assign(name, value, name.includes(".") ? { start: -1, end: -1 } : rangeOf(assignment));
    }
    for (const assignment of this.all("augmented_assignment")) {
      const value = assignment.field("right");
      if (value !== null && fieldText(assignment, "operator") === "+=")
        this.bindings.add(fieldText(assignment, "left"), value, rangeOf(assignment));
    }
    for (const call of calls) {
      const called = call.field("function");
      if (kindOf(called) !== "attribute" || !/^(?:append|extend)$/.test(fieldText(called, "attribute")))
        continue;
      const [added] = positional(call);
      if (added !== undefined) this.bindings.add(fieldText(called, "object"), added, rangeOf(call));
    }
    for (const item of this.all("named_expression")) {
      const value = item.field("value");
      if (value !== null) this.bindings.assign(fieldText(item, "name"), value, rangeOf(item));
    }
  }

  protected nameOfCall(call: Node): string {
    const called = call.field("function");
    return kindOf(called) === "attribute" ? fieldText(called, "attribute") : textOf(called);
  }

  protected argumentsOfCall(call: Node): Node[] {
    return positional(call);
  }

  protected override namedArgumentsOfCall(call: Node): ReadonlyMap<string, Node> {
    const named = argumentsOf(call.field("arguments")).flatMap((each) => {
      const value = kindOf(each) === "keyword_argument" ? each.field("value") : null;
      return value === null ? [] : [[fieldText(each, "name"), value] as const];
    });
    return new Map(named);
  }

  protected override sourceOfCall(call: Node): { module: string; name: string } | undefined {
    const name = this.#names.dotted(call.field("function"));
    return name === undefined || name.startsWith("?") ? undefined : moduleAndName(name);
  }

  protected override handsOn(name: string): readonly { module: string; name: string }[] {
    const imported = this.#names.imported(name);
    const from = imported === undefined ? undefined : moduleAndName(imported);
    return from === undefined ? [] : [from];
  }

  #call(call: Node, name: string): Hit[] {
    const argumentText = fieldText(call, "arguments");
    const library = /^(?:<libc>|ctypes\.cdll\.\w+|ctypes\.CDLL|(?:\?|\w+)\.libc)\.(\w+)$/.exec(name)?.[1];
    const given = positional(call);
    if (library === "syscall") return this.#numbered(call, given[0], argumentText);
    const direct = library ?? /^os\.(unshare|setns|chroot|mknod)$/.exec(name)?.[1];
    const row = direct === undefined ? undefined : callNamed(direct);
    if (row !== undefined) {
      if (!callApplies(row, this.#withConstants(given, argumentText))) return [];
      const rule = row.name === "mount" ? this.ruleOfMount(given[2]) : row.rule;
      return [this.report(call, rule, `${name.replace("<libc>", "libc")}()`)];
    }
    const mechanism = mechanisms.find((each) => each.name.test(name));
    if (mechanism !== undefined) return [this.report(call, mechanism.rule, `${name}()`)];
    const program =
      /^sh\.(?:contrib\.)?((?:sudo\.)?\w+)$/.exec(name)?.[1] ?? /^plumbum\.cmd\.([\w-]+)$/.exec(name)?.[1];
    if (program !== undefined && program !== "Command" && program !== "bake") {
      const words = [...program.split("."), ...this.words(given)];
      return executeWords(words, this.surroundings.embed).hits.map((each) => ({ ...each, ...placeOf(call) }));
    }
    return this.#flags(call, name);
  }

  /** `sudo["umount", "/mnt"]()` and `local["mount"]("-a")` of plumbum: words stand in the brackets. */
  #plumbum(call: Node): Hit[] | undefined {
    const called = call.field("function");
    if (kindOf(called) !== "subscript") return undefined;
    const program = /^plumbum\.(?:cmd\.([\w-]+)|local)$/.exec(
      this.#names.dotted(called?.field("value")) ?? "",
    );
    if (program === null) return undefined;
    const inBrackets = (called?.namedChildren() ?? []).slice(1);
    const name = program[1] === undefined ? [] : [program[1]];
    const words = [...name, ...this.words(inBrackets), ...this.words(positional(call))];
    return executeWords(words, this.surroundings.embed).hits.map((each) => ({ ...each, ...placeOf(call) }));
  }

  #numbered(call: Node, first: Node | undefined, argumentText: string): Hit[] {
    const source = textOf(first);
    const number = first === undefined ? undefined : this.#number(first);
    const named = callNamed(/(?:SYS_|NR_)(\w+)$/i.exec(source)?.[1]?.toLowerCase() ?? "");
    const row = number === undefined ? named : callNumbered(number);
    if (row === undefined || row.onlyWith !== undefined) return [];
    return number !== undefined || callApplies(row, argumentText)
      ? [this.report(call, row.rule, `syscall(${source})`)]
      : [];
  }

  /** The source of the arguments, with the values of plain names beside it: `os.unshare(flags)`. */
  #withConstants(given: readonly Node[], argumentText: string): string {
    const values = given
      .filter((each) => kindOf(each) === "identifier")
      .map((each) => textOf(this.bindings.at(textOf(each), each.range().start.index)?.assigned));
    const known = values.filter((each) => each !== "");
    return known.length === 0 ? argumentText : `(${known.join(", ")})`;
  }

  /** CLONE_NEW* and MS_* handed to a function that is not itself forbidden. */
  #flags(call: Node, name: string): Hit[] {
    if (/^\?\.(?:get|append|add)$|print$/.test(name)) return [];
    return positional(call).flatMap((argument) => {
      if (!/^(?:identifier|attribute|binary_operator)$/.test(kindOf(argument)) || this.isReported(argument))
        return [];
      const source = textOf(argument);
      if (/ & |==/.test(source)) return [];
      const names = source.match(/\b(?:CLONE_NEW[A-Z]+|(?:MS|MNT)_[A-Z]+)\b/g) ?? [];
      return names.flatMap((flag) => {
        const rule = mountFlag.test(flag)
          ? "mount-flag"
          : namespaceFlag.test(flag)
            ? "namespace-flag"
            : undefined;
        return rule === undefined ? [] : [hit(rule, flag, placeOf(argument))];
      });
    });
  }

  #number(node: Node): number | undefined {
    if (kindOf(node) === "integer") return Number(textOf(node).replace(/_/g, ""));
    if (kindOf(node) !== "identifier") return undefined;
    const value = this.bindings.at(textOf(node), node.range().start.index)?.assigned;
    return kindOf(value) === "integer" ? Number(textOf(value).replace(/_/g, "")) : undefined;
  }

  #files(call: Node, name: string): Hit[] {
    const [first, second] = positional(call);
    const at = placeOf(call);
    if (/^(?:open|io\.open|os\.open|aiofiles\.open|codecs\.open)$/.test(name) && first !== undefined) {
      const mode = this.text(second ?? keyword(call, "mode"));
      const writes = /^[wax]|\+/.test(mode) || /O_(?:WRONLY|RDWR|CREAT)/.test(textOf(second));
      return fileAccess(this.value(first), writes, name, at);
    }
    if (/^os\.(?:mkdir|makedirs|rmdir)$/.test(name) && first !== undefined)
      return fileAccess(this.value(first), true, name, at);
    const called = call.field("function");
    const method = kindOf(called) === "attribute" ? fieldText(called, "attribute") : "";
    if (!/^(?:write_text|write_bytes|mkdir|rmdir|touch|read_text|read_bytes|open)$/.test(method)) return [];
    const path = this.#pathValue(called?.field("object"));
    const writes =
      /^(?:write|mkdir|rmdir|touch)/.test(method) ||
      (method === "open" && /^[wax]|\+/.test(this.text(first)));
    return path === undefined ? [] : fileAccess(path, writes, `Path.${method}`, at);
  }

  /** The path of `Path("/a")`, of `(root / "b")` and of a name that holds one. */
  #pathValue(object: Node | null | undefined): Value | undefined {
    const value = this.value(object);
    return value.kind === "text" && value.text.startsWith("/") ? value : undefined;
  }

  /** `client.containers.run(..., privileged=True, cap_add=["SYS_ADMIN"])` and the Kubernetes models. */
  #container(call: Node, name: string): Hit[] {
    const at = placeOf(call);
    if (/(?:^|\.)V1PodSpec$/.test(name)) {
      const shares = ["host_pid", "host_ipc"].filter((key) => textOf(keyword(call, key)) === "True");
      return shares.map((key) => hit("host-namespace", `${key}=True`, at));
    }
    if (/(?:^|\.)V1Capabilities$/.test(name)) return this.#added(call, "add");
    if (
      !/(?:containers\.(?:run|create)|create_container|create_host_config|HostConfig|V1SecurityContext|\.(?:exec_run|exec_create)|\?\.(?:run|create|create_container|create_host_config|with_kwargs))$/.test(
        name,
      )
    )
      return [];
    const privileged = textOf(keyword(call, "privileged")) === "True";
    const host = ["pid_mode", "ipc_mode", "uts_mode", "userns_mode"].filter(
      (key) => this.text(keyword(call, key)) === "host",
    );
    const unconfined = this.words([keyword(call, "security_opt") ?? []].flat()).filter(isUnconfined);
    return [
      ...(privileged ? [hit("privileged-container", "privileged=True", at)] : []),
      ...this.#added(call, "cap_add"),
      ...host.map((key) => hit("host-namespace", `${key}="host"`, at)),
      ...unconfined.map((option) => hit("confinement-off", option, at)),
    ];
  }

  #added(call: Node, key: string): Hit[] {
    const value = keyword(call, key);
    return value === undefined ? [] : this.capabilities(this.words([value]), key, call);
  }

  /** `prctl.cap_effective.sys_admin = True` of python-prctl. */
  #assignments(): Hit[] {
    if (!this.#names.imports(/^prctl$/)) return [];
    return this.all("assignment").flatMap((assignment) => {
      const name = /^\w+\.cap_(?:effective|permitted|inheritable|ambient)\.(\w+)$/.exec(
        fieldText(assignment, "left"),
      )?.[1];
      const rule = name === undefined ? undefined : ruleOfCapability(name);
      return rule !== undefined && fieldText(assignment, "right") === "True"
        ? [hit(rule, textOf(assignment), placeOf(assignment))]
        : [];
    });
  }

  /** Manifests as dictionaries: `{"securityContext": {"privileged": True}}`. */
  #dictionaries(): Hit[] {
    return this.all("pair").flatMap((pair) => {
      const key = unquoted(fieldText(pair, "key"));
      if (!/^(?:privileged|Privileged|add|CapAdd|hostPID|hostIPC)$/.test(key)) return [];
      const value = pair.field("value");
      const parents = ancestorsOf(pair)
        .filter((each) => kindOf(each) === "pair")
        .map((each) => unquoted(fieldText(each, "key")));
      const isContainer = parents.some((each) => /^(?:securityContext|HostConfig|host_config)$/.test(each));
      const isTrue = textOf(value) === "True";
      if (key.startsWith("host"))
        return isTrue && parents.includes("spec")
          ? [hit("host-namespace", `${key}: True`, placeOf(pair))]
          : [];
      if (!isContainer || value === null) return [];
      if (/^[pP]rivileged$/.test(key))
        return isTrue ? [hit("privileged-container", `${key}: True`, placeOf(pair))] : [];
      return key === "CapAdd" || parents[0] === "capabilities"
        ? this.capabilities(this.words([value]), key, pair)
        : [];
    });
  }

  /** `c.run("...")` in a task of Invoke or Fabric: the context is its first parameter. */
  #taskForm(call: Node, name: string): Form | undefined {
    if (!/\.(?:run|local)$/.test(name) || !this.#names.imports(/^(?:invoke|fabric)\b/)) return undefined;
    const object = fieldText(call.field("function"), "object");
    const around = this.scopes.around(call.range().start.index);
    return around.some((each) => each.parameters[0]?.name === object) ||
      /^\w*(?:conn|connection|ctx|context)\w*$/i.test(object)
      ? "shell"
      : undefined;
  }

  #execute(form: Form, call: Node, environment: Environment): ScanResult {
    const embed = this.surroundings.embed;
    const given = positional(call).map((each) => this.value(each, environment));
    const byName = keyword(call, "args") ?? keyword(call, "cmd") ?? keyword(call, "command");
    const first = given[0] ?? (byName === undefined ? undefined : this.value(byName, environment));
    const usesShell = /^(?:True|1)$/.test(textOf(keyword(call, "shell")));
    const script = keyword(call, "input");
    const input = script === undefined ? undefined : this.value(script, environment);
    switch (form) {
      case "shell":
        return executeText(first?.kind === "list" ? text(textOfValue(first)) : first, embed);
      case "second":
        return executeText(given[2], embed);
      case "either":
        if (first?.kind === "list")
          return usesShell
            ? executeText(first.items[0], embed)
            : executeWords(wordsOfValue(first), embed, input);
        return executeText(first, embed);
      case "words":
        return executeWords(given.flatMap(wordsOfValue), embed);
      case "path-and-list":
        return executeWords([textOfValue(first), ...wordsOfValue(given[1]).slice(1)], embed);
      case "spread":
        return executeWords([textOfValue(first), ...given.slice(2).flatMap(wordsOfValue)], embed);
      case "mode-path-list":
        return executeWords([textOfValue(given[1]), ...wordsOfValue(given[2]).slice(1)], embed);
      case "mode-spread":
        return executeWords([textOfValue(given[1]), ...given.slice(3).flatMap(wordsOfValue)], embed);
    }
  }

  protected valueOf(node: Node, environment: Environment, below: Below): Value {
    switch (kindOf(node)) {
      case "string":
        return text(
          node
            .children()
            .map((child) => {
              if (kindOf(child) === "interpolation") return textOfValue(below(child.namedChildren()[0]));
              return kindOf(child) === "string_content" ? contentOf(child, node) : "";
            })
            .join(""),
        );
      case "concatenated_string":
        return node
          .namedChildren()
          .map((child) => below(child))
          .reduce(concatenated, text(""));
      case "list":
      case "tuple":
        return list(argumentsOf(node).map((child) => below(child)));
      case "dictionary":
        return record(
          new Map(
            node
              .namedChildren()
              .filter((child) => kindOf(child) === "pair")
              .map((pair) => [unquoted(fieldText(pair, "key")), below(pair.field("value"))] as const),
          ),
        );
      case "list_splat":
      case "parenthesized_expression":
      case "await":
        return below(node.namedChildren()[0]);
      case "binary_operator": {
        const left = below(node.field("left"));
        const operator = fieldText(node, "operator");
        if (operator === "+") return concatenated(left, below(node.field("right")));
        if (operator === "/") return joinedPath([left, below(node.field("right"))]);
        return operator === "%" ? formatted(left, /%(?:\(\w+\))?[-+ #0-9.]*[a-zA-Z]/g) : unknown;
      }
      case "boolean_operator": {
        const left = below(node.field("left"));
        return left.kind === "unknown" ? below(node.field("right")) : left;
      }
      case "conditional_expression":
        return below(node.namedChildren()[0]);
      case "call":
        return this.#built(node, below);
      case "identifier":
        return kindOf(node.parent()) === "pattern_list"
          ? this.#taken(node, below)
          : this.named(node, textOf(node), environment, below);
      case "list_splat_pattern":
        return this.#taken(node, below);
      case "subscript": {
        const value = below(node.field("value"));
        const index = node.field("subscript");
        if (kindOf(index) === "integer") return itemOf(value, Number(textOf(index)));
        const from = /^(\d*):$/.exec(textOf(index))?.[1];
        return from === undefined ? fieldOf(value, unquoted(textOf(index))) : sliced(value, Number(from));
      }
      case "attribute":
        return this.named(node, textOf(node), environment, below);
      default:
        return unknown;
    }
  }

  /** `program, *args = command`. */
  #taken(node: Node, below: Below): Value {
    const pattern = node.parent();
    const value = below(pattern?.parent()?.field("right"));
    const index = argumentsOf(pattern).findIndex((each) => each.id() === node.id());
    return kindOf(node) === "list_splat_pattern" ? sliced(value, index) : itemOf(value, index);
  }

  /** Strings that are built: `.format()`, `.split()`, `" ".join([...])`, `shlex.split()`, `os.path.join()`, `.encode()`. */
  #built(call: Node, below: Below): Value {
    const called = call.field("function");
    const given = positional(call);
    const name = textOf(called);
    if (/^shlex\.split$/.test(name)) return wordsOf(below(given[0]));
    if (/^(?:str|bytes|os\.fsencode|os\.fspath|shlex\.join|textwrap\.dedent|dedent|list|tuple)$/.test(name))
      return below(given[0]);
    if (
      /(?:^|\.)(?:path\.join|Path|PurePath|PosixPath|joinpath)$/.test(name) &&
      kindOf(called?.field("object")) !== "call"
    ) {
      const base = name.endsWith(".joinpath") ? [below(called?.field("object"))] : [];
      return joinedPath([...base, ...given.map((each) => below(each))]);
    }
    if (kindOf(called) !== "attribute") return unknown;
    const object = below(called?.field("object"));
    switch (fieldText(called, "attribute")) {
      case "format":
        return formatted(object, /\{[^{}]*\}/g);
      case "split":
        return wordsOf(object);
      case "join": {
        const items = below(given[0]);
        return items.kind === "list" ? text(wordsOfValue(items).join(textOfValue(object))) : unknown;
      }
      case "joinpath":
        return joinedPath([object, ...given.map((each) => below(each))]);
      case "encode":
      case "decode":
      case "strip":
      case "replace":
      case "copy":
      case "as_posix":
      case "resolve":
        return object;
      default:
        return unknown;
    }
  }
}

/** `tools.run` is `run` of `tools`; a name alone is nobody's. */
function moduleAndName(dotted: string): { module: string; name: string } | undefined {
  const at = dotted.lastIndexOf(".");
  if (at === -1) return undefined;
  const module = dotted.slice(0, at);
  return { module: /^\.*$/.test(module) ? `${module}.` : module, name: dotted.slice(at + 1) };
}

function positional(call: Node): Node[] {
  return argumentsOf(call.field("arguments")).filter((each) => kindOf(each) !== "keyword_argument");
}

function keyword(call: Node, name: string): Node | undefined {
  const found = argumentsOf(call.field("arguments")).find(
    (each) => kindOf(each) === "keyword_argument" && fieldText(each, "name") === name,
  );
  return found?.field("value") ?? undefined;
}

function unquoted(source: string): string {
  return source.replace(/^["']|["']$/g, "");
}

function contentOf(content: Node, string: Node): string {
  const isRaw = /^[a-z]*r/i.test(textOf(string.children()[0]));
  if (isRaw) return textOf(content);
  return textOf(content).replace(
    /\\(?:x([0-9a-f]{2})|(\r?\n)|(.))/gi,
    (_whole, hex?: string, newline?: string, other?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (newline !== undefined) return "";
      return other === "n" ? "\n" : other === "t" ? "\t" : (other ?? "");
    },
  );
}
