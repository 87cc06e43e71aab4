import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { planHash } from "@helios/harness";
import { loadPlan, planFile, planNames } from "./index.ts";

const phase0 = loadPlan("phase0");
const phase0Quick = loadPlan("phase0-quick");

for (const name of planNames) {
  test(`plan ${name} is valid, has its file's name, and names its schema for editors`, () => {
    assert.equal(loadPlan(name).id, name);
    const [first = ""] = readFileSync(planFile(name), "utf8").split("\n");
    const schema = /^# yaml-language-server: \$schema=(\S+)$/.exec(first)?.[1];
    assert.ok(schema && existsSync(join(dirname(planFile(name)), schema)), first);
  });
}

for (const plan of [phase0, phase0Quick]) {
  describe(`plan ${plan.id}`, () => {
    test("has in every I/O cell Helios and Git over the same commits, at least five runs each", () => {
      for (const { id, arms, purpose } of plan.cells.filter((cell) => cell.purpose.includes("io"))) {
        const git = arms.find(({ subject }) => subject === "git");
        const same = arms.find(
          (arm) =>
            arm.subject === "helios" && arm.operations === git?.operations && arm.warmup === git.warmup,
        );
        assert.ok(git && same, `${id} ${purpose.join(" ")}`);
        assert.ok(git.runs >= 5 && same.runs >= 5, id);
        // Git's index right after a checkout is special: the first commits must not count.
        assert.ok(git.warmup >= 2, id);
      }
    });

    test("has an A/A arm beside the latency arm", () => {
      const cells = plan.cells.filter(({ purpose }) => purpose.includes("latency"));
      assert.equal(cells.length, 1);
      const [measured, again] = cells[0]?.arms ?? [];
      // A plan that never says GO gets by with two, to keep its time.
      const least = plan.canGo ? 5 : 2;
      assert.ok(measured && again && again.runs >= least && measured.runs >= 5);
      assert.deepEqual({ ...again, id: "", runs: 0 }, { ...measured, id: "", runs: 0 });
    });
  });
}

test("the full plan may say GO and has the sizes and lengths the gates ask for", () => {
  assert.equal(phase0.canGo, true);
  const gateCells = phase0.cells.filter(({ purpose }) => purpose.includes("io")).map(({ id }) => id);
  assert.deepEqual(
    gateCells.sort(),
    [
      "edits-1000",
      "edits-10000",
      "edits-100000",
      "exploration-1000",
      "exploration-10000",
      "exploration-100000",
    ].sort(),
  );
  const latency = phase0.cells.find(({ purpose }) => purpose.includes("latency"))?.arms[0];
  assert.ok(latency && latency.runs >= 10 && latency.operations >= 10_000);
});

test("the quick plan can never say GO, and judges by the same lines", () => {
  assert.equal(phase0Quick.canGo, false);
  assert.deepEqual(phase0Quick.gates, phase0.gates);
});

test("the plans of phase 0 are, to the byte, the ones that earlier reports were made with", () => {
  assert.equal(planHash(phase0), "sha256:9d4251a1559a4038b272fa13ed90ee1cd5ff9288e0008cb8ab6ff75ad3bc2b65");
  assert.equal(
    planHash(phase0Quick),
    "sha256:f56ccb59cf5bb0f6a92c3a80a7067c6ad059be7d4f4eb2f5d027ff539a530022",
  );
});

test("an unknown plan is refused, with the known ones and the nearest", () => {
  assert.throws(() => loadPlan("phase9"), {
    code: "PLAN_INVALID",
    message: /did you mean "phase0"/,
    remedy: /phase0, phase0-quick, peers, example-command/,
  });
  assert.throws(() => loadPlan("./mine.yaml"), { code: "PLAN_INVALID", message: /There is no file/ });
});
