/** Outcomes of test commands that are well, and of some that are not, as real processes. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { loadTasks, readTask } from "./load-tasks.ts";
import { TaskError } from "./errors.ts";
import { validateTask } from "./validate-task.ts";
import { countsIn } from "./test-evidence.ts";
import { applyUnifiedDiff } from "./unified-diff.ts";
import { type Verification, verifyTask } from "./verify.ts";

const folder = mkdtempSync(join(tmpdir(), "helios-tasks-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const header = `# a comment
format: helios-task/1
id: NAME
version: 1
title: t
instruction: i
language: other
`;
const rest = `oracle: { diff: oracle.diff }
noOp: { visible: green, hidden: red }
allowedPaths: [value.txt]
timeouts: { setupSeconds: 5, searchSeconds: 5, verificationSeconds: 5 }
seed: 1
environment: { TZ: UTC, LANG: C, PYTHONHASHSEED: "0" }
tags: { size: one-line, kind: defect }
`;
const evidence = "evidence: { from: pattern, pattern: '^(?<passed>\\d+) passed, (?<failed>\\d+) failed$' }";

/** A pack of one task whose tests are a script of the shell. */
function taskOf(name: string, script: string, edit = (yaml: string): string => yaml): string {
  const directory = join(folder, name);
  for (const each of ["files", "visible", "hidden"]) mkdirSync(join(directory, each), { recursive: true });
  writeFileSync(join(directory, "files", "value.txt"), "1\n");
  writeFileSync(join(directory, "visible", "visible.sh"), "echo 1 passed, 0 failed\n");
  writeFileSync(join(directory, "hidden", "hidden.sh"), script);
  writeFileSync(join(directory, "oracle.diff"), "--- a/value.txt\n+++ b/value.txt\n@@ -1 +1 @@\n-1\n+2\n");
  const suites = ["visible", "hidden"].map(
    (suite) => `${suite}: { directory: ${suite}, command: [sh, ${suite}.sh], ${evidence} }\n`,
  );
  const yaml = header.replace("NAME", name) + suites.join("") + rest;
  writeFileSync(join(directory, "task.yaml"), edit(yaml));
  return directory;
}

const shorter = (yaml: string): string => yaml.replace("verificationSeconds: 5", "verificationSeconds: 0.5");

async function hidden(name: string, script: string, edit?: (yaml: string) => string): Promise<Verification> {
  return verifyTask(readTask(taskOf(name, script, edit)), { suite: "hidden" });
}

function stillRuns(marker: string): boolean {
  if (!existsSync("/proc")) return false;
  return readdirSync("/proc").some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(marker);
    } catch {
      return false;
    }
  });
}

