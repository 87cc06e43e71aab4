/**
 * Go. Callees are resolved through the import path (`golang.org/x/sys/unix` under whatever name); a method called
 * `Mount` of a router or a package of the project is not one. `SysProcAttr` is where Go hides clone(2).
 */
import { distinct, hit, type Hit, type ScanResult } from "../hit.ts";
import {
  callApplies,
  callNamed,
  callNumbered,
  mountFlag,
  namespaceFlag,
  ruleOfCapability,
  type CallRow,
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

const systemCallPackages: ReadonlySet<string> = new Set([
  "syscall",
  "golang.org/x/sys/unix",
  "internal/syscall/unix",
]);

/** Go's names that are not the C name in capitals. */
const otherNames: Readonly<Record<string, string>> = {
  unmount: "umount2",
  ptraceattach: "ptrace",
  ptraceseize: "ptrace",
  fsconfigcreate: "fsconfig",
  fsconfigsetstring: "fsconfig",
  fsconfigsetflag: "fsconfig",
  pivotroot: "pivot_root",
  initmodule: "init_module",
  finitmodule: "finit_module",
  deletemodule: "delete_module",
  kexecfileload: "kexec_file_load",
  opentree: "open_tree",
  movemount: "move_mount",
  mountsetattr: "mount_setattr",
  clocksettime: "clock_settime",
  openbyhandleat: "open_by_handle_at",
};

/** Packages whose only purpose is a forbidden mechanism: package, functions, rule. */
const mechanismPackages: readonly {
  readonly path: RegExp;
  readonly functions: RegExp;
  readonly rule: string;
}[] = [
  {
    path: /^github\.com\/(?:moby\/sys\/mount|docker\/docker\/pkg\/mount)$/,
    functions: /^(?:Mount|Unmount|ForceMount|RecursiveUnmount|Make\w+)$/,
    rule: "mount-call",
  },
  {
    path: /^(?:k8s\.io\/(?:mount-utils|utils\/mount)|github\.com\/containerd\/containerd(?:\/v2)?(?:\/core)?\/mount)$/,
    functions: /^(?:New|All|Unmount\w*|WithTempMount|Mount)$/,
    rule: "mount-call",
  },
  {
    path: /^github\.com\/containerd\/cgroups(?:\/v\d)?(?:\/cgroup[12])?$/,
    functions: /^(?:New\w*|Load\w*)$/,
    rule: "cgroup-write",
  },
  {
    path: /^github\.com\/vishvananda\/netns$/,
    functions: /^(?:New\w*|Set\w*|Setns)$/,
    rule: "namespace-setns",
  },
  {
    path: /^github\.com\/containernetworking\/plugins\/pkg\/ns$/,
    functions: /^(?:WithNetNSPath|GetNS)$/,
    rule: "namespace-setns",
  },
  {
    path: /^github\.com\/cilium\/ebpf(?:\/link)?$/,
    functions: /^(?:NewCollection\w*|NewProgram\w*|LoadCollection|AttachXDP|Kprobe|Tracepoint|AttachCgroup)$/,
    rule: "bpf",
  },
];

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => new GoScan(source, surroundings).run(),
};

class GoScan {
  readonly #root: Node;
  readonly #surroundings: Surroundings;
  readonly #packages = new Map<string, string>();
  readonly #values = new Map<string, Node[]>();
  readonly #functions: LocalFunction[] = [];
  readonly #reported: { readonly start: number; readonly end: number }[] = [];

  constructor(source: Source, surroundings: Surroundings) {
    this.#root = parseSource("go", source.text);
    this.#surroundings = surroundings;
  }

