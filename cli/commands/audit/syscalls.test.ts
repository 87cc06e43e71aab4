/** What `audit syscalls` can be told: staged files, dependencies, full coverage, several formats at once. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { assertMatchesSchema } from "../../check-json.ts";
import { spawnCli } from "../../spawn-cli.ts";

const root = mkdtempSync(join(tmpdir(), "helios-syscalls-"));
after(() => rmSync(root, { recursive: true, force: true }));

function tree(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(root, "tree-"));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  return directory;
}

const umount = 'require("child_process").execSync("umount /x");\n';
const audit = async (directory: string, ...flags: string[]) => {
  const { status, stdout } = await spawnCli(["audit", "syscalls", directory, "--json", ...flags], {
    cwd: root,
  });
  const value = JSON.parse(stdout.toString()) as {
    verdict: string;
    findings: { file: string }[];
    notScanned: { path: string; harmless?: true }[];
    languages: { language: string; files: number; parsed: number }[];
  };
  assertMatchesSchema("audit", value);
  return { status, ...value };
};

test("flags reach the guard: --require-full, --include-dependencies, --staged", async () => {
  const directory = tree({ "a.js": "export {};\n", "b.rb": "puts 1\n", "node_modules/dep/index.js": umount });
  const [full, dependencies] = await Promise.all([
    audit(directory, "--require-full"),
    audit(directory, "--include-dependencies"),
  ]);
  assert.deepEqual([full.status, full.verdict], [3, "not-checked"]);
  assert.deepEqual(
    dependencies.findings.map(({ file }) => file),
    ["node_modules/dep/index.js"],
  );
  execFileSync("git", ["init", "-q"], { cwd: directory });
  execFileSync("git", ["add", "a.js"], { cwd: directory });
  writeFileSync(join(directory, "a.js"), umount);
  const staged = await audit(directory, "--staged");
  assert.deepEqual(
    [staged.status, staged.languages],
    [0, [{ language: "JavaScript, TypeScript", files: 1, parsed: 0 }]],
  );
});

test("one run writes several formats; an unknown one is refused before anything runs", async () => {
  const directory = tree({ "a.js": umount });
  const [sarif, page] = [join(root, "a.sarif"), join(root, "a.md")];
  const run = await spawnCli(
    ["audit", "syscalls", directory, "--also", `sarif=${sarif}`, "--also", `markdown=${page}`],
    { cwd: root },
  );
  assert.equal(run.status, 1);
  assert.match(run.stdout.toString(), /a\.js:1:1/);
  assert.match(readFileSync(sarif, "utf8"), /"version": "2\.1\.0"/);
  assert.match(readFileSync(page, "utf8"), /^# Audit: fail/);
  const refused = await spawnCli(["audit", "syscalls", directory, "--also", "xml=a"], { cwd: root });
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /USAGE_FLAG.*FORMAT=FILE/);
});
