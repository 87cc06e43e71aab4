/**
 * HCL (Terraform, OpenTofu, Nomad, Packer) as a `ConfigNode`: attributes, blocks with labels, texts, here-documents,
 * lists, objects, and the functions that only carry a value (`jsonencode`, `base64encode`, `join`). Everything that is
 * computed is unknown. A small reader of its own, after the native syntax specification of HCL: one pass, no recursion
 * deeper than `deepest`.
 */
import { placesOf, type Place } from "../hit.ts";
import { unknownPart } from "../shell/words.ts";
import { Budget, ConfigNode } from "./node.ts";

export interface ParsedHcl {
  readonly root: ConfigNode;
  readonly error: { readonly reason: string; readonly line: number } | undefined;
}

const deepest = 200;

export function parseHcl(text: string): ParsedHcl {
  const reader = new Reader(text);
  const root = reader.file();
  return { root, error: reader.error };
}

type Content =
  | { readonly kind: "map"; readonly entries: [string, HclNode][] }
  | { readonly kind: "list"; readonly items: HclNode[] }
  | { readonly kind: "text"; readonly text: string; readonly isBlock: boolean }
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "unknown" };

class HclNode extends ConfigNode {
  readonly content: Content;
  readonly #place: Place;
  readonly #labels: readonly string[];

  constructor(content: Content, place: Place, budget: Budget, labels: readonly string[] = []) {
    super();
    budget.spend();
    this.content = content;
    this.#place = place;
    this.#labels = labels;
  }

  override get labels(): readonly string[] {
    return this.#labels;
  }

  get isMap(): boolean {
    return this.content.kind === "map";
  }

  get isList(): boolean {
    return this.content.kind === "list";
  }

  get place(): Place {
    return this.#place;
  }

  get textPlace(): Place {
    return this.content.kind === "text" && this.content.isBlock
      ? { line: this.#place.line + 1, column: 1 }
      : this.#place;
  }

  get text(): string | undefined {
    return this.content.kind === "text" || this.content.kind === "word" ? this.content.text : undefined;
  }

  get isTrue(): boolean {
    return this.text === "true";
  }

  entries(): [string, ConfigNode][] {
    return this.content.kind === "map" ? this.content.entries : [];
  }

  items(): ConfigNode[] {
    return this.content.kind === "list" ? this.content.items : [];
  }
}

class Reader {
  readonly #text: string;
  readonly #placeOf: (offset: number) => Place;
  readonly #budget = new Budget();
  #at = 0;
  error: { readonly reason: string; readonly line: number } | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#placeOf = placesOf(text);
  }

