/** The guard over trees that the tests make: what it must find, what it must admit not to have seen. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { noExceptions, parseExceptions, pinOfLine } from "../exceptions.ts";
import { guardSuite, plantTree } from "./guard.suite.ts";
import type { GuardResult } from "./guard.ts";
import { elfWith } from "./user-space/frontends/elf.example.ts";
import {
  userSpaceGuard,
  userSpaceOnly,
  type UserSpaceResult,
  type UserSpaceSettings,
} from "./user-space-only.ts";

const today = new Date("2026-06-01T00:00:00Z");
const unshareInC = "#include <sched.h>\nint main(void) {\n  return unshare(CLONE_NEWUSER);\n}\n";
const unshareInJavaScript = 'import { execSync } from "node:child_process";\nexecSync("unshare -Ur true");\n';

async function run(
  root: string,
  exceptions = noExceptions(today),
  settings?: UserSpaceSettings,
): Promise<UserSpaceResult> {
  const guard = settings === undefined ? userSpaceOnly : userSpaceGuard(settings);
  return await guard.run({ root, exceptions });
}

const found = (result: GuardResult): string[] =>
  result.findings.map((finding) => `${finding.file}:${finding.line} ${finding.ruleId}`);

guardSuite({
  guard: userSpaceOnly,
  clean: { "src/a.ts": "export const x = 1;\n", "src/b.sh": "echo mount /x\n" },
  planted: { "src/a.c": unshareInC },
  rule: "user-space-only/namespace-unshare",
});

test("a planted unshare(CLONE_NEWUSER) fails, in C and in JavaScript", async (t) => {
  const root = await plantTree(t, {
    "src/a.c": unshareInC,
    "src/b.js": unshareInJavaScript,
    "src/c.ts": "export const x = 1;\n",
  });
  const result = await run(root);
  assert.equal(result.verdict, "fail");
  assert.deepEqual(found(result), [
    "src/a.c:3 user-space-only/namespace-unshare",
    "src/b.js:2 user-space-only/namespace-unshare",
  ]);
  assert.equal(result.scanned, 3);
  assert.match(result.reason, /src\/a\.c:3/);
});

test("a clean tree passes, and says how much it looked at", async (t) => {
  const root = await plantTree(t, {
    "a.ts": "app.mount('/x');\n",
    "b.sh": "echo mount /x\n",
    "README.md": "mount -t overlay",
  });
  const result = await run(root);
  assert.equal(result.verdict, "pass");
  assert.equal(result.scanned, 2);
});

test("nothing to scan is not a pass", async (t) => {
  assert.equal((await run(await plantTree(t, {}))).verdict, "not-checked");
  assert.equal((await run(await plantTree(t, { "README.md": "x" }))).verdict, "not-checked");
});

test("what cannot be scanned is listed and keeps the tree from passing", async (t) => {
  const root = await plantTree(t, {
    "a.ts": "export {};\n",
    "b.rb": "system('mount /x')\n",
    "c.js": new Uint8Array([0, 1, 2, 3]),
    "d.sh": "if mount; then\n",
    "e.py": `# unshare\n${"x = 1\n".repeat(800_000)}`,
    "bin/f": "#!/usr/bin/perl\nprint 1;\n",
    "g.so": elfWith(undefined),
    "package-lock.json": "{ broken",
  });
  await symlink("loop", path.join(root, "loop"));
  await symlink("/", path.join(root, "out.py"));
  const result = await run(root);
  assert.equal(result.verdict, "not-checked");
  assert.deepEqual(
    result.notScanned.map((each) => `${each.path} ${each.code}`),
    [
      "b.rb language-not-covered",
      "bin/f language-not-covered",
      "c.js not-text",
      "d.sh parse-error",
      "e.py too-large",
      "g.so parse-error",
      "loop symlink-loop",
      "out.py outside-root",
      "package-lock.json parse-error",
    ],
  );
  for (const each of result.notScanned) assert.ok(!each.reason.includes(root), "no absolute path");
});

test("a harmless file in a language that is not covered is listed and no obstacle, unless all must be covered", async (t) => {
  const root = await plantTree(t, {
    "a.js": "app.mount(1);\n",
    "tool.rb": "puts 1\n",
    "app.conf": "x = 1\n",
  });
  const result = await run(root);
  assert.equal(result.verdict, "pass");
  assert.match(result.reason, /in languages without a front end/);
  assert.deepEqual(
    result.notScanned.map((each) => [each.path, each.code, each.harmless]),
    [["tool.rb", "language-not-covered", true]],
  );
  assert.deepEqual(result.languages, [{ language: "JavaScript, TypeScript", files: 1, parsed: 0 }]);
  assert.equal((await run(root, noExceptions(today), { requireFull: true })).verdict, "not-checked");
});

test("a suspicious one is an obstacle, until somebody looked and recorded that", async (t) => {
  const exceptions = parseExceptions(
    `format: helios-exceptions/1
exceptions:
  - id: ruby-read
    guard: user-space-only
    rules: [user-space-only/not-scanned]
    files: [{ path: "bin/**" }]
    reason: the text is only shown
    owner: maintainers
    expires: 2026-12-31
`,
    "exceptions.yaml",
    today,
  );
  const root = await plantTree(t, { "a.js": "", "bin/tool.rb": 'puts "sudo mount -a"\n' });
  assert.equal((await run(root)).verdict, "not-checked");
  const accepted = await run(root, exceptions);
  assert.deepEqual([accepted.verdict, accepted.notScanned], ["pass", []]);
  assert.deepEqual(
    accepted.suppressed.map((each) => each.finding.ruleId),
    ["user-space-only/not-scanned"],
  );
  const without = await run(await plantTree(t, { "a.js": "" }), exceptions);
  assert.deepEqual(found(without), ["exceptions.yaml:3 user-space-only/exception-unused"]);
});

test("staged: what the index holds is judged, not what lies in the directory", async (t) => {
  const root = await plantTree(t, {
    "a.js": unshareInJavaScript,
    "b.js": unshareInJavaScript,
    "deep/c.c": unshareInC,
  });
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root });
  git("init", "-q");
  const staged = async (directory = root) => await run(directory, noExceptions(today), { files: "staged" });
  assert.equal((await staged()).verdict, "pass", "nothing staged is nothing to complain about");
  git("add", "a.js", "deep/c.c");
  await writeFile(path.join(root, "a.js"), "export {};\n");
  assert.deepEqual(found(await staged()), [
    "a.js:2 user-space-only/namespace-unshare",
    "deep/c.c:3 user-space-only/namespace-unshare",
  ]);
  assert.deepEqual(found(await staged(path.join(root, "deep"))), ["c.c:3 user-space-only/namespace-unshare"]);
  await writeFile(path.join(root, "big.c"), `// unshare(\n${"int x;\n".repeat(800_000)}`);
  await symlink("/etc/passwd", path.join(root, "link.py"));
  git("add", "big.c", "link.py");
  const result = await staged();
  assert.deepEqual(
    result.notScanned.map((each) => `${each.path} ${each.code}`),
    ["big.c too-large"],
  );
  assert.equal(result.scanned, 2);
});

test("staged files need a checkout", async (t) => {
  const root = await plantTree(t, { "a.js": "" });
  await assert.rejects(run(root, noExceptions(today), { files: "staged" }), { code: "GUARD_ROOT" });
});

test("sources of dependencies are looked at only when asked for, nested ones too", async (t) => {
  const root = await plantTree(t, {
    "a.js": "export {};\n",
    "node_modules/dep/index.js": unshareInJavaScript,
    "node_modules/dep/node_modules/inner/index.js": unshareInJavaScript,
  });
  assert.equal((await run(root)).verdict, "pass");
  const both = [
    "node_modules/dep/index.js:2 user-space-only/namespace-unshare",
    "node_modules/dep/node_modules/inner/index.js:2 user-space-only/namespace-unshare",
  ];
  assert.deepEqual(found(await run(root, noExceptions(today), { includeDependencies: true })), both);
  // Named itself, a directory of packages is the project.
  assert.equal((await run(path.join(root, "node_modules"))).findings.length, 2);
});

test("an alias bomb is given up on and reported", async (t) => {
  const level = (name: string, below: string): string =>
    `${name}: &${name} [${Array.from({ length: 10 }, () => `*${below}`).join(", ")}]`;
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  const bomb = ["a: &a [x]", ...names.slice(1).map((name, index) => level(name, names[index] ?? "a"))].join(
    "\n",
  );
  const root = await plantTree(t, { ".gitlab-ci.yml": `# unshare\n${bomb}\n` });
  const result = await run(root);
  assert.deepEqual(
    result.notScanned.map((each) => each.code),
    ["too-deep"],
  );
});

test("a C function of the project's own name is not the C library's, wherever it is defined", async (t) => {
  const root = await plantTree(t, {
    "a.c": "int go(struct v *v) { return mount(v, 1, 2, 3, 4); }\n",
    "z.c": "int mount(struct v *v, int a, int b, int c, int d) { return a + b + c + d; }\n",
    "own.c": "int f(void) { return umount(1); }\n",
  });
  assert.deepEqual(found(await run(root)), ["own.c:1 user-space-only/mount-call"]);
});

test("a pardon beside the line needs a reason", async (t) => {
  const line = (comment: string): string =>
    `import { execSync } from "node:child_process";\nexecSync("umount /x"); ${comment}\n`;
  const root = await plantTree(t, {
    "a.js": line("// helios-allow: mount-call -- takes the test disk away"),
    "b.js": line("// helios-allow: mount-call"),
  });
  const result = await run(root);
  assert.deepEqual(found(result), ["b.js:2 user-space-only/mount-call"]);
  assert.match(result.findings[0]?.message ?? "", /gives no reason/);
  assert.deepEqual(
    result.suppressed.map((each) => [each.finding.file, each.by.kind === "in-source" ? each.by.reason : ""]),
    [["a.js", "takes the test disk away"]],
  );
});

test("the exceptions file pardons a pinned line, and only that line", async (t) => {
  const root = await plantTree(t, { "a.js": unshareInJavaScript });
  const text = (sha256: string): string => `format: helios-exceptions/1
exceptions:
  - id: sandbox
    guard: user-space-only
    rules: [user-space-only/namespace-unshare]
    files: [{ path: a.js, sha256: ${sha256} }]
    reason: test of the sandbox
    owner: maintainers
    expires: 2026-12-31
`;
  const pinned = parseExceptions(text(pinOfLine('execSync("unshare -Ur true");')), "exceptions.yaml", today);
  const result = await run(root, pinned);
  assert.equal(result.verdict, "pass");
  assert.equal(result.suppressed[0]?.by.kind, "exception");
  const other = await run(root, parseExceptions(text(pinOfLine("something else")), "exceptions.yaml", today));
  assert.deepEqual(other.findings.map((each) => each.ruleId).toSorted(), [
    "user-space-only/exception-unused",
    "user-space-only/namespace-unshare",
  ]);
});

test("native code of production dependencies is looked at, of development tools not", async (t) => {
  const addon = elfWith([{ name: "setns", isDefined: false }]);
  const root = await plantTree(t, {
    "a.js": "export {};\n",
    "package-lock.json": JSON.stringify({
      lockfileVersion: 3,
      packages: {
        "": {},
        "node_modules/ours": { version: "1.2.3" },
        "node_modules/tool": { version: "1.0.0", dev: true },
        "node_modules/gone": { version: "1.0.0" },
        "node_modules/other-platform": { version: "1.0.0", optional: true, os: ["aix"] },
      },
    }),
    "node_modules/ours/build/addon.node": addon,
    "node_modules/ours/prebuilds/mac.node": new Uint8Array([0xcf, 0xfa, 0xed, 0xfe]),
    "node_modules/tool/addon.node": addon,
  });
  const result = await run(root);
  assert.deepEqual(found(result), ["node_modules/ours/build/addon.node:1 user-space-only/namespace-setns"]);
  assert.equal(result.findings[0]?.package, "ours@1.2.3");
  assert.deepEqual(
    result.notScanned.map((each) => `${each.path} ${each.code}`),
    ["node_modules/gone not-installed"],
  );
});

test("the same tree gives the same answer", async (t) => {
  const root = await plantTree(t, { "z.c": unshareInC, "a.js": unshareInJavaScript, "m.rb": "" });
  assert.deepEqual(await run(root), await run(root));
});

test("a root that is no directory and an aborted scan are errors with a code", async (t) => {
  const root = await plantTree(t, { "a.js": "" });
  await assert.rejects(run(path.join(root, "missing")), { code: "GUARD_ROOT" });
  await assert.rejects(
    userSpaceOnly.run({ root, exceptions: noExceptions(today), signal: AbortSignal.abort() }),
    { code: "GUARD_ABORTED" },
  );
});

test("this project passes, its own rules and corpus included", async () => {
  const root = path.resolve(import.meta.dirname, "../..");
  const result = await run(root);
  assert.deepEqual(
    found(result).filter((each) => !each.endsWith("/raw-syscall")),
    [],
  );
  assert.ok(result.scanned > 100, `${result.scanned} files`);
});
