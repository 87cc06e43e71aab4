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

test("a harmless file in a language that is not covered is listed and no obstacle, unless all must be covered", async () => {
  const directory = tree({ "a.js": "export {};\n", "bin/tool.rb": "puts 1\n", "app.conf": "x = 1\n" });
  const found = await audit(directory);
  assert.deepEqual([found.status, found.verdict], [0, "pass"]);
  assert.deepEqual(
    found.notScanned.map(({ path, harmless }) => [path, harmless]),
    [["bin/tool.rb", true]],
  );
  assert.deepEqual(found.languages, [{ language: "JavaScript, TypeScript", files: 1, parsed: 0 }]);
  assert.equal((await audit(directory, "--require-full")).status, 3);
});

test("a suspicious one is an obstacle, until somebody looked and recorded that", async () => {
  const exceptions = `format: helios-exceptions/1
exceptions:
  - id: ruby-read
    guard: user-space-only
    rules: [user-space-only/not-scanned]
    files: [{ path: "bin/**" }]
    reason: read by a person; the text is only shown
    owner: maintainers
    expires: 2099-01-01
`;
  const files = { "a.js": "export {};\n", "bin/tool.rb": 'puts "sudo mount -a"\n' };
  assert.equal((await audit(tree(files))).status, 3);
  const accepted = await audit(tree({ ...files, "helios-exceptions.yaml": exceptions }));
  assert.deepEqual([accepted.status, accepted.notScanned], [0, []]);
  const unused = await audit(tree({ "a.js": "export {};\n", "helios-exceptions.yaml": exceptions }));
  assert.equal(unused.status, 1, "an exception that covers nothing fails");
});

test("staged: the index decides, what is not staged does not", async () => {
  const directory = tree({ "a.js": umount, "b.js": umount });
  execFileSync("git", ["init", "-q"], { cwd: directory });
  assert.deepEqual(
    [(await audit(directory, "--staged")).status],
    [0],
    "nothing staged is nothing to complain about",
  );
  execFileSync("git", ["add", "a.js"], { cwd: directory });
  const found = await audit(directory, "--staged");
  assert.deepEqual([found.status, found.findings.map(({ file }) => file)], [1, ["a.js"]]);
  const outside = await spawnCli(["audit", "syscalls", tree({ "a.js": "" }), "--staged"], {
    cwd: root,
    env: { GIT_CEILING_DIRECTORIES: root },
  });
  assert.equal(outside.status, 2);
  assert.match(outside.stderr, /GUARD_ROOT/);
});

test("sources of dependencies are looked at only when asked for", async () => {
  const directory = tree({ "a.js": "export {};\n", "node_modules/dep/index.js": umount });
  assert.equal((await audit(directory)).status, 0);
  const found = await audit(directory, "--include-dependencies");
  assert.deepEqual(
    found.findings.map(({ file }) => file),
    ["node_modules/dep/index.js"],
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
