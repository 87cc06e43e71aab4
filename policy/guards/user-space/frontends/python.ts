/**
 * Python. System calls come through `ctypes`, a few through `os`; commands through `subprocess`, `os` and their
 * relatives. `app.mount(...)` of a web framework and `drive.mount(...)` of a notebook are methods of something else.
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

/** `either`: a list is a command line; a string is one too, or a script with `shell=True`. */
type Form = "shell" | "either" | "words" | "path-and-list" | "spread" | "mode-path-list" | "mode-spread";

const executors: Readonly<Record<string, Form>> = {
  "subprocess.run": "either",
  "subprocess.call": "either",
  "subprocess.check_call": "either",
  "subprocess.check_output": "either",
  "subprocess.Popen": "either",
  "subprocess.getoutput": "shell",
  "subprocess.getstatusoutput": "shell",
  "os.system": "shell",
  "os.popen": "shell",
  "commands.getoutput": "shell",
  "os.execv": "path-and-list",
  "os.execvp": "path-and-list",
  "os.execve": "path-and-list",
  "os.execvpe": "path-and-list",
  "os.posix_spawn": "path-and-list",
  "os.posix_spawnp": "path-and-list",
  "os.execl": "spread",
  "os.execlp": "spread",
  "os.execle": "spread",
  "os.spawnv": "mode-path-list",
  "os.spawnvp": "mode-path-list",
  "os.spawnl": "mode-spread",
  "os.spawnlp": "mode-spread",
  "pty.spawn": "either",
  "pexpect.spawn": "shell",
  "pexpect.run": "shell",
  "asyncio.create_subprocess_shell": "shell",
  "asyncio.create_subprocess_exec": "words",
  "invoke.run": "shell",
  "fabric.api.run": "shell",
  "fabric.api.sudo": "shell",
  "fabric.api.local": "shell",
  "anyio.run_process": "either",
  "trio.run_process": "either",
  "sh.Command": "words",
};

