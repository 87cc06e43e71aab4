/**
 * Evidence that tests ran, read from what a test command printed. An exit status of 0 alone proves nothing: a program
 * that calls `exit(0)` before its tests gives one too.
 */
import { stripVTControlCharacters } from "node:util";
import type { Suite } from "./task.ts";

export interface TestCounts {
  /** Those that ran: the skipped are not among them. */
  readonly tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `undefined` where the output has no summary. The last one counts. */
export function countsIn(output: string, evidence: Suite["evidence"]): TestCounts | undefined {
  const text = stripVTControlCharacters(output);
  switch (evidence.from) {
    case "node-test":
      return nodeCounts(text);
    case "unittest":
      return unittestCounts(text);
    case "pattern":
      return patternCounts(text, evidence.pattern as string);
  }
}

/**
 * The summaries of the reporters `spec` ("ℹ tests 3") and `tap` ("# tests 3"). `node --test FILE` counts a file
 * without tests as a test of its own name, so a file called directly, `node FILE`, is the better command.
 */
function nodeCounts(text: string): TestCounts | undefined {
  const summary =
    /^(?:ℹ|#) tests (\d+)\n(?:ℹ|#) suites \d+\n(?:ℹ|#) pass (\d+)\n(?:ℹ|#) fail (\d+)\n(?:ℹ|#) cancelled (\d+)\n(?:ℹ|#) skipped (\d+)\n(?:ℹ|#) todo (\d+)$/gmu;
  const last = Array.from(text.matchAll(summary)).at(-1);
  if (last === undefined) return undefined;
  const [tests = 0, passed = 0, fail = 0, cancelled = 0, skipped = 0, todo = 0] = last.slice(1).map(Number);
  return { tests: tests - skipped - todo, passed, failed: fail + cancelled, skipped: skipped + todo };
}

/** "Ran 3 tests in 0.001s" and the line of OK or FAILED behind it. */
function unittestCounts(text: string): TestCounts | undefined {
  const summary = /^Ran (\d+) tests? in .*\n+(OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$/gmu;
  const last = Array.from(text.matchAll(summary)).at(-1);
  if (last === undefined) return undefined;
  const details = new Map(
    (last[3] ?? "").split(", ").map((part) => {
      const [name = "", count = "0"] = part.split("=");
      return [name, Number(count)] as const;
    }),
  );
  const number = (name: string): number => details.get(name) ?? 0;
  const skipped = number("skipped");
  const failed = number("failures") + number("errors") + number("unexpected successes");
  const tests = Math.max(0, Number(last[1]) - skipped);
  return { tests, passed: Math.max(0, tests - failed), failed, skipped };
}

function patternCounts(text: string, pattern: string): TestCounts | undefined {
  const last = Array.from(text.matchAll(new RegExp(pattern, "gmu"))).at(-1);
  if (last === undefined) return undefined;
  const { tests, passed, failed = "0", skipped = "0" } = last.groups ?? {};
  const failures = Number(failed);
  const ran = tests === undefined ? Number(passed) + failures : Number(tests) - Number(skipped);
  const counts = {
    tests: ran,
    passed: passed === undefined ? ran - failures : Number(passed),
    failed: failures,
    skipped: Number(skipped),
  };
  return Object.values(counts).every((count) => Number.isInteger(count) && count >= 0) ? counts : undefined;
}
