/**
 * What a command line is made of once expansions are resolved as far as the text itself tells: constants of the
 * script are filled in, everything else is the placeholder `${?}`. A word with a placeholder is still useful: the
 * name in front of it is known, and so are the constant parts of a path.
 */
import type { Word, WordPart } from "unbash";

/** Stands for a part that is only known when the command runs. Shell reads it as an expansion, so it survives re-parsing. */
export const unknownPart = "${?}";

export function isExact(text: string): boolean {
  return !text.includes(unknownPart);
}

/** Variables a script sets to one constant each, and arrays; a name set twice to different values is not known. */
export class Constants {
  readonly #texts = new Map<string, string | undefined>();
  readonly #lists = new Map<string, readonly string[] | undefined>();

  set(name: string, value: string): void {
    this.#texts.set(name, this.#texts.has(name) && this.#texts.get(name) !== value ? undefined : value);
  }

  setList(name: string, values: readonly string[]): void {
    this.#lists.set(name, this.#lists.has(name) ? undefined : values);
  }

  /** `cmd+=(...)`: what was there, and this. */
  addToList(name: string, values: readonly string[]): void {
    const before = this.#lists.get(name);
    if (!this.#lists.has(name)) this.#lists.set(name, values);
    else if (before !== undefined) this.#lists.set(name, [...before, ...values]);
  }

  text(name: string): string | undefined {
    return this.#texts.get(name);
  }

  list(name: string): readonly string[] | undefined {
    return this.#lists.get(name);
  }
}

/** The words a shell word becomes: usually one; an unquoted constant with blanks or an array becomes several. */
export function wordsOf(word: Word, constants: Constants): readonly string[] {
  const parts = word.parts;
  if (parts?.length === 1) {
    const [only] = parts;
    const list = only === undefined ? undefined : arrayOf(only, constants);
    if (list !== undefined) return list;
    if (only?.type === "SimpleExpansion" || only?.type === "ParameterExpansion") {
      const text = partText(only, constants);
      if (isExact(text)) return text.split(/\s+/).filter((piece) => piece !== "");
    }
  }
  return [textOf(word, constants)];
}

export function textOf(word: Word, constants: Constants): string {
  if (word.parts === undefined) return word.value;
  return word.parts.map((part) => partText(part, constants)).join("");
}

/** The name of the variable a word consists of, `SUDO` for `$SUDO` and `"${SUDO:-}"`. */
export function variableOf(word: Word): string | undefined {
  let parts = word.parts;
  if (parts?.length === 1 && parts[0]?.type === "DoubleQuoted") parts = parts[0].parts;
  const [only, ...rest] = parts ?? [];
  if (only === undefined || rest.length > 0) return undefined;
  if (only.type === "SimpleExpansion") return only.text.slice(1);
  return only.type === "ParameterExpansion" ? only.parameter : undefined;
}

function partText(part: WordPart, constants: Constants): string {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return part.value;
    case "DoubleQuoted":
    case "LocaleString":
      return part.parts.map((inner) => partText(inner, constants)).join("");
    case "SimpleExpansion":
      return constants.text(part.text.slice(1)) ?? unknownPart;
    case "ParameterExpansion": {
      const value = constants.text(part.parameter);
      if (part.operation === undefined && part.prefix === undefined && part.index === undefined) {
        return value ?? unknownPart;
      }
      const operation = part.operation;
      if (operation?.type === "Default" && /^:?[-=]$/.test(operation.operator)) {
        return value !== undefined && value !== "" ? value : textOf(operation.operand, constants);
      }
      return unknownPart;
    }
    case "Glob":
    case "ExtendedGlob":
    case "BraceExpansion":
      return part.text;
    case "CommandExpansion":
      return commandSubstituted(part.script?.commands.length === 1 ? part.text : "") ?? unknownPart;
    default:
      return unknownPart;
  }
}

/** `$(which mount)` and `$(command -v mount)` are the program itself. */
function commandSubstituted(text: string): string | undefined {
  return /^\$\((?:which|command -v|type -p)\s+([\w.-]+)\s*(?:\|\|[^)]*|2>\S+\s*)?\)$/.exec(text)?.[1];
}

function arrayOf(part: WordPart, constants: Constants): readonly string[] | undefined {
  const inner = part.type === "DoubleQuoted" && part.parts.length === 1 ? part.parts[0] : part;
  if (inner?.type !== "ParameterExpansion" || inner.index === undefined) return undefined;
  return /^[@*]$/.test(inner.index.value) ? constants.list(inner.parameter) : undefined;
}
