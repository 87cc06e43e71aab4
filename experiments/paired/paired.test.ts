import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { parsePlan } from "@helios/harness";
import { gitEnvironment } from "../git-command.ts";
import { loadPlan } from "../plans/index.ts";
import { pairedPlan, pairsOf, readConfiguration } from "./paired-plan.ts";
import { checkOutRevisions } from "./revisions.ts";

const root = mkdtempSync(join(tmpdir(), "helios-paired-"));
after(() => rmSync(root, { recursive: true, force: true }));

const A = { label: "before", revision: "a".repeat(40) };
const B = { label: "after", revision: "b".repeat(40) };

describe("a paired plan", () => {
  test("has every length of the measured subject's arms once for each variant, and the first one again", () => {
    const plan = pairedPlan(loadPlan("phase0-quick"), A, B, { runs: 7 });
    parsePlan(plan);
    assert.equal(plan.id, "compare-phase0-quick");
    assert.deepEqual([plan.canGo, plan.gates], [false, []]);
    const latency = plan.cells.find(({ id }) => id === "edits-100000");
    assert.deepEqual(
      latency?.arms.map(({ id, revision, runs }) => [id, revision?.[0], runs]),
      [
        ["helios-a", "a", 7],
        ["helios-b", "b", 7],
        ["helios-a-again", "a", 7],
      ],
    );
    assert.deepEqual(
      pairsOf(plan).filter(({ cell }) => cell === "edits-100000"),
      [{ cell: "edits-100000", a: "helios-a", b: "helios-b" }],
    );
    const full = pairedPlan(loadPlan("phase0"), A, B, { selfCheck: false });
    const arms = full.cells.find(({ id }) => id === "edits-100000")?.arms.map(({ id }) => id);
    assert.deepEqual(arms, ["helios-a", "helios-b", "helios-io-a", "helios-io-b"]);
  });

  test("adds a variant's variables and arguments to the arm's own", () => {
    const fast = { label: "x", environment: { FAST: "1" }, nodeArguments: ["--jitless"] };
    const [arm, , again] = pairedPlan(loadPlan("phase0-quick"), fast, B).cells[0]?.arms ?? [];
    assert.deepEqual([arm?.environment, arm?.nodeArguments], [{ FAST: "1" }, ["--jitless"]]);
    assert.deepEqual({ ...again, id: arm?.id }, arm);
  });

  test("is refused where there is nothing to compare", () => {
    assert.throws(() => pairedPlan(loadPlan("example-command"), A, B), {
      code: "PLAN_INVALID",
      message: /no arm of helios/,
    });
    assert.equal(pairedPlan(loadPlan("example-command"), A, B, { subject: "git" }).cells.length, 1);
  });
});

describe("a configuration", () => {
  const file = join(root, "c.yaml");
  const read = (text: string): ReturnType<typeof readConfiguration> => {
    writeFileSync(file, text);
    return readConfiguration(file);
  };

  test("is variables, arguments and options", () => {
    const text = 'environment: { A: "1" }\nnodeArguments: [--jitless]\noptions: { kind: program }\n';
    const { label, ...rest } = read(text);
    assert.equal(label, file);
    assert.deepEqual(rest, {
      environment: { A: "1" },
      nodeArguments: ["--jitless"],
      options: { kind: "program" },
    });
  });

  for (const [name, text, message] of [
    ["an unknown key", "env: { A: x }", /unknown key "env"; known: environment/],
    ["a number as a variable", "environment: { A: 1 }", /write numbers in quotes/],
    ["arguments in one text", "nodeArguments: --jitless", /must be a list/],
    ["options that are a list", "options: [1]", /must be a map/],
    ["no map", "- 1", /is no map/],
    ["broken YAML", "a: [", /c\.yaml: /],
  ] as const) {
    test(`is refused for ${name}`, () => assert.throws(() => read(text), { code: "PLAN_INVALID", message }));
  }

  test("that is not there is refused", () => {
    assert.throws(() => readConfiguration(join(root, "none.yaml")), {
      code: "PLAN_INVALID",
      message: /ENOENT/,
    });
  });
});

