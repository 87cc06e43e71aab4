/** The project's own scripts do what CONTRIBUTING.md says of them, and go red when they should. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const scripts = fileURLToPath(new URL(".", import.meta.url));
const demoProject = join(scripts, "../demo-project");

test("a project survives the way through the store, and its own tests pass where it came out", () => {
  const { status, stdout, stderr } = run("integration-check.mjs");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /run_tests\.sh passed there \(2 tests\)/);
});

test("the integration check is red when the project's tests are", (t) => {
  const project = copyOfDemoProject(t);
  appendFileSync(join(project, "test/slug.test.mjs"), '\ntest("red", () => assert.fail("planted"));\n');
  const { status, stderr } = run("integration-check.mjs", "--project", project);
  assert.equal(status, 1);
  assert.match(stderr, /run_tests\.sh ended with 1/);
});

test("the integration check is red when the project's script succeeds without having run a test", (t) => {
  const project = copyOfDemoProject(t);
  writeFileSync(join(project, ".helios-ci/run_tests.sh"), "#!/bin/sh\nexit 0\n");
  const { status, stderr } = run("integration-check.mjs", "--project", project);
  assert.equal(status, 1);
  assert.match(stderr, /ended with 0 and 0 tests passed/);
});

test("the integration check refuses words it does not know", () => {
  assert.equal(run("integration-check.mjs", "destroy").status, 2);
});

test("the counting reporter counts what passed and what failed, and names what failed", (t) => {
  const folder = scratch(t);
  const file = join(folder, "planted.test.mjs");
  writeFileSync(
    file,
    'import test from "node:test";\ntest("a", () => {});\ntest("b", () => {});\ntest.suite("s", () => test("c", () => { throw new Error("planted"); }));\ntest("d", { todo: true }, () => { throw new Error("planted"); });\n',
  );
  const reporter = new URL("count-tests.mjs", import.meta.url).href;
  const { stdout } = node(
    "--test",
    "--test-reporter",
    reporter,
    "--test-reporter-destination",
    "stdout",
    file,
  );
  const { failedTests, ...counts } = JSON.parse(stdout);
  assert.deepEqual(counts, { passed: 2, failed: 1, skipped: 0, todo: 1 });
  assert.equal(failedTests.length, 1);
  assert.match(failedTests[0], /planted\.test\.mjs: c$/);
});

test("the lock file script adds what is missing for other systems, once, and changes nothing else", (t) => {
  const file = join(scratch(t), "package-lock.json");
  const wanter = {
    version: "1.0.0",
    dev: true,
    optionalDependencies: { "@x/linux-x64-gnu": "1.0.0", "@x/darwin-arm64": "1.0.0" },
  };
  const known = {
    version: "1.0.0",
    integrity: "sha512-x",
    cpu: ["x64"],
    dev: true,
    license: "MIT",
    optional: true,
    os: ["linux"],
  };
  const packages = { "": {}, "node_modules/@x/linux-x64-gnu": known, "node_modules/x": wanter };
  writeFileSync(file, JSON.stringify({ lockfileVersion: 3, packages }));

  assert.equal(run("complete-lock-file.mjs", "--check", file).status, 1);
  assert.equal(run("complete-lock-file.mjs", file).status, 0);
  assert.equal(run("complete-lock-file.mjs", "--check", file).status, 0);
  const added = {
    version: "1.0.0",
    cpu: ["arm64"],
    dev: true,
    license: "MIT",
    optional: true,
    os: ["darwin"],
  };
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")).packages, {
    ...packages,
    "node_modules/@x/darwin-arm64": added,
  });
});

test("the lock file has an entry for every system's optional packages, so that npm ci takes it", () => {
  const { status, stderr } = run("complete-lock-file.mjs", "--check");
  assert.equal(status, 0, stderr);
});

/** @param {string} script */
function run(script, ...args) {
  return node(join(scripts, script), ...args);
}

function node(...args) {
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT; // else a test runner started from here reports to this one
  delete env.GITHUB_OUTPUT;
  return spawnSync(process.execPath, args, { env, encoding: "utf8" });
}

function scratch(t) {
  const folder = mkdtempSync(join(tmpdir(), "helios-scripts-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function copyOfDemoProject(t) {
  const folder = scratch(t);
  cpSync(demoProject, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}
