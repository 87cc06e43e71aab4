/**
 * Which function of which module an expression of JavaScript is: through imports, `require` in its many spellings,
 * aliases, destructuring, fields of `this`, `promisify` and `bind`.
 */
import { argumentsOf, fieldText, kindOf, nodesOf, textOf, type Node } from "../../syntax/ast-grep.ts";
import type { Bindings } from "../../syntax/bindings.ts";
import { moduleName, type Callee } from "./executors.ts";
import { literal } from "./literals.ts";

const deepestAlias = 8;
const functions =
  /^(?:function_declaration|function_expression|function|arrow_function|method_definition|generator_function)$/;

export class Modules {
  readonly #bound = new Map<string, Callee>();
  readonly #bindings: Bindings<Node>;
  readonly #used = new Set<string>();

  constructor(root: Node, bindings: Bindings<Node>) {
    this.#bindings = bindings;
    for (const statement of nodesOf(root, ["import_statement"])) this.#import(statement);
  }

  /** Whether any module used in this file has such a name. */
  uses(name: RegExp): boolean {
    return [...this.#used].some((each) => name.test(each));
  }

  bind(name: string, callee: Callee): void {
    this.#bound.set(name, callee);
    this.#used.add(callee.module);
  }

  /** `const { exec: run, spawn } = value`. */
  bindPattern(pattern: Node, value: Node): void {
    const from = this.resolve(value);
    if (from === undefined) return;
    for (const child of pattern.namedChildren()) {
      const kind = kindOf(child);
      if (kind === "shorthand_property_identifier_pattern")
        this.bind(textOf(child), { module: from.module, name: textOf(child) });
      if (kind === "object_assignment_pattern") {
        const name = fieldText(child, "left");
        this.bind(name, { module: from.module, name });
      }
      if (kind === "pair_pattern")
        this.bind(fieldText(child, "value"), { module: from.module, name: fieldText(child, "key") });
    }
  }

  /** Undefined for what cannot be told; a module of `""` for a method of something unknown. */
  resolve(node: Node | null | undefined, depth = 0): Callee | undefined {
    if (node === null || node === undefined || depth > deepestAlias) return undefined;
    switch (kindOf(node)) {
      case "identifier":
        return this.#identifier(node, depth);
      case "member_expression":
        return this.#member(node, depth);
      case "subscript_expression": {
        const name = literal(node.field("index"));
        return name === undefined
          ? undefined
          : this.#memberOf(this.resolve(node.field("object"), depth + 1), name);
      }
      case "await_expression":
      case "parenthesized_expression":
      case "as_expression":
      case "non_null_expression":
      case "satisfies_expression":
        return this.resolve(node.namedChildren()[0], depth + 1);
      case "call_expression":
        return this.#called(node, depth);
      case "new_expression":
        // Methods of an object are looked for where its class is.
        return this.resolve(node.field("constructor"), depth + 1);
      default:
        return undefined;
    }
  }

  /** What a name of this file stands for that comes from another one. */
  imported(name: string): Callee | undefined {
    return this.#bound.get(name);
  }

  #import(statement: Node): void {
    const required = statement.children().find((child) => kindOf(child) === "import_require_clause");
    if (required !== undefined) {
      const module = moduleName(literal(required.field("source")));
      const name = textOf(required.namedChildren()[0]);
      if (module !== undefined) this.bind(name, { module, name: "*" });
      return;
    }
    const module = moduleName(literal(statement.field("source")));
    if (module === undefined) return;
    this.#used.add(module);
    for (const specifier of nodesOf(statement, ["import_specifier"])) {
      const name = fieldText(specifier, "name");
      const alias = fieldText(specifier, "alias");
      this.bind(alias === "" ? name : alias, { module, name });
    }
    for (const clause of statement.children().filter((child) => kindOf(child) === "import_clause")) {
      for (const child of clause.namedChildren()) {
        if (kindOf(child) === "identifier") this.bind(textOf(child), { module, name: "default" });
        if (kindOf(child) === "namespace_import")
          this.bind(textOf(child.namedChildren()[0]), { module, name: "*" });
      }
    }
  }

  #identifier(node: Node, depth: number): Callee | undefined {
    const name = textOf(node);
    const bound = this.#bound.get(name);
    if (bound !== undefined) return bound;
    const declared = this.#bindings.all(name);
    if (declared.length === 0) return { module: "<global>", name };
    const [only] = declared;
    return declared.length === 1 && !functions.test(kindOf(only)) ? this.resolve(only, depth + 1) : undefined;
  }

  #member(node: Node, depth: number): Callee | undefined {
    const property = fieldText(node, "property");
    const object = node.field("object");
    if (kindOf(object) === "this") {
      const [field] = this.#bindings.all(`this.${property.replace(/^#/, "")}`);
      const resolved =
        field === undefined || functions.test(kindOf(field)) ? undefined : this.resolve(field, depth + 1);
      return resolved ?? { module: "", name: property };
    }
    return this.#memberOf(this.resolve(object, depth + 1), property);
  }

  #memberOf(object: Callee | undefined, property: string): Callee {
    if (object === undefined) return { module: "", name: property };
    // `Bun.spawn`, `Deno.run`: the global is the module.
    if (object.module === "<global>") return { module: object.name, name: property };
    // `cp.default.exec` of a module that was imported as a whole.
    return { module: object.module, name: property };
  }

  #called(call: Node, depth: number): Callee | undefined {
    const called = call.field("function");
    const name = lastName(called);
    const [first] = argumentsOf(call.field("arguments"));
    if (
      /^(?:require|requireActual|import|getBuiltinModule)$/.test(name) ||
      kindOf(called) === "import" ||
      this.#isRequire(called)
    ) {
      const module = moduleName(literal(first));
      if (module === undefined) return undefined;
      this.#used.add(module);
      return { module, name: "*" };
    }
    if (name === "binding" && /^process\b/.test(textOf(called)))
      return { module: "process.binding", name: "*" };
    if (/^(?:promisify|bind|denodeify|promisifyAll|callbackify)$/.test(name)) {
      // `promisify(exec)`, `cp.exec.bind(cp)`.
      const target =
        name === "bind" && kindOf(called) === "member_expression" ? called?.field("object") : first;
      return this.resolve(target, depth + 1);
    }
    // `$({ cwd })` gives `$` again.
    const resolved = this.resolve(called, depth + 1);
    return resolved?.name === "$" || name === "$" ? resolved : undefined;
  }

  /** A variable made by `createRequire`. */
  #isRequire(called: Node | null): boolean {
    if (kindOf(called) !== "identifier") return false;
    const [value] = this.#bindings.all(textOf(called));
    return kindOf(value) === "call_expression" && lastName(value?.field("function")) === "createRequire";
  }
}

/** `exec` of `cp.exec`; the whole of a plain name. */
export function lastName(node: Node | null | undefined): string {
  return kindOf(node) === "member_expression" ? fieldText(node, "property") : textOf(node);
}
