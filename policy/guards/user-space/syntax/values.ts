/**
 * What an expression is worth as far as the file tells: a text, a list, a record, or unknown. Unknown parts of a text
 * become the shell's own placeholder, so `mount ${dir}` still is a mount.
 */
import { hit, type Hit, type Place, type ScanResult } from "../hit.ts";
import { ruleOfRead, ruleOfWrite } from "../rules/targets.ts";
import { scanArgv, scanShell, type Embed } from "../shell/shell-script.ts";
import { isExact, unknownPart } from "../shell/words.ts";

export type Value =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | { readonly kind: "record"; readonly fields: ReadonlyMap<string, Value> }
  | { readonly kind: "unknown" };

export const unknown: Value = { kind: "unknown" };

export function text(value: string): Value {
  return { kind: "text", text: value };
}

export function list(items: readonly Value[]): Value {
  return { kind: "list", items };
}

export function record(fields: ReadonlyMap<string, Value>): Value {
  return { kind: "record", fields };
}

export function fieldOf(value: Value | undefined, name: string): Value {
  return (value?.kind === "record" ? value.fields.get(name) : undefined) ?? unknown;
}

export function itemOf(value: Value, index: number): Value {
  return (value.kind === "list" ? value.items.at(index) : undefined) ?? unknown;
}

/** `argv.slice(1)`, `args[1:]`: unknown stays unknown. */
export function sliced(value: Value, from: number, to?: number): Value {
  return value.kind === "list" ? list(value.items.slice(from, to)) : unknown;
}

export function textOfValue(value: Value | undefined): string {
  switch (value?.kind) {
    case "text":
      return value.text;
    case "list":
      return value.items.map(textOfValue).join(" ");
    default:
      return unknownPart;
  }
}

export function wordsOfValue(value: Value | undefined): readonly string[] {
  if (value === undefined) return [];
  return value.kind === "list" ? value.items.flatMap(wordsOfValue) : [textOfValue(value)];
}

export function concatenated(left: Value, right: Value): Value {
  if (left.kind === "list" || right.kind === "list") {
    // A list of which one half is not known still has more words to come.
    const items = (value: Value): readonly Value[] => (value.kind === "list" ? value.items : [unknown]);
    return list([...items(left), ...items(right)]);
  }
  return left.kind === "unknown" && right.kind === "unknown"
    ? unknown
    : text(textOfValue(left) + textOfValue(right));
}

/** Templates of `format`, `printf` and their like: what is filled in is unknown, what stands around it is not. */
export function formatted(value: Value, placeholder: RegExp): Value {
  return value.kind === "text" ? text(value.text.replace(placeholder, unknownPart)) : unknown;
}

/** `path.join`, `filepath.Join`, `Path() / x`: segments with one slash between them. */
export function joinedPath(segments: readonly Value[]): Value {
  return text(
    segments
      .map(textOfValue)
      .join("/")
      .replace(/\/{2,}/g, "/"),
  );
}

/** A text cut at white space, as `split()` does where it is used to make a command line. */
export function wordsOf(value: Value): Value {
  return value.kind === "text"
    ? list(
        value.text
          .trim()
          .split(/\s+/)
          .map((word) => text(word)),
      )
    : unknown;
}

/** A text handed to a shell. What cannot be parsed because parts of it are unknown is no problem of the file. */
export function executeText(value: Value | undefined, embed?: Embed): ScanResult {
  const script = textOfValue(value);
  if (script === unknownPart) return { hits: [], problems: [] };
  const found = scanShell(script, embed);
  return isExact(script) ? found : { hits: found.hits, problems: [] };
}

/** A command line already cut into words. `input`: what it reads from its standard input, where that is known. */
export function executeWords(words: readonly string[], embed?: Embed, input?: Value): ScanResult {
  const script = input?.kind === "text" ? input.text : undefined;
  return scanArgv(words, embed, script);
}

/** What opening a file means: writing to a control group, reading the table of mounts. */
export function fileAccess(value: Value | undefined, writes: boolean, what: string, at: Place): Hit[] {
  const path = textOfValue(value);
  const rule = writes ? ruleOfWrite(path) : ruleOfRead(path);
  return rule === undefined ? [] : [hit(rule, `${what}("${path}")`, at)];
}
