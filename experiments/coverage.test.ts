import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { gitEnvironment } from "./git-command.ts";
import { collectCoverage } from "./coverage.ts";

let root = "";
let commit = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "helios-coverage-"));
  mkdirSync(join(root, ".github/scripts"), { recursive: true });
  writeFileSync(join(root, "package.json"), '{ "name": "helios" }');
  writeFileSync(join(root, ".gitignore"), "coverage/\n");
  script("process.exit(9)");
  git("init", "-q", ".");
  commit = commitAll();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(...args: string[]): string {
  const identity = ["-c", "user.name=A", "-c", "user.email=a@b"];
  return execFileSync("git", ["-C", root, ...identity, ...args], { encoding: "utf8", env: gitEnvironment() });
}

function commitAll(): string {
  git("add", "-A");
  git("commit", "-q", "-m", "x");
  return git("rev-parse", "HEAD").trim();
}

/** What stands for the project's test script. */
function script(body: string): void {
  writeFileSync(join(root, ".github/scripts/test.mjs"), body);
}

/** A script that leaves what the real one leaves. */
function testScript(run: object): string {
  return `import { mkdirSync, writeFileSync } from "node:fs";
    mkdirSync("coverage", { recursive: true });
    writeFileSync("coverage/coverage-summary.json", ${JSON.stringify(JSON.stringify(summary(91)))});
    writeFileSync("coverage/test-run.json", ${JSON.stringify(JSON.stringify(run))});`;
}

function summary(lines: number | "Unknown"): object {
  const pct = (value: number | "Unknown") => ({ total: 100, covered: 1, skipped: 0, pct: value });
  return { total: { lines: pct(lines), statements: pct(92), branches: pct(80), functions: pct(85) } };
}

const testRun = (changes: object = {}) => ({
  format: "helios-test-run/1",
  commit,
  clean: true,
  complete: true,
  passed: 10,
  failed: 0,
  ...changes,
});

function store(run: object, lines: number | "Unknown" = 90): void {
  mkdirSync(join(root, "coverage"), { recursive: true });
  writeFileSync(join(root, "coverage/coverage-summary.json"), JSON.stringify(summary(lines)));
  writeFileSync(join(root, "coverage/test-run.json"), JSON.stringify(run));
}

/** Without the mark of a test process, which would keep the tests from being run. */
async function collect(run: boolean, limitSeconds = 30) {
  const mark = process.env["NODE_TEST_CONTEXT"];
  delete process.env["NODE_TEST_CONTEXT"];
  try {
    return await collectCoverage(root, { run, limitSeconds });
  } finally {
    if (mark !== undefined) process.env["NODE_TEST_CONTEXT"] = mark;
  }
}

describe("coverage", () => {
  test("is taken from the summary of this very revision, as shares, without running anything", async () => {
    store(testRun({ failed: 1, failedTests: ["x.test.ts: a"] }));
    assert.deepEqual(await collect(true), {
      kind: "present",
      grade: "measured",
      source: "coverage/coverage-summary.json (c8)",
      value: {
        lines: 0.9,
        statements: 0.92,
        branches: 0.8,
        functions: 0.85,
        revision: commit,
        matchesRevision: true,
        testsRun: 11,
        testsFailed: 1,
        failedTests: ["x.test.ts: a"],
      },
    });
  });

  for (const [what, changes] of [
    ["of another revision", { commit: "0".repeat(40) }],
    ["of a part of the tests", { complete: false }],
    ["of a tree with local changes", { clean: false }],
  ] as const) {
    test(`${what} does not count for this one`, async () => {
      store(testRun(changes));
      const evidence = await collect(false);
      assert.ok(evidence.kind === "present" && !evidence.value.matchesRevision, JSON.stringify(evidence));
    });
  }

  test("is measured by running the tests where no summary fits", async () => {
    script(testScript(testRun({ clean: false })));
    store(testRun({ commit: "0".repeat(40) }));
    const evidence = await collect(true);
    assert.ok(evidence.kind === "present" && evidence.value.matchesRevision, JSON.stringify(evidence));
    assert.equal(evidence.value.lines, 0.91);
    assert.equal(evidence.value.revision, `${commit} with local changes`);
  });

  test("is measured again where the tree changed since the summary", async () => {
    store(testRun());
    script(testScript(testRun({ clean: false, passed: 77 })));
    const evidence = await collect(true);
    assert.equal(evidence.kind === "present" && evidence.value.testsRun, 77);
  });

  test("is 0 where c8 had nothing to cover", async () => {
    store(testRun(), "Unknown");
    const evidence = await collect(false);
    assert.equal(evidence.kind === "present" && evidence.value.lines, 0);
  });
});

describe("coverage is missing, with the reason", () => {
  async function assertMissing(run: boolean, reason: RegExp, limitSeconds?: number): Promise<void> {
    const evidence = await collect(run, limitSeconds);
    assert.ok(evidence.kind === "missing" && reason.test(evidence.reason), JSON.stringify(evidence));
    assert.match(evidence.remedy, /make test/);
  }

  test("where there is no summary and tests may not be run", () =>
    assertMissing(false, /no coverage summary/));

  test("where the summary does not say how many tests ran", async () => {
    store(testRun({ passed: undefined }));
    await assertMissing(false, /how many tests/);
  });

  test("where the tests cannot be run", () => assertMissing(true, /could not be run/));

  test("where the tests take too long", async () => {
    script("setTimeout(() => {}, 60_000)");
    await assertMissing(true, /longer than 1 s/, 1);
  });

  test("outside a checkout of this project", async () => {
    rmSync(join(root, ".git"), { recursive: true });
    await assertMissing(true, /not a Git checkout/);
    git("init", "-q", ".");
    writeFileSync(join(root, "package.json"), '{ "name": "another" }');
    commitAll();
    await assertMissing(true, /not a Git checkout of Helios/);
  });

  test("inside a test, which must not start all tests again", async () => {
    process.env["NODE_TEST_CONTEXT"] ??= "child";
    const evidence = await collectCoverage(root, { run: true });
    assert.ok(evidence.kind === "missing" && /inside a test/.test(evidence.reason), JSON.stringify(evidence));
  });
});
