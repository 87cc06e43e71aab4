import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { parseLine, traceCommand } from "./trace.ts";

const tracer = "strace";
const hasStrace = spawnSync(tracer, ["-V"]).status === 0;
/** A container may have strace and forbid ptrace; then the real path cannot be tried either. */
const canTrace = hasStrace && spawnSync(tracer, ["-qq", "-o", "/dev/null", "true"]).status === 0;
const skip = !hasStrace ? "skipped: no strace" : !canTrace ? "skipped: ptrace is not permitted" : false;

test("without strace the answer is not-checked, with the reason and what to do", async () => {
  const result = await traceCommand("true", [], { strace: "/nonexistent/strace" });
  assert.equal(result.kind, "not-checked");
  assert.match(result.kind === "not-checked" ? result.reason : "", /not installed/);
  assert.match(result.kind === "not-checked" ? result.remedy : "", /install/);
});

test("a tracer that traces nothing is not a pass", async () => {
  const result = await traceCommand("true", [], { strace: "true", output: "ignore" });
  assert.equal(result.kind, "not-checked");
});

test("a command that does not start is not-checked", { skip }, async () => {
  const result = await traceCommand("/nonexistent/program", [], { output: "ignore" });
  assert.equal(result.kind, "not-checked");
});

test("a harmless command is traced, found clean, and keeps its exit code", { skip }, async () => {
  const result = await traceCommand("sh", ["-c", "ls / | cat; exit 3"], { output: "ignore" });
  assert.deepEqual(result, { kind: "traced", exitCode: 3, signal: undefined, forbidden: [] });
});

test("a forbidden call of a grandchild is reported, refused or not", { skip }, async () => {
  const result = await traceCommand("sh", ["-c", "sh -c 'unshare -U true; true'; true"], {
    output: "ignore",
  });
  assert.equal(result.kind, "traced");
  const calls = result.kind === "traced" ? result.forbidden : [];
  assert.deepEqual(
    calls.map((call) => call.ruleId),
    ["user-space-only/namespace-unshare"],
  );
  assert.match(calls[0]?.call ?? "", /^unshare\(CLONE_NEWUSER/);
});

test("node itself makes no forbidden call", { skip }, async () => {
  const result = await traceCommand(process.execPath, ["-e", "1"], { output: "ignore" });
  assert.deepEqual(result, { kind: "traced", exitCode: 0, signal: undefined, forbidden: [] });
});

test("lines of strace are read with their result, interrupted calls by their arguments", () => {
  assert.deepEqual(parseLine("123   unshare(CLONE_NEWUSER) = 0"), {
    pid: 123,
    name: "unshare",
    text: "unshare(CLONE_NEWUSER) = 0",
    succeeded: true,
  });
  assert.equal(
    parseLine('9 mount("a", "b", "overlay", 0, NULL) = -1 EPERM (Operation not permitted)')?.succeeded,
    false,
  );
  assert.equal(parseLine("9 unshare(CLONE_NEWNS <unfinished ...>")?.name, "unshare");
  assert.equal(parseLine("9 <... unshare resumed>) = 0"), undefined);
  assert.equal(parseLine("9 +++ exited with 0 +++"), undefined);
});
