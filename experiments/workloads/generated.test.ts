import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Step, type WorkloadParameters, workloadSuite } from "@helios/harness";
import { agentLoop } from "./agent-loop.ts";
import { edits } from "./edits.ts";
import { endgame } from "./endgame.ts";
import { exploration } from "./exploration.ts";
import { GeneratedTree } from "./generated-tree.ts";
import { invocations } from "./invocations.ts";

const parameters = { entries: 500 };
workloadSuite(edits, { parameters, commits: 300 }, { describe, test });
workloadSuite(agentLoop, { parameters, commits: 300 }, { describe, test });
workloadSuite(exploration, { parameters, commits: 300 }, { describe, test });
workloadSuite(endgame, { parameters: {}, commits: 300 }, { describe, test });
workloadSuite(invocations, { parameters: {}, commits: 3 }, { describe, test });
workloadSuite(edits, { parameters: { entries: 1 }, commits: 5 }, { describe, test });

function firstSteps(steps: Iterable<Step>, count: number): Step[] {
  const taken: Step[] = [];
  for (const step of steps) {
    taken.push(step);
    if (taken.length === count) break;
  }
  return taken;
}

describe("the generated tree", () => {
  const tree = new GeneratedTree(2000, 1);
  const texts = Array.from({ length: tree.entries }, (_, i) => tree.text(i));

  test("has a path of its own for every entry", () => {
    assert.equal(new Set(texts.map((_, i) => tree.path(i))).size, tree.entries);
  });

  test("has texts of 200 B to 4 KB that end with a line feed and are not all alike", () => {
    for (const text of texts) assert.ok(text.length >= 200 && text.length <= 4096 && text.endsWith("\n"));
    assert.ok(new Set(texts).size > tree.entries * 0.99);
    const mean = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
    // Evenly over the logarithm: (4096 - 200) / ln(4096 / 200) = 1290.
    assert.ok(Math.abs(mean - 1290) < 100, String(mean));
  });

  test("keeps about twenty files to a directory", () => {
    const counts = new Map<string, number>();
    texts.forEach((_, i) => {
      const directory = tree.path(i).replace(/\/[^/]+$/, "");
      counts.set(directory, (counts.get(directory) ?? 0) + 1);
    });
    assert.ok(
      [...counts.values()].every((count) => count <= 40),
      JSON.stringify([...counts]),
    );
  });
});

describe("edits", () => {
  test("change one file per step, mostly a single line of it", () => {
    const base = new Map<string, string>();
    for (const edit of edits.base(parameters, 1)) {
      assert.equal(edit.kind, "put");
      if (edit.kind === "put") base.set(edit.path, Buffer.from(edit.bytes).toString());
    }
    assert.equal(base.size, 500);
    let small = 0;
    for (const step of firstSteps(edits.steps(parameters, 1), 400)) {
      assert.ok(step.kind === "commit" && step.edits.length === 1);
      const [edit] = step.edits;
      assert.ok(edit?.kind === "put" && base.has(edit.path));
      const before = (base.get(edit.path) ?? "").split("\n");
      const text = Buffer.from(edit.bytes).toString();
      const after = text.split("\n");
      if (before.length === after.length && before.filter((line, i) => line !== after[i]).length === 1)
        small++;
      base.set(edit.path, text);
    }
    // 95 % of 400, give or take three standard deviations; the seed is fixed.
    assert.ok(small > 366 && small < 394, String(small));
  });

  test("without rewrites are single lines only, and refuse a share above 100", () => {
    const [step] = firstSteps(edits.steps({ entries: 10, rewritePercent: 0 }, 1), 1);
    assert.equal(step?.kind, "commit");
    const refused = { entries: 10, rewritePercent: 101 };
    assert.throws(() => firstSteps(edits.steps(refused, 1), 1), { code: "WORKLOAD_PARAMETERS" });
  });

  for (const entries of [0, -1, 1.5, "many", undefined]) {
    test(`refuse ${JSON.stringify(entries)} entries, and say where to set them`, () => {
      const broken: WorkloadParameters = entries === undefined ? {} : { entries };
      assert.throws(() => [...edits.base(broken, 1)], { code: "WORKLOAD_PARAMETERS", remedy: /"entries"/ });
      assert.throws(() => firstSteps(exploration.steps(broken, 1), 1), { code: "WORKLOAD_PARAMETERS" });
    });
  }
});

describe("exploration", () => {
  const steps = firstSteps(exploration.steps(parameters, 1), 4000);

  test("starts every branch from a state it kept, and keeps about one branch in ten", () => {
    const origins = new Set<number>();
    const tips = new Set<number>();
    let branches = 0;
    let ordinal = -1;
    for (const step of steps) {
      if (step.kind === "commit") {
        ordinal++;
        continue;
      }
      if (branches++ > 0) tips.add(ordinal);
      origins.add(step.ordinal);
    }
    for (const origin of origins)
      assert.ok(origin === -1 || tips.has(origin), `${origin} is no branch's last state`);
    const share = (origins.size - 1) / branches;
    assert.ok(share > 0.05 && share < 0.15, `${origins.size} of ${branches}`);
  });

  test("adds and deletes files as well as changing them", () => {
    const kinds = new Set(
      steps.flatMap((step) =>
        step.kind === "commit" ? step.edits.map(({ kind, path }) => `${kind} ${path.split("/")[0]}`) : [],
      ),
    );
    assert.deepEqual([...kinds].sort(), ["delete search", "put packages", "put search"]);
  });
});

describe("the agent loop", () => {
  const steps = firstSteps(agentLoop.steps(parameters, 1), 4000);
  const commits = steps.filter(({ kind }) => kind === "commit").length;

  test("rolls back after about one commit in five, and never to a state that it gave up", () => {
    const givenUp = new Set<number>();
    let standing: number[] = [-1];
    let ordinal = -1;
    for (const step of steps) {
      if (step.kind === "commit") {
        standing.push(++ordinal);
        continue;
      }
      assert.ok(!givenUp.has(step.ordinal), String(step.ordinal));
      for (const one of standing) if (one > step.ordinal) givenUp.add(one);
      standing = standing.filter((one) => one <= step.ordinal);
    }
    const share = (steps.length - commits) / commits;
    assert.ok(share > 0.15 && share < 0.25, String(share));
  });

  test("edits one to five files of one part of the tree in a commit, and adds and deletes some", () => {
    const kinds = new Set<string>();
    for (const step of steps) {
      if (step.kind === "checkout") continue;
      assert.ok(step.edits.length >= 1 && step.edits.length <= 5);
      for (const { kind, path } of step.edits) kinds.add(`${kind} ${path.split("/")[0]}`);
    }
    assert.deepEqual([...kinds].sort(), ["delete work", "put packages", "put work"]);
  });
});
