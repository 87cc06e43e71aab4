/**
 * Known vulnerabilities in production dependencies. Three answers: pass, fail, not checked; not checked is never a
 * pass and says cause, time and source.
 *
 * Asked is `npm audit`, for projects of npm, pnpm and yarn. Where the registry does not answer, a report of npm audit or
 * osv-scanner made elsewhere may be imported, bound to the very lock file by its hash and not older than a few days.
 */
import { stat } from "node:fs/promises";
import path from "node:path";
import { PolicyError } from "../errors.ts";
import { applyExceptions } from "../exceptions.ts";
import type { ExceptionSet } from "../exceptions.ts";
import { compareFindings, throwIfAborted, verdictOf } from "./guard.ts";
import type { Finding, Guard, GuardOptions, GuardResult, NotScanned } from "./guard.ts";
import type { LockFile } from "./licences/lockfile.ts";
import { readLock } from "./licences/read-lock.ts";
import type { AcceptedReport, Advisory, Severity } from "./vulnerabilities/advisory.ts";
import { bindReport, readImported } from "./vulnerabilities/imported-report.ts";
import type { Answer, ImportedReport } from "./vulnerabilities/imported-report.ts";
import { askLive, npmAudit, placesOf } from "./vulnerabilities/live-report.ts";
import type { RunAudit } from "./vulnerabilities/live-report.ts";
import { readNpmReport } from "./vulnerabilities/npm-report.ts";
import { isOsvReport, readOsvReport } from "./vulnerabilities/osv-report.ts";
import type { VulnerabilityRule } from "./vulnerabilities/rules.ts";

export type { ImportedReport } from "./vulnerabilities/imported-report.ts";

const guardId = "vulnerabilities";

export interface VulnerabilityResult extends GuardResult {
  /** Production dependencies that the answer covers; 0 where nothing was checked. */
  readonly dependencies: number;
  readonly critical: number;
  readonly high: number;
  /** When the advisories were asked for, ISO 8601. */
  readonly checkedAt: string;
  /** Who answered: `npm audit`, or the source named in an imported report. */
  readonly source: string;
  /** Of the lock file it was checked for; undefined where there is none that can be read. */
  readonly lockFileSha256: string | undefined;
}

export interface VulnerabilitySettings {
  /** A file holding an `ImportedReport`; npm is then not asked. */
  readonly importedFile?: string;
  /** Older imported reports are refused. */
  readonly maxAgeDays?: number;
  readonly now?: () => Date;
  readonly runAudit?: RunAudit;
}

/** Live, with npm. */
export const vulnerabilities: Guard<VulnerabilityResult> = vulnerabilityGuard();

export function vulnerabilityGuard(settings: VulnerabilitySettings = {}): Guard<VulnerabilityResult> {
  const completed = { maxAgeDays: 7, now: () => new Date(), runAudit: npmAudit, ...settings };
  return {
    id: guardId,
    title: "Vulnerabilities",
    run: (options) => runVulnerabilities(options, completed),
  };
}

/**
 * A bare report of npm audit or osv-scanner, made for the lock file of this project, as one that can be imported.
 * @throws PolicyError `GUARD_ROOT`, or `REPORT_UNREADABLE`: no report, older than the lock file, or no lock file.
 */
export async function boundReport(root: string, reportFile: string): Promise<ImportedReport> {
  await requireDirectory(root);
  const reading = await readLock(root);
  if (reading.kind === "problem") {
    const remedy = "bind it in the directory of the lock file it was made for";
    throw new PolicyError("REPORT_UNREADABLE", `${reading.file}: ${reading.reason}`, remedy);
  }
  const { mtimeMs } = await stat(path.join(root, reading.lock.file));
  return bindReport(reportFile, reading.lock, mtimeMs);
}

async function runVulnerabilities(
  options: GuardOptions,
  settings: Required<Omit<VulnerabilitySettings, "importedFile">> & { readonly importedFile?: string },
): Promise<VulnerabilityResult> {
  const { root, exceptions, signal, onProgress } = options;
  await requireDirectory(root);
  throwIfAborted(signal);
  onProgress?.({ done: 0, total: 1, current: "npm audit" });
  const now = settings.now();
  const reading = await readLock(root);
  if (reading.kind === "problem") {
    const answer = {
      kind: "none",
      code: reading.code,
      reason: `${reading.file}: ${reading.reason}`,
      checkedAt: now.toISOString(),
      source: "npm audit",
    } as const;
    return notChecked(answer, undefined, exceptions);
  }
  const { lock } = reading;
  const answer =
    settings.importedFile === undefined
      ? await askLive(root, lock, settings.runAudit, now, signal)
      : await readImported(settings.importedFile, lock, settings.maxAgeDays, now);
  onProgress?.({ done: 1, total: 1, current: "npm audit" });
  if (answer.kind === "none") return notChecked(answer, lock, exceptions);
  const report = isOsvReport(answer.report)
    ? readOsvReport(answer.report, lock)
    : readNpmReport(answer.report, placesOf(lock));
  return report.kind === "refused"
    ? notChecked({ ...answer, kind: "none", code: "no-answer", reason: report.reason }, lock, exceptions)
    : judged(report, answer, lock, exceptions);
}

