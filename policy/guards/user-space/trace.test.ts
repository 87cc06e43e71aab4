import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { completed, parseLine, traceCommand } from "./trace.ts";

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
  assert.ok(calls[0]?.process === "unshare" || calls[0]?.process === undefined);
});

test(
  "a write to a control group is seen however the file is named, reading it is not",
  { skip },
  async () => {
    const script =
      "cat /sys/fs/cgroup/cgroup.controllers; mkdir /sys/fs/cgroup/nonexistent/x; cd /sys/fs && : > cgroup/nonexistent/cgroup.procs; true";
    const result = await traceCommand("sh", ["-c", script], { output: "ignore" });
    const calls = result.kind === "traced" ? result.forbidden : [];
    assert.deepEqual(
      calls.map(({ ruleId, succeeded }) => [ruleId, succeeded]),
      [
        ["user-space-only/cgroup-write", false],
        ["user-space-only/cgroup-write", false],
      ],
    );
  },
);

test("node itself makes no forbidden call", { skip }, async () => {
  const result = await traceCommand(process.execPath, ["-e", "1"], { output: "ignore" });
  assert.deepEqual(result, { kind: "traced", exitCode: 0, signal: undefined, forbidden: [] });
});

test("lines of strace are read with process and result", () => {
  assert.deepEqual(parseLine("123<a b>   unshare(CLONE_NEWUSER) = 0"), {
    pid: 123,
    process: "a b",
    name: "unshare",
    text: "unshare(CLONE_NEWUSER) = 0",
    succeeded: true,
  });
  assert.equal(
    parseLine('9 mount("a", "b", "overlay", 0, NULL) = -1 EPERM (Operation not permitted)')?.succeeded,
    false,
  );
  assert.equal(parseLine("9 +++ exited with 0 +++"), undefined);
});

test("an interrupted call stands in two lines, or in one where the log ends first", async () => {
  const log = [
    "9<a> unshare(CLONE_NEWNS <unfinished ...>",
    "10<b> setns(3, 0 <unfinished ...>",
    "9<a> <... unshare resumed>) = 0",
  ];
  const calls = [];
  for await (const call of completed(log)) calls.push(call);
  assert.deepEqual(
    calls.map(({ pid, text, succeeded }) => [pid, text, succeeded]),
    [
      [9, "unshare(CLONE_NEWNS) = 0", true],
      [10, "setns(3, 0 <unfinished ...>", false],
    ],
  );
});