describe("outcomes", () => {
  test("green needs evidence that tests ran", async () => {
    assert.equal((await hidden("green", "echo 2 passed, 0 failed")).outcome, "green");
    const { outcome, reason } = await hidden("silent", "exit 0");
    assert.equal(outcome, "no-tests");
    assert.match(reason, /nothing in the output/);
    assert.equal((await hidden("none", "echo 0 passed, 0 failed")).outcome, "no-tests");
  });

  test("red by exit code, and by the summary", async () => {
    const run = await hidden("red", "echo 2 passed, 1 failed; exit 3");
    assert.equal(run.outcome, "red");
    assert.deepEqual(run.counts, { tests: 3, passed: 2, failed: 1, skipped: 0 });
    assert.equal((await hidden("lies", "echo 2 passed, 1 failed")).outcome, "red");
  });

  test("a command that hangs, and forks away from its group, leaves nobody", async () => {
    const script = "setsid sleep 987 & sleep 987 & sleep 987";
    const run = await hidden("hangs", script, shorter);
    assert.deepEqual([run.outcome, run.limit], ["timeout", "wall-clock"]);
    assert.match(run.reason, /longer than 0.5 s/);
    assert.equal(stillRuns("sleep\u0000987"), false);
  });

  test("processes left behind are ended and counted, and do not hold up the answer", async () => {
    const run = await hidden("leaves", "setsid sleep 986 & sleep 0.1; echo 1 passed, 0 failed");
    assert.equal(run.outcome, "green");
    if (existsSync("/proc")) assert.ok(run.leftBehind > 0);
    assert.equal(stillRuns("sleep\u0000986"), false);
  });

  test("a flood of output is cut off, and its log is bounded", async () => {
    const run = await hidden("floods", "yes 0123456789");
    assert.deepEqual([run.outcome, run.limit], ["red", "output"]);
    assert.ok(run.log.length < 70_000);
    assert.match(run.log, /characters left out/);
  });

  test("processor time has its own limit", async () => {
    const task = readTask(taskOf("spins", "while :; do :; done"));
    const run = await verifyTask(task, { suite: "hidden", limits: { cpuSeconds: 1 } });
    assert.deepEqual([run.outcome, run.limit], ["timeout", "cpu"]);
  });

  test("a command that deletes its directory is not green", async () => {
    const run = await hidden("deletes", 'echo 1 passed, 0 failed; rm -rf "$PWD"');
    assert.equal(run.outcome, "red");
    assert.match(run.reason, /deleted its own directory/);
  });

  test("a program that is missing says nothing about the task", async () => {
    const edit = (yaml: string): string => yaml.replace("[sh, hidden.sh]", "[./gone]");
    const directory = taskOf("gone", "", edit);
    writeFileSync(join(directory, "hidden", "gone"), "#!/missing/program\n", { mode: 0o755 });
    const run = await verifyTask(readTask(directory), { suite: "hidden" });
    assert.equal(run.outcome, "environment");
  });

  test("the network is refused, in Node and in Python, and the log says so", async () => {
    const node = `await fetch("http://127.0.0.1:9999/").catch((e) => console.log(String(e.cause ?? e)))`;
    const run = await hidden("network", `node --input-type=module -e '${node}'; exit 1`);
    assert.equal(run.outcome, "red");
    assert.match(run.log, /network refused/);
    const python = "import socket; socket.create_connection(('127.0.0.1', 1))";
    const second = await hidden(
      "network-py",
      `command -v python3 || echo network refused; python3 -c "${python}"`,
    );
    assert.equal(second.outcome, "red");
    assert.match(second.log, /network refused/);
  });

  test("the environment is the task's, not this process's", async () => {
    process.env["HELIOS_SECRET_FOR_TEST"] = "leaked";
    const run = await hidden("pins", 'echo "$TZ $LANG $PYTHONHASHSEED [$HELIOS_SECRET_FOR_TEST]"');
    delete process.env["HELIOS_SECRET_FOR_TEST"];
    assert.match(run.log, /^UTC C 0 \[\]$/m);
  });

  test("a change outside the allowed paths is refused", async () => {
    const task = readTask(taskOf("allowed", "exit 1"));
    for (const path of ["hidden.sh", "../value.txt"]) {
      await assert.rejects(verifyTask(task, { suite: "hidden", change: new Map([[path, null]]) }), {
        code: "TASK_CHANGE",
      });
    }
  });
});

describe("validation", () => {
  const good =
    "if grep -q 2 value.txt; then echo 1 passed, 0 failed; else echo 0 passed, 1 failed; exit 1; fi";

  test("an oracle by diff is applied, and the task is valid", async () => {
    const found = await validateTask(readTask(taskOf("valid", good)));
    assert.deepEqual([found.outcome, found.problems, found.runs.length], ["valid", [], 8]);
  });

  test("hidden tests that pass without a change make a task invalid", async () => {
    const found = await validateTask(readTask(taskOf("weak", "echo 1 passed, 0 failed")));
    assert.equal(found.outcome, "invalid");
    assert.match(found.problems.join(), /no-op, hidden tests: green/);
  });

  test("an oracle that is not green each time makes a task invalid", async () => {
    const counter = join(folder, "flaky-count");
    const script = good.replace(
      "echo 1 passed",
      `echo x >> '${counter}'; test $(wc -l < '${counter}') -ne 2 || exit 1; echo 1 passed`,
    );
    const found = await validateTask(readTask(taskOf("flaky", script)));
    assert.equal(found.outcome, "invalid");
    assert.match(found.problems.join(), /oracle, hidden tests, run 2 of 3: red/);
  });
});