  file(): ConfigNode {
    const entries: [string, HclNode][] = [];
    while (this.#at < this.#text.length) {
      const before = this.#at;
      entries.push(...this.#body(0));
      // A stray closing brace: go on behind it, so that what follows is still read.
      if (this.#peek() === "}") {
        this.#fail("unexpected }");
        this.#at += 1;
      }
      if (this.#at === before) break;
    }
    return new HclNode({ kind: "map", entries }, { line: 1, column: 1 }, this.#budget);
  }

  #fail(reason: string): void {
    this.error ??= { reason, line: this.#placeOf(this.#at).line };
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  /** Blanks and comments; newlines only where they mean nothing. */
  #skip(newlines: boolean): void {
    for (;;) {
      const char = this.#peek();
      if (
        char === " " ||
        char === "\t" ||
        char === "\r" ||
        char === "\uFEFF" ||
        (newlines && char === "\n")
      ) {
        this.#at += 1;
      } else if (char === "#" || this.#text.startsWith("//", this.#at)) {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else if (this.#text.startsWith("/*", this.#at)) {
        const end = this.#text.indexOf("*/", this.#at);
        this.#at = end === -1 ? this.#text.length : end + 2;
      } else return;
    }
  }

  #identifier(): string {
    const match = /[\p{L}_][\p{L}\p{N}_.-]*/uy;
    match.lastIndex = this.#at;
    const found = match.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  /** Attributes and blocks up to a closing brace or the end. */
  #body(depth: number): [string, HclNode][] {
    const entries: [string, HclNode][] = [];
    for (;;) {
      this.#skip(true);
      if (this.#at >= this.#text.length || this.#peek() === "}") return entries;
      const start = this.#at;
      const key = this.#peek() === '"' ? this.#string() : this.#identifier();
      this.#skip(false);
      if (key === "" && this.#at === start) {
        this.#fail(`unexpected ${JSON.stringify(this.#peek())}`);
        this.#at += 1;
      } else if (this.#peek() === "=" && this.#text[this.#at + 1] !== "=") {
        this.#at += 1;
        entries.push([key, this.#expression(depth + 1, false)]);
      } else {
        entries.push([key, this.#block(start, depth)]);
      }
    }
  }

  #block(start: number, depth: number): HclNode {
    const labels: string[] = [];
    for (;;) {
      this.#skip(false);
      if (this.#peek() === '"') labels.push(this.#string());
      else if (/[\p{L}_]/u.test(this.#peek())) labels.push(this.#identifier());
      else break;
    }
    const place = this.#placeOf(start);
    if (this.#peek() !== "{" || depth > deepest) {
      this.#fail(depth > deepest ? "nested too deep" : "expected = or {");
      this.#skipExpression(false);
      return new HclNode({ kind: "unknown" }, place, this.#budget);
    }
    this.#at += 1;
    const entries = this.#body(depth + 1);
    if (this.#peek() === "}") this.#at += 1;
    else this.#fail("a block is not closed");
    return new HclNode({ kind: "map", entries }, place, this.#budget, labels);
  }

  /** One value; whatever is computed with it makes it unknown. */
  #expression(depth: number, inBrackets: boolean): HclNode {
    this.#skip(inBrackets);
    const place = this.#placeOf(this.#at);
    const content = depth > deepest ? this.#tooDeep() : this.#primary(depth);
    const end = this.#at;
    this.#skipExpression(inBrackets);
    const rest = this.#text
      .slice(end, this.#at)
      .replace(/(?:#|\/\/).*|\/\*[\s\S]*?\*\//g, "")
      .trim();
    return new HclNode(rest === "" ? content : this.#operated(content, rest), place, this.#budget);
  }

  /** `a ? b : c` and `a == b` are not known; an index or attribute of a literal neither. */
  #operated(content: Content, rest: string): Content {
    // `coalesce`-like defaults and conditions may still be a constant on both sides.
    const branches = /^(?:[^?]*)\?\s*(true|false)\s*:\s*(true|false)$/.exec(rest);
    if (branches !== null) return { kind: "unknown" };
    return content.kind === "text" && rest.startsWith("...") ? content : { kind: "unknown" };
  }

  #tooDeep(): Content {
    this.#fail("nested too deep");
    return { kind: "unknown" };
  }

  #primary(depth: number): Content {
    const char = this.#peek();
    if (char === '"') return { kind: "text", text: this.#string(), isBlock: false };
    if (this.#text.startsWith("<<", this.#at)) return this.#hereDocument();
    if (char === "[") return { kind: "list", items: this.#list(depth, "]") };
    if (char === "{") return this.#object(depth);
    if (char === "(") {
      this.#at += 1;
      const inner = this.#expression(depth + 1, true).content;
      if (this.#peek() === ")") this.#at += 1;
      return inner;
    }
    const name = this.#identifier();
    if (name !== "" && this.#peek() === "(") return this.#call(name, depth);
    if (name === "true" || name === "false") return { kind: "word", text: name };
    const number = /-?\d[\d.eE+-]*/y;
    number.lastIndex = this.#at;
    const digits = name === "" ? (number.exec(this.#text)?.[0] ?? "") : "";
    this.#at += digits.length;
    return digits === "" ? { kind: "unknown" } : { kind: "word", text: digits };
  }

  /** Values with commas between them, from the opening bracket to behind the closing one. */
  #list(depth: number, close: string): HclNode[] {
    this.#at += 1;
    const items: HclNode[] = [];
    for (;;) {
      this.#skip(true);
      if (this.#at >= this.#text.length || this.#peek() === close) break;
      const before = this.#at;
      items.push(this.#expression(depth + 1, true));
      this.#skip(true);
      if (this.#peek() === ",") this.#at += 1;
      else if (this.#at === before) this.#at += 1;
    }
    this.#at += 1;
    return items;
  }

  #object(depth: number): Content {
    this.#at += 1;
    const entries: [string, HclNode][] = [];
    for (;;) {
      this.#skip(true);
      if (this.#at >= this.#text.length || this.#peek() === "}") break;
      const before = this.#at;
      const key = this.#peek() === '"' ? this.#string() : this.#identifier();
      this.#skip(false);
      if (this.#peek() === "=" || this.#peek() === ":") {
        this.#at += 1;
        entries.push([key, this.#expression(depth + 1, true)]);
      } else this.#skipExpression(true); // `for` expressions and computed keys
      this.#skip(true);
      if (this.#peek() === ",") this.#at += 1;
      else if (this.#at === before) this.#at += 1;
    }
    this.#at += 1;
    return { kind: "map", entries };
  }

  /** Functions that hand their argument on, or put texts together. */
  #call(name: string, depth: number): Content {
    const items = this.#list(depth, ")");
    const [first, second] = items;
    switch (name) {
      case "jsonencode":
      case "yamlencode":
      case "base64encode":
      case "base64gzip":
      case "tostring":
      case "tolist":
      case "toset":
      case "tobool":
      case "trimspace":
      case "chomp":
      case "nonsensitive":
      case "sensitive":
        return first?.content ?? { kind: "unknown" };
      case "format":
        return first?.text === undefined
          ? { kind: "unknown" }
          : { kind: "text", text: first.text.replace(/%[-+#0-9.]*[a-zA-Z]/g, unknownPart), isBlock: false };
      case "join":
        return second?.isList === true
          ? { kind: "text", text: second.texts().join(first?.text ?? " "), isBlock: false }
          : { kind: "unknown" };
      case "concat":
        return {
          kind: "list",
          items: items.flatMap((each) => (each.content.kind === "list" ? each.content.items : [])),
        };
      case "merge":
        return {
          kind: "map",
          entries: items.flatMap((each) => (each.content.kind === "map" ? each.content.entries : [])),
        };
      default:
        return { kind: "unknown" };
    }
  }

  /** `"..."` with escapes resolved; `${...}` becomes the placeholder. */
  #string(): string {
    this.#at += 1;
    let result = "";
    while (this.#at < this.#text.length) {
      const char = this.#peek();
      if (char === '"') {
        this.#at += 1;
        return result;
      }
      if (char === "\n") break;
      if (char === "\\") {
        const escape = this.#text[this.#at + 1] ?? "";
        result += escape === "n" ? "\n" : escape === "t" ? "\t" : escape;
        this.#at += 2;
      } else if (this.#isTemplate()) {
        this.#skipTemplate();
        result += unknownPart;
      } else {
        result += char;
        this.#at += 1;
      }
    }
    this.#fail("a text is not closed");
    return result;
  }

  #isTemplate(): boolean {
    const two = this.#text.slice(this.#at, this.#at + 2);
    return (two === "${" || two === "%{") && this.#text[this.#at - 1] !== two[0];
  }

  #skipTemplate(): void {
    let depth = 0;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#peek();
      if (char === "{") depth += 1;
      if (char === "}") {
        depth -= 1;
        if (depth === 0) {
          this.#at += 1;
          return;
        }
      }
      if (char === "\n" && depth === 0) return;
    }
  }

  #hereDocument(): Content {
    const opening = /<<[-~]?\s*"?([\p{L}_][\p{L}\p{N}_-]*)"?[ \t]*\r?\n/uy;
    opening.lastIndex = this.#at;
    const match = opening.exec(this.#text);
    if (match?.[1] === undefined) {
      this.#fail("a here-document has no name");
      this.#at += 2;
      return { kind: "unknown" };
    }
    const start = this.#at + match[0].length;
    const closing = new RegExp(`^[ \\t]*${match[1]}[ \\t]*\\r?$`, "mu");
    const found = closing.exec(this.#text.slice(start));
    const end = found === null ? this.#text.length : start + found.index;
    if (found === null) this.#fail("a here-document is not closed");
    this.#at = end + (found?.[0].length ?? 0);
    const body = this.#text.slice(start, end);
    return { kind: "text", text: filledIn(body), isBlock: true };
  }

  /** To the end of the line, or to the next comma or closing bracket. */
  #skipExpression(inBrackets: boolean): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const char = this.#peek();
      if (char === '"') {
        this.#string();
        continue;
      }
      if (
        this.#text.startsWith("<<", this.#at) &&
        /^<<[-~]?\w/.test(this.#text.slice(this.#at, this.#at + 4))
      ) {
        this.#hereDocument();
        continue;
      }
      if (char === "#" || this.#text.startsWith("//", this.#at) || this.#text.startsWith("/*", this.#at)) {
        this.#skip(false);
        continue;
      }
      if (
        depth === 0 &&
        (char === "}" ||
          char === "]" ||
          char === ")" ||
          (inBrackets && char === ",") ||
          (!inBrackets && char === "\n"))
      )
        return;
      if (inBrackets && depth === 0 && char === "\n" && !this.#goesOn()) return;
      if ("([{".includes(char)) depth += 1;
      if (")]}".includes(char)) depth -= 1;
      this.#at += 1;
    }
  }

  /** In brackets a newline ends an entry of an object, not a list item; an operator on the next line goes on. */
  #goesOn(): boolean {
    const next = /^\s*(\S)/.exec(this.#text.slice(this.#at, this.#at + 200))?.[1] ?? "";
    return /[?:&|+*/%<>=.,\])}-]/.test(next);
  }
}

/** `${...}` and `%{...}` of a here-document; `$${` is a literal one. Newlines stay, so that lines still count. */
function filledIn(body: string): string {
  return body
    .replace(/(?<!\$)\$\{[^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*\}|(?<!%)%\{[^{}\n]*\}/g, (match) =>
      match.startsWith("$") ? unknownPart : "",
    )
    .replaceAll("$${", "${");
}
