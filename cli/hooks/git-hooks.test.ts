/** Hooks against real repositories: nothing of somebody else is lost, whatever was there before. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { hookReports, installHooks, openRepository, uninstallHooks } from "./git-hooks.ts";
import { hookScript, originOf } from "./hook-script.ts";

const home = realpathSync(mkdtempSync(path.join(tmpdir(), "helios-hooks-")));
after(() => rmSync(home, { recursive: true, force: true }));

const program = { node: "/opt/node's/bin/node", script: "/opt/helios/bin/helios-cli.js" };
const foreign = "#!/bin/sh\necho theirs\n";

function git(directory: string, ...args: string[]): string {
  return execFileSync("git", args, { cwd: directory, encoding: "utf8" }).trim();
}

function repository(): string {
  const directory = mkdtempSync(path.join(home, "repository-"));
  git(directory, "init", "-q", "--initial-branch=main");
  git(directory, "config", "user.email", "test@example.org");
  git(directory, "config", "user.name", "Test");
  return directory;
}

const states = async (directory: string) =>
  (await hookReports(await openRepository(directory), program)).map(({ state, chained }) => [state, chained]);

test("installed hooks can be executed, are known again, and installing twice changes nothing", async () => {
  const directory = repository();
  const opened = await openRepository(directory);
  assert.equal(opened.hooks, path.join(directory, ".git/hooks"));
  await installHooks(opened, program, false);
  const file = path.join(opened.hooks, "pre-commit");
  const before = readFileSync(file, "utf8");
  assert.ok((statSync(file).mode & 0o111) !== 0);
  assert.deepEqual(await states(directory), [
    ["installed", false],
    ["installed", false],
  ]);
  await installHooks(opened, program, false);
  assert.equal(readFileSync(file, "utf8"), before);
  assert.deepEqual(
    readdirSync(opened.hooks).filter((name) => !name.endsWith(".sample")),
    ["pre-commit", "pre-push"],
  );
  // Another place of the program: the hook is ours and can be brought up to date without being asked twice.
  const moved = { ...program, script: "/elsewhere/helios-cli.js" };
  assert.equal((await hookReports(opened, moved))[0]?.state, "outdated");
  await installHooks(opened, moved, false);
  assert.equal((await hookReports(opened, moved))[0]?.state, "installed");
});

test("a hook of somebody else is kept, and comes back when ours is taken away", async () => {
  const directory = repository();
  const opened = await openRepository(directory);
  mkdirSync(opened.hooks, { recursive: true });
  writeFileSync(path.join(opened.hooks, "pre-commit"), foreign, { mode: 0o755 });
  assert.deepEqual(await states(directory), [
    ["foreign", false],
    ["missing", false],
  ]);
  await installHooks(opened, program, false);
  assert.deepEqual(await states(directory), [
    ["installed", true],
    ["installed", false],
  ]);
  await uninstallHooks(opened, program, false);
  assert.equal(readFileSync(path.join(opened.hooks, "pre-commit"), "utf8"), foreign);
  assert.ok(!existsSync(path.join(opened.hooks, "pre-push")));
  // Once more: what is not ours stays.
  await uninstallHooks(opened, program, false);
  assert.equal(readFileSync(path.join(opened.hooks, "pre-commit"), "utf8"), foreign);
});

test("where something would be lost it is refused and nothing is written; --force puts it aside", async () => {
  const directory = repository();
  const opened = await openRepository(directory);
  mkdirSync(opened.hooks, { recursive: true });
  const push = path.join(opened.hooks, "pre-push");
  writeFileSync(push, foreign, { mode: 0o755 });
  writeFileSync(`${push}.before-helios`, "older\n");
  await assert.rejects(installHooks(opened, program, false), { code: "HOOK_EXISTS" });
  assert.ok(!existsSync(path.join(opened.hooks, "pre-commit")), "all are looked at before any is written");
  await installHooks(opened, program, true);
  assert.equal(readFileSync(`${push}.before-helios`, "utf8"), foreign);
  assert.equal(readFileSync(`${push}.before-helios.replaced-1`, "utf8"), "older\n");

  appendFileSync(push, "echo mine\n");
  await assert.rejects(installHooks(opened, program, false), { code: "HOOK_CHANGED" });
  await assert.rejects(uninstallHooks(opened, program, false), { code: "HOOK_CHANGED" });
  await uninstallHooks(opened, program, true);
  assert.match(readFileSync(`${push}.replaced-1`, "utf8"), /echo mine/);
  assert.equal(readFileSync(push, "utf8"), foreign);
});

test("core.hooksPath and worktrees are respected, a directory shared by all repositories is refused", async () => {
  const directory = repository();
  git(directory, "config", "core.hooksPath", ".githooks");
  mkdirSync(path.join(directory, "deep/inside"), { recursive: true });
  const opened = await openRepository(path.join(directory, "deep/inside"));
  assert.equal(opened.hooks, path.join(directory, ".githooks"), "relative to where hooks run");
  await installHooks(opened, program, false);
  assert.ok(existsSync(path.join(directory, ".githooks/pre-push")));

  const other = repository();
  git(other, "commit", "-q", "--allow-empty", "-m", "first");
  const worktree = path.join(home, "worktree");
  git(other, "worktree", "add", "-q", worktree);
  assert.equal(
    (await openRepository(worktree)).hooks,
    path.join(other, ".git/hooks"),
    "the hooks Git runs there",
  );

  const shared = { hooks: path.join(home, "shared"), scope: "global" };
  await assert.rejects(installHooks(shared, program, false), { code: "HOOKS_SHARED", remedy: /--force/ });
  assert.ok(!existsSync(shared.hooks));
  await installHooks(shared, program, true);
  assert.ok(existsSync(path.join(shared.hooks, "pre-commit")));
});

test("outside of a checkout it is refused", async () => {
  await assert.rejects(openRepository(home), { code: "HOOKS_NO_CHECKOUT" });
  const bare = path.join(home, "bare.git");
  git(home, "init", "-q", "--bare", bare);
  await assert.rejects(openRepository(bare), { code: "HOOKS_NO_CHECKOUT" });
});

test("the hooks are valid shell, whatever the path of the program, and a changed one is recognised", () => {
  const odd = { node: "/a b/$(touch x)/n'ode", script: '/c"d/`e`.js' };
  for (const hook of ["pre-commit", "pre-push"] as const) {
    const script = hookScript(hook, odd);
    const file = path.join(home, `${hook}.sh`);
    writeFileSync(file, script);
    execFileSync("sh", ["-n", file]);
    assert.equal(originOf(script), "ours");
    assert.equal(originOf(`${script}\n`), "changed");
    assert.equal(originOf(foreign), "foreign");
  }
});

test("the chained hook runs first, hears what is pushed, and can stop it; the status of the check is handed on", () => {
  const directory = repository();
  const hooks = path.join(directory, ".git/hooks");
  mkdirSync(hooks, { recursive: true });
  // A program in the project's own node_modules that says how it was called and ends as it is told.
  const bin = path.join(directory, "node_modules/.bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, "helios-cli"), '#!/bin/sh\necho "helios $*: $(cat)"\nexit "${STATUS:-0}"\n', {
    mode: 0o755,
  });
  writeFileSync(path.join(hooks, "pre-push"), hookScript("pre-push", program), { mode: 0o755 });
  writeFileSync(
    path.join(hooks, "pre-push.before-helios"),
    '#!/bin/sh\necho "theirs $1: $(cat)"\nexit "${THEIRS:-0}"\n',
  );
  chmodSync(path.join(hooks, "pre-push.before-helios"), 0o755);

  const push = (environment: Record<string, string> = {}) => {
    try {
      const stdout = execFileSync(path.join(hooks, "pre-push"), ["origin"], {
        cwd: directory,
        input: "refs/heads/main abc refs/heads/main def\n",
        encoding: "utf8",
        env: { ...process.env, ...environment },
      });
      return { status: 0, stdout };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string };
      return { status, stdout };
    }
  };
  assert.deepEqual(push(), {
    status: 0,
    stdout:
      "theirs origin: refs/heads/main abc refs/heads/main def\nhelios hooks run pre-push: refs/heads/main abc refs/heads/main def\n",
  });
  assert.deepEqual(push({ THEIRS: "7" }).status, 7);
  assert.doesNotMatch(push({ THEIRS: "7" }).stdout, /helios/);
  assert.equal(push({ STATUS: "1" }).status, 1);
  assert.equal(push({ STATUS: "2" }).status, 2);
  assert.equal(push({ STATUS: "3" }).status, 0, "not checked is said and stops nobody");
  git(directory, "config", "helios.strictHooks", "true");
  assert.equal(push({ STATUS: "3" }).status, 3);
});
