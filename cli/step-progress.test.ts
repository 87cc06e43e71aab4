import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress } from "./progress.ts";
import { StepProgress } from "./step-progress.ts";

test("each step has a line of its own, which is wiped when the next begins", () => {
  const written: string[] = [];
  const stream = { isTTY: true, write: (text: string) => written.push(text) };
  const steps = new StepProgress((what) => new Progress(what, stream, true, () => 0), {
    a: "first",
    b: "second",
  });
  steps.update("a", 1, 2);
  steps.update("b", 0, 5);
  steps.done();
  assert.deepEqual(written, [
    "\r\u001B[Kfirst: 1 of 2",
    "\r\u001B[K",
    "\r\u001B[Ksecond: 0 of 5",
    "\r\u001B[K",
  ]);
  new StepProgress((what) => new Progress(what, stream, true, () => 0), {}).done();
});
