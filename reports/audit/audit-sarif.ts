/**
 * SARIF 2.1.0 (OASIS), in the part that code scanning services read: stable rule ids, locations relative to
 * `%SRCROOT%`, fingerprints that survive moved lines, suppressions with their justification, and everything that was
 * not looked at as a notification, so that a service never takes silence for a pass.
 */
import { createHash } from "node:crypto";
import type { Finding, FindingLevel, GuardResult, NotScanned, Pardon, RuleDescription } from "@helios/policy";
import type { AuditFormat } from "./audit-format.ts";

export const auditSarif: AuditFormat = {
  id: "sarif",
  render(report) {
    const log = {
      $schema: "https://json.schemastore.org/sarif-2.1.0.json",
      version: "2.1.0",
      runs: report.guards.map((guard) => runOf(guard, report.heliosVersion, report.rules)),
    };
    return `${JSON.stringify(log, undefined, 2)}\n`;
  },
};

/** For a rule that its guard does not describe; CVSS-like, as code scanning reads it: high, medium, low. */
const severityOfLevel: Readonly<Record<FindingLevel, string>> = { error: "8.0", warning: "5.0", note: "2.0" };

function runOf(guard: GuardResult, version: string, described: readonly RuleDescription[]): object {
  const all = [
    ...guard.findings.map((finding) => ({ finding, by: undefined })),
    ...guard.suppressed.map(({ finding, by }) => ({ finding, by })),
  ];
  const rules = rulesOf(guard, all, described);
  const ruleIds = rules.map(({ id }) => id);
  const seen = new Map<string, number>();
  return {
    tool: {
      driver: {
        name: "helios-audit",
        semanticVersion: version,
        rules: rules.map(descriptorOf),
        notifications: notificationDescriptors(guard.notScanned),
      },
    },
    automationDetails: { id: `helios-audit/${guard.guard}/` },
    originalUriBaseIds: { "%SRCROOT%": { description: { text: "The root of the audited tree." } } },
    columnKind: "utf16CodeUnits",
    invocations: [
      {
        executionSuccessful: guard.verdict !== "not-checked",
        toolExecutionNotifications: guard.notScanned.map(notification),
      },
    ],
    results: all.map(({ finding, by }) => resultOf(finding, by, ruleIds, seen)),
    properties: {
      verdict: guard.verdict,
      reason: guard.reason,
      scanned: guard.scanned,
      scannedUnit: guard.scannedUnit,
    },
  };
}

/** Every rule of this guard, so that a service can show what was checked, and whatever else a finding names. */
function rulesOf(
  guard: GuardResult,
  all: readonly { readonly finding: Finding }[],
  described: readonly RuleDescription[],
): readonly RuleDescription[] {
  const known = new Map(described.map((rule) => [rule.id, rule]));
  const rules = new Map(
    described.filter(({ id }) => id.startsWith(`${guard.guard}/`)).map((rule) => [rule.id, rule]),
  );
  for (const { finding } of all) {
    if (!rules.has(finding.ruleId))
      rules.set(finding.ruleId, known.get(finding.ruleId) ?? fromFinding(finding));
  }
  return [...rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function fromFinding({ ruleId, level, category }: Finding): RuleDescription {
  return {
    id: ruleId,
    level,
    category,
    title: `${category} (${ruleId})`,
    why: `see policy/README.md under ${ruleId}`,
    fix: `see policy/README.md under ${ruleId}`,
    securitySeverity: severityOfLevel[level],
  };
}

function descriptorOf({ id, level, category, title, why, fix, securitySeverity }: RuleDescription): object {
  return {
    id,
    name: id.replaceAll(/(?:^|[/-])([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: `${title}: ${why}.` },
    help: { text: `${title}: ${why}. Instead: ${fix}. Documented in policy/README.md under ${id}.` },
    defaultConfiguration: { level },
    properties: { category, tags: ["security", category], "security-severity": securitySeverity },
  };
}

function resultOf(
  finding: Finding,
  by: Pardon | undefined,
  ruleIds: readonly string[],
  seen: Map<string, number>,
): object {
  return {
    ruleId: finding.ruleId,
    ruleIndex: ruleIds.indexOf(finding.ruleId),
    level: finding.level,
    message: { text: finding.message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(finding.file), uriBaseId: "%SRCROOT%" },
          region: { startLine: finding.line, startColumn: finding.column },
        },
      },
    ],
    partialFingerprints: { "heliosFinding/v1": fingerprint(finding, seen) },
    suppressions: by === undefined ? [] : [suppressionOf(by)],
    properties: {
      category: finding.category,
      ...(finding.package === undefined ? {} : { package: finding.package }),
    },
  };
}

/** Without line and column, so that a finding stays itself when code above it moves; equal ones are counted. */
function fingerprint(finding: Finding, seen: Map<string, number>): string {
  const what = [finding.ruleId, finding.file, finding.package ?? "", finding.sha256 ?? finding.message].join(
    "\0",
  );
  const nth = (seen.get(what) ?? 0) + 1;
  seen.set(what, nth);
  return createHash("sha256").update(`${what}\0${nth}`).digest("hex").slice(0, 32);
}

function suppressionOf(by: Pardon): object {
  return by.kind === "in-source"
    ? { kind: "inSource", status: "accepted", justification: by.reason }
    : {
        kind: "external",
        status: "accepted",
        justification: `${by.exception.reason} (exception ${by.exception.id}, ${by.exception.owner}, until ${by.exception.expires})`,
      };
}

/** What the ids of notifications mean; each stands once. */
function notificationDescriptors(notScanned: readonly NotScanned[]): object[] {
  return [...new Set(notScanned.map(({ code }) => code))]
    .sort()
    .map((code) => ({ id: `not-scanned/${code}`, shortDescription: { text: `Not looked at: ${code}` } }));
}

function notification({ path, code, reason, harmless }: NotScanned): object {
  return {
    level: harmless === true ? "note" : "warning",
    descriptor: { id: `not-scanned/${code}` },
    message: { text: `${path}: ${reason}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(path), uriBaseId: "%SRCROOT%" } } }],
  };
}

function uriOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
