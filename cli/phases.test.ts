import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSeconds, Phases } from "./phases.ts";

function recorded(isTTY: boolean) {
  let text = "";
  let nowMs = 0;
  const stream = { isTTY, write: (part: string) => (text += part) };
  const phases = new Phases(stream, 2, undefined, () => nowMs);
  return { phases, text: () => text, pass: (ms: number) => (nowMs += ms) };
}

test("a log gets a status at most every ten seconds, whole lines, no control characters", async () => {
  const { phases, text, pass } = recorded(false);
  await phases.run(
    "Measuring",
    () => {
      for (let second = 1; second <= 25; second += 1) {
        pass(1000);
        phases.status(`${second} of 25`);
      }
      return Promise.resolve();
    },
    () => "all runs are over",
  );
  assert.equal(text(), "[1/2] Measuring\n      10 of 25\n      20 of 25\n      all runs are over (25 s)\n");
});

test("a terminal sees the status rewritten, and nothing of it remains", async () => {
  const { phases, text, pass } = recorded(true);
  await phases.run(
    "Measuring",
    () => {
      pass(500);
      phases.status("1 of 2");
      phases.status("too soon");
      pass(500);
      phases.status("2 of 2");
      return Promise.resolve();
    },
    () => "done",
  );
  assert.equal(text(), "[1/2] Measuring\n      1 of 2\r\u001B[K      2 of 2\r\u001B[K      done (1.0 s)\n");
});

test("a live area shows every line, is cleared before a line that stays, and at the end", async () => {
  const shown: string[] = [];
  const stream = { isTTY: true, write: (part: string) => shown.push(part) };
  const live = { show: (text: string) => shown.push(`show ${text}`), clear: () => shown.push("clear") };
  let nowMs = 0;
  const phases = new Phases(stream, 1, live, () => nowMs);
  await phases.run(
    "Measuring",
    () => {
      nowMs += 500;
      phases.status("1 of 2", ["helios  P95 18 us"]);
      phases.note("git hung");
      return Promise.resolve();
    },
    () => "done",
  );
  assert.deepEqual(shown, [
    "[1/1] Measuring\n",
    "show       1 of 2\n        helios  P95 18 us",
    "clear",
    "      git hung\n",
    "      done (0.5 s)\n",
  ]);
});

test("a status is cleared when the work fails, and the failure is passed on", async () => {
  const { phases, text, pass } = recorded(true);
  const work = () => {
    pass(500);
    phases.status("1 of 2");
    return Promise.reject(new Error("broken"));
  };
  await assert.rejects(
    phases.run("Measuring", work, () => "done"),
    /broken/,
  );
  assert.ok(text().endsWith("\r\u001B[K"));
});

test("a note stays, whatever the status", () => {
  const { phases, text } = recorded(false);
  phases.note("run 3 failed");
  assert.equal(text(), "      run 3 failed\n");
});

test("seconds read as people say them, on both sides of each boundary", () => {
  assert.equal(formatSeconds(0.42), "0.4 s");
  assert.equal(formatSeconds(9.9), "9.9 s");
  assert.equal(formatSeconds(10), "10 s");
  assert.equal(formatSeconds(59.4), "59 s");
  assert.equal(formatSeconds(59.6), "1 min 0 s");
  assert.equal(formatSeconds(252), "4 min 12 s");
});
