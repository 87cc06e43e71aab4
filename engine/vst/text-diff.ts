/**
 * The difference of two texts, line by line, in the unified format that `patch` and `git apply` read.
 *
 * Myers' greedy algorithm (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1, 1986,
 * section 4) on the lines between the common start and the common end. Its memory grows with the square of the number
 * of changed lines, so past `editLimit` of them the middle is shown as removed and added whole: still a correct patch,
 * only not the shortest.
 *
 * Content is handled as bytes in `latin1` strings: a line keeps its exact bytes, whatever their encoding.
 */

/** Contexts of this many lines around a change, as `diff -u` does. */
const contextLines = 3;
/** 1,500 edits keep about 9 MB of trace. */
const editLimit = 1_500;
/** As git: a NUL in the first 8,000 bytes makes a file binary. */
const binaryProbeBytes = 8_000;

/** Lines of a change. */
export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

/** A run of lines of one kind; indices are into the old and new lines. */
export interface Edit {
  readonly kind: "same" | "removed" | "added";
  readonly oldStart: number;
  readonly newStart: number;
  readonly length: number;
}

/** Whether the bytes are no text: a zero byte near their beginning, the rule Git uses. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, binaryProbeBytes).includes(0);
}

/** Lines that two texts do not share, as a minimal edit counts them. */
export function countChangedLines(before: Uint8Array, after: Uint8Array): LineCounts {
  let added = 0;
  let removed = 0;
  for (const edit of diffLines(splitLines(before), splitLines(after))) {
    if (edit.kind === "added") added += edit.length;
    if (edit.kind === "removed") removed += edit.length;
  }
  return { added, removed };
}

/** The hunks (`@@ -1,3 +1,4 @@ ...`) as bytes, without file headers; empty when the texts are equal. */
export function unifiedHunks(before: Uint8Array, after: Uint8Array): Buffer {
  const oldLines = splitLines(before);
  const newLines = splitLines(after);
  const hunks = groupIntoHunks(diffLines(oldLines, newLines));
  return Buffer.from(hunks.map((hunk) => renderHunk(hunk, oldLines, newLines)).join(""), "latin1");
}