async function requireDirectory(root: string): Promise<void> {
  const found = await stat(root).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new PolicyError(
    "GUARD_ROOT",
    `${root} is not a directory`,
    "name the directory of the project to check",
  );
}

function judged(
  report: AcceptedReport,
  answer: Extract<Answer, { kind: "answered" }>,
  lock: LockFile,
  exceptions: ExceptionSet,
): VulnerabilityResult {
  const dependencies = lock.packages.filter(({ development }) => !development).length;
  const listed = report.advisories.flatMap((advisory) => advisoryFindings(advisory, lock));
  const errors = listed.filter(({ level }) => level === "error").length;
  // The count and the list say the same, or one of them is not to be believed: the worse one is.
  const worst = Math.max(report.counted.critical, errors);
  const { findings, suppressed } = applyExceptions({
    guard: guardId,
    findings: [
      ...listed,
      ...(worst > 0 && errors === 0 ? [unlistedCritical(worst, lock)] : []),
      ...withoutSource(exceptions, lock),
    ],
    exceptions,
  });
  const sorted = [...findings].sort(compareFindings);
  const nothing = {
    path: lock.file,
    code: "nothing-to-check",
    reason: "the lock file holds no production dependency",
  };
  const notScanned: NotScanned[] = dependencies > 0 ? [] : [nothing];
  // One that nobody rated may be a critical one: it is not passed over.
  const unrated = sorted.filter(({ ruleId }) => ruleId === `${guardId}/unrated`).length;
  const verdict = verdictOf({ scanned: dependencies, findings: sorted, notScanned, undecided: unrated });
  // Pardoned advisories are accepted by a person, by name: the gate counts what is left.
  const pardoned = suppressed.filter(({ finding }) => finding.level === "error").length;
  const critical = Math.max(0, worst - pardoned);
  const { high } = report.counted;
  const summary = `${critical} critical and ${high} high advisories for ${dependencies} production dependencies (${answer.source}, ${answer.checkedAt})`;
  return {
    guard: guardId,
    verdict,
    reason:
      dependencies === 0
        ? "The lock file holds no production dependency."
        : `${summary}${unrated > 0 ? `, and ${unrated} that nobody rated` : ""}.`,
    scanned: dependencies,
    scannedUnit: "dependencies",
    findings: sorted,
    notScanned,
    suppressed,
    dependencies,
    critical,
    high,
    checkedAt: answer.checkedAt,
    source: answer.source,
    lockFileSha256: lock.sha256,
  };
}

/** How much a severity weighs in production: critical fails, what is high or unknown is for a person to see. */
const levelOf: Readonly<Record<Severity, Finding["level"]>> = {
  critical: "error",
  high: "warning",
  unrated: "warning",
  moderate: "note",
  low: "note",
  info: "note",
};

/** One finding per advisory and part of the project, named by `name@version` so that it can be pardoned. */
function advisoryFindings(advisory: Advisory, lock: LockFile): readonly Finding[] {
  const { severity, titles, production, development } = advisory;
  const why = titles.length > 0 ? titles.join("; ") : "through a dependency of its own";
  const at = (
    rule: VulnerabilityRule,
    level: Finding["level"],
    packages: readonly string[],
    mark: string,
  ): Finding => ({
    ruleId: `${guardId}/${rule}`,
    level,
    category: "advisory",
    message: `${packages.join(", ")}: ${severity}: ${why}${mark}.`,
    file: lock.file,
    line: 1,
    column: 1,
    package: packages[0]!,
  });
  return [
    ...(production.length > 0 ? [at(severity, levelOf[severity], production, "")] : []),
    ...(development.length > 0 ? [at("development", "note", development, " (development only)")] : []),
  ];
}

function unlistedCritical(critical: number, lock: LockFile): Finding {
  return {
    ruleId: `${guardId}/critical`,
    level: "error",
    category: "advisory",
    message: `The report counts ${critical} critical advisories and lists none.`,
    file: lock.file,
    line: 1,
    column: 1,
  };
}

/** What is linked into binaries has no advisory source: say so, for each recorded component. */
function withoutSource(exceptions: ExceptionSet, lock: LockFile): readonly Finding[] {
  return exceptions.entries
    .filter(({ components }) => components.length > 0)
    .map((entry) => ({
      ruleId: `${guardId}/no-advisory-source`,
      level: "note",
      category: "native-components",
      message: `No advisory source covers what is linked into ${entry.package ?? entry.id}: ${entry.components.join(", ")}.`,
      file: lock.file,
      line: 1,
      column: 1,
    }));
}

function notChecked(
  answer: Extract<Answer, { kind: "none" }>,
  lock: LockFile | undefined,
  exceptions: ExceptionSet,
): VulnerabilityResult {
  return {
    guard: guardId,
    verdict: "not-checked",
    reason: `Not checked: ${answer.reason} (${answer.source}, ${answer.checkedAt}).`,
    scanned: 0,
    scannedUnit: "dependencies",
    findings: lock === undefined ? [] : [...withoutSource(exceptions, lock)].sort(compareFindings),
    notScanned: [{ path: lock?.file ?? "package-lock.json", code: answer.code, reason: answer.reason }],
    suppressed: [],
    dependencies: 0,
    critical: 0,
    high: 0,
    checkedAt: answer.checkedAt,
    source: answer.source,
    lockFileSha256: lock?.sha256,
  };
}
