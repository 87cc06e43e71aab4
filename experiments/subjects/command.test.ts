import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type Subject, type SubjectOptions, subjectSuite } from "@helios/harness";
import { command } from "./command.ts";

/** Git, described as a plan would describe it. */
const gitAsCommand: SubjectOptions = {
  kind: "store",
  durability: ["process"],
  version: ["git", "--version"],
  init: [
    ["git", "init", "--quiet", "."],
    ["git", "config", "user.name", "A"],
    ["git", "config", "user.email", "a@b"],
    ["git", "config", "commit.gpgSign", "false"],
    ["git", "config", "core.autocrlf", "false"],
  ],
  commit: [
    ["git", "add", "--all", "--force", "."],
    ["git", "commit", "--quiet", "--allow-empty", "--no-verify", "-m", "{message}"],
  ],
  state: ["git", "rev-parse", "HEAD"],
  checkout: [
    ["git", "checkout", "--quiet", "--force", "--detach", "{state}"],
    ["git", "clean", "--quiet", "-ffdx"],
  ],
  leftOut: [".git"],
};

const configured = (options: SubjectOptions): Subject => ({
  ...command,
  durabilityClasses: ["process"],
  availability: () => command.availability(options),
  open: (session) => command.open({ ...session, options }),
});

subjectSuite(configured(gitAsCommand), { describe, test });

const root = mkdtempSync(join(tmpdir(), "helios-command-"));
after(() => rmSync(root, { recursive: true, force: true }));
let opened = 0;
async function program(run: readonly string[], more: SubjectOptions = {}) {
  const directory = join(root, String(opened++));
  mkdirSync(directory);
  const options = { kind: "program", durability: ["process"], run, ...more };
  return { session: await command.open({ directory, durability: "process", options }), directory };
}

describe("a program as subject", () => {
  test("is called once for each operation, in the directory of the files, with its placeholders filled", async () => {
    const script = 'test -f a && test "$PWD" = "$1" && echo "$2" >> "$3/calls"';
    const { session, directory } = await program([
      "sh",
      "-c",
      script,
      "sh",
      "{directory}",
      "{n}",
      "{scratch}",
    ]);
    await session.load([{ kind: "put", path: "a", bytes: Buffer.from("x"), mode: "file" }]);
    for (let i = 0; i < 3; i++) assert.equal(await session.commit(`step ${i}`), "the base");
    await session.checkout("the base");
    assert.equal(await session.count(), 1);
    assert.equal(readFileSync(join(directory, "scratch/calls"), "utf8"), "1\n2\n3\n");
  });

  test("that ends with another status than 0 fails with its last words", async () => {
    const { session } = await program(["sh", "-c", "echo no such luck >&2; exit 3"]);
    await session.load([]);
    await assert.rejects(async () => session.commit("x"), {
      code: "RUN_FAILED",
      message: /exit code 3: no such luck/,
    });
    const killed = await program(["sh", "-c", "kill -9 $$"]);
    await killed.session.load([]);
    await assert.rejects(async () => killed.session.commit("x"), { message: /SIGKILL/ });
  });

  test("is not for a workload that edits and returns", async () => {
    const { session } = await program(["true"]);
    const base = await session.load([]);
    await session.apply([{ kind: "put", path: "a", bytes: Buffer.from("x"), mode: "file" }]);
    await session.commit("x");
    await assert.rejects(async () => session.checkout(base), {
      code: "WORKLOAD_PARAMETERS",
      remedy: /invocations/,
    });
  });

  test("that leaves files in the directory has changed the state, and is seen to", async () => {
    const { session } = await program(["touch", "litter"]);
    await session.load([]);
    await session.commit("x");
    assert.equal(await session.count(), 1);
    const tidy = await program(["touch", "litter"], { leftOut: ["litter"] });
    await tidy.session.load([]);
    await tidy.session.commit("x");
    assert.equal(await tidy.session.count(), 0);
  });
});

describe("whether a command can be measured here", () => {
  test("depends on its programs, each of which is looked for", async () => {
    const missing = await command.availability({ ...gitAsCommand, settle: [["no-such-program"]] });
    assert.ok(missing.kind === "unavailable");
    assert.match(missing.reason, /no-such-program was not found/);
    const found = await command.availability({ kind: "program", durability: ["memory"], run: ["/bin/sh"] });
    assert.deepEqual(found, { kind: "available", version: "unknown version, classes declared: memory" });
    const versioned = await command.availability(gitAsCommand);
    assert.match(
      versioned.kind === "available" ? versioned.version : "",
      /^git version \d.*classes declared: process/,
    );
  });
});

describe("the options of a command", () => {
  const problems = (changes: SubjectOptions, without: readonly string[] = []): readonly string[] => {
    const options = Object.fromEntries(
      Object.entries({ ...gitAsCommand, ...changes }).filter(([key]) => !without.includes(key)),
    );
    return command.optionProblems?.(options, "process") ?? [];
  };

  test("that are right have no problem", () => {
    assert.deepEqual(problems({}), []);
    const run = { kind: "program", durability: ["process", "memory"], run: ["true"] };
    assert.deepEqual(command.optionProblems?.(run, "memory"), []);
  });

  for (const [name, changes, without, expected] of [
    ["no kind", {}, ["kind"], /kind must be program or store, is missing/],
    ["another kind", { kind: "server" }, [], /kind must be program or store, is "server"/],
    ["no classes", { durability: [] }, [], /durability must list the classes/],
    ["an unknown class", { durability: ["disk"] }, [], /unknown class "disk"/],
    [
      "another class than the cell's",
      { durability: ["memory"] },
      [],
      /declares memory, but the cell is of class process/,
    ],
    ["a command that is missing", {}, ["state"], /lacks "state", which kind store needs/],
    ["a misspelt key", { chekout: [["x"]] }, [], /unknown key "chekout"; did you mean "checkout"\?/],
    ["a key of the other kind", { run: ["true"] }, [], /unknown key "run"/],
    ["a command that is one text", { commit: "git commit" }, [], /commit must be a list of commands/],
    ["a command without arguments", { checkout: [[]] }, [], /checkout must be a list of commands/],
    ["a number as an argument", { state: ["git", 3] }, [], /state must be a list of arguments/],
    [
      "a placeholder that nobody fills",
      { commit: [["git", "{massage}"]] },
      [],
      /unknown placeholder \{massage\}; known: .*message/,
    ],
    ["names that are none", { leftOut: ".git" }, [], /leftOut must be a list of names/],
  ] as const) {
    test(`are refused for ${name}`, () => {
      const found = problems(changes, without);
      assert.equal(found.length, 1, found.join("; "));
      assert.match(found[0] ?? "", expected);
    });
  }
});
