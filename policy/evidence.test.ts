import assert from "node:assert/strict";
import { test } from "node:test";
import { guardEvidence, vulnerabilityEvidence } from "./evidence.ts";
import type { Finding, GuardResult } from "./guards/guard.ts";
import type { VulnerabilityResult } from "./guards/vulnerabilities.ts";

const finding = (level: Finding["level"], rest: Partial<Finding> = {}): Finding => ({
  ruleId: "licences/denied",
  level,
  category: "field",
  message: "m",
  file: "src/a.ts",
  line: 7,
  column: 1,
  ...rest,
});

const result = (rest: Partial<GuardResult> = {}): GuardResult => ({
  guard: "licences",
  verdict: "pass",
  reason: "all well",
  scanned: 3,
  scannedUnit: "packages",
  findings: [],
  notScanned: [],
  suppressed: [],
  ...rest,
});

test("what was found is named by package, else by place, once each", () => {
  const evidence = guardEvidence(
    result({
      verdict: "fail",
      findings: [
        finding("error", { package: "a@1" }),
        finding("error", { package: "a@1", ruleId: "licences/text-denied" }),
        finding("error"),
        finding("warning", { package: "b@1" }),
        finding("note", { package: "c@1" }),
      ],
      notScanned: [{ path: "x", code: "too-large", reason: "9 MB" }],
    }),
    "evidence/licences.json",
  );
  assert.deepEqual(evidence, {
    kind: "present",
    grade: "measured",
    source: "evidence/licences.json",
    value: { scanned: 3, denied: ["a@1", "src/a.ts:7 (field)"], review: ["b@1"], notScanned: ["x (9 MB)"] },
  });
});

test("nothing scanned is missing evidence, with a remedy for its cause", () => {
  for (const [code, remedy] of [
    ["not-installed", /npm ci/],
    ["lock-missing", /lock file/],
    ["lock-disagrees", /npm ci/],
    ["lock-stale", /npm ci/],
    ["lock-not-covered", /pnpm or yarn/],
    ["no-answer", /registry/],
    ["import-refused", /import/],
    ["parse-error", /readable/],
  ] as const) {
    const notScanned = [{ path: "p", code, reason: "r" }];
    const evidence = guardEvidence(
      result({ verdict: "not-checked", reason: "why", scanned: 0, notScanned }),
      "x",
    );
    assert.equal(evidence.kind, "missing");
    if (evidence.kind !== "missing") return;
    assert.equal(evidence.reason, "why");
    assert.match(evidence.remedy, remedy);
  }
  const bare = guardEvidence(result({ verdict: "not-checked", scanned: 0 }), "x");
  assert.ok(bare.kind === "missing" && bare.remedy !== "");
});

test("a partly checked guard is present, with what is open; a failing one convicts even so", () => {
  const open = [{ path: "p", code: "too-large", reason: "r" }];
  const partly = guardEvidence(result({ verdict: "not-checked", notScanned: open }), "x");
  assert.deepEqual(partly.kind === "present" && partly.value.notScanned, ["p (r)"]);
  const failing = guardEvidence(result({ verdict: "fail", scanned: 0, findings: [finding("error")] }), "x");
  assert.equal(failing.kind, "present");
});

test("vulnerabilities: checked is present by its source, not checked is missing", () => {
  const checked: VulnerabilityResult = {
    ...result({ guard: "vulnerabilities", scannedUnit: "dependencies" }),
    dependencies: 3,
    critical: 0,
    high: 2,
    checkedAt: "2026-06-15T12:00:00.000Z",
    source: "npm audit",
    lockFileSha256: "0".repeat(64),
  };
  assert.deepEqual(vulnerabilityEvidence(checked, "x"), {
    kind: "present",
    grade: "measured",
    source: "x, npm audit",
    value: { dependencies: 3, critical: 0, high: 2, checkedAt: "2026-06-15T12:00:00.000Z" },
  });
  const imported = vulnerabilityEvidence({ ...checked, source: "imported r.json (ci)" }, "x");
  assert.ok(imported.kind === "present" && imported.grade === "recorded");
  assert.equal(vulnerabilityEvidence({ ...checked, verdict: "not-checked" }, "x").kind, "missing");
});
