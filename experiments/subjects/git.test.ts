import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Edit, subjectSuite } from "@helios/harness";
import { git } from "./git.ts";

subjectSuite(git, { describe, test });

let directory = "";
before(() => (directory = mkdtempSync(join(tmpdir(), "helios-git-"))));
after(() => rmSync(directory, { recursive: true, force: true }));

const put = (path: string, text: string): Edit => ({
  kind: "put",
  path,
  bytes: Buffer.from(text),
  mode: "file",
});

function ask(workTree: string, ...args: string[]): string {
  return execFileSync("git", ["-C", workTree, ...args], { encoding: "utf8" });
}

describe("git as a subject", () => {
  test("works in a real repository that Git itself finds sound, with every step a commit on the one before", async () => {
    const own = join(directory, "sound");
    mkdirSync(own);
    const session = await git.open({ directory: own, durability: "process" });
    const base = await session.load([put("a", "1\n"), put("b/c", "2\n")]);
    await session.apply([put("a", "3\n")]);
    const first = await session.commit("first");
    const workTree = join(own, "worktree");
    assert.equal(ask(workTree, "status", "--porcelain"), "");
    assert.equal(ask(workTree, "rev-list", "HEAD"), `${first}\n${base}\n`);
    assert.equal(ask(workTree, "show", "-s", "--format=%s %an", first), "first Helios Harness\n");
    assert.equal(ask(workTree, "diff", "--name-only", base, first), "a\n");
    ask(workTree, "fsck", "--strict");
  });

  test("fsyncs only in class power, and never starts a gc of its own", async () => {
    for (const [durability, fsync] of [
      ["process", ""],
      ["power", "all\n"],
    ] as const) {
      const own = join(directory, durability);
      mkdirSync(own);
      await git.open({ directory: own, durability });
      const config = (key: string): string => {
        try {
          return ask(join(own, "worktree"), "config", "--local", key);
        } catch {
          return "";
        }
      };
      assert.equal(config("core.fsync"), fsync);
      assert.equal(config("gc.auto"), "0\n");
    }
  });

  test("is not disturbed by an outer repository, a hook's variables or attributes of the tree", async () => {
    const own = join(directory, "outer");
    mkdirSync(own);
    ask(own, "init", "-q", ".");
    process.env["GIT_DIR"] = join(own, "nowhere");
    try {
      const session = await git.open({ directory: own, durability: "process" });
      const crlf = "a\r\nb\r\n";
      const base = await session.load([
        put(".gitattributes", "* text eol=lf\n"),
        put(".gitignore", "*.log\n"),
        put("a", crlf),
      ]);
      await session.apply([put("a", crlf + "c\r\n"), put("seen.log", "ignored, and tracked\n")]);
      const state = await session.commit("kept as it is");
      await session.checkout(base);
      await session.checkout(state);
      assert.equal(Buffer.from((await session.read("a")) ?? []).toString(), crlf + "c\r\n");
      assert.equal(Buffer.from((await session.read("seen.log")) ?? []).toString(), "ignored, and tracked\n");
    } finally {
      delete process.env["GIT_DIR"];
    }
  });

  test("never writes through a symbolic link that leads elsewhere", async () => {
    const own = join(directory, "escape");
    const elsewhere = join(directory, "elsewhere");
    mkdirSync(own);
    mkdirSync(elsewhere);
    const session = await git.open({ directory: own, durability: "process" });
    await session.load([put("a", "1\n")]);
    symlinkSync(elsewhere, join(own, "worktree/link"));
    assert.throws(() => session.apply([put("link/file", "x")]), { code: "WORKLOAD_PARAMETERS" });
    assert.ok(!existsSync(join(elsewhere, "file")));
    await session.apply([
      { kind: "put", path: "target", bytes: Buffer.from("a"), mode: "symlink" },
      put("target", "not a"),
    ]);
    assert.equal(readFileSync(join(own, "worktree/a"), "utf8"), "1\n");
  });

  test("names more changed paths than an argument list holds", async () => {
    const own = join(directory, "many");
    mkdirSync(own);
    const session = await git.open({ directory: own, durability: "process" });
    const base = await session.load([]);
    const many = Array.from({ length: 1500 }, (_, i) => put(`${"long-name-".repeat(6)}${i}`, `${i}\n`));
    await session.apply(many);
    const state = await session.commit("many");
    assert.equal(await session.count(), 1500);
    await session.checkout(base);
    assert.equal(await session.count(), 0);
    await session.checkout(state);
    assert.equal(await session.count(), 1500);
  });
});
