import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parsePlan } from "@helios/harness";
import { subjects } from "../subjects/index.ts";
import { workloads } from "../workloads/index.ts";
import { phase0, phase0Quick, planNamed, plans } from "./index.ts";

const known = { subjects: subjects.map(({ id }) => id), workloads: workloads.map(({ id }) => id) };

for (const plan of plans) {
  describe(`plan ${plan.id}`, () => {
    test("is valid and found by its name", () => {
      assert.equal(parsePlan(plan, known), plan);
      assert.equal(planNamed(plan.id), plan);
    });

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

test("an unknown plan is refused, with the known ones", () => {
  assert.throws(() => planNamed("phase9"), { code: "PLAN_INVALID", remedy: /phase0, phase0-quick/ });
});