describe("loading", () => {
  function refusal(name: string, edit: (yaml: string) => string): string {
    try {
      readTask(taskOf(name, "exit 1", edit));
    } catch (error) {
      assert.ok(error instanceof TaskError && error.code === "TASK_INVALID" && error.remedy !== "");
      return error.message;
    }
    throw new assert.AssertionError({ message: "was accepted" });
  }

  test("every mistake is named by line and column", () => {
    assert.match(
      refusal("one", (y) => y.replace("seed: 1", "seed: -1")),
      /task\.yaml:14:7: seed must be a whole number/,
    );
    assert.match(
      refusal("two", (y) => y.replace("title: t", "titel: t")),
      /:5:1: task has an unknown key "titel".*did you mean "title"/,
    );
    assert.match(
      refusal("three", (y) => y.replace("seed: 1", "seed: [")),
      /:\d+:\d+: /,
    );
    assert.match(
      refusal("four", (y) => y.replace("id: four", "id: five")),
      /:3:5: id is "five", its folder "four"/,
    );
    assert.match(
      refusal("five", (y) => y.replace("diff: oracle.diff", "diff: no.diff")),
      /there is no file no\.diff/,
    );
    assert.match(
      refusal("six", (y) => y.replaceAll("(?<passed>", "(")),
      /needs a named group/,
    );
    assert.match(
      refusal("seven", (y) => y.replace("[value.txt]", "[../x]")),
      /a relative path without "\.\."/,
    );
  });

  test("a pack is read one by one; a missing program is a skip, a broken file stops nobody", () => {
    const pack = mkdtempSync(join(folder, "pack-"));
    const inPack = (name: string, edit: (yaml: string) => string): void => {
      const made = taskOf(join(pack.slice(folder.length + 1), name), "exit 1", (yaml) =>
        edit(yaml.replace(/^id: .*$/m, `id: ${name}`)),
      );
      assert.ok(existsSync(made));
    };
    inPack("a-good", (yaml) => yaml);
    inPack("b-broken", (yaml) => yaml.replace("seed: 1", "seed: x"));
    inPack("c-missing", (yaml) => yaml.replace("[sh, hidden.sh]", "[no-such-program]"));
    const found = Array.from(loadTasks(pack));
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ["task", "broken", "skipped"],
    );
    assert.throws(() => Array.from(loadTasks(pack, { ids: ["a"] })), { code: "TASK_UNKNOWN" });
    assert.throws(() => Array.from(loadTasks(join(pack, "a-good", "files"))), { code: "TASK_PACK" });
    assert.throws(() => Array.from(loadTasks(join(pack, "nowhere"))), { code: "TASK_PACK" });
  });
});

test("counts are read from the summaries of node:test and unittest", () => {
  const node = ["tests 3", "suites 0", "pass 1", "fail 1", "cancelled 0", "skipped 1", "todo 0"];
  for (const sign of ["ℹ", "#"]) {
    const text = node.map((line) => `${sign} ${line}`).join("\n");
    assert.deepEqual(countsIn(text, { from: "node-test" }), { tests: 2, passed: 1, failed: 1, skipped: 1 });
  }
  const unittest = "Ran 4 tests in 0.001s\n\nFAILED (failures=1, errors=1, skipped=1)";
  assert.deepEqual(countsIn(unittest, { from: "unittest" }), { tests: 3, passed: 1, failed: 2, skipped: 1 });
  assert.equal(countsIn("Ran out of tests", { from: "unittest" }), undefined);
});

test("a diff that does not fit is refused with its line", () => {
  const diff = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n";
  assert.deepEqual(
    applyUnifiedDiff(diff, () => "a\nb\n", "d"),
    new Map([["x", "a\nc\n"]]),
  );
  assert.throws(() => applyUnifiedDiff(diff, () => "a\nz\n", "d"), /d:5: the diff does not fit/);
  const added = "--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+hello\n";
  assert.deepEqual(
    applyUnifiedDiff(added, () => undefined, "d"),
    new Map([["new", "hello\n"]]),
  );
});
