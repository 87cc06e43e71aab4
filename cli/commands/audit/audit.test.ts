/** What people point at their own projects: planted faults fail, clean projects pass, the unknown is never a pass. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { assertMatchesSchema } from "../../check-json.ts";
import { spawnCli } from "../../spawn-cli.ts";

const root = mkdtempSync(join(tmpdir(), "helios-audit-"));
after(() => rmSync(root, { recursive: true, force: true }));

const mit = `MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/** A project with one installed dependency of the given licence, and sources. */
function project(dependencyLicence: string, sources: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(root, "project-"));
  const put = (file: string, text: string) => {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  };
  const own = { name: "demo", version: "1.0.0", license: "MIT", dependencies: { dep: "1.0.0" } };
  const dependency = { name: "dep", version: "1.0.0", license: dependencyLicence };
  const lock = {
    name: "demo",
    version: "1.0.0",
    lockfileVersion: 3,
    packages: { "": own, "node_modules/dep": { version: "1.0.0", license: dependencyLicence } },
  };
  put("package.json", JSON.stringify(own));
  put("package-lock.json", JSON.stringify(lock));
  put("LICENSE", mit);
  put("node_modules/dep/package.json", JSON.stringify(dependency));
  put("node_modules/dep/LICENSE", mit);
  put("index.js", "export const one = 1;\n");
  for (const [file, text] of Object.entries(sources)) put(file, text);
  return directory;
}

const unshare = `#define _GNU_SOURCE
#include <sched.h>
int main(void) { return unshare(CLONE_NEWUSER); }
`;

const audit = (...args: string[]) => spawnCli(["audit", ...args], { cwd: root });

async function auditJson(
  ...args: string[]
): Promise<{ status: number | null; value: Record<string, unknown> }> {
  const run = await audit(...args, "--json");
  const value = JSON.parse(run.stdout.toString()) as Record<string, unknown>;
  if (!("error" in value)) assertMatchesSchema("audit", value);
  return { status: run.status, value };
}

test("licenses: a planted AGPL package ends with 1 and is named, a permissive one with 0", async () => {
  const bad = await auditJson("licenses", project("AGPL-3.0-only"));
  assert.equal(bad.status, 1);
  assert.equal(bad.value["verdict"], "fail");
  assert.match(JSON.stringify(bad.value["findings"]), /dep@1\.0\.0/);
  const good = await auditJson("licenses", project("MIT"));
  assert.deepEqual([good.status, good.value["verdict"]], [0, "pass"], JSON.stringify(good.value));
  const packages = good.value["packages"] as { name: string; declared: string }[];
  assert.ok(packages.some(({ name, declared }) => name === "dep" && declared === "MIT"));
});

test("syscalls: a planted unshare(CLONE_NEWUSER) ends with 1 and its line, React's mount() with 0", async () => {
  const bad = await audit("syscalls", project("MIT", { "src/jail.c": unshare }));
  assert.equal(bad.status, 1, bad.stderr);
  assert.match(bad.stdout.toString(), /src\/jail\.c:3/);
  const react = 'import { mount } from "enzyme";\nmount("app"); // unshare(CLONE_NEWUSER) in a comment\n';
  const good = await audit("syscalls", project("MIT", { "src/app.js": react }));
  assert.equal(good.status, 0, good.stdout.toString());
});

test("syscalls: SARIF goes to a file, and nothing else to standard output than where", async () => {
  const out = join(root, "syscalls.sarif");
  const directory = project("MIT", { "src/jail.c": unshare });
  const run = await audit("syscalls", directory, "--format", "sarif", "--out", out);
  assert.equal(run.status, 1);
  const log = JSON.parse(readFileSync(out, "utf8")) as { version: string; runs: { results: unknown[] }[] };
  assert.equal(log.version, "2.1.0");
  assert.equal(log.runs[0]?.results.length, 1);
  assert.match(run.stdout.toString(), /^audit: fail; wrote /);
});

test("a project that cannot be checked ends with 3, never with 0", async () => {
  const directory = mkdtempSync(join(root, "empty-"));
  for (const command of ["licenses", "syscalls", "vulnerabilities"]) {
    const { status, value } = await auditJson(command, directory);
    assert.deepEqual([status, value["verdict"]], [3, "not-checked"], command);
  }
});

test("all: every guard, and the worst verdict decides", async () => {
  const { status, value } = await auditJson("all", project("AGPL-3.0-only", { "src/jail.c": unshare }));
  assert.equal(status, 1);
  const guards = value["guards"] as { guard: string; verdict: string }[];
  assert.deepEqual(
    guards.map(({ guard }) => guard),
    ["licences", "user-space-only", "vulnerabilities"],
  );
  assert.deepEqual(
    guards.slice(0, 2).map(({ verdict }) => verdict),
    ["fail", "fail"],
  );
});

test("what is no directory, and exceptions that cannot be read, end with 2 and what to do", async () => {
  const missing = await audit("licenses", join(root, "nowhere"));
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /^error [A-Z_]+: .*nowhere/);
  assert.match(missing.stderr, /\ntry: /);
  const exceptions = await audit("licenses", project("MIT"), "--exceptions", join(root, "none.yaml"));
  assert.equal(exceptions.status, 2);
  assert.match(exceptions.stderr, /EXCEPTIONS_UNREADABLE/);
});

test("syscalls --exec: a harmless command passes or is not checked, a namespace is found or not checked", async () => {
  const directory = project("MIT");
  const [harmless, jailed] = await Promise.all([
    auditJson("syscalls", directory, "--exec", "exit 5"),
    auditJson("syscalls", directory, "--exec", "unshare --user true"),
  ]);
  const absent = await auditJson("syscalls", directory, "--exec", "no-such-program-here");
  assert.equal(absent.status, 3);
  const dynamic = ({ value }: typeof harmless) =>
    (value["guards"] as { verdict: string; reason: string; command?: { exitCode: number } }[])[1];
  // Where strace or ptrace is missing the answer is 3, never 0.
  if (dynamic(harmless)?.verdict === "not-checked") {
    assert.deepEqual([harmless.status, jailed.status], [3, 3]);
    assert.match(dynamic(harmless)?.reason ?? "", /strace|ptrace/);
    return;
  }
  assert.deepEqual([harmless.status, dynamic(harmless)?.verdict], [0, "pass"]);
  assert.equal(dynamic(harmless)?.command?.exitCode, 5);
  assert.deepEqual([jailed.status, dynamic(jailed)?.verdict], [1, "fail"]);
});
