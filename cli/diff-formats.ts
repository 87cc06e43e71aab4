/**
 * Changes between snapshots as text: a patch in git's extended unified format (`git apply` reads it), and counts of
 * changed lines. Binary contents are named and not shown.
 */
import type { Change, countChangedLines, Entry, isBinary, unifiedHunks } from "@helios/engine";
import { groupDigits, showBytes, showCount, showPath } from "./show.ts";

/** The parts of the engine used here; handed in so that this file does not import it. */
export interface TextDiff {
  readonly countChangedLines: typeof countChangedLines;
  readonly isBinary: typeof isBinary;
  readonly unifiedHunks: typeof unifiedHunks;
}

type ReadObject = (hash: string) => Uint8Array;

const gitModes = { file: "100644", executable: "100755", symlink: "120000", gitlink: "160000" } as const;
type GitMode = keyof typeof gitModes;
const nothing = Buffer.alloc(0);

// ---- patch

export function renderPatch(change: Change, read: ReadObject, text: TextDiff): Buffer {
  switch (change.kind) {
    case "added":
      return renderFile(change.path, undefined, change.to, read, text);
    case "deleted":
      return renderFile(change.path, change.from, undefined, read, text);
    case "modified":
      // As git: one kind of thing cannot be edited into another.
      return isRegular(change.from) === isRegular(change.to) &&
        (isRegular(change.from) || change.from.mode === change.to.mode)
        ? renderFile(change.path, change.from, change.to, read, text)
        : Buffer.concat([
            renderFile(change.path, change.from, undefined, read, text),
            renderFile(change.path, undefined, change.to, read, text),
          ]);
  }
}

function isRegular(entry: Entry): boolean {
  return entry.mode === "file" || entry.mode === "executable";
}

function renderFile(
  path: string,
  from: Entry | undefined,
  to: Entry | undefined,
  read: ReadObject,
  text: TextDiff,
): Buffer {
  // Git has no empty directories, and passes over lines between its diffs.
  if ((from ?? to)?.mode === "directory")
    return Buffer.from(`# empty directory ${from === undefined ? "added" : "deleted"}: ${showPath(path)}\n`);
  const [a, b] = [quoteForGit(`a/${path}`), quoteForGit(`b/${path}`)];
  const head = [`diff --git ${a} ${b}`, ...modeLines(from, to)];
  if (from?.hash === to?.hash) return Buffer.from(`${head.join("\n")}\n`);
  const before = contentOf(from, read);
  const after = contentOf(to, read);
  const [oldName, newName] = [from === undefined ? "/dev/null" : a, to === undefined ? "/dev/null" : b];
  if (text.isBinary(before) || text.isBinary(after)) {
    return Buffer.from(`${[...head, `Binary files ${oldName} and ${newName} differ`].join("\n")}\n`);
  }
  const hunks = text.unifiedHunks(before, after);
  if (hunks.length > 0) head.push(`--- ${oldName}`, `+++ ${newName}`);
  return Buffer.concat([Buffer.from(`${head.join("\n")}\n`), hunks]);
}

function modeLines(from: Entry | undefined, to: Entry | undefined): string[] {
  if (from === undefined) return to === undefined ? [] : [`new file mode ${gitModeOf(to)}`];
  if (to === undefined) return [`deleted file mode ${gitModeOf(from)}`];
  return from.mode === to.mode ? [] : [`old mode ${gitModeOf(from)}`, `new mode ${gitModeOf(to)}`];
}

function gitModeOf({ mode }: Entry): string {
  return gitModes[mode as GitMode];
}

// oxlint-disable-next-line eslint/no-control-regex -- control characters are what is looked for
const needsEscape = /[\u0000-\u001f\u007f"\\]/g;
const namedEscapes: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

/** As git's C style: quoted only when a byte needs it, bytes beyond ASCII left as they are (core.quotePath off). */
function quoteForGit(name: string): string {
  if (name.search(needsEscape) === -1) return name;
  const octal = (each: string) => `\\${each.charCodeAt(0).toString(8).padStart(3, "0")}`;
  return `"${name.replace(needsEscape, (each) => namedEscapes[each] ?? octal(each))}"`;
}

// ---- counts

export function renderStat(changes: readonly Change[], read: ReadObject, text: TextDiff): string {
  const rows = changes.map((change) => ({ path: showPath(change.path), ...countsOf(change, read, text) }));
  const width = Math.max(0, ...rows.map(({ path }) => path.length));
  const lines = rows.map(({ path, counts }) => ` ${path.padEnd(width)} | ${counts}\n`);
  const added = rows.reduce((sum, row) => sum + row.added, 0);
  const removed = rows.reduce((sum, row) => sum + row.removed, 0);
  const files = `${showCount(changes.length, "path", "paths")} changed`;
  return `${lines.join("")} ${files}, ${showCount(added, "line", "lines")} added, ${groupDigits(removed)} removed\n`;
}

function countsOf(
  change: Change,
  read: ReadObject,
  text: TextDiff,
): { added: number; removed: number; counts: string } {
  const from = change.kind === "added" ? undefined : change.from;
  const to = change.kind === "deleted" ? undefined : change.to;
  if (from?.hash === to?.hash) return { added: 0, removed: 0, counts: `${from?.mode} to ${to?.mode}` };
  const before = contentOf(from, read);
  const after = contentOf(to, read);
  if (text.isBinary(before) || text.isBinary(after)) {
    return {
      added: 0,
      removed: 0,
      counts: `binary ${showBytes(before.length)} to ${showBytes(after.length)}`,
    };
  }
  const { added, removed } = text.countChangedLines(before, after);
  return { added, removed, counts: `+${added} -${removed}` };
}

/** A gitlink's content is the commit it names, which git shows as a line. */
function contentOf(entry: Entry | undefined, read: ReadObject): Uint8Array {
  if (entry === undefined) return nothing;
  const content = read(entry.hash);
  return entry.mode === "gitlink"
    ? Buffer.from(`Subproject commit ${Buffer.from(content).toString()}\n`)
    : content;
}