const clibrary = /(?:ctypes\.)?(?:CDLL|PyDLL|cdll\.LoadLibrary|util\.find_library)\s*\(|\.dlopen\s*\(/;

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => new PythonScan(source, surroundings).run(),
};

class PythonScan {
  readonly #root: Node;
  readonly #surroundings: Surroundings;
  /** Local name to the dotted name it stands for. */
  readonly #names = new Map<string, string>();
  readonly #values = new Map<string, Node[]>();
  readonly #functions: LocalFunction[] = [];

  constructor(source: Source, surroundings: Surroundings) {
    this.#root = parseSource("python", source.text);
    this.#surroundings = surroundings;
  }

  run(): ScanResult {
    this.#collect();
    const calls = nodesOf(this.#root, ["call"]);
    const hits: Hit[] = [];
    const sites: ExecutionSite[] = [];
    for (const call of calls) {
      const name = this.#dotted(call.field("function"));
      if (name === undefined) continue;
      hits.push(...this.#call(call, name), ...this.#files(call, name), ...this.#container(call, name));
      const site = this.#site(call, name);
      if (site !== undefined) sites.push(site);
    }
    const found = runSites(sites, this.#functions, (names) =>
      calls
        .filter((call) => names.has(lastName(call)))
        .map((call) => ({
          name: lastName(call),
          at: placeOf(call),
          values: () => positional(call).map((each) => this.#value(each, new Map())),
        })),
    );
    return {
      hits: distinct([...hits, ...found.hits]),
      problems: [...problemsOf(this.#root, "Python"), ...found.problems],
    };
  }

  #collect(): void {
    for (const statement of nodesOf(this.#root, ["import_statement"])) {
      for (const child of statement.namedChildren()) {
        if (kindOf(child) === "dotted_name") {
          const [top] = child.text().split(".");
          if (top !== undefined) this.#names.set(top, top);
        }
        if (kindOf(child) === "aliased_import")
          this.#names.set(child.field("alias")?.text() ?? "", child.field("name")?.text() ?? "");
      }
    }
    for (const statement of nodesOf(this.#root, ["import_from_statement"])) {
      const module = statement.field("module_name")?.text() ?? "";
      const [, ...imported] = statement.namedChildren();
      for (const child of imported) {
        if (kindOf(child) === "dotted_name") this.#names.set(child.text(), `${module}.${child.text()}`);
        if (kindOf(child) === "aliased_import") {
          this.#names.set(
            child.field("alias")?.text() ?? "",
            `${module}.${child.field("name")?.text() ?? ""}`,
          );
        }
        if (kindOf(child) === "wildcard_import") this.#names.set("*", module);
      }
    }
    for (const assignment of nodesOf(this.#root, ["assignment"])) {
      const name = assignment.field("left")?.text();
      const value = assignment.field("right");
      if (name === undefined || value === null) continue;
      const values = this.#values.get(name) ?? [];
      values.push(value);
      this.#values.set(name, values);
    }
    for (const definition of nodesOf(this.#root, ["function_definition"])) {
      const names = argumentsOf(definition.field("parameters")).map(
        (each) => /^\**(\w+)/.exec(each.text())?.[1] ?? "",
      );
      const parameters = names[0] === "self" || names[0] === "cls" ? names.slice(1) : names;
      const { start, end } = definition.range();
      this.#functions.push({
        name: definition.field("name")?.text() ?? "",
        parameters,
        start: start.index,
        end: end.index,
      });
    }
  }

  /** `subprocess.run` for `sp.run`; `<libc>.mount` for a function of a loaded C library; undefined for a method of anything else. */
  #dotted(node: Node | null, depth = 0): string | undefined {
    if (node === null || depth > 8) return undefined;
    const name = node.text();
    if (kindOf(node) === "identifier") {
      const imported = this.#names.get(name);
      if (imported !== undefined) return imported;
      const values = this.#values.get(name);
      const value = values?.at(-1);
      if (value === undefined)
        return this.#isDefined(name)
          ? undefined
          : this.#names.has("*")
            ? `${this.#names.get("*") ?? ""}.${name}`
            : name;
      if (clibrary.test(value.text())) return "<libc>";
      return /^(?:attribute|identifier)$/.test(kindOf(value)) && values?.length === 1
        ? this.#dotted(value, depth + 1)
        : undefined;
    }
    if (kindOf(node) === "call") {
      if (clibrary.test(name)) return "<libc>";
      return /^Path$|^pathlib\.Path$/.test(
        this.#dotted(node.field("function"), depth + 1)?.replace(/^pathlib\.Path$/, "Path") ?? "",
      )
        ? "<path>"
        : undefined;
    }
    if (kindOf(node) !== "attribute") return undefined;
    const attribute = node.field("attribute")?.text() ?? "";
    if (this.#holdsLibrary(node)) return `<libc>.${attribute}`;
    const object = this.#dotted(node.field("object"), depth + 1);
    return `${object ?? "?"}.${attribute}`;
  }

  /** `self.libc.mount(...)` after `self.libc = ctypes.CDLL(...)`. */
  #holdsLibrary(attribute: Node): boolean {
    const object = attribute.field("object")?.text() ?? "";
    return this.#values.get(object)?.some((value) => clibrary.test(value.text())) === true;
  }

  #isDefined(name: string): boolean {
    return this.#functions.some((each) => each.name === name);
  }

  #call(call: Node, name: string): Hit[] {
    const argumentText = call.field("arguments")?.text() ?? "";
    const library = /^(?:<libc>|ctypes\.cdll\.\w+|ctypes\.CDLL)\.(\w+)$/.exec(name)?.[1];
    const given = positional(call);
    if (library === "syscall") {
      const first = given[0];
      const number = first === undefined ? undefined : this.#number(first);
      const row =
        number !== undefined
          ? callNumbered(number)
          : callNamed(/(?:SYS_|__NR_)(\w+)$/i.exec(first?.text() ?? "")?.[1]?.toLowerCase() ?? "");
      return row === undefined ||
        (number === undefined && !callApplies(row, argumentText)) ||
        row.onlyWith !== undefined
        ? []
        : [hit(row.rule, `syscall(${first?.text() ?? ""})`, placeOf(call))];
    }
    const direct = library ?? /^os\.(unshare|setns|chroot|mknod)$/.exec(name)?.[1];
    const row = direct === undefined ? undefined : callNamed(direct);
    if (row !== undefined && callApplies(row, argumentText)) {
      const type =
        row.name === "mount" && given[2] !== undefined ? textOfValue(this.#value(given[2], new Map())) : "";
      const rule = /^overlay$/.test(type)
        ? "overlayfs-mount"
        : /^cgroup2?$/.test(type)
          ? "cgroup-mount"
          : row.rule.id;
      return [hit(rule, `${name.replace("<libc>", "libc")}()`, placeOf(call))];
    }
    if (/^pyroute2\.(?:netns\.(?:create|setns|pushns|remove)|NetNS|NSPopen)$/.test(name))
      return [hit("namespace-setns", `${name}()`, placeOf(call))];
    if (/^(?:bcc|bpfcc)\.BPF$/.test(name)) return [hit("bpf", `${name}()`, placeOf(call))];
    const program = /^sh\.(?:contrib\.)?(\w+)$/.exec(name)?.[1] ?? /^plumbum\.cmd\.(\w+)/.exec(name)?.[1];
    if (program !== undefined && program !== "Command") {
      const words = given.flatMap((each) => wordsOfValue(this.#value(each, new Map())));
      return executeWords([program, ...words], this.#surroundings.embed).hits.map((each) => ({
        ...each,
        ...placeOf(call),
      }));
    }
    return this.#flags(call, name);
  }

  /** CLONE_NEW* and MS_* handed to a function that is not itself forbidden. */
  #flags(call: Node, name: string): Hit[] {
    if (/^\?\.(?:get|append|add)$|print$/.test(name)) return [];
    return positional(call).flatMap((argument) => {
      const names = argument.text().match(/\b(?:CLONE_NEW[A-Z]+|(?:MS|MNT)_[A-Z]+)\b/g) ?? [];
      if (
        !/^(?:identifier|attribute|binary_operator)$/.test(kindOf(argument)) ||
        / & |==/.test(argument.text())
      )
        return [];
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
    if (kindOf(node) === "integer") return Number(node.text().replace(/_/g, ""));
    const value = kindOf(node) === "identifier" ? this.#values.get(node.text())?.at(-1) : undefined;
    return value !== undefined && kindOf(value) === "integer" ? Number(value.text()) : undefined;
  }

  #files(call: Node, name: string): Hit[] {
    const [first, second] = positional(call);
    if (/^(?:open|io\.open|os\.open)$/.test(name) && first !== undefined) {
      const mode = textOfValue(
        second === undefined
          ? keyword(call, "mode", (node) => this.#value(node, new Map()))
          : this.#value(second, new Map()),
      );
      const writes = /^[wax]|\+/.test(mode) || /O_(?:WRONLY|RDWR|CREAT)/.test(second?.text() ?? "");
      return fileAccess(this.#value(first, new Map()), writes, name, placeOf(call));
    }
    if (/^os\.(?:mkdir|makedirs|rmdir)$/.test(name) && first !== undefined) {
      return fileAccess(this.#value(first, new Map()), true, name, placeOf(call));
    }
    const method = /^<path>\.(write_text|write_bytes|mkdir|read_text|read_bytes|open)$/.exec(name)?.[1];
    if (method === undefined) return [];
    const path = call.field("function")?.field("object") ?? null;
    const [of] = path === null ? [] : positional(path);
    return of === undefined
      ? []
      : fileAccess(
          this.#value(of, new Map()),
          /^(?:write|mkdir)/.test(method),
          `Path.${method}`,
          placeOf(call),
        );
  }

  /** `client.containers.run(..., privileged=True, cap_add=["SYS_ADMIN"])` and the Kubernetes models. */
  #container(call: Node, name: string): Hit[] {
    if (
      !/(?:containers\.(?:run|create)|create_container|create_host_config|HostConfig|V1SecurityContext|\?\.(?:run|create|create_container|create_host_config|with_kwargs))$/.test(
        name,
      )
    ) {
      const isCapabilities = name.endsWith("V1Capabilities");
      return isCapabilities ? this.#capabilities(call, "add") : [];
    }
    const privileged = keyword(call, "privileged", (node) => text(node.text()));
    const hits =
      textOfValue(privileged) === "True"
        ? [hit("privileged-container", "privileged=True", placeOf(call))]
        : [];
    const host = textOfValue(keyword(call, "pid_mode", (node) => this.#value(node, new Map()))) === "host";
    return [
      ...hits,
      ...this.#capabilities(call, "cap_add"),
      ...(host ? [hit("host-namespace", 'pid_mode="host"', placeOf(call))] : []),
    ];
  }

  #capabilities(call: Node, key: string): Hit[] {
    return wordsOfValue(keyword(call, key, (node) => this.#value(node, new Map()))).flatMap((word) => {
      const rule = ruleOfCapability(word);
      return rule === undefined ? [] : [hit(rule, `${key}=${word}`, placeOf(call))];
    });
  }

  #site(call: Node, name: string): ExecutionSite | undefined {
    const form = Object.hasOwn(executors, name) ? executors[name] : this.#remote(name);
    if (form === undefined) return undefined;
    return {
      start: call.range().start.index,
      at: placeOf(call),
      run: (environment) => this.#execute(form, call, environment),
    };
  }

  /** Fabric and Paramiko connections: a method name that says what it does, given a string. */
  #remote(name: string): Form | undefined {
    if (/\.(?:exec_command|sudo)$/.test(name)) return "shell";
    return name.endsWith(".create_subprocess_exec")
      ? "words"
      : name.endsWith(".create_subprocess_shell")
        ? "shell"
        : undefined;
  }

  #execute(form: Form, call: Node, environment: Environment): ScanResult {
    const embed = this.#surroundings.embed;
    const given = positional(call).map((each) => this.#value(each, environment));
    const first = given[0] ?? keyword(call, "args", (node) => this.#value(node, environment));
    const usesShell = /^(?:True|1)$/.test(textOfValue(keyword(call, "shell", (node) => text(node.text()))));
    switch (form) {
      case "shell":
        return executeText(first, embed);
      case "either":
        if (first?.kind === "list")
          return usesShell ? executeText(first.items[0], embed) : executeWords(wordsOfValue(first), embed);
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

  #value(node: Node, environment: Environment, depth = 0): Value {
    if (depth > 12) return unknown;
    const below = (child: Node | null | undefined): Value =>
      child === null || child === undefined ? unknown : this.#value(child, environment, depth + 1);
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
      case "list_splat":
      case "parenthesized_expression":
      case "await":
        return below(node.namedChildren()[0]);
      case "binary_operator": {
        const operator = node.field("operator")?.text();
        if (operator === "+") return concatenated(below(node.field("left")), below(node.field("right")));
        return operator === "%"
          ? text(textOfValue(below(node.field("left"))).replace(/%(?:\(\w+\))?[-+ #0-9.]*[a-zA-Z]/g, "${?}"))
          : unknown;
      }
      case "conditional_expression":
        return below(node.namedChildren()[0]);
      case "call":
        return this.#built(node, below);
      case "identifier": {
        const bound = environment.get(node.text());
        if (bound !== undefined) return bound;
        const values = this.#values.get(node.text()) ?? [];
        return below(
          values.filter((each) => each.range().start.index < node.range().start.index).at(-1) ?? undefined,
        );
      }
      case "attribute":
        return below(this.#values.get(node.text())?.at(-1));
      default:
        return unknown;
    }
  }

  /** Strings that are built: `.format()`, `.split()`, `" ".join([...])`, `shlex.split()`, `str()`, `.encode()`. */
  #built(call: Node, below: (child: Node | null | undefined) => Value): Value {
    const called = call.field("function");
    const given = positional(call);
    const name = called?.text() ?? "";
    if (
      /^(?:shlex\.split|str|bytes|os\.fsencode|shlex\.join|textwrap\.dedent|dedent|Path|pathlib\.Path)$/.test(
        name,
      )
    ) {
      const inner = below(given[0]);
      return name === "shlex.split" && inner.kind === "text"
        ? list(inner.text.split(/\s+/).map(text))
        : inner;
    }
    if (called === null || kindOf(called) !== "attribute") return unknown;
    const object = below(called.field("object"));
    switch (called.field("attribute")?.text()) {
      case "format":
        return object.kind === "text" ? text(object.text.replace(/\{[^{}]*\}/g, "${?}")) : unknown;
      case "split":
        return object.kind === "text" ? list(object.text.trim().split(/\s+/).map(text)) : unknown;
      case "join": {
        const items = below(given[0]);
        return items.kind === "list" ? text(wordsOfValue(items).join(textOfValue(object))) : unknown;
      }
      case "encode":
      case "strip":
        return object;
      default:
        return unknown;
    }
  }
}

function positional(call: Node): Node[] {
  return argumentsOf(call.field("arguments")).filter((each) => kindOf(each) !== "keyword_argument");
}

function keyword(call: Node, name: string, value: (node: Node) => Value): Value | undefined {
  const found = argumentsOf(call.field("arguments")).find(
    (each) => kindOf(each) === "keyword_argument" && each.field("name")?.text() === name,
  );
  const node = found?.field("value");
  return node === undefined || node === null ? undefined : value(node);
}

function lastName(call: Node): string {
  const called = call.field("function");
  return called === null
    ? ""
    : kindOf(called) === "attribute"
      ? (called.field("attribute")?.text() ?? "")
      : called.text();
}

function contentOf(content: Node, string: Node): string {
  const isRaw = /^[a-z]*r/i.test(string.children()[0]?.text() ?? "");
  if (isRaw) return content.text();
  return content
    .text()
    .replace(
      /\\(?:x([0-9a-f]{2})|(\r?\n)|(.))/gi,
      (_whole, hex?: string, newline?: string, other?: string) => {
        if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
        if (newline !== undefined) return "";
        return other === "n" ? "\n" : other === "t" ? "\t" : (other ?? "");
      },
    );
}
