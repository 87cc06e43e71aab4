/**
 * Reads typed values out of a policy file (YAML): exceptions, a licence policy. Every refusal names file, line and
 * column. Aliases are refused: one reviewed line could mean many, and a few lines of them could mean a billion.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Node as YamlNode, Pair, YAMLMap } from "yaml";
import { PolicyError } from "./errors.ts";
import type { PolicyErrorCode } from "./errors.ts";

/** How a file is called in errors, and what a mistake in it means. */
export interface PolicyFileKind {
  readonly code: PolicyErrorCode;
  readonly remedy: string;
}

export class YamlReader {
  /** The root of the document. */
  readonly contents: unknown;
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #kind: PolicyFileKind;

  /** @throws PolicyError of the kind's code: no YAML, a key twice, an alias. */
  constructor(text: string, file: string, kind: PolicyFileKind) {
    this.#file = file;
    this.#kind = kind;
    const document = parseDocument(text, {
      lineCounter: this.#lines,
      uniqueKeys: true,
      prettyErrors: false,
    });
    const broken = document.errors[0];
    if (broken !== undefined) throw this.#refusal(this.#lines.linePos(broken.pos[0]), broken.message);
    visit(document, {
      Alias: (_key, node) => {
        throw this.invalid(node, "aliases are not allowed");
      },
    });
    this.contents = document.contents;
  }

  /** @param node where it is; its place stands in the message. */
  invalid(node: unknown, what: string): PolicyError {
    const range = (node as YamlNode | null)?.range;
    return this.#refusal(range ? this.#lines.linePos(range[0]) : { line: 1, col: 1 }, what);
  }

  #refusal({ line, col }: { readonly line: number; readonly col: number }, what: string): PolicyError {
    return new PolicyError(this.#kind.code, `${this.#file}:${line}:${col}: ${what}`, this.#kind.remedy);
  }

  lineOf(node: unknown): number {
    const range = (node as YamlNode | null)?.range;
    return range ? this.#lines.linePos(range[0]).line : 1;
  }

  map(node: unknown, what: string, keys: readonly string[]): YAMLMap {
    if (!isMap(node)) throw this.invalid(node, `${what} must be a mapping`);
    for (const { key } of node.items as Pair<YamlNode>[]) {
      const name = isScalar(key) ? String(key.value) : "?";
      if (!keys.includes(name)) throw this.invalid(key, `unknown key ${name}; known are ${keys.join(", ")}`);
    }
    return node;
  }

  list(map: YAMLMap, key: string): readonly unknown[] {
    if (!map.has(key)) throw this.invalid(map, `${key} is missing`);
    const node = map.get(key, true);
    if (!isSeq(node)) throw this.invalid(node ?? map, `${key} must be a list`);
    return node.items;
  }

  texts(map: YAMLMap, key: string): readonly string[] {
    return this.list(map, key).map((item) => this.#scalarText(item, key, map));
  }

  text(map: YAMLMap, key: string): string {
    if (!map.has(key)) throw this.invalid(map, `${key} is missing`);
    return this.#scalarText(map.get(key, true), key, map);
  }

  optionalText(map: YAMLMap, key: string): string | undefined {
    return map.has(key) ? this.text(map, key) : undefined;
  }

  oneOf<Value extends string>(map: YAMLMap, key: string, values: readonly Value[]): Value {
    const found = this.text(map, key);
    const value = values.find((candidate) => candidate === found);
    if (value === undefined)
      throw this.invalid(
        map.get(key, true),
        `${key} is ${JSON.stringify(found)}, expected ${values.join(", ")}`,
      );
    return value;
  }

  day(map: YAMLMap, key: string): string {
    const text = this.text(map, key);
    const parsed = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
    // A round trip refuses days that do not exist, such as 2027-02-30.
    if (parsed === undefined || Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== text)
      throw this.invalid(map.get(key, true), `${key} must be a day, YYYY-MM-DD`);
    return text;
  }

  #scalarText(node: unknown, key: string, parent: YAMLMap): string {
    if (!isScalar(node) || isAlias(node)) throw this.invalid(node ?? parent, `${key} must be text`);
    const text = typeof node.value === "string" ? node.value.trim() : "";
    if (text === "") throw this.invalid(node, `${key} must be text, and not empty`);
    return text;
  }
}
