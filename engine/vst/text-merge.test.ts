import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mergeTexts, type TextMerge } from "./text-merge.ts";

const labels = { ours: "main", base: "base", theirs: "try" };
const merge = (base: string, ours: string, theirs: string, style: "merge" | "diff3" = "merge"): TextMerge =>
  mergeTexts(Buffer.from(base), Buffer.from(ours), Buffer.from(theirs), { labels, style });
const text = ({ content, conflicts }: TextMerge) => [content.toString(), conflicts];

test("changes of different places go together", () => {
  assert.deepEqual(text(merge("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nd\ne\n")), ["A\nb\nc\nd\ne\n", 0]);
  assert.deepEqual(text(merge("a\nb\nc\nd\n", "b\nc\nd\n", "a\nb\nx\nc\nD\n")), ["b\nx\nc\nD\n", 0]);
  assert.deepEqual(text(merge("a\n", "a\n", "")), ["", 0]);
});

test("the same change of both sides is taken once", () => {
  assert.deepEqual(text(merge("a\nb\n", "a\nx\nb\n", "a\nx\nb\n")), ["a\nx\nb\n", 0]);
});

test("different changes of one place stand between markers, without what both have in common", () => {
  assert.deepEqual(text(merge("a\nb\nc\n", "a\nnew\nmine\nc\n", "a\nnew\nyours\nc\n")), [
    "a\nnew\n<<<<<<< main\nmine\n=======\nyours\n>>>>>>> try\nc\n",
    1,
  ]);
  assert.deepEqual(text(merge("a\nb\nc\n", "a\nmine\nc\n", "a\nc\n", "diff3")), [
    "a\n<<<<<<< main\nmine\n||||||| base\nb\n=======\n>>>>>>> try\nc\n",
    1,
  ]);
});

test("a last line without a newline gets one inside a conflict only", () => {
  assert.deepEqual(text(merge("a", "b", "c")), ["<<<<<<< main\nb\n=======\nc\n>>>>>>> try\n", 1]);
  assert.deepEqual(text(merge("x\ny\nz", "X\ny\nz", "x\ny\nz")), ["X\ny\nz", 0]);
});

test("markers end as the text's lines do and are longer than any such line of a side", () => {
  assert.deepEqual(text(merge("a\r\n", "b\r\n", "c\r\n")), [
    "<<<<<<< main\r\nb\r\n=======\r\nc\r\n>>>>>>> try\r\n",
    1,
  ]);
  const [marked] = text(merge("a\n", "========\n", "c\n"));
  assert.equal(marked, "<<<<<<<<< main\n========\n=========\nc\n>>>>>>>>> try\n");
});

test("bytes that are not UTF-8 survive", () => {
  const bytes = (...values: number[]) => Buffer.from(values);
  const merged = mergeTexts(bytes(0xff, 10, 0xe9, 10), bytes(0xff, 10), bytes(0xfe, 10, 0xe9, 10), {
    labels: { ...labels, theirs: "é\n" },
    style: "merge",
  });
  // Adjacent changes are one place.
  assert.equal(merged.conflicts, 1);
  assert.equal(
    merged.content.toString("latin1"),
    "<<<<<<< main\n\xff\n=======\n\xfe\n\xe9\n>>>>>>> \xc3\xa9\n",
  );
});

const lines = fc
  .array(fc.constantFrom("a", "b", "c", "d", "=======", ""), { maxLength: 12 })
  .map((each) => each.map((line) => `${line}\n`).join(""));

test("the laws of a merge hold for texts, and every line of a side is in the result or its other side removed it", () => {
  fc.assert(
    fc.property(lines, lines, lines, (base, ours, theirs) => {
      assert.deepEqual(text(merge(base, ours, base)), [ours, 0]);
      assert.deepEqual(text(merge(base, base, ours)), [ours, 0]);
      assert.deepEqual(text(merge(base, ours, ours)), [ours, 0]);
      const merged = merge(base, ours, theirs);
      const mirror = merge(base, theirs, ours);
      assert.equal(merged.conflicts, mirror.conflicts);
      if (merged.conflicts === 0) assert.deepEqual(text(merged), text(mirror));
      const result = merged.content.toString().split("\n");
      const inBase = new Set(base.split("\n"));
      for (const side of [ours, theirs])
        for (const line of side.split("\n")) assert.ok(inBase.has(line) || result.includes(line), line);
    }),
    { numRuns: 300 },
  );
});
