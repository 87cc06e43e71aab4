import assert from "node:assert/strict";
import { test } from "node:test";
import type { GateResult, Verdict } from "@helios/policy";
import { buildReport, type ReportParts } from "./build-report.ts";
import { exampleReport } from "./example-report.ts";

const passing: GateResult = {
  ...exampleReport.gates[0]!,
  outcome: "go",
  required: true,
  evidence: "measured",
};

function parts(verdict: Verdict, gates: readonly GateResult[], canGo = true): ReportParts {
  return {
    plan: {
      format: "helios-plan/1",
      id: "p",
      title: "A plan",
      canGo,
      seed: 1,
      cells: [],
      gates: [],
    },
    planHash: exampleReport.plan.hash,
    environment: exampleReport.environment,
    judgement: { verdict, headline: `${verdict}: because`, gates, whatWouldChangeIt: [] },
    cells: [],
    timerCostNs: 30,
    rawData: [],
  };
}

test("a verdict that follows from its gates becomes a report", () => {
  assert.equal(buildReport(parts("GO", [passing])).verdict, "GO");
  assert.equal(buildReport(parts("HOLD", [{ ...passing, outcome: "hold" }])).verdict, "HOLD");
  assert.equal(buildReport(parts("NO-GO", [{ ...passing, outcome: "no-go" }])).verdict, "NO-GO");
});

for (const outcome of ["hold", "no-go", "inconclusive"] as const) {
  test(`GO over a required gate that is ${outcome} never becomes a report`, () => {
    assert.throws(() => buildReport(parts("GO", [passing, { ...passing, id: "other", outcome }])), {
      code: "REPORT_INVALID",
      message: /other/,
    });
  });
}

test("GO needs a required gate and a plan that can give it", () => {
  assert.throws(() => buildReport(parts("GO", [])), /no required gate/);
  assert.throws(() => buildReport(parts("GO", [{ ...passing, required: false }])), /no required gate/);
  assert.throws(() => buildReport(parts("GO", [passing], false)), /cannot give GO/);
});

test("NO-GO needs a no-go, and a no-go needs NO-GO", () => {
  assert.throws(() => buildReport(parts("NO-GO", [passing])), /no gate is no-go/);
  assert.throws(() => buildReport(parts("HOLD", [{ ...passing, outcome: "no-go" }])), /is no-go/);
});

test("a gate without evidence is inconclusive or there is no report", () => {
  assert.throws(() => buildReport(parts("GO", [{ ...passing, evidence: "missing" }])), /without evidence/);
});

test("a bound that is not finite is left out: JSON could not carry it", () => {
  const { gates } = buildReport(parts("GO", [{ ...passing, bound: Infinity, value: NaN }]));
  assert.equal(gates[0]?.bound, undefined);
  assert.equal(gates[0]?.value, undefined);
});

test("raw files are sorted by name, whatever order they came in", () => {
  const rawData = ["b", "a", "c"].map((file) => ({ file, sha256: "0".repeat(64) }));
  const report = buildReport({ ...parts("GO", [passing]), rawData });
  assert.deepEqual(
    report.rawData.map(({ file }) => file),
    ["a", "b", "c"],
  );
});
