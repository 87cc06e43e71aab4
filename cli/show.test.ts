import assert from "node:assert/strict";
import { test } from "node:test";
import { groupDigits, showBytes, showCount, showLine, showPath, showTime } from "./show.ts";

test("a path stays as it is unless it would break or fake a line", () => {
  for (const path of ["src/a.ts", "größe/名前", "with space", "it's"]) assert.equal(showPath(path), path);
  assert.equal(showPath("a\nb"), '"a\\nb"');
  assert.equal(showPath('say "x"'), '"say \\"x\\""');
  assert.equal(showPath("\u001b[31m"), '"\\u001b[31m"');
});

test("text of others loses its line breaks and control characters", () => {
  assert.equal(showLine(" a\n\nb\u001b[0m\r\n"), "a b [0m");
});

test("counts, bytes and times are written out", () => {
  assert.equal(showCount(1, "path", "paths"), "1 path");
  assert.equal(showCount(1_234, "path", "paths"), "1,234 paths");
  assert.deepEqual([0, 999, 1_000, 1_234_567].map(groupDigits), ["0", "999", "1,000", "1,234,567"]);
  assert.deepEqual([0, 1_023, 1_024, 10_240, 1_048_576, 5e15].map(showBytes), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "10 KiB",
    "1.0 MiB",
    "4547 TiB",
  ]);
  assert.equal(showTime(0), "1970-01-01T00:00:00Z");
});
