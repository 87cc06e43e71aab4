import assert from "node:assert/strict";
import { test } from "node:test";
import * as policy from "./index.ts";

test("the door exports exactly these names", () => {
  assert.deepEqual(Object.keys(policy).sort(), [
    "PolicyError",
    "boundReport",
    "defaultPlan",
    "exceptionFileNames",
    "gates",
    "guardEvidence",
    "guards",
    "judge",
    "licenceGuard",
    "licencePolicyText",
    "licences",
    "loadExceptions",
    "loadLicencePolicy",
    "noExceptions",
    "noticeText",
    "parseExceptions",
    "policyTable",
    "sbomText",
    "traceCommand",
    "userSpaceGuard",
    "userSpaceOnly",
    "vulnerabilities",
    "vulnerabilityEvidence",
    "vulnerabilityGuard",
  ]);
});

test("every guard has its own id, and a gate of the same id reads it", () => {
  const ids = policy.guards.map(({ id }) => id);
  assert.deepEqual(ids, ["licences", "user-space-only", "vulnerabilities"]);
  for (const id of ids)
    assert.ok(
      policy.gates.some((gate) => gate.id === id),
      id,
    );
});

test("the end of the road: what a failing guard finds makes the verdict NO-GO", () => {
  const missing = { kind: "missing", reason: "not run", remedy: "run it" } as const;
  const evidence = policy.guardEvidence(
    {
      guard: "licences",
      verdict: "fail",
      reason: "one denied",
      scanned: 3,
      scannedUnit: "packages",
      findings: [
        {
          ruleId: "licences/denied",
          level: "error",
          category: "field",
          message: "m",
          file: "node_modules/x/package.json",
          line: 1,
          column: 1,
          package: "x@1.0.0",
        },
      ],
      notScanned: [],
      suppressed: [],
    },
    "evidence/licences.json",
  );
  const judgement = policy.judge(
    {
      commitP95: missing,
      ioReduction: missing,
      coverage: missing,
      licences: evidence,
      userSpaceOnly: missing,
      vulnerabilities: missing,
      successScore: missing,
      community: missing,
    },
    policy.defaultPlan(),
    { canGo: true },
  );
  assert.equal(judgement.verdict, "NO-GO");
  assert.equal(
    judgement.headline,
    "NO-GO: Licences (no AGPL): 1 of 3 packages carry a denied licence: x@1.0.0.",
  );
});
