/**
 * Which dotted name an expression of Python stands for: `subprocess.run` for `sp.run`, `<libc>.mount` for a function of
 * a loaded C library, `?.run` for a method of something unknown.
 */
import { fieldText, kindOf, nodesOf, textOf, type Node } from "../../syntax/ast-grep.ts";
import type { Bindings } from "../../syntax/bindings.ts";

const deepestAlias = 8;

const clibrary =
  /(?:ctypes\.)?(?:CDLL|PyDLL|cdll\.LoadLibrary|util\.find_library)\s*\(|(?:ctypes\.)?cdll\[|\.dlopen\s*\(/;

/** The C library under the names everybody gives it, imported from another file of the project. */
const libraryName = /^_*g?libc(?:_so|_so_6|6|lib)?$|^_*LIBC$/;

export class Names {
  readonly #imported = new Map<string, string>();
  readonly #bindings: Bindings<Node>;
  readonly #isDefined: (name: string) => boolean;

  constructor(root: Node, bindings: Bindings<Node>, isDefined: (name: string) => boolean) {
    this.#bindings = bindings;
    this.#isDefined = isDefined;
    for (const statement of nodesOf(root, ["import_statement"])) this.#import(statement);
    for (const statement of nodesOf(root, ["import_from_statement"])) this.#importFrom(statement);
  }

  /** What a name of this file stands for that comes from another one. */
  imported(name: string): string | undefined {
    return (
      this.#imported.get(name) ??
      (this.#imported.has("*") ? within(this.#imported.get("*") ?? "", name) : undefined)
    );
  }

  imports(module: RegExp): boolean {
    return [...this.#imported.values()].some((name) => module.test(name));
  }

  /** Undefined for what is defined in this file or cannot be named. */
  dotted(node: Node | null | undefined, depth = 0): string | undefined {
    if (node === null || node === undefined || depth > deepestAlias) return undefined;
    switch (kindOf(node)) {
      case "identifier":
        return this.#identifier(node, depth);
      case "call":
        return this.#called(node, depth);
      case "subscript": {
        // `libc["mount"](...)`, `local["mount"](...)`.
        const object = this.dotted(node.field("value"), depth + 1);
        const name = /^["'](\w[\w.-]*)["']$/.exec(fieldText(node, "subscript"))?.[1];
        return object === undefined || name === undefined ? undefined : `${object}.${name}`;
      }
      case "attribute": {
        const attribute = fieldText(node, "attribute");
        if (this.#holdsLibrary(node)) return `<libc>.${attribute}`;
        return `${this.dotted(node.field("object"), depth + 1) ?? "?"}.${attribute}`;
      }
      default:
        return undefined;
    }
  }

  #import(statement: Node): void {
    for (const child of statement.namedChildren()) {
      if (kindOf(child) === "dotted_name") {
        const [top] = textOf(child).split(".");
        if (top !== undefined) this.#imported.set(top, top);
      }
      if (kindOf(child) === "aliased_import")
        this.#imported.set(fieldText(child, "alias"), fieldText(child, "name"));
    }
  }

  #importFrom(statement: Node): void {
    const module = fieldText(statement, "module_name");
    const [, ...imported] = statement.namedChildren();
    for (const child of imported) {
      if (kindOf(child) === "dotted_name") this.#imported.set(textOf(child), within(module, textOf(child)));
      if (kindOf(child) === "aliased_import")
        this.#imported.set(fieldText(child, "alias"), within(module, fieldText(child, "name")));
      if (kindOf(child) === "wildcard_import") this.#imported.set("*", module);
    }
  }

  #identifier(node: Node, depth: number): string | undefined {
    const name = textOf(node);
    const imported = this.#imported.get(name);
    if (imported !== undefined) {
      const last = imported.slice(imported.lastIndexOf(".") + 1);
      return libraryName.test(name) || libraryName.test(last) ? "<libc>" : imported;
    }
    const values = this.#bindings.all(name);
    const value = values.at(-1);
    if (value === undefined) {
      if (this.#isDefined(name)) return undefined;
      return this.#imported.has("*") ? `${this.#imported.get("*") ?? ""}.${name}` : name;
    }
    if (clibrary.test(textOf(value))) return "<libc>";
    return /^(?:attribute|identifier|subscript)$/.test(kindOf(value)) && values.length === 1
      ? this.dotted(value, depth + 1)
      : undefined;
  }

  #called(node: Node, depth: number): string | undefined {
    if (clibrary.test(textOf(node))) return "<libc>";
    const name = this.dotted(node.field("function"), depth + 1);
    if (name === "Path" || name === "pathlib.Path" || name === "PosixPath") return "<path>";
    // `getattr(libc, "mount")(...)`, `local.get("mount")`.
    if (name === "getattr") {
      const [object, attribute] = node.field("arguments")?.namedChildren() ?? [];
      const of = this.dotted(object, depth + 1);
      const method = /^["'](\w+)["']$/.exec(textOf(attribute))?.[1];
      return of === undefined || method === undefined ? undefined : `${of}.${method}`;
    }
    return undefined;
  }

  /** `self.libc.mount(...)` after `self.libc = ctypes.CDLL(...)`. */
  #holdsLibrary(attribute: Node): boolean {
    const object = fieldText(attribute, "object");
    return (
      this.#bindings.all(object).some((value) => clibrary.test(textOf(value))) ||
      libraryName.test(object.replace(/^(?:self|cls)\./, ""))
    );
  }
}

/** `from . import tools` is `.tools`, `from .tools import run` is `.tools.run`. */
function within(module: string, name: string): string {
  return module.endsWith(".") ? `${module}${name}` : `${module}.${name}`;
}