  run(): ScanResult {
    this.#collect();
    const calls = nodesOf(this.#root, ["call_expression"]);
    const hits: Hit[] = [];
    const sites: ExecutionSite[] = [];
    for (const call of calls) {
      hits.push(...this.#call(call), ...this.#files(call));
      const site = this.#site(call);
      if (site !== undefined) sites.push(site);
    }
    hits.push(...this.#processAttributes(), ...this.#flags(), ...this.#containers());
    const found = runSites(sites, this.#functions, (names) =>
      calls
        .filter((call) => names.has(lastName(call)))
        .map((call) => ({
          name: lastName(call),
          at: placeOf(call),
          values: () => argumentsOf(call.field("arguments")).map((each) => this.#value(each, new Map())),
        })),
    );
    return {
      hits: distinct([...hits, ...found.hits]),
      problems: [...problemsOf(this.#root, "Go"), ...found.problems],
    };
  }

  #collect(): void {
    for (const spec of nodesOf(this.#root, ["import_spec"])) {
      const path = (spec.field("path")?.text() ?? "").slice(1, -1);
      const name =
        spec.field("name")?.text() ??
        path
          .replace(/\/v\d+$/, "")
          .split("/")
          .at(-1) ??
        "";
      this.#packages.set(name, path);
    }
    for (const node of nodesOf(this.#root, ["short_var_declaration", "assignment_statement"])) {
      const names = node.field("left")?.namedChildren() ?? [];
      const values = node.field("right")?.namedChildren() ?? [];
      names.forEach((name, index) =>
        this.#assign(name.text(), values.length === names.length ? values[index] : values[0]),
      );
    }
    for (const node of nodesOf(this.#root, ["var_spec", "const_spec"])) {
      this.#assign(node.field("name")?.text() ?? "", node.field("value")?.namedChildren()[0]);
    }
    for (const node of nodesOf(this.#root, ["function_declaration", "method_declaration"])) {
      const parameters = (node.field("parameters")?.namedChildren() ?? []).flatMap((each) => {
        const names = each.namedChildren().filter((child) => kindOf(child) === "identifier");
        return names.map((child) => child.text());
      });
      const { start, end } = node.range();
      this.#functions.push({
        name: node.field("name")?.text() ?? "",
        parameters,
        start: start.index,
        end: end.index,
      });
    }
  }

  #assign(name: string, value: Node | undefined): void {
    if (value === undefined) return;
    const values = this.#values.get(name) ?? [];
    values.push(value);
    this.#values.set(name, values);
  }

  /** Import path and name of `package.Name`. */
  #resolve(called: Node | null): { readonly path: string; readonly name: string } | undefined {
    if (called === null) return undefined;
    if (kindOf(called) === "identifier" && this.#packages.has(".")) {
      return { path: this.#packages.get(".") ?? "", name: called.text() };
    }
    if (kindOf(called) !== "selector_expression") return undefined;
    const operand = called.field("operand");
    if (operand === null || kindOf(operand) !== "identifier") return undefined;
    const path = this.#packages.get(operand.text());
    return path === undefined ? undefined : { path, name: called.field("field")?.text() ?? "" };
  }

  #call(call: Node): Hit[] {
    const callee = this.#resolve(call.field("function"));
    if (callee === undefined) return [];
    const given = argumentsOf(call.field("arguments"));
    const argumentText = call.field("arguments")?.text() ?? "";
    const mechanism = mechanismPackages.find(
      (each) => each.path.test(callee.path) && each.functions.test(callee.name),
    );
    if (mechanism !== undefined)
      return [hit(mechanism.rule, `${callee.path}.${callee.name}()`, placeOf(call))];
    if (!systemCallPackages.has(callee.path)) return [];
    if (/^(?:Raw)?Syscall(?:6|9|NoError)?$/.test(callee.name)) {
      const first = given[0]?.text() ?? "";
      const name = /(?:^|\.)SYS_(\w+)$/.exec(first)?.[1]?.toLowerCase();
      const row =
        name === undefined
          ? callNumbered(/^(?:0x[\da-f]+|\d+)$/i.test(first) ? Number(first) : -1)
          : callNamed(name);
      if (row === undefined || !callApplies(row, argumentText)) return [];
      return [this.#report(call, row.rule.id, `${callee.name}(${first})`)];
    }
    const row = systemCall(callee.name);
    if (row === undefined || !callApplies(row, argumentText)) return [];
    const type = row.name === "mount" ? (given[2]?.text() ?? "") : "";
    const rule = /^["`]overlay["`]$/.test(type)
      ? "overlayfs-mount"
      : /^["`]cgroup2?["`]$/.test(type)
        ? "cgroup-mount"
        : row.rule.id;
    return [this.#report(call, rule, `${callee.path}.${callee.name}()`)];
  }

  #report(node: Node, rule: string, what: string): Hit {
    const { start, end } = node.range();
    this.#reported.push({ start: start.index, end: end.index });
    return hit(rule, what, placeOf(node));
  }

  #files(call: Node): Hit[] {
    const callee = this.#resolve(call.field("function"));
    if (callee === undefined || !/^(?:os|io\/ioutil)$/.test(callee.path)) return [];
    const [first, second] = argumentsOf(call.field("arguments"));
    if (first === undefined) return [];
    const value = this.#value(first, new Map());
    if (/^(?:WriteFile|MkdirAll|Mkdir|Create|Remove)$/.test(callee.name))
      return fileAccess(value, true, `os.${callee.name}`, placeOf(call));
    if (callee.name === "OpenFile")
      return fileAccess(
        value,
        /O_(?:WRONLY|RDWR|CREATE|APPEND)/.test(second?.text() ?? ""),
        "os.OpenFile",
        placeOf(call),
      );
    return /^(?:Open|ReadFile|ReadDir)$/.test(callee.name)
      ? fileAccess(value, false, `os.${callee.name}`, placeOf(call))
      : [];
  }

  #site(call: Node): ExecutionSite | undefined {
    const callee = this.#resolve(call.field("function"));
    if (callee === undefined) return undefined;
    const given = argumentsOf(call.field("arguments"));
    const from = executingArgument(callee.path, callee.name);
    if (from === undefined) return undefined;
    const isVector = callee.path !== "os/exec" && !/execabs$|\/exec$/.test(callee.path);
    return {
      start: call.range().start.index,
      at: placeOf(call),
      run: (environment) => {
        const values = given.slice(from).map((each) => this.#value(each, environment));
        const words = isVector
          ? [textOfValue(values[0]), ...wordsOfValue(values[1]).slice(1)]
          : values.flatMap(wordsOfValue);
        const [only] = words;
        return words.length === 1 && only !== undefined && callee.path === "github.com/bitfield/script"
          ? executeText(text(only), this.#surroundings.embed)
          : executeWords(words, this.#surroundings.embed);
      },
    };
  }

  #value(node: Node, environment: Environment, depth = 0): Value {
    if (depth > 12) return unknown;
    const below = (child: Node | null | undefined): Value =>
      child === null || child === undefined ? unknown : this.#value(child, environment, depth + 1);
    switch (kindOf(node)) {
      case "interpreted_string_literal":
        return text(interpreted(node.text()));
      case "raw_string_literal":
        return text(node.text().slice(1, -1));
      case "binary_expression":
        return node.field("operator")?.text() === "+"
          ? concatenated(below(node.field("left")), below(node.field("right")))
          : unknown;
      case "composite_literal": {
        const items = node.field("body")?.namedChildren() ?? [];
        return (node.field("type")?.text() ?? "").startsWith("[")
          ? list(items.filter((each) => kindOf(each) !== "comment").map((each) => below(each)))
          : unknown;
      }
      case "literal_element":
      case "parenthesized_expression":
      case "expression_list":
      case "variadic_argument":
        return below(node.namedChildren()[0]);
      case "call_expression": {
        const called = node.field("function")?.text() ?? "";
        const given = argumentsOf(node.field("arguments"));
        if (called === "append")
          return given
            .map((each) => below(each))
            .map((each) => (each.kind === "text" ? list([each]) : each))
            .reduce(concatenated, list([]));
        if (/^fmt\.Sprintf$/.test(called))
          return text(textOfValue(below(given[0])).replace(/%[-+ #0-9.]*[a-zA-Z]/g, "${?}"));
        if (/^strings\.(?:Fields|Split)$/.test(called))
          return list(textOfValue(below(given[0])).split(/\s+/).map(text));
        if (/^strings\.Join$/.test(called)) return text(wordsOfValue(below(given[0])).join(" "));
        return unknown;
      }
      case "identifier": {
        const bound = environment.get(node.text());
        if (bound !== undefined) return bound;
        const values = this.#values.get(node.text()) ?? [];
        const before = values.filter((each) => each.range().end.index < node.range().start.index);
        return below(before.at(-1) ?? values[0]);
      }
      default:
        return unknown;
    }
  }

  /** `SysProcAttr{Cloneflags: ..., Chroot: ...}` and the same fields assigned one by one. */
  #processAttributes(): Hit[] {
    const fields = nodesOf(this.#root, ["keyed_element"]).map((each) => {
      const [key, value] = each.namedChildren();
      return { node: each, key: key?.text() ?? "", value: value?.text() ?? "" };
    });
    for (const node of nodesOf(this.#root, ["assignment_statement"])) {
      const left = node.field("left")?.text() ?? "";
      const key = /\.SysProcAttr\.(\w+)$|\battr\.(\w+)$/.exec(left);
      if (key !== null)
        fields.push({ node, key: key[1] ?? key[2] ?? "", value: node.field("right")?.text() ?? "" });
    }
    return fields.flatMap(({ node, key, value }): Hit[] => {
      if (/^(?:Cloneflags|Unshareflags)$/.test(key)) {
        return /CLONE_NEW|0x/.test(value) ? [this.#report(node, "namespace-clone", `${key}: ${value}`)] : [];
      }
      if (/^(?:UidMappings|GidMappings)$/.test(key)) return [hit("namespace-clone", key, placeOf(node))];
      if (key === "Chroot" && /SysProcAttr/.test(enclosingType(node)))
        return [hit("chroot", `Chroot: ${value}`, placeOf(node))];
      if (key === "AmbientCaps")
        return /CAP_SYS_ADMIN/.test(value)
          ? [hit("cap-sys-admin", `AmbientCaps: ${value}`, placeOf(node))]
          : [];
      return [];
    });
  }

  #flags(): Hit[] {
    return nodesOf(this.#root, ["selector_expression"]).flatMap((node) => {
      const resolved = this.#resolve(node);
      if (resolved === undefined || !systemCallPackages.has(resolved.path)) return [];
      const rule = mountFlag.test(resolved.name)
        ? "mount-flag"
        : namespaceFlag.test(resolved.name)
          ? "namespace-flag"
          : undefined;
      const offset = node.range().start.index;
      if (rule === undefined || this.#reported.some((each) => each.start <= offset && offset < each.end))
        return [];
      return isTested(node) ? [] : [hit(rule, node.text(), placeOf(node))];
    });
  }

  /** Docker's HostConfig and Kubernetes' SecurityContext as Go values. */
  #containers(): Hit[] {
    return nodesOf(this.#root, ["keyed_element"]).flatMap((element): Hit[] => {
      const [keyNode, valueNode] = element.namedChildren();
      const key = keyNode?.text() ?? "";
      const value = valueNode?.text() ?? "";
      const type = enclosingType(element);
      if (key === "Privileged" && /HostConfig|SecurityContext|ContainerOptions|ContainerRequest/.test(type)) {
        return /^true$|\(true\)$/.test(value)
          ? [hit("privileged-container", `Privileged: ${value}`, placeOf(element))]
          : [];
      }
      if (
        (key === "CapAdd" && /HostConfig|ContainerRequest/.test(type)) ||
        (key === "Add" && /Capabilities/.test(type))
      ) {
        const names = [...value.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? "");
        return names.flatMap((name) => {
          const rule = ruleOfCapability(name);
          return rule === undefined ? [] : [hit(rule, `${key}: ${name}`, placeOf(element))];
        });
      }
      return [];
    });
  }
}

function systemCall(goName: string): CallRow | undefined {
  const lower = goName.toLowerCase();
  return callNamed(Object.hasOwn(otherNames, lower) ? (otherNames[lower] ?? "") : lower);
}

/** Index of the argument that names the program. */
function executingArgument(path: string, name: string): number | undefined {
  if (/^(?:os\/exec|golang\.org\/x\/sys\/execabs|k8s\.io\/utils\/exec)$/.test(path)) {
    return name === "Command" ? 0 : name === "CommandContext" ? 1 : undefined;
  }
  if (path === "syscall" || path === "golang.org/x/sys/unix")
    return /^(?:Exec|ForkExec|StartProcess)$/.test(name) ? 0 : undefined;
  if (path === "os") return name === "StartProcess" ? 0 : undefined;
  return path === "github.com/bitfield/script" && name === "Exec" ? 0 : undefined;
}

function lastName(call: Node): string {
  const called = call.field("function");
  return called === null
    ? ""
    : kindOf(called) === "selector_expression"
      ? (called.field("field")?.text() ?? "")
      : called.text();
}

function enclosingType(node: Node): string {
  return (
    node
      .ancestors()
      .find((each) => kindOf(each) === "composite_literal")
      ?.field("type")
      ?.text() ?? ""
  );
}

/** `flags & unix.MS_RDONLY`, `case unix.CLONE_NEWNS`, a key of a table: looked at, not used. */
function isTested(node: Node): boolean {
  const parent = node.parent();
  if (parent === null) return false;
  if (kindOf(parent) === "binary_expression") {
    const operator = parent.field("operator")?.text() ?? "";
    return operator === "|" ? isTested(parent) : true;
  }
  if (/^(?:expression_case|type_case)$/.test(kindOf(parent.parent() ?? parent))) return true;
  // Tables of names: `{"ro", unix.MS_RDONLY}`, `"ro": unix.MS_RDONLY`.
  return (
    kindOf(parent) === "literal_element" &&
    !/[fF]lags?$/.test(parent.parent()?.namedChildren()[0]?.text() ?? "")
  );
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
