/** Texts of JavaScript as they are meant: escapes resolved. */
import { kindOf, textOf, type Node } from "../../syntax/ast-grep.ts";

/** The text of a string literal; undefined for anything else. */
export function literal(node: Node | null | undefined): string | undefined {
  if (node === null || node === undefined) return undefined;
  if (kindOf(node) !== "string" && kindOf(node) !== "template_string") return undefined;
  return node
    .children()
    .filter((child) => child.isNamed())
    .map((child) => (kindOf(child) === "escape_sequence" ? unescaped(textOf(child)) : textOf(child)))
    .join("");
}

export function unescaped(sequence: string): string {
  const body = sequence.slice(1);
  const simple: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\n": "", 0: "\0" };
  const code = /^(?:x|u\{?)([0-9a-fA-F]+)\}?$/.exec(body)?.[1];
  if (code !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
  return simple[body] ?? body;
}
