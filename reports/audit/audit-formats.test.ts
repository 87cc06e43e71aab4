import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding, GuardResult } from "@helios/policy";
import { auditReport, type AuditReport } from "./audit-report.ts";
import { auditFormats, findAuditFormat } from "./index.ts";

const options = { colour: false, columns: 80 };

const finding: Finding = {
  ruleId: "user-space-only/namespaces",
  level: "error",
  category: "namespaces",
  message: "unshare(CLONE_NEWUSER) makes a user namespace",
  file: "src/böse datei.c",
  line: 12,
  column: 3,
};

const failed: GuardResult = {
  guard: "user-space-only",
  verdict: "fail",
  reason: "1 forbidden mechanism in 3 files",
  scanned: 3,
  scannedUnit: "files",
  findings: [finding, { ...finding, line: 40 }],
  notScanned: [{ path: "big.js", code: "too-large", reason: "20 MB, the limit is 5 MB" }],
  suppressed: [
    { finding: { ...finding, line: 90 }, by: { kind: "in-source", reason: "needed for the test" } },
  ],
};

const passed: GuardResult = {
  ...failed,
  guard: "licences",
  verdict: "pass",
  findings: [],
  notScanned: [],
  suppressed: [],
};

const render = (id: string, report: AuditReport) => findAuditFormat(id).render(report, options);
const audit = auditReport([passed, failed], "0.1.0");

test("one failed guard fails the audit, an unchecked one or none at all keeps it from passing", () => {
  const unchecked = { ...passed, verdict: "not-checked" } as const;
  assert.equal(auditReport([passed, passed], "0").verdict, "pass");
  assert.equal(auditReport([passed, unchecked], "0").verdict, "not-checked");
  assert.equal(auditReport([unchecked, failed], "0").verdict, "fail");
  assert.equal(auditReport([], "0").verdict, "not-checked");
});

for (const format of auditFormats) {
  test(`${format.id}: names verdict, finding, what was not looked at, and is the same each time`, () => {
    const text = format.render(audit, options);
    for (const part of ["fail", "user-space-only/namespaces", "CLONE", "big.js", "too-large"]) {
      assert.ok(text.replaceAll("\\_", "_").includes(part), `lacks ${part}`);
    }
    assert.equal(format.render(audit, options), text);
    assert.doesNotMatch(text, /\bundefined\b|\[object /);
  });

  test(`${format.id}: text from outside cannot move the cursor or open an element`, () => {
    const poisoned: Finding = { ...finding, message: "\u001b[2J<script>|", file: "\u001b[2J|<script>" };
    const text = format.render(auditReport([{ ...failed, findings: [poisoned] }], "0"), options);
    assert.ok(!text.includes("\u001b"));
    if (format.id === "markdown") assert.ok(!text.includes("<script"));
  });
}

test("what was not parsed and found harmless is one line for each kind, in terminal and Markdown", () => {
  const reason = "no front end for Ruby; it holds none of the words that a finding could be made of";
  const ruby = (path: string) => ({ path, code: "language-not-covered", reason, harmless: true }) as const;
  const result = { ...passed, notScanned: [ruby("a.rb"), ruby("b.rb"), ruby("c.rb")] };
  for (const format of ["terminal", "markdown"]) {
    const text = render(format, auditReport([result], "0"));
    assert.match(text, /a\.rb and 2 more/);
    assert.doesNotMatch(text, /b\.rb/);
    assert.match(text, /harmless/);
  }
  assert.match(render("sarif", auditReport([result], "0")), /"level": "note"/);
});

test("one guard stands at the top level of the JSON, several under guards", () => {
  const one = JSON.parse(render("json", auditReport([failed], "0.1.0"))) as Record<string, unknown>;
  assert.equal(one["verdict"], "fail");
  assert.ok(Array.isArray(one["findings"]));
  const several = JSON.parse(render("json", audit)) as { guards: unknown[] };
  assert.equal(several.guards.length, 2);
});

interface Sarif {
  runs: {
    tool: { driver: { rules: { id: string }[] } };
    invocations: { toolExecutionNotifications: { descriptor: { id: string } }[] }[];
    results: {
      ruleId: string;
      ruleIndex: number;
      partialFingerprints: Record<string, string>;
      suppressions: { kind: string; justification: string }[];
      locations: { physicalLocation: { artifactLocation: { uri: string; uriBaseId: string } } }[];
    }[];
  }[];
}

const sarif = () => (JSON.parse(render("sarif", audit)) as Sarif).runs[1]!;

test("SARIF: locations are relative and encoded, rules are found by index", () => {
  const { results, tool } = sarif();
  const place = results[0]?.locations[0]?.physicalLocation.artifactLocation;
  assert.deepEqual(place, { uri: "src/b%C3%B6se%20datei.c", uriBaseId: "%SRCROOT%" });
  for (const result of results) assert.equal(tool.driver.rules[result.ruleIndex]?.id, result.ruleId);
});

test("SARIF: fingerprints differ between findings and do not move with the line", () => {
  const prints = sarif().results.map((result) => result.partialFingerprints["heliosFinding/v1"]);
  assert.equal(new Set(prints).size, prints.length);
  const moved = { ...failed, findings: failed.findings.map((each) => ({ ...each, line: each.line + 7 })) };
  const after = JSON.parse(render("sarif", auditReport([moved], "0.1.0"))) as Sarif;
  assert.deepEqual(
    after.runs[0]?.results.map((result) => result.partialFingerprints["heliosFinding/v1"]),
    prints,
  );
});

test("SARIF: a suppression keeps its justification, an unscanned file is a notification", () => {
  const { results, invocations } = sarif();
  assert.deepEqual(results[2]?.suppressions, [
    { kind: "inSource", status: "accepted", justification: "needed for the test" },
  ]);
  assert.equal(invocations[0]?.toolExecutionNotifications[0]?.descriptor.id, "not-scanned/too-large");
});

test("an unknown format is refused with the known ones", () => {
  assert.throws(() => findAuditFormat("xml"), { code: "FORMAT_UNKNOWN", remedy: /sarif/ });
});