describe("revisions", () => {
  /** A project with rooms, one package installed, and a run's entry that says which code it found. */
  function project(): {
    directory: string;
    git: (...args: string[]) => string;
    write: (file: string, text: string) => void;
  } {
    const directory = mkdtempSync(join(root, "project-"));
    const write = (file: string, text: string): void => {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), text);
    };
    const git = (...args: string[]): string =>
      execFileSync("git", ["-C", directory, "-c", "user.name=A", "-c", "user.email=a@b", ...args], {
        env: gitEnvironment(),
        encoding: "utf8",
      }).trim();
    git("init", "-q", ".");
    write(".gitignore", "node_modules\n");
    write("package-lock.json", "{}\n");
    write("engine/package.json", '{"name":"@helios/engine","type":"module","exports":"./index.ts"}\n');
    write("experiments/package.json", '{"name":"@helios/experiments","type":"module"}\n');
    write(
      "experiments/run-child.ts",
      'import { version } from "@helios/engine";\nimport { tool } from "tool";\nconsole.log(version, tool);\n',
    );
    write("node_modules/tool/package.json", '{"name":"tool","type":"module","exports":"./index.js"}\n');
    write("node_modules/tool/index.js", 'export const tool = "shared";\n');
    for (const version of ["old", "new"]) {
      write("engine/index.ts", `export const version: string = "${version}";\n`);
      git("add", "-A");
      git("commit", "-q", "-m", version);
    }
    return { directory, git, write };
  }
  const run = (entry: string): string => execFileSync(process.execPath, [entry], { encoding: "utf8" }).trim();

  test("each run their own code with the packages installed here, and leave nothing behind", async () => {
    const { directory, git, write } = project();
    write("engine/index.ts", 'export const version: string = "not committed";\n');
    const { found, remove } = await checkOutRevisions(directory, ["HEAD~1", "HEAD", "worktree"]);
    const [old, now, worktree] = found;
    assert.ok(old && now && worktree);
    assert.equal(old.revision, git("rev-parse", "HEAD~1"));
    assert.equal(worktree.revision, "worktree");
    assert.equal(worktree.entry, join(directory, "experiments/run-child.ts"));
    assert.deepEqual([run(old.entry), run(now.entry)], ["old shared", "new shared"]);
    assert.ok(found.every(({ hasOtherPackages }) => !hasOtherPackages));
    await remove();
    assert.ok(!existsSync(old.entry));
    assert.equal(git("worktree", "list").split("\n").length, 1);
    assert.match(readFileSync(join(directory, "engine/index.ts"), "utf8"), /not committed/);
  });

  test("that ask for other packages are told apart", async () => {
    const { directory, git, write } = project();
    write("package-lock.json", '{"packages":{}}\n');
    git("commit", "-q", "-a", "-m", "packages");
    const { found, remove } = await checkOutRevisions(directory, ["HEAD~1", "HEAD"]);
    assert.deepEqual(
      found.map(({ hasOtherPackages }) => hasOtherPackages),
      [true, false],
    );
    await remove();
  });

  test("that do not exist, or cannot run a job, are refused and leave nothing behind", async () => {
    const { directory, git } = project();
    const refused = async (name: string, message: RegExp): Promise<void> => {
      await assert.rejects(checkOutRevisions(directory, ["HEAD", name]), {
        code: "REVISION_UNUSABLE",
        message,
      });
      assert.equal(git("worktree", "list").split("\n").length, 1);
    };
    await refused("no-such-branch", /no-such-branch is no revision/);
    await refused("--help", /--help is no revision/);
    git("rm", "-q", "-r", "experiments");
    git("commit", "-q", "-m", "without");
    await refused("HEAD", /has no experiments\/run-child\.ts/);
  });
});
