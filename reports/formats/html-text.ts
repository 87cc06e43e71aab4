/** Text in the HTML report: made safe, with the units people read. */
import { escapeMarkup } from "../charts/svg.ts";
import { proseUnits } from "../quantity.ts";
import type { CellReport } from "../report.ts";

export function orAbsent(isAbsent: boolean, text: string): string {
  return isAbsent ? `<span class="absent-words">${words(text)}</span>` : words(text);
}

/** Text from outside, made safe, in people's units, a number kept on one line with its unit. */
export function words(text: string): string {
  return escapeMarkup(proseUnits(text)).replaceAll(
    /(\d) (?=(?:ns|µs|ms|s|B|kB|MB|GB|%)(?![\w]))/g,
    "$1\u00a0",
  );
}

/** A sentence in which `backticks` mark what is typed. */
export function sentence(text: string): string {
  return words(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

/** An arm's index into the palette of the page, which is also its mark. */
export type Colours = ReadonlyMap<string, number>;

export function classChip(cell: CellReport): string {
  return `<span class="chip">class ${words(cell.durability)}</span>`;
}
