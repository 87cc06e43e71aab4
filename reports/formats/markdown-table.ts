/** Markdown's table, and what makes a text from outside safe in it. */
import { proseUnits } from "../quantity.ts";

export function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)];
}

/** Characters that mean something to Markdown or HTML, and line ends that would leave a table. */
export function escapeMarkdown(text: string): string {
  return proseUnits(text)
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/[\\`*_[\]|~]/g, "\\$&");
}
