import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EvidenceSet, GateResult, Outcome } from "./gate.ts";
import { gates } from "./gates/index.ts";
import { allGood, allMissing, estimate, goodValues, setWith } from "./gates/gate.suite.ts";
import { defaultPlan, judge, verdictFrom } from "./verdict.ts";

const plan = defaultPlan();

test("all required gates go: GO, and nothing would change it", () => {
  const judgement = judge(allGood(), plan, { canGo: true });
  assert.equal(judgement.verdict, "GO");
  assert.equal(judgement.headline, "GO: all 8 required gates passed.");
  assert.deepEqual(judgement.whatWouldChangeIt, []);
});

test("no evidence at all is HOLD, with a line for each gate", () => {
  const judgement = judge(allMissing(), plan, { canGo: true });
  assert.equal(judgement.verdict, "HOLD");
  assert.match(judgement.headline, /^HOLD: 8 of 8 required gates did not pass: .* and 3 more\.$/);
  assert.equal(judgement.whatWouldChangeIt.length, 8);
  assert.match(judgement.whatWouldChangeIt[0]!, /^Commit latency \(P95\) \(inconclusive\): run it$/);
});

test("a plan that cannot say GO says HOLD for good evidence and NO-GO for bad", () => {
  const held = judge(allGood(), plan, { canGo: false });
  assert.equal(held.verdict, "HOLD");
  assert.match(held.headline, /cannot say GO/);
  assert.match(held.whatWouldChangeIt[0]!, /full plan/);
  assert.equal(judge(withBadCoverage(), plan, { canGo: false }).verdict, "NO-GO");
});

test("a no-go of a gate that is not required is NO-GO; its missing evidence is not in the way", () => {
  const optionalCommunity = defaultPlan(({ id }) => id !== "community");
  const noCommunity: EvidenceSet = { ...allGood(), community: allMissing().community };
  assert.equal(judge(noCommunity, optionalCommunity, { canGo: true }).verdict, "GO");
  const few = setWith(
    "community",
    { kind: "present", grade: "recorded", source: "x", value: { stars: 4, negativeFeedback: false } },
    allGood(),
  );
  const judgement = judge(few, optionalCommunity, { canGo: true });
  assert.equal(judgement.verdict, "NO-GO");
  assert.match(judgement.headline, /^NO-GO: Community: 4 stars/);
  assert.equal(judgement.whatWouldChangeIt.length, 1);
});

test("several no-go gates are counted in the headline", () => {
  const few = setWith(
    "community",
    { kind: "present", grade: "recorded", source: "x", value: { stars: 4, negativeFeedback: false } },
    withBadCoverage(),
  );
  assert.match(judge(few, plan, { canGo: true }).headline, /and 1 more gates say no-go\.$/);
});

test("modelled numbers stand in the headline", () => {
  const modelled = setWith(
    "successScore",
    {
      kind: "present",
      grade: "measured",
      source: "x",
      value: { score: estimate(0.9, 0.95, 1), minutes: "modelled" },
    },
    allGood(),
  );
  const judgement = judge(modelled, plan, { canGo: true });
  assert.equal(judgement.verdict, "HOLD");
  assert.match(judgement.headline, /\(SuccessScore: modelled\)\.$/);
});

test("only planned gates are judged, in the order of the list, by the plan's lines", () => {
  const judgement = judge(
    allGood(),
    [
      { gate: "coverage", go: 0.95, noGo: 0.5, required: true },
      { gate: "commit-p95", go: 15, noGo: 100, required: false },
    ],
    { canGo: true },
  );
  assert.deepEqual(
    judgement.gates.map(({ id, outcome, go }) => [id, outcome, go]),
    [
      ["commit-p95", "hold", 15],
      ["coverage", "hold", 0.95],
    ],
  );
});

test("a plan that requires nothing never says GO", () => {
  for (const empty of [[], defaultPlan(() => false)]) {
    const judgement = judge(allGood(), empty, { canGo: true });
    assert.equal(judgement.verdict, "HOLD");
    assert.match(judgement.headline, /requires no gate/);
    assert.equal(judgement.whatWouldChangeIt.length, 1);
  }
});

test("mistakes of a plan are refused", () => {
  const line = { gate: "coverage", go: 0.85, noGo: 0.8, required: true };
  const refused = (planned: (typeof line)[], code: string): void => {
    assert.throws(() => judge(allGood(), planned, { canGo: true }), { name: "PolicyError", code });
  };
  refused([{ ...line, gate: "covrage" }], "GATE_UNKNOWN");
  refused([line, line], "GATE_LINES_INVALID");
  refused([{ ...line, go: Number.NaN }], "GATE_LINES_INVALID");
  refused([{ ...line, noGo: 0.9 }], "GATE_LINES_INVALID");
  refused([{ gate: "commit-p95", go: 100, noGo: 70, required: true }], "GATE_LINES_INVALID");
});

const outcome = fc.constantFrom<Outcome>("go", "hold", "no-go", "inconclusive");
const results = fc.array(fc.record({ outcome, required: fc.boolean() })).map((rows) => rows as GateResult[]);

test("verdict: GO needs every required gate, NO-GO needs one no-go, nothing else", () => {
  fc.assert(
    fc.property(results, fc.boolean(), (rows, canGo) => {
      const verdict = verdictFrom(rows, canGo);
      const anyNoGo = rows.some((row) => row.outcome === "no-go");
      assert.equal(verdict === "NO-GO", anyNoGo);
      if (verdict === "GO") {
        assert.ok(canGo && rows.some((row) => row.required));
        assert.ok(rows.every((row) => !row.required || row.outcome === "go"));
      }
    }),
  );
});

test("taking evidence away never improves a verdict", () => {
  const rank = { "NO-GO": 0, HOLD: 1, GO: 2 };
  const keys = Object.keys(goodValues) as (keyof EvidenceSet)[];
  fc.assert(
    fc.property(fc.subarray(keys), fc.subarray(gates.map(({ id }) => id)), (removed, required) => {
      const planned = defaultPlan(({ id }) => required.includes(id));
      const missing = allMissing();
      const less = { ...allGood(), ...Object.fromEntries(removed.map((key) => [key, missing[key]])) };
      const before = judge(allGood(), planned, { canGo: true }).verdict;
      const after = judge(less, planned, { canGo: true }).verdict;
      assert.ok(rank[after] <= rank[before]);
    }),
  );
});

test("a wider interval never gains confidence", () => {
  const gate = gates[0]!;
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 200, noNaN: true }),
      fc.double({ min: 0, max: 50, noNaN: true }),
      fc.double({ min: 0, max: 50, noNaN: true }),
      (value, narrow, more) => {
        const at = (width: number): Outcome => {
          const p95 = estimate(value - width, value, value + width);
          const evidence = { p95, selfComparison: { relativeDifference: 0, n: 5 } };
          const set = setWith("commitP95", {
            kind: "present",
            grade: "measured",
            source: "x",
            value: evidence,
          });
          return gate.evaluate(set, gate.defaultLines, true).outcome;
        };
        const wide = at(narrow + more);
        if (wide !== "inconclusive") assert.equal(at(narrow), wide);
      },
    ),
  );
});

function withBadCoverage(): EvidenceSet {
  return setWith(
    "coverage",
    { kind: "present", grade: "measured", source: "x", value: { ...goodValues.coverage, lines: 0.1 } },
    allGood(),
  );
}
