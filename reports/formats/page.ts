/**
 * A page of text for a terminal: paragraphs wrapped by words, colour only when asked. Control characters from
 * outside are removed; a file name must not move the cursor.
 */
import { proseUnits } from "../quantity.ts";
import type { RenderOptions } from "./format.ts";

export type Style = "bold" | "dim" | "green" | "yellow" | "red" | "magenta";
const sgr: Readonly<Record<Style, string>> = {
  bold: "1",
  dim: "2",
  green: "32",
  yellow: "33",
  red: "31",
  magenta: "35",
};

/** Collects lines; wraps words before they are coloured, so that escapes never count as width. */
export class Page {
  readonly #lines: string[] = [];
  readonly #columns: number;
  readonly #colour: boolean;

  constructor(options: RenderOptions) {
    this.#columns = Math.max(40, options.columns);
    this.#colour = options.colour;
  }

  get columns(): number {
    return this.#columns;
  }

  blank(): void {
    this.#lines.push("");
  }

  heading(text: string): void {
    this.blank();
    this.line(text, "bold");
  }

  /** One line, cut with an ellipsis where it does not fit. */
  line(text: string, ...styles: Style[]): void {
    const clean = plain(text);
    const cut = clean.length > this.#columns ? `${clean.slice(0, this.#columns - 1)}…` : clean;
    this.#lines.push(this.#paint(cut.trimEnd(), styles));
  }

  /** One line that is never cut or wrapped, for what people click or copy. */
  whole(text: string, ...styles: Style[]): void {
    this.#lines.push(this.#paint(plain(text).trimEnd(), styles));
  }

  /** A paragraph: `first` before its first line, spaces of the same width before the others. */
  paragraph(first: string, text: string, ...styles: Style[]): void {
    for (const [index, line] of wrap(plain(text), this.#columns - first.length).entries()) {
      const lead = index === 0 ? first : " ".repeat(first.length);
      this.#lines.push(`${lead}${this.#paint(line, styles)}`.trimEnd());
    }
  }

  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  #paint(text: string, styles: readonly Style[]): string {
    if (!this.#colour || styles.length === 0 || text === "") return text;
    return `\u001b[${styles.map((style) => sgr[style]).join(";")}m${text}\u001b[0m`;
  }
}

/** Words wrapped at `width`; a word longer than the width stands alone and is broken. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text
    .split(/\s+/)
    .filter((part) => part !== "")
    .flatMap((part) => pieces(part, width))) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line];
}

function pieces(word: string, width: number): string[] {
  const parts: string[] = [];
  for (let at = 0; at < word.length; at += width) parts.push(word.slice(at, at + width));
  return parts;
}

function plain(text: string): string {
  return proseUnits(text).replaceAll(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, " ");
}
