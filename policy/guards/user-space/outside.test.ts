/** Commands handed to functions of other files: followed where the file that is meant executes them, and only there. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { noExceptions } from "../../exceptions.ts";
import { plantTree } from "../guard.suite.ts";
import { userSpaceGuard } from "../user-space-only.ts";

const exceptions = noExceptions(new Date("2026-06-01T00:00:00Z"));

async function found(root: string, files: "tree" | "staged" = "tree"): Promise<string[]> {
  const { findings } = await userSpaceGuard({ files }).run({ root, exceptions });
  return findings.map(({ file, line, ruleId }) => `${file}:${line} ${ruleId.split("/")[1]}`);
}

test("JavaScript: named, default and whole imports, modules that hand on, methods of a class", async (t) => {
  const root = await plantTree(t, {
    "src/run.ts": `import { execSync, spawn } from "node:child_process";
export const run = (command: string) => execSync(command);
export default function start(program: string, ...args: string[]) { return spawn(program, args); }
export class Runner { exec(command: string) { return execSync(\`sudo \${command}\`); } }
export function log(text: string) { console.log(text); }
`,
    "src/index.ts": 'export * from "./run.ts";\nexport { run as shell } from "./run.js";\n',
    "src/old.cjs":
      'const { execSync } = require("child_process");\nmodule.exports = function (c) { return execSync(c); };\nexports.sh = sh;\nfunction sh(c) { execSync(c); }\n',
    "src/a.ts": `import start, { run, log, Runner } from "./run";
import { shell } from ".";
import * as tools from "./index";
run("umount /data");
log("umount /data");
start("losetup", "-f", "x");
shell("swapoff -a");
tools.run("chroot /srv ls");
const runner = new Runner();
runner.exec("mount -a");
`,
    "src/b.js": `const { sh } = require("./old.cjs");
sh("umount /b");
const mocked = { run() {} };
mocked.run("umount /b");
`,
  });
  assert.deepEqual(await found(root), [
    "src/a.ts:4 mount-call",
    "src/a.ts:6 mount-call",
    "src/a.ts:7 system-state",
    "src/a.ts:8 chroot",
    "src/a.ts:10 mount-call",
    "src/b.js:2 mount-call",
  ]);
});

test("Python: modules, packages that hand on, relative imports, named arguments", async (t) => {
  const root = await plantTree(t, {
    "tool/__init__.py": "from .core import run_cmd\n",
    "tool/core.py": `import subprocess
def run_cmd(args, **options):
    return subprocess.run(args, check=True, **options)
def show(args):
    print(args)
`,
    "tool/disk.py": `from . import core
from .core import run_cmd as sh
core.run_cmd(["umount", "/a"])
sh(args=["losetup", "-d", "/dev/loop0"])
core.show(["umount", "/a"])
`,
    "main.py":
      'import tool\nfrom tool import run_cmd\nrun_cmd(["mount", "-a"])\ntool.run_cmd(["swapon", "-a"])\n',
  });
  assert.deepEqual(await found(root), [
    "main.py:3 mount-call",
    "main.py:4 system-state",
    "tool/disk.py:3 mount-call",
    "tool/disk.py:4 mount-call",
  ]);
});

test("Go: the same package, another one, and not a function of that name elsewhere", async (t) => {
  const root = await plantTree(t, {
    "internal/run/run.go":
      'package run\n\nimport "os/exec"\n\nfunc Line(line string) { exec.Command("sh", "-c", line).Run() }\n',
    "cmd/main.go":
      'package main\n\nimport "example.org/tool/internal/run"\n\nfunc main() {\n\trun.Line("umount /a")\n\thelper("swapon", "-a")\n\tLine("umount /b")\n}\n',
    "cmd/helper.go":
      'package main\n\nimport "os/exec"\n\nfunc helper(name string, args ...string) { exec.Command(name, args...).Run() }\n',
  });
  assert.deepEqual(await found(root), ["cmd/main.go:6 mount-call", "cmd/main.go:7 system-state"]);
});

test("C and Rust: what the linker and the module path find", async (t) => {
  const root = await plantTree(t, {
    "util.c":
      "#include <stdlib.h>\nint run_cmd(const char *cmd) { return system(cmd); }\nstatic int hidden(const char *cmd) { return system(cmd); }\n",
    "main.c": 'int main(void) {\n  run_cmd("umount /a");\n  hidden("umount /b");\n  return 0;\n}\n',
    "src/util.rs":
      "use std::process::Command;\npub fn run(program: &str, args: &[&str]) {\n    Command::new(program).args(args).status().unwrap();\n}\n",
    "src/main.rs":
      'mod util;\nuse crate::util::run;\nfn main() {\n    run("umount", &["/a"]);\n    util::run("swapoff", &["-a"]);\n    util::note("umount", &["/a"]);\n}\n',
  });
  assert.deepEqual(await found(root), [
    "main.c:2 mount-call",
    "src/main.rs:4 mount-call",
    "src/main.rs:5 system-state",
  ]);
});

test("staged files know the functions of files that are not staged", async (t) => {
  const root = await plantTree(t, {
    "run.js": 'import { execSync } from "node:child_process";\nexport const run = (c) => execSync(c);\n',
    "fs.c":
      "int mount(const char *a, const char *b, const char *c, unsigned long d, const void *e) { return 0; }\n",
    "fs.h": "int mount(const char *, const char *, const char *, unsigned long, const void *);\n",
  });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { cwd: root });
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "a");
  const more = {
    "a.js": 'import { run } from "./run.js";\nrun("umount /a");\n',
    "b.c": '#include "fs.h"\nint f(void) { return mount("a", "/b", "own", 0, 0); }\n',
  };
  for (const [name, text] of Object.entries(more)) await writeFile(`${root}/${name}`, text);
  git("add", ".");
  assert.deepEqual(await found(root, "staged"), ["a.js:2 mount-call"]);
  assert.deepEqual(await found(root), ["a.js:2 mount-call"]);
});

test("modules that hand on to each other end", async (t) => {
  const root = await plantTree(t, {
    "a.js": 'export * from "./b.js";\n',
    "b.js": 'export * from "./a.js";\n',
    "c.js": 'import { run } from "./a.js";\nrun("umount /a");\n',
  });
  assert.deepEqual(await found(root), []);
});