/** Each with its newline; the last may lack one. */
export function splitLines(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return text === "" ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

// ---- edits

export function diffLines(before: readonly string[], after: readonly string[]): Edit[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const oldMiddle = before.slice(start, before.length - end);
  const newMiddle = after.slice(start, after.length - end);
  const edits: Edit[] = [];
  push(edits, "same", 0, 0, start);
  for (const { kind, oldStart, newStart, length } of diffMiddle(oldMiddle, newMiddle)) {
    push(edits, kind, oldStart + start, newStart + start, length);
  }
  push(edits, "same", before.length - end, after.length - end, end);
  return edits;
}

function diffMiddle(before: readonly string[], after: readonly string[]): Edit[] {
  const edits: Edit[] = [];
  const trace = before.length > 0 && after.length > 0 ? traceEdits(before, after) : undefined;
  if (trace !== undefined) return followBack(trace, before.length, after.length);
  push(edits, "removed", 0, 0, before.length);
  push(edits, "added", before.length, 0, after.length);
  return edits;
}

/**
 * The furthest reaching x on every diagonal k = x - y, one array for each number of edits; undefined past the limit.
 * Element d of the trace has diagonals -d .. d at index k + d.
 */
function traceEdits(before: readonly string[], after: readonly string[]): Int32Array[] | undefined {
  const trace: Int32Array[] = [];
  const most = Math.min(before.length + after.length, editLimit);
  for (let d = 0; d <= most; d++) {
    const reach = new Int32Array(2 * d + 1);
    for (let k = -d; k <= d; k += 2) {
      let x =
        d === 0 ? 0 : cameDown(trace, d, k) ? reachOf(trace, d - 1, k + 1) : reachOf(trace, d - 1, k - 1) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++;
      reach[k + d] = x;
      if (x >= before.length && x - k >= after.length) {
        trace.push(reach);
        return trace;
      }
    }
    trace.push(reach);
  }
  return undefined;
}

/** Whether the best path to diagonal `k` with `d` edits ends with a line added (else with one removed). */
function cameDown(trace: readonly Int32Array[], d: number, k: number): boolean {
  return k === -d || (k !== d && reachOf(trace, d - 1, k - 1) < reachOf(trace, d - 1, k + 1));
}

function reachOf(trace: readonly Int32Array[], d: number, k: number): number {
  return trace[d]?.[k + d] ?? 0;
}

function followBack(trace: readonly Int32Array[], oldLength: number, newLength: number): Edit[] {
  const steps: Edit[] = [];
  let x = oldLength;
  let y = newLength;
  for (let d = trace.length - 1; d > 0; d--) {
    const down = cameDown(trace, d, x - y);
    const previousK = down ? x - y + 1 : x - y - 1;
    const previousX = reachOf(trace, d - 1, previousK);
    const previousY = previousX - previousK;
    const afterEditX = down ? previousX : previousX + 1;
    const afterEditY = down ? previousY + 1 : previousY;
    steps.push({ kind: "same", oldStart: afterEditX, newStart: afterEditY, length: x - afterEditX });
    steps.push({ kind: down ? "added" : "removed", oldStart: previousX, newStart: previousY, length: 1 });
    x = previousX;
    y = previousY;
  }
  steps.push({ kind: "same", oldStart: 0, newStart: 0, length: x });
  const edits: Edit[] = [];
  for (const { kind, oldStart, newStart, length } of steps.reverse())
    push(edits, kind, oldStart, newStart, length);
  return edits;
}

/** Appends, joining runs of one kind. */
function push(edits: Edit[], kind: Edit["kind"], oldStart: number, newStart: number, length: number): void {
  if (length === 0) return;
  const last = edits.at(-1);
  if (last?.kind === kind) edits[edits.length - 1] = { ...last, length: last.length + length };
  else edits.push({ kind, oldStart, newStart, length });
}

// ---- hunks

/** Changes with less than two contexts of equal lines between them share a hunk. */
function groupIntoHunks(edits: readonly Edit[]): Edit[][] {
  const hunks: Edit[][] = [];
  let hunk: Edit[] = [];
  for (const [index, edit] of edits.entries()) {
    if (edit.kind !== "same") {
      hunk.push(edit);
      continue;
    }
    const isFirst = index === 0;
    const isLast = index === edits.length - 1;
    if (!isFirst && !isLast && edit.length <= 2 * contextLines) {
      hunk.push(edit);
      continue;
    }
    const lead = Math.min(contextLines, edit.length);
    if (!isFirst) {
      hunk.push({ ...edit, length: lead });
      hunks.push(hunk);
    }
    const skipped = edit.length - lead;
    hunk = isLast
      ? []
      : [
          {
            kind: "same",
            oldStart: edit.oldStart + skipped,
            newStart: edit.newStart + skipped,
            length: lead,
          },
        ];
  }
  if (hunk.some(({ kind }) => kind !== "same")) hunks.push(hunk);
  return hunks;
}

const marks = { same: " ", removed: "-", added: "+" } as const;

function renderHunk(hunk: readonly Edit[], before: readonly string[], after: readonly string[]): string {
  let oldCount = 0;
  let newCount = 0;
  let body = "";
  for (const { kind, oldStart, newStart, length } of hunk) {
    if (kind !== "added") oldCount += length;
    if (kind !== "removed") newCount += length;
    const lines =
      kind === "added" ? after.slice(newStart, newStart + length) : before.slice(oldStart, oldStart + length);
    for (const line of lines)
      body += marks[kind] + (line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`);
  }
  const first = hunk[0];
  return `@@ -${rangeOf(first?.oldStart ?? 0, oldCount)} +${rangeOf(first?.newStart ?? 0, newCount)} @@\n${body}`;
}

/** Lines count from 1; an empty range names the line before it. */
function rangeOf(start: number, count: number): string {
  const line = count === 0 ? start : start + 1;
  return count === 1 ? `${line}` : `${line},${count}`;
}
