import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { IgnoreRules } from "./ignore-files.ts";

test("without rules nothing is ignored", () => {
  assert.equal(IgnoreRules.none.ignores("a", false), false);
  assert.equal(IgnoreRules.none.with("", "# a comment\n\n   \n").ignores("a", false), false);
});

test("the last rule that matches decides, also across levels", () => {
  const outer = IgnoreRules.none.with("", "*.log\n!keep.log\n");
  assert.equal(outer.ignores("a.log", false), true);
  assert.equal(outer.ignores("x/a.log", false), true);
  assert.equal(outer.ignores("keep.log", false), false);
  const inner = outer.with("x", "!a.log\nkeep.log\n");
  assert.equal(inner.ignores("x/a.log", false), false);
  assert.equal(inner.ignores("x/keep.log", false), true);
  assert.equal(inner.ignores("keep.log", false), false, "an inner file says nothing about what is outside");
});

test("a pattern with a slash is tied to the directory of its file, one without is not", () => {
  const rules = IgnoreRules.none.with("a", "/top\ndir/x\nany\n");
  assert.equal(rules.ignores("a/top", false), true);
  assert.equal(rules.ignores("a/b/top", false), false);
  assert.equal(rules.ignores("a/dir/x", false), true);
  assert.equal(rules.ignores("a/b/dir/x", false), false);
  assert.equal(rules.ignores("a/b/any", false), true);
  assert.equal(rules.ignores("any", false), false);
});

test("a trailing slash means directories only", () => {
  const rules = IgnoreRules.none.with("", "build/\n");
  assert.equal(rules.ignores("build", true), true);
  assert.equal(rules.ignores("build", false), false);
  assert.equal(rules.ignores("build/x", false), true);
});

test("a directory that an inner file takes back is taken back with its content", () => {
  const rules = IgnoreRules.none.with("", "b/\n").with("a", "!b/\n");
  assert.equal(rules.ignores("a/b", true), false);
  assert.equal(rules.ignores("a/b/c", false), false);
  assert.equal(rules.ignores("b", true), true);
});

test("case matters, comments and escapes are understood, a directory name is never a pattern", () => {
  const rules = IgnoreRules.none.with("", "Foo\n\\#hash\n\\!bang\n");
  assert.equal(rules.ignores("foo", false), false);
  assert.equal(rules.ignores("#hash", false), true);
  assert.equal(rules.ignores("!bang", false), true);
  const odd = IgnoreRules.none.with("[x]*", "f\n\\!g\n");
  assert.equal(odd.ignores("[x]*/f", false), true);
  assert.equal(odd.ignores("[x]*/!g", false), true);
  assert.equal(odd.ignores("xyz/f", false), false);
});

/** Which of the files git would add; `rules` are written as .gitignore files by directory. */
function gitKeeps(folder: string, rules: ReadonlyMap<string, string>, files: readonly string[]): string[] {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const git = (...words: string[]) =>
    execFileSync("git", words, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  git("init", "-q");
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), "");
  }
  for (const [directory, content] of rules) {
    mkdirSync(join(folder, directory), { recursive: true });
    writeFileSync(join(folder, directory, ".gitignore"), content);
  }
  return git("ls-files", "-o", "--exclude-standard", "-z")
    .split("\0")
    .filter((path) => path !== "" && !path.endsWith(".gitignore"));
}

function weKeep(rules: ReadonlyMap<string, string>, files: readonly string[]): string[] {
  return files.filter((file) => {
    let active = IgnoreRules.none;
    const segments = file.split("/");
    for (let depth = 0; depth < segments.length; depth++) {
      const directory = segments.slice(0, depth).join("/");
      const own = rules.get(directory);
      if (own !== undefined) active = active.with(directory, own);
      if (active.ignores(segments.slice(0, depth + 1).join("/"), depth < segments.length - 1)) return false;
    }
    return true;
  });
}

function hasGit(): boolean {
  try {
    execFileSync("git", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test(
  "any rules at two levels keep the files that git keeps",
  { skip: !hasGit() && "git is not installed" },
  () => {
    const name = fc.constantFrom("a", "b", "c.log", "d");
    const files = ["a/a", "a/b/a", "a/b/b", "a/c.log", "a/d/c.log", "b", "c.log", "d/a/b", "d/b/c.log"];
    const pattern = fc
      .tuple(
        fc.constantFrom("", "!"),
        fc.constantFrom("", "/"),
        fc.array(fc.oneof(name, fc.constantFrom("*", "**", "*.log", "[ab]", "?")), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.constantFrom("", "/"),
      )
      .map(([negation, start, segments, end]) => negation + start + segments.join("/") + end);
    const lines = fc.array(pattern, { maxLength: 4 }).map((all) => `${all.join("\n")}\n`);
    fc.assert(
      fc.property(lines, lines, (outer, inner) => {
        const folder = mkdtempSync(join(tmpdir(), "helios-ignore-"));
        try {
          const rules = new Map([
            ["", outer],
            ["a", inner],
          ]);
          assert.deepEqual(weKeep(rules, files).sort(), gitKeeps(folder, rules, files).sort());
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 40 },
    );
  },
);
