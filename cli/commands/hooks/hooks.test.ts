/** The hooks at work: real commits and pushes, through the real command line. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { assertMatchesSchema } from "../../check-json.ts";
import { spawnCli, spawnJson } from "../../spawn-cli.ts";

const root = mkdtempSync(join(tmpdir(), "helios-hooks-cli-"));
after(() => rmSync(root, { recursive: true, force: true }));

const umount = 'import { execSync } from "node:child_process";\nexecSync("umount /x");\n';

function put(directory: string, file: string, text: string): void {
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  writeFileSync(join(directory, file), text);
}

async function repository(): Promise<string> {
  const directory = mkdtempSync(join(root, "repository-"));
  execFileSync("git", ["init", "-q", "--initial-branch=main"], { cwd: directory });
  for (const [key, value] of [
    ["user.email", "test@example.org"],
    ["user.name", "Test"],
  ] as const)
    execFileSync("git", ["config", key, value], { cwd: directory });
  const installed = await spawnJson(["hooks", "install"], { cwd: directory });
  assertMatchesSchema("hooks", installed);
  return directory;
}

/** Status and everything Git and the hook said. */
function git(directory: string, ...args: string[]): Promise<{ status: number; said: string }> {
  return new Promise((resolve) => {
    execFile("git", args, { cwd: directory }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), said: stdout + stderr }),
    );
  });
}

test("a commit with a forbidden mechanism is refused, as it is staged and not as it lies in the directory", async () => {
  const directory = await repository();
  put(directory, "src/a.js", umount);
  await git(directory, "add", ".");
  put(directory, "src/a.js", "export {};\n");
  const refused = await git(directory, "commit", "-m", "x");
  assert.equal(refused.status, 1, refused.said);
  assert.match(refused.said, /src\/a\.js:2:1/);
  // A commit of other files has an index of its own.
  put(directory, "b.js", "export const b = 1; // mount\n");
  await git(directory, "add", "--intent-to-add", "b.js");
  const partial = await git(directory, "commit", "-m", "only b", "b.js");
  assert.equal(partial.status, 0, partial.said);
  assert.match(partial.said, /user-space-only pass/);
});

test("the licences are looked at when package.json or a lock file is staged, and only then", async () => {
  const directory = await repository();
  put(
    directory,
    "package.json",
    '{ "name": "x", "version": "1.0.0", "license": "MIT", "dependencies": { "y": "1" } }',
  );
  await git(directory, "add", ".");
  const commit = await git(directory, "commit", "-m", "x");
  assert.match(commit.said, /licences: not-checked/, commit.said);
  assert.equal(commit.status, 0, "not checked is said and stops nobody");
});

test("a push runs every guard on the tree; one that only deletes a branch runs none", async () => {
  const directory = await repository();
  const remote = join(root, "remote.git");
  execFileSync("git", ["init", "-q", "--bare", remote]);
  put(directory, "a.c", "#include <sched.h>\nint f(void) { return unshare(CLONE_NEWUSER); }\n");
  await git(directory, "add", ".");
  await git(directory, "commit", "--no-verify", "-m", "x");
  const refused = await git(directory, "push", remote, "main");
  assert.notEqual(refused.status, 0);
  assert.match(refused.said, /user-space-only: fail[\s\S]*vulnerabilities: /);
  await git(directory, "push", "--no-verify", remote, "main", "main:old");
  const deleted = await git(directory, "push", remote, ":old");
  assert.equal(deleted.status, 0, deleted.said);
  assert.doesNotMatch(deleted.said, /user-space-only/);
});

test("status says what is there, and uninstall takes it away", async () => {
  const directory = await repository();
  const status = await spawnJson(["hooks", "status"], { cwd: directory });
  assert.deepEqual(
    (status["hooks"] as { state: string }[]).map(({ state }) => state),
    ["installed", "installed"],
  );
  const removed = await spawnJson(["hooks", "uninstall"], { cwd: directory });
  assertMatchesSchema("hooks", removed);
  assert.equal((await spawnCli(["hooks", "status"], { cwd: directory })).status, 3);
  const outside = await spawnCli(["hooks", "install"], { cwd: root });
  assert.equal(outside.status, 2);
  assert.match(outside.stderr, /HOOKS_NO_CHECKOUT/);
});
