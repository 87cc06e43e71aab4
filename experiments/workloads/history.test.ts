import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ReferenceSession, type WorkloadParameters, workloadSuite } from "@helios/harness";
import { gitEnvironment } from "../git-command.ts";
import { isPrepared } from "./prepared-workload.ts";
import { history } from "./history.ts";

const limits = { mostCommits: 100, mostBaseMegabytes: 10, mostStepMegabytes: 10 };
const root = mkdtempSync(join(tmpdir(), "helios-history-"));
after(() => rmSync(root, { recursive: true, force: true }));

function gitIn(repo: string, input: string | Buffer | undefined, ...args: string[]): string {
  return execFileSync("git", ["-C", repo, ...args], {
    input: input ?? "",
    encoding: "utf8",
    env: {
      ...gitEnvironment(),
      GIT_AUTHOR_NAME: "A",
      GIT_AUTHOR_EMAIL: "a@b",
      GIT_COMMITTER_NAME: "A",
      GIT_COMMITTER_EMAIL: "a@b",
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

function repository(name: string): string {
  const repo = join(root, name);
  mkdirSync(repo);
  gitIn(repo, undefined, "init", "-q", "-b", "main", "--template=", ".");
  return repo;
}

/** A history of everything that makes replaying hard, written as a fast-import stream of latin1 bytes. */
function hardRepository(): string {
  const repo = repository("hard");
  const stream: Buffer[] = [];
  const add = (text: string): void => void stream.push(Buffer.from(text, "utf8"));
  const data = (bytes: Buffer | string): void => {
    const content = Buffer.from(bytes);
    add(`data ${content.length}\n`);
    stream.push(content, Buffer.from("\n"));
  };
  let mark = 0;
  const commit = (from: string, changes: () => void, extra = ""): number => {
    add(`commit refs/heads/main\nmark :${++mark}\ncommitter A <a@b> ${1_000_000_000 + mark} +0000\n`);
    data(`commit ${mark}`);
    add(from);
    add(extra);
    changes();
    add("\n");
    return mark;
  };
  const put = (path: string, content: Buffer | string, mode = "100644"): void => {
    add(`M ${mode} inline ${path}\n`);
    data(content);
  };
  commit("", () => put("first", "before the replay\n"));
  commit("", () => {
    put("größe/naïve 文.txt", "non-ASCII\n");
    put("bin/tool", "#!/bin/sh\n", "100755");
    put("link", "bin/tool", "120000");
    put("binary", Buffer.from(Array.from({ length: 512 }, (_, i) => i & 0xff)));
    put("dir/a", "a\n");
    put("file", "a file\n");
    put("same", "the same content\n");
  });
  commit("", () => {
    add("D dir/a\n");
    put("dir", "a file where a directory was\n");
    add("D file\n");
    put("file/inside", "a directory where a file was\n");
  });
  commit("", () => {
    put("bin/tool", "#!/bin/sh\n"); // mode only
    add("R link renamed-link\n");
  });
  commit("", () => {
    add("M 160000 1234567890123456789012345678901234567890 submodule\n");
    put("same2", "the same content\n");
  });
  const beforeMerge = commit("", () => put("side", "1\n"));
  const merged = commit(`from :${beforeMerge}\n`, () => put("side", "2\n"));
  commit(`from :${merged}\n`, () => put("merged", "from a merge\n"), `merge :${beforeMerge - 1}\n`);
  commit("", () => {
    stream.push(Buffer.from("M 100644 inline not-utf8-", "latin1"), Buffer.from([0xe9, 0x0a]));
    data("latin1 name\n");
    put("last", "\0\0\0");
  });
  commit("", () => {}); // nothing changes
  gitIn(repo, Buffer.concat(stream), "fast-import", "--quiet");
  return repo;
}

async function prepared(repo: string, changes: Partial<typeof limits> = {}) {
  const directory = mkdtempSync(join(root, "extract-"));
  const parameters = { ...limits, ...changes };
  const outcome = await history.prepare(parameters, { repo, directory });
  return { outcome, parameters };
}

const hard = hardRepository();
const ready: WorkloadParameters = {};
let facts: Readonly<Record<string, string | number>> = {};
before(async () => {
  const { outcome, parameters } = await prepared(hard);
  assert.equal(outcome.kind, "ready");
  facts = outcome.facts;
  Object.assign(ready, parameters, outcome.kind === "ready" ? outcome.parameters : {});
});

workloadSuite(history, { parameters: ready, commits: 100, seeded: false }, { describe, test });

describe("the replay of a history", () => {
  test("gives at every commit the tree that Git has, but for submodules and names that are not UTF-8", () => {
    const session = new ReferenceSession();
    session.load(history.base(ready, 1));
    const commits = gitIn(hard, undefined, "rev-list", "--first-parent", "--reverse", "main")
      .trim()
      .split("\n")
      .slice(1);
    const steps = [...history.steps(ready, 1)];
    assert.equal(steps.length, commits.length);
    for (const [i, step] of steps.entries()) {
      if (step.kind === "commit") session.apply(step.edits);
      const listed = execFileSync("git", ["-C", hard, "ls-tree", "-r", "-z", commits[i] as string])
        .toString("latin1")
        .split("\0")
        .filter((line) => line !== "" && !line.startsWith("160000") && !line.includes("not-utf8"));
      assert.equal(session.count(), listed.length, commits[i]);
      for (const line of listed) {
        const [meta, rawPath] = line.split("\t") as [string, string];
        const [mode, , blob] = meta.split(" ") as [string, string, string];
        const path = Buffer.from(rawPath, "latin1").toString("utf8");
        const expected = execFileSync("git", ["-C", hard, "cat-file", "blob", blob]);
        assert.deepEqual(Buffer.from(session.read(path) ?? "absent"), expected, path);
        const modes = { "100644": "file", "100755": "executable", "120000": "symlink" } as const;
        assert.equal(session.mode(path), modes[mode as keyof typeof modes], path);
      }
    }
  });

  test("says what it found and what it left out", () => {
    assert.equal(facts["commitsReplayed"], 9);
    assert.equal(facts["baseEntries"], 1);
    assert.equal(facts["gitlinksLeftOut"], 1);
    assert.equal(facts["pathsLeftOut"], 1);
    // dir/a, file, link: a rename is a deletion and an addition.
    assert.equal(facts["deletions"], 3);
  });

  test("is the newest commits where the plan allows fewer, by number or by bytes", async () => {
    const { outcome } = await prepared(hard, { mostCommits: 6 });
    assert.equal(outcome.facts["commitsReplayed"], 6);
    const big = repository("big");
    for (let i = 0; i < 9; i++) {
      writeFileSync(join(big, "f"), Buffer.alloc(i < 3 ? 900_000 : 1000, i));
      gitIn(big, undefined, "add", "f");
      gitIn(big, undefined, "commit", "-q", "-m", String(i));
    }
    const shortened = await prepared(big, { mostStepMegabytes: 1 });
    assert.equal(shortened.outcome.facts["commitsReplayed"], 7);
  });

  test("is absent, with the reason, for a young repository and for a tree that is too large", async () => {
    const young = repository("young");
    for (const text of ["1", "2"]) {
      writeFileSync(join(young, "f"), text);
      gitIn(young, undefined, "add", "f");
      gitIn(young, undefined, "commit", "-q", "-m", text);
    }
    const { outcome } = await prepared(young);
    assert.ok(
      outcome.kind === "absent" && /2 commit\(s\).*6 are needed.*young/.test(outcome.reason),
      JSON.stringify(outcome),
    );
    const shallow = join(root, "shallow");
    execFileSync("git", ["clone", "-q", "--depth=2", `file://${hard}`, shallow], { stdio: "ignore" });
    const cut = (await prepared(shallow)).outcome;
    assert.ok(cut.kind === "absent" && /shallow clone/.test(cut.reason), JSON.stringify(cut));
    const large = repository("large");
    writeFileSync(join(large, "f"), Buffer.alloc(1_500_000));
    gitIn(large, undefined, "add", "f");
    for (let i = 0; i < 7; i++) gitIn(large, undefined, "commit", "-q", "--allow-empty", "-m", String(i));
    const tooLarge = (await prepared(large, { mostBaseMegabytes: 1 })).outcome;
    assert.ok(
      tooLarge.kind === "absent" && /2 MB is larger than the plan's 1 MB/.test(tooLarge.reason),
      JSON.stringify(tooLarge),
    );
  });

  test("of a shallow clone starts where the clone does", async () => {
    const shallow = join(root, "shallow-but-long-enough");
    execFileSync("git", ["clone", "-q", "--depth=7", `file://${hard}`, shallow], { stdio: "ignore" });
    const { outcome } = await prepared(shallow);
    assert.equal(outcome.kind, "ready", JSON.stringify(outcome));
    assert.equal(outcome.facts["shallow"], "true");
    const inClone = Number(gitIn(shallow, undefined, "rev-list", "--first-parent", "--count", "HEAD"));
    assert.ok(inClone < Number(gitIn(hard, undefined, "rev-list", "--first-parent", "--count", "main")));
    assert.equal(outcome.facts["commitsReplayed"], inClone - 1);
  });

  test("needs to be extracted first", () => {
    assert.throws(() => [...history.base({ ...limits }, 1)], { code: "WORKLOAD_PARAMETERS" });
    assert.ok(isPrepared(history));
  });
});

describe("a history that cannot be taken", () => {
  test("from a directory that is no repository, or no directory at all", async () => {
    const plain = join(root, "plain");
    mkdirSync(plain);
    for (const repo of [plain, join(root, "nowhere"), join(hard, ".git/HEAD")]) {
      await assert.rejects(history.check({ repo }), { code: "NOT_A_GIT_REPOSITORY" });
    }
  });

  test("from a repository without commits", async () => {
    await assert.rejects(history.check({ repo: repository("empty") }), { code: "EMPTY_REPOSITORY" });
  });

  test("without Git", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = root;
    try {
      await assert.rejects(history.check({ repo: hard }), { code: "GIT_MISSING" });
    } finally {
      process.env["PATH"] = path;
    }
  });

  test("from one that lacks objects", async () => {
    const broken = repository("broken");
    for (let i = 0; i < 8; i++) {
      writeFileSync(join(broken, "f"), String(i));
      gitIn(broken, undefined, "add", "f");
      gitIn(broken, undefined, "commit", "-q", "-m", String(i));
    }
    const blob = gitIn(broken, undefined, "rev-parse", "HEAD:f").trim();
    rmSync(join(broken, ".git/objects", blob.slice(0, 2), blob.slice(2)));
    await assert.rejects(prepared(broken), { code: "NOT_A_GIT_REPOSITORY", message: /lacks object/ });
  });
});
