import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress } from "./progress.ts";

function recorded(isTTY: boolean, enabled: boolean) {
  const written: string[] = [];
  let nowMs = 0;
  const progress = new Progress(
    "files",
    { isTTY, write: (text) => written.push(text) },
    enabled,
    () => nowMs,
  );
  return { written, progress, wait: (ms: number) => (nowMs += ms) };
}

test("a terminal sees one line, rewritten at most ten times a second and wiped at the end", () => {
  const { written, progress, wait } = recorded(true, true);
  progress.update(1, 2_000);
  wait(99);
  progress.update(2, 2_000);
  wait(1);
  progress.update(1_500, 2_000);
  progress.done();
  progress.done();
  assert.deepEqual(written, ["\r\u001B[Kfiles: 1 of 2,000", "\r\u001B[Kfiles: 1,500 of 2,000", "\r\u001B[K"]);
});

test("nothing is written where nobody looks", () => {
  for (const [isTTY, enabled] of [
    [false, true],
    [true, false],
  ] as const) {
    const { written, progress } = recorded(isTTY, enabled);
    progress.update(1);
    progress.done();
    assert.deepEqual(written, []);
  }
});
