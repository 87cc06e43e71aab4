/**
 * The law of a gate, as tests. A gate joins with one call that gives evidence on both sides of both lines; the
 * suite adds what must hold for every gate, whatever it judges.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Evidence, EvidenceGrade, EvidenceSet, Estimate, Gate, GateResult, Outcome } from "../gate.ts";

type Values = { [Key in keyof EvidenceSet]: EvidenceSet[Key] extends Evidence<infer T> ? T : never };
type PresentGrade = Exclude<EvidenceGrade, "missing">;

export interface GateCase<Value> {
  /** The rule in plain words. */
  readonly name: string;
  readonly value: Value;
  readonly grade?: PresentGrade;
  readonly expected: Outcome;
  /** What the reason has to mention. */
  readonly reason?: RegExp;
}

export function gateSuite<Key extends keyof EvidenceSet>(subject: {
  readonly gate: Gate;
  readonly evidence: Key;
  /** Clear GO and clear NO-GO when measured. */
  readonly good: Values[Key];
  readonly bad: Values[Key];
  /** Each line, at it and on both sides of it, and every way in which evidence may be unusable. */
  readonly cases: readonly GateCase<Values[Key]>[];
}): void {
  const { gate, evidence: key } = subject;
  const evaluate = (value: Values[Key], grade: PresentGrade = "measured"): GateResult =>
    gate.evaluate(
      setWith(key, { kind: "present", grade, source: "evidence/x.json", value }),
      gate.defaultLines,
      true,
    );

  describe(`gate ${gate.id}`, () => {
    test("missing evidence is inconclusive, with its reason and remedy", () => {
      const set = setWith(key, { kind: "missing", reason: "nobody ran it.", remedy: "run it" });
      for (const required of [true, false]) {
        const result = gate.evaluate(set, gate.defaultLines, required);
        checkRow(gate, result);
        assert.equal(result.outcome, "inconclusive");
        assert.equal(result.required, required);
        assert.equal(result.evidence, "missing");
        assert.equal(result.value, undefined);
        assert.equal(result.bound, undefined);
        assert.equal(result.n, 0);
        assert.match(result.reason, /nobody ran it\.$/);
        assert.equal(result.remedy, "run it");
      }
    });

    test("clear evidence gives go and no-go", () => {
      const good = evaluate(subject.good);
      checkRow(gate, good);
      assert.equal(good.outcome, "go");
      assert.ok(good.bound !== undefined && good.n > 0 && ["measured", "recorded"].includes(good.evidence));
      assert.equal(good.source, "evidence/x.json");
      const bad = evaluate(subject.bad);
      checkRow(gate, bad);
      assert.equal(bad.outcome, "no-go");
    });

    test("modelled and declared evidence never gives go, and still convicts", () => {
      for (const grade of ["modelled", "declared"] as const) {
        const good = evaluate(subject.good, grade);
        checkRow(gate, good);
        assert.equal(good.outcome, "hold");
        assert.equal(good.evidence, grade);
        assert.match(good.reason, new RegExp(`${grade}|recorded`));
        assert.equal(evaluate(subject.bad, grade).outcome, "no-go");
      }
    });

    test("judges only its own evidence", () => {
      const onlyOthers = setWith(key, { kind: "missing", reason: "absent", remedy: "supply it" }, allGood());
      assert.equal(gate.evaluate(onlyOthers, gate.defaultLines, true).outcome, "inconclusive");
    });

    for (const example of subject.cases) {
      test(example.name, () => {
        const result = evaluate(example.value, example.grade);
        checkRow(gate, result);
        assert.equal(result.outcome, example.expected, result.reason);
        if (example.reason) assert.match(result.reason, example.reason);
      });
    }
  });
}

/** What holds for every row, whatever the outcome. */
function checkRow(gate: Gate, result: GateResult): void {
  assert.equal(result.id, gate.id);
  assert.equal(result.title, gate.title);
  assert.deepEqual([result.go, result.noGo], [gate.defaultLines.go, gate.defaultLines.noGo]);
  for (const text of [result.unit, result.criterion, result.nUnit, result.source]) assert.notEqual(text, "");
  // One sentence: it ends in a full stop and has no other that ends a sentence.
  assert.match(result.reason, /^[A-Z0-9].*\.$/);
  assert.doesNotMatch(result.reason, /\.\./);
  assert.doesNotMatch(result.reason, /undefined|NaN %/);
  if (result.outcome === "go") assert.equal(result.remedy, undefined);
  else assert.ok(result.remedy !== undefined && result.remedy !== "");
  if (result.outcome !== "inconclusive") {
    assert.ok(Number.isFinite(result.value) && Number.isFinite(result.bound));
  }
}

/** An estimate of `value` with the given bounds over ten process runs. */
export function estimate(lower: number, value: number, upper: number, unit = "us"): Estimate {
  return { value, lower, upper, confidence: 0.95, n: 10, nUnit: "process runs", unit, scope: "edits-100000" };
}

export const goodValues: Values = {
  commitP95: { p95: estimate(19, 20, 21), selfComparison: { relativeDifference: 0.03, n: 5 } },
  ioReduction: {
    cells: [
      { cell: "edits-1000", reduction: estimate(0.993, 0.994, 0.995, "share") },
      { cell: "edits-100000", reduction: estimate(0.998, 0.999, 0.9995, "share") },
    ],
    absent: [],
    beside: [{ cell: "history", reduction: estimate(0.9, 0.95, 0.97, "share"), note: "replay" }],
  },
  coverage: {
    lines: 0.93,
    statements: 0.93,
    branches: 0.9,
    functions: 0.95,
    revision: "abc",
    matchesRevision: true,
    testsRun: 300,
    testsFailed: 0,
  },
  licences: { scanned: 280, denied: [], review: [], notScanned: [] },
  userSpaceOnly: { scanned: 90, denied: [], review: [], notScanned: [] },
  vulnerabilities: { dependencies: 200, critical: 0, high: 1, checkedAt: "2026-01-02T03:04:05Z" },
  successScore: { score: estimate(0.85, 0.93, 0.97, "score"), minutes: "recorded" },
  community: { stars: 120, negativeFeedback: false },
};

export function allGood(): EvidenceSet {
  const entries = Object.entries(goodValues).map(([key, value]) => [
    key,
    { kind: "present", grade: "measured", source: "evidence/x.json", value },
  ]);
  return Object.fromEntries(entries);
}

export function setWith<Key extends keyof EvidenceSet>(
  key: Key,
  evidence: Evidence<Values[Key]>,
  others: EvidenceSet = allMissing(),
): EvidenceSet {
  return { ...others, [key]: evidence };
}

export function allMissing(): EvidenceSet {
  const missing = { kind: "missing", reason: "not run", remedy: "run it" } as const;
  return Object.fromEntries(Object.keys(goodValues).map((key) => [key, missing])) as unknown as EvidenceSet;
}
