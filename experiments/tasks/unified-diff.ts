/**
 * Applies a unified diff to a set of files, strictly: every line of context must be where the diff says. An oracle
 * that needs fuzz is an oracle of another program.
 */
import { TaskError } from "./errors.ts";

/** Reads a file as it is now; `undefined` where there is none. */
export type ReadFile = (path: string) => string | undefined;

/** The changed files, `null` for those that go away. TASK_CHANGE where the diff does not fit; `name` is for messages. */
export function applyUnifiedDiff(diff: string, read: ReadFile, name: string): Map<string, string | null> {
  const changed = new Map<string, string | null>();
  const lines = diff.split("\n");
  let at = 0;
  while (at < lines.length) {
    if (!lines[at]?.startsWith("--- ") || !lines[at + 1]?.startsWith("+++ ")) {
      at++;
      continue;
    }
    const from = pathIn(lines[at] ?? "");
    const to = pathIn(lines[at + 1] ?? "");
    const path = to ?? from;
    if (path === undefined) throw misfit(name, at, "both sides are /dev/null");
    const before = from === undefined ? "" : read(from);
    if (before === undefined) throw misfit(name, at, `there is no file ${from}`);
    const applied = applyHunks(before, lines, at + 2, name);
    if (from !== undefined && from !== to) changed.set(from, null);
    if (to !== undefined) changed.set(to, applied.text);
    at = applied.next;
  }
  if (changed.size === 0) throw misfit(name, 0, "there is no change in it");
  return changed;
}

function applyHunks(
  before: string,
  lines: readonly string[],
  first: number,
  name: string,
): { text: string; next: number } {
  const old = before === "" ? [] : before.split("\n");
  const result: string[] = [];
  let taken = 0;
  let at = first;
  for (;;) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(lines[at] ?? "");
    if (!header) break;
    const oldLines = Number(header[2] ?? 1);
    const newLines = Number(header[4] ?? 1);
    const start = Number(header[1]) - (oldLines === 0 ? 0 : 1);
    if (start < taken) throw misfit(name, at, "its hunks are not in order");
    result.push(...old.slice(taken, start));
    taken = start;
    at++;
    let oldLeft = oldLines;
    let newLeft = newLines;
    while (oldLeft > 0 || newLeft > 0) {
      const line = lines[at];
      if (line === undefined) throw misfit(name, at, "it ends within a hunk");
      const [kind, text] = [line[0] ?? " ", line.slice(1)];
      if (kind === " " || kind === "-") {
        if (old[taken] !== text) throw misfit(name, at, `the file has ${JSON.stringify(old[taken])} there`);
        taken++;
        oldLeft--;
      }
      if (kind === " " || kind === "+") {
        result.push(text);
        newLeft--;
      } else if (kind !== "-" && kind !== "\\") throw misfit(name, at, "not a line of a hunk");
      at++;
    }
    if (lines[at]?.startsWith("\\")) at++;
  }
  if (at === first) throw misfit(name, at, "a file without hunks");
  result.push(...old.slice(taken));
  // A new file's last line ends, as that of any text does.
  if (before === "" && result.at(-1) !== "") result.push("");
  return { text: result.join("\n"), next: at };
}

function pathIn(header: string): string | undefined {
  const path = (header.slice(4).split("\t")[0] ?? "").trim();
  return path === "/dev/null" ? undefined : path.replace(/^[ab]\//, "");
}

function misfit(name: string, line: number, what: string): TaskError {
  return new TaskError(
    "TASK_CHANGE",
    `${name}:${line + 1}: the diff does not fit: ${what}`,
    "Make the diff anew against the task's files, with `diff -u` or `git diff`.",
  );
}
