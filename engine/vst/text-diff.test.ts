import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { countChangedLines, isBinary, unifiedHunks } from "./text-diff.ts";

const hunks = (before: string, after: string) =>
  unifiedHunks(Buffer.from(before), Buffer.from(after)).toString();
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join("");

test("equal texts have no hunks", () => {
  assert.equal(hunks("a\nb\n", "a\nb\n"), "");
  assert.equal(hunks("", ""), "");
});

test("a change is shown with three lines around it", () => {
  assert.equal(
    hunks(numbered(9), numbered(9).replace("5\n", "five\n")),
    "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
  );
});

test("changes six equal lines apart share a hunk, seven apart do not", () => {
  const at = (lines: number[]) =>
    lines.reduce((text, line) => text.replace(`${line}\n`, `x${line}\n`), numbered(19));
  const count = (text: string) => text.split("\n").filter((line) => line.startsWith("@@")).length;
  assert.equal(count(hunks(numbered(19), at([3, 10]))), 1);
  assert.equal(count(hunks(numbered(19), at([3, 11]))), 2);
});

test("a missing newline at the end is told", () => {
  assert.equal(hunks("a\nb\n", "a\nb"), "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n");
});

test("an empty side has the range 0,0", () => {
  assert.equal(hunks("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
  assert.equal(hunks("a\nb\n", ""), "@@ -1,2 +0,0 @@\n-a\n-b\n");
});

test("the fewest lines are called changed", () => {
  assert.deepEqual(
    countChangedLines(Buffer.from("a\nb\nc\na\nb\nb\na\n"), Buffer.from("c\nb\na\nb\na\nc\n")),
    { added: 2, removed: 3 },
  );
});

test("a NUL in the first 8,000 bytes makes a file binary", () => {
  assert.equal(isBinary(Buffer.concat([Buffer.alloc(7_999, "a"), Buffer.from([0])])), true);
  assert.equal(isBinary(Buffer.concat([Buffer.alloc(8_000, "a"), Buffer.from([0])])), false);
});

/** An independent reading of the format: keep context and additions, check everything else against the old lines. */
function apply(before: Buffer, patch: Buffer): Buffer {
  const split = (bytes: Buffer) => bytes.toString("latin1").match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const old = split(before);
  const result: string[] = [];
  let next = 0;
  for (const line of split(patch)) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+/.exec(line);
    const body = line.slice(1);
    if (header) {
      const start = Number(header[1]) - (header[2] === "0" ? 0 : 1);
      while (next < start) result.push(old[next++] ?? assert.fail("past the end"));
    } else if (line.startsWith("\\")) {
      if (result.length > 0 && lastWasNew) result.push((result.pop() ?? "").slice(0, -1));
    } else if (line.startsWith("+")) {
      result.push(body);
    } else {
      assert.equal(body.replace(/\n$/, ""), (old[next] ?? assert.fail("past the end")).replace(/\n$/, ""));
      if (line.startsWith(" ")) result.push(body);
      next++;
    }
    lastWasNew = !line.startsWith("-");
  }
  return Buffer.from([...result, ...old.slice(next)].join(""), "latin1");
}
let lastWasNew = true;

test("whatever the texts, the old one with the hunks applied is the new one", () => {
  const line = fc.constantFrom("a\n", "b\n", "c\n", "\n", "- x\n", "@@ -1 +1 @@\n", "\u00e9\r\n");
  const text = fc
    .tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom("", "end"))
    .map(([lines, end]) => Buffer.from(lines.join("") + end));
  fc.assert(
    fc.property(text, text, (before, after) => {
      assert.deepEqual(apply(before, unifiedHunks(before, after)), after);
    }),
    { numRuns: 500 },
  );
});

test("texts too different to compare line by line still give a correct patch", () => {
  const before = Buffer.from(Array.from({ length: 2_000 }, (_, i) => `old ${i}\n`).join(""));
  const after = Buffer.from(Array.from({ length: 2_000 }, (_, i) => `new ${i}\n`).join(""));
  assert.deepEqual(apply(before, unifiedHunks(before, after)), after);
  assert.deepEqual(countChangedLines(before, after), { added: 2_000, removed: 2_000 });
});

test("git applies the hunks", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "helios-patch-"));
  try {
    const before = numbered(40);
    const after = numbered(40).replace("3\n", "three\nand more\n").replace("20\n", "").replace("40\n", "40");
    writeFileSync(join(folder, "f"), before);
    writeFileSync(join(folder, "p"), `--- a/f\n+++ b/f\n${hunks(before, after)}`);
    try {
      execFileSync("git", ["--version"]);
    } catch {
      context.skip("git is not installed");
      return;
    }
    execFileSync("git", ["apply", "p"], { cwd: folder });
    assert.equal(readFileSync(join(folder, "f"), "utf8"), after);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
