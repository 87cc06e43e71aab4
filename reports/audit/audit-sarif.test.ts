import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Exception, Finding, GuardResult, RuleDescription } from "@helios/policy";
import { auditReport } from "./audit-report.ts";
import { auditSarif } from "./audit-sarif.ts";
import { sarifProblems } from "./sarif-schema.ts";

const finding: Finding = {
  ruleId: "user-space-only/namespace-unshare",
  level: "error",
  category: "namespaces",
  message: "unshare() leaves the namespaces the process was started in.",
  file: "src/jail.c",
  line: 3,
  column: 27,
};

const exception: Exception = {
  id: "jail",
  guard: "user-space-only",
  rules: [finding.ruleId],
  package: undefined,
  files: [{ path: "src/jail.c", sha256: undefined }],
  reason: "a test of the sandbox",
  owner: "maintainers",
  expires: "2027-01-01",
  chosen: undefined,
  components: [],
  line: 3,
};

const described: RuleDescription = {
  id: finding.ruleId,
  level: "error",
  category: "namespaces",
  title: "unshare",
  why: "leaves the namespaces the process was started in",
  fix: "start a child process without privileges",
  securitySeverity: "8.6",
};

function resultWith(part: Partial<GuardResult>): GuardResult {
  return {
    guard: "user-space-only",
    verdict: "fail",
    reason: "1 forbidden use.",
    scanned: 1,
    scannedUnit: "files",
    findings: [finding],
    notScanned: [],
    suppressed: [],
    ...part,
  };
}

function logOf(result: GuardResult, rules: readonly RuleDescription[] = []): Log {
  const log = JSON.parse(
    auditSarif.render(auditReport([result], "0.1.0", rules), { colour: false, columns: 80 }),
  ) as Log;
  assert.deepEqual(sarifProblems(log), []);
  return log;
}

interface Descriptor {
  id: string;
  defaultConfiguration?: { level: string };
  properties?: Record<string, unknown>;
}
interface Log {
  runs: {
    tool: { driver: { rules: Descriptor[]; notifications: Descriptor[] } };
    results: { ruleId: string; ruleIndex: number; suppressions: { kind: string }[] }[];
    invocations: { toolExecutionNotifications: { level: string; descriptor: { id: string } }[] }[];
  }[];
}

test("the schema of OASIS is kept, and it is one that can refuse", () => {
  const log = logOf(
    resultWith({
      notScanned: [{ path: "big file.js", code: "too-large", reason: "20 MB" }],
      suppressed: [
        { finding, by: { kind: "in-source", reason: "why" } },
        { finding, by: { kind: "exception", exception } },
      ],
    }),
    [described],
  );
  const broken: unknown[] = [
    { ...log, version: "2.0.0" },
    { version: "2.1.0" },
    { ...log, runs: log.runs.map((run) => ({ ...run, tool: {} })) },
    { ...log, runs: log.runs.map((run) => ({ ...run, invocations: [{}] })) },
    { ...log, runs: log.runs.map((run) => ({ ...run, results: [{ ruleId: "x" }] })) },
    { ...log, runs: log.runs.map((run) => ({ ...run, verdict: "pass" })) },
  ];
  for (const each of broken) assert.notDeepEqual(sarifProblems(each), [], JSON.stringify(each).slice(0, 200));
});

test("whatever names and texts a tree has, the log keeps the schema", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(text, text, text, fc.nat(1e6), (file, message, reason, line) => {
      const odd = { ...finding, file, message, line: line + 1 };
      logOf(
        resultWith({
          findings: [odd],
          notScanned: [{ path: `${file}/`, code: "unreadable", reason }],
          suppressed: [{ finding: odd, by: { kind: "in-source", reason } }],
        }),
      );
    }),
    { numRuns: 60 },
  );
});

test("a rule stands with its own severity and level, and every rule of the guard is listed, found or not", () => {
  const other = { ...described, id: "user-space-only/fuse", level: "note", securitySeverity: "1.0" } as const;
  const foreign = { ...described, id: "licences/denied" };
  const [run] = logOf(resultWith({}), [other, described, foreign]).runs;
  const rules = run?.tool.driver.rules ?? [];
  assert.deepEqual(
    rules.map(({ id, properties, defaultConfiguration }) => [
      id,
      properties?.["security-severity"],
      properties?.["category"],
      defaultConfiguration?.level,
    ]),
    [
      ["user-space-only/fuse", "1.0", "namespaces", "note"],
      ["user-space-only/namespace-unshare", "8.6", "namespaces", "error"],
    ],
  );
  assert.equal(rules[run?.results[0]?.ruleIndex ?? -1]?.id, finding.ruleId);
});

test("findings of a traced command find their rules, though their guard has another name", () => {
  const [run] = logOf(resultWith({ guard: "user-space-only-exec" }), [described]).runs;
  assert.equal(run?.tool.driver.rules[0]?.properties?.["security-severity"], "8.6");
});

test("every kind of what was not looked at is described once", () => {
  const notScanned = ["a", "b", "c"].map((path, index) => ({
    path,
    code: index === 0 ? "too-large" : "parse-error",
    reason: "r",
  }));
  const [run] = logOf(resultWith({ verdict: "not-checked", findings: [], notScanned })).runs;
  assert.deepEqual(
    run?.tool.driver.notifications.map(({ id }) => id),
    ["not-scanned/parse-error", "not-scanned/too-large"],
  );
  assert.equal(run?.invocations[0]?.toolExecutionNotifications.length, 3);
});
