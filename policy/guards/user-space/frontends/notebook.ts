/** Jupyter notebooks: the code cells, with `!command`, `%%bash` and the other magics that reach a shell. */
import { distinct, type Hit } from "../hit.ts";
import { placesOf } from "../hit.ts";
import type { FrontEnd } from "../frontend.ts";

interface Cell {
  readonly cell_type?: unknown;
  readonly source?: unknown;
}

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => {
    let cells: readonly Cell[];
    try {
      cells = cellsOf(JSON.parse(source.text));
    } catch {
      return { hits: [], problems: [{ code: "parse-error", reason: "notebook: not valid JSON", line: 1 }] };
    }
    const placeOf = placesOf(source.text);
    const hits: Hit[] = [];
    let from = 0;
    for (const cell of cells) {
      const lines = linesOf(cell.source);
      // Where the cell begins in the file: its first line as JSON writes it.
      const first = JSON.stringify(lines[0] ?? "").slice(1, -1);
      const offset = Math.max(from, first === "" ? from : source.text.indexOf(first, from));
      from = offset;
      if (cell.cell_type !== "code") continue;
      const { path, text } = meant(lines.join(""));
      // Lines of a cell stand one below the other in the file as well, as Jupyter writes it.
      const start = placeOf(offset);
      const found = surroundings.embed(path, text);
      hits.push(...found.hits.map((each) => ({ ...each, line: start.line + each.line - 1, column: 1 })));
    }
    return { hits: distinct(hits), problems: [] };
  },
};

function cellsOf(notebook: unknown): readonly Cell[] {
  const cells =
    typeof notebook === "object" && notebook !== null && "cells" in notebook ? notebook.cells : [];
  return Array.isArray(cells)
    ? cells.filter((cell): cell is Cell => typeof cell === "object" && cell !== null)
    : [];
}

function linesOf(source: unknown): string[] {
  if (typeof source === "string") return source.split(/(?<=\n)/);
  return Array.isArray(source) ? source.filter((line) => typeof line === "string") : [];
}

/** A cell of shell is shell; in a cell of Python a line with `!` becomes the call it stands for. */
function meant(cell: string): { path: string; text: string } {
  const magic = /^%%(?:bash|sh|script\s+(?:ba)?sh)\b.*\n/.exec(cell);
  if (magic !== null) return { path: "cell.sh", text: `\n${cell.slice(magic[0].length)}` };
  if (/^%%(?!time|capture|writefile)\w/.test(cell)) return { path: "cell.txt", text: "" };
  const text = cell
    .split("\n")
    .map((line) => {
      const command = /^(\s*)(?:\w+\s*=\s*)?!+\s*(.*)$/.exec(line);
      if (command !== null) return `${command[1] ?? ""}os.system(${JSON.stringify(command[2] ?? "")})`;
      return /^\s*%/.test(line) ? "" : line;
    })
    .join("\n");
  return { path: "cell.py", text };
}
