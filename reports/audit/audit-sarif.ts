/**
 * SARIF 2.1.0 (OASIS), in the part that code scanning services read: stable rule ids, locations relative to
 * `%SRCROOT%`, fingerprints that survive moved lines, suppressions with their justification, and everything that was
 * not looked at as a notification, so that a service never takes silence for a pass.
 */
import { createHash } from "node:crypto";
import type { Finding, FindingLevel, GuardResult, NotScanned, Pardon } from "@helios/policy";
import type { AuditFormat } from "./audit-format.ts";

export const auditSarif: AuditFormat = {
  id: "sarif",
  render(report) {
    const log = {
      $schema: "https://json.schemastore.org/sarif-2.1.0.json",
      version: "2.1.0",
      runs: report.guards.map((guard) => runOf(guard, report.heliosVersion)),
    };
    return `${JSON.stringify(log, undefined, 2)}\n`;
  },
};

/** CVSS-like, as code scanning reads it: high, medium, low. */
const severity: Readonly<Record<FindingLevel, string>> = { error: "8.0", warning: "5.0", note: "2.0" };

function runOf(guard: GuardResult, version: string): object {
  const all = [
    ...guard.findings.map((finding) => ({ finding, by: undefined })),
    ...guard.suppressed.map(({ finding, by }) => ({ finding, by })),
  ];
  const ruleIds = [...new Set(all.map(({ finding }) => finding.ruleId))].sort();
  const seen = new Map<string, number>();
  return {
    tool: {
      driver: {
        name: "helios-audit",
        semanticVersion: version,
        rules: ruleIds.map((id) => ruleOf(id, all)),
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

function ruleOf(id: string, all: readonly { readonly finding: Finding }[]): object {
  const first = all.find(({ finding }) => finding.ruleId === id)?.finding;
  const level = first?.level ?? "error";
  const category = first?.category ?? "other";
  return {
    id,
    name: id.replaceAll(/(?:^|[/-])([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
    shortDescription: { text: `${category} (${id})` },
    help: { text: `Documented in policy/README.md under ${id}.` },
    defaultConfiguration: { level },
    properties: { category, tags: ["security", category], "security-severity": severity[level] },
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

function notification({ path, code, reason }: NotScanned): object {
  return {
    level: "warning",
    descriptor: { id: `not-scanned/${code}` },
    message: { text: `${path}: ${reason}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(path), uriBaseId: "%SRCROOT%" } } }],
  };
}

function uriOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
