/** The scripts of the composite action, run as the action runs them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const action = fileURLToPath(new URL("../../../.github/actions/helios-audit", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "helios-action-"));
after(() => rmSync(root, { recursive: true, force: true }));

function step(script: string, environment: Readonly<Record<string, string>>) {
  const { GITHUB_OUTPUT: _output, GITHUB_STEP_SUMMARY: _summary, ...inherited } = process.env;
  const { status, stdout } = spawnSync(join(action, script), [], {
    cwd: root,
    encoding: "utf8",
    env: { ...inherited, NO_COLOR: "1", RUNNER_TEMP: root, ...environment },
  });
  return { status, stdout };
}

test("findings go into the summary and one SARIF file for each guard, and the verdict into the outputs", () => {
  const project = join(root, "project");
  mkdirSync(project);
  writeFileSync(join(project, "a.c"), "#include <sched.h>\nint f(void) { return unshare(CLONE_NEWUSER); }\n");
  const [output, summary] = [join(root, "output"), join(root, "summary.md")];
  const { status, stdout } = step("audit.sh", {
    AUDIT_PATH: project,
    AUDIT_GUARDS: "syscalls, nonsense",
    AUDIT_REQUIRE_FULL: "true",
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
  });
  assert.equal(status, 0, "the verdict decides later, after the upload");
  assert.match(stdout, /a\.c:2/);
  assert.match(stdout, /::error .*unknown guard: nonsense/);
  assert.match(readFileSync(summary, "utf8"), /a\\?\.c:2/);
  const outputs = Object.fromEntries(
    readFileSync(output, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split("=") as [string, string]),
  );
  assert.equal(outputs["verdict"], "error", "an unknown guard is worse than a finding");
  assert.deepEqual(readdirSync(outputs["sarif"] ?? ""), ["syscalls.sarif"]);
  const log = JSON.parse(readFileSync(join(outputs["sarif"] ?? "", "syscalls.sarif"), "utf8")) as {
    runs: { results: unknown[] }[];
  };
  assert.equal(log.runs[0]?.results.length, 1);
});

test("the verdict becomes the status that the input asks for; what could not be done always fails", () => {
  const status = (verdict: string, failOn: string) =>
    step("verdict.sh", { AUDIT_VERDICT: verdict, AUDIT_FAIL_ON: failOn }).status;
  assert.deepEqual(
    ["pass", "fail", "not-checked", "error", ""].map((verdict) => status(verdict, "findings")),
    [0, 1, 0, 2, 2],
  );
  assert.deepEqual(
    ["pass", "fail", "not-checked", "error"].map((verdict) => status(verdict, "not-checked")),
    [0, 1, 3, 2],
  );
  assert.deepEqual(
    ["pass", "fail", "not-checked", "error"].map((verdict) => status(verdict, "never")),
    [0, 0, 0, 2],
  );
  assert.equal(status("pass", "sometimes"), 2);
  assert.match(
    step("verdict.sh", { AUDIT_VERDICT: "not-checked" }).stdout,
    /::warning .*not \(fully\) checked/,
  );
});
