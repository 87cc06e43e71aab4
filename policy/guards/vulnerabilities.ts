/**
 * Known vulnerabilities in production dependencies. Three answers: pass, fail, not checked; not checked is never a
 * pass and says cause, time and source.
 *
 * Asked is `npm audit`. Its exit code says nothing (0 with `--offline`, where nothing was asked at all), so only a
 * report counts that has version 2, no error and at least one dependency. Where the registry does not answer, a report
 * made elsewhere may be imported, bound to the very lock file by its hash and not older than a few days.
 */
import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { PolicyError } from "../errors.ts";
import { applyExceptions } from "../exceptions.ts";
import type { ExceptionSet } from "../exceptions.ts";
import { compareFindings, throwIfAborted, verdictOf } from "./guard.ts";
import type { Finding, Guard, GuardOptions, GuardResult, NotScanned } from "./guard.ts";
import { record } from "./licences/lockfile.ts";
import type { LockFile } from "./licences/lockfile.ts";
import { readLock } from "./licences/read-lock.ts";

const guardId = "vulnerabilities";
const dayMs = 24 * 60 * 60 * 1000;
const timeoutMs = 90_000;

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

/** The form of a report that was made elsewhere; `report` is the output of `npm audit --json --omit=dev`. */
export interface ImportedReport {
  readonly format: "helios-vulnerability-report/1";
  readonly lockFileSha256: string;
  /** ISO 8601. */
  readonly checkedAt: string;
  readonly source: string;
  readonly report: unknown;
}

export interface VulnerabilitySettings {
  /** A file holding an `ImportedReport`; npm is then not asked. */
  readonly importedFile?: string;
  /** Older imported reports are refused. */
  readonly maxAgeDays?: number;
  readonly now?: () => Date;
  /** Runs `npm audit --json --omit=dev` in a directory and gives its standard output. */
  readonly runAudit?: (root: string, signal: AbortSignal | undefined) => Promise<string>;
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

type Answer =
  | {
      readonly kind: "answered";
      readonly report: unknown;
      readonly checkedAt: string;
      readonly source: string;
    }
  | {
      readonly kind: "none";
      readonly code: string;
      readonly reason: string;
      readonly checkedAt: string;
      readonly source: string;
    };

async function runVulnerabilities(
  options: GuardOptions,
  settings: Required<Omit<VulnerabilitySettings, "importedFile">> & { readonly importedFile?: string },
): Promise<VulnerabilityResult> {
  const { root, exceptions, signal, onProgress } = options;
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new PolicyError(
      "GUARD_ROOT",
      `${root} is not a directory`,
      "name the directory of the project to check",
    );
  }
  throwIfAborted(signal);
  onProgress?.({ done: 0, total: 1, current: "npm audit" });
  const now = settings.now();
  const reading = await readLock(root);
  if (reading.kind === "problem") {
    const answer: Answer = {
      kind: "none",
      code: reading.code,
      reason: `${reading.file}: ${reading.reason}`,
      checkedAt: now.toISOString(),
      source: "npm audit",
    };
    return notChecked(answer, undefined, exceptions);
  }
  const { lock } = reading;
  const answer =
    settings.importedFile === undefined
      ? await askLive(root, settings.runAudit, now, signal)
      : await readImported(settings.importedFile, lock, settings.maxAgeDays, now);
  onProgress?.({ done: 1, total: 1, current: "npm audit" });
  if (answer.kind === "none") return notChecked(answer, lock, exceptions);
  const report = acceptReport(answer.report);
  return typeof report === "string"
    ? notChecked({ ...answer, kind: "none", code: "no-answer", reason: report }, lock, exceptions)
    : judged(report, answer, lock, exceptions);
}

async function askLive(
  root: string,
  runAudit: Required<VulnerabilitySettings>["runAudit"],
  now: Date,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const asked = { checkedAt: now.toISOString(), source: "npm audit" };
  try {
    const output = await runAudit(root, signal);
    return { kind: "answered", report: JSON.parse(output), ...asked };
  } catch (error) {
    throwIfAborted(signal);
    const reason =
      error instanceof SyntaxError
        ? "npm audit wrote no JSON"
        : `npm audit did not run: ${(error as Error).message}`;
    return { kind: "none", code: "no-answer", reason: withoutCredentials(reason), ...asked };
  }
}

/** `npm audit` ends with 1 when it finds something: what it wrote counts, not how it ended. */
function npmAudit(root: string, signal: AbortSignal | undefined): Promise<string> {
  // Flags beat the user's own configuration: offline, npm would answer that all is well without asking.
  const flags = [
    "--json",
    "--omit=dev",
    "--offline=false",
    "--prefer-offline=false",
    "--package-lock-only",
    "--fetch-retries=1",
  ];
  const windows = process.platform === "win32";
  return new Promise((resolve, reject) => {
    execFile(
      windows ? "npm.cmd" : "npm",
      ["audit", ...flags],
      {
        cwd: root,
        maxBuffer: 64 * 1024 * 1024,
        timeout: timeoutMs,
        shell: windows,
        ...(signal && { signal }),
      },
      (error, stdout) => {
        if (stdout.trim() !== "") resolve(stdout);
        else reject(error ?? new Error("it wrote nothing"));
      },
    );
  });
}

async function readImported(file: string, lock: LockFile, maxAgeDays: number, now: Date): Promise<Answer> {
  const shown = path.basename(file);
  const refused = (reason: string, checkedAt = now.toISOString()): Answer => ({
    kind: "none",
    code: "import-refused",
    reason: `${shown}: ${reason}`,
    checkedAt,
    source: `imported ${shown}`,
  });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    return refused(error instanceof SyntaxError ? "it is not JSON" : "it cannot be read");
  }
  const imported = record(value);
  if (imported?.["format"] !== "helios-vulnerability-report/1")
    return refused("its format is not helios-vulnerability-report/1");
  if (imported["lockFileSha256"] !== lock.sha256) {
    return refused(
      `it was made for another ${lock.file} (sha256 ${String(imported["lockFileSha256"])}, here ${lock.sha256})`,
    );
  }
  const { checkedAt, source } = imported;
  const time = typeof checkedAt === "string" ? Date.parse(checkedAt) : Number.NaN;
  if (typeof checkedAt !== "string" || Number.isNaN(time)) return refused("it does not say when it was made");
  const ageDays = (now.getTime() - time) / dayMs;
  // A few minutes of difference between two clocks are no lie.
  if (ageDays < -10 / (24 * 60)) return refused("it was made in the future", checkedAt);
  if (ageDays > maxAgeDays)
    return refused(`it is ${Math.floor(ageDays)} days old, at most ${maxAgeDays} are accepted`, checkedAt);
  const named = typeof source === "string" && source !== "" ? source : "unnamed source";
  return { kind: "answered", report: imported["report"], checkedAt, source: `imported ${shown} (${named})` };
}

interface Advisory {
  readonly name: string;
  readonly severity: string;
  readonly range: string;
  readonly titles: readonly string[];
  readonly nodes: readonly string[];
}

interface AcceptedReport {
  readonly advisories: readonly Advisory[];
  readonly critical: number;
  readonly high: number;
}

/** The report, or why it is none. */
function acceptReport(value: unknown): AcceptedReport | string {
  const report = record(value);
  if (report === undefined) return "the answer is not a JSON object";
  if (report["error"] !== undefined)
    return withoutCredentials(`npm audit answered with an error: ${errorText(report)}`);
  if (report["auditReportVersion"] !== 2)
    return `the report has version ${String(report["auditReportVersion"])}, 2 is read`;
  const metadata = record(report["metadata"]);
  const counts = record(metadata?.["vulnerabilities"]);
  const total = record(metadata?.["dependencies"])?.["total"];
  const found = record(report["vulnerabilities"]);
  if (typeof total !== "number" || !(total > 0)) return "the report covers no dependency";
  const [critical, high] = [counts?.["critical"], counts?.["high"]];
  if (!isCount(critical) || !isCount(high) || found === undefined)
    return "the report does not count what it found";
  const advisories = Object.entries(found).map(([name, entry]) => advisoryOf(name, record(entry) ?? {}));
  const listedCritical = advisories.filter(({ severity }) => severity === "critical").length;
  // The count and the list say the same, or one of them is not to be believed: the worse one is.
  return { advisories, critical: Math.max(critical, listedCritical), high };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function errorText(report: Readonly<Record<string, unknown>>): string {
  const error = record(report["error"]);
  const parts = [report["message"], error?.["code"], error?.["summary"], error?.["detail"]];
  return (
    parts
      .find((part) => typeof part === "string" && part !== "")
      ?.toString()
      .split("\n")[0] ?? "without a reason"
  );
}

function advisoryOf(name: string, entry: Readonly<Record<string, unknown>>): Advisory {
  const via = Array.isArray(entry["via"]) ? entry["via"] : [];
  return {
    name,
    severity: String(entry["severity"]),
    range: typeof entry["range"] === "string" ? entry["range"] : "*",
    titles: via.flatMap((cause) => {
      const { title, url } = record(cause) ?? {};
      return typeof title === "string" ? [typeof url === "string" ? `${title} (${url})` : title] : [];
    }),
    nodes: Array.isArray(entry["nodes"]) ? entry["nodes"].filter((node) => typeof node === "string") : [],
  };
}

function judged(
  report: AcceptedReport,
  answer: Extract<Answer, { kind: "answered" }>,
  lock: LockFile,
  exceptions: ExceptionSet,
): VulnerabilityResult {
  const dependencies = lock.packages.filter(({ development }) => !development).length;
  const versions = new Map(lock.packages.map((entry) => [entry.path, entry.version]));
  const listed = report.advisories.flatMap((advisory) => advisoryFindings(advisory, lock, versions));
  const unlisted = report.critical > 0 && !listed.some(({ level }) => level === "error");
  const { findings, suppressed } = applyExceptions({
    guard: guardId,
    findings: [
      ...listed,
      ...(unlisted ? [unlistedCritical(report.critical, lock)] : []),
      ...withoutSource(exceptions, lock),
    ],
    exceptions,
  });
  const sorted = [...findings].sort(compareFindings);
  const notScanned: NotScanned[] =
    dependencies > 0
      ? []
      : [
          {
            path: lock.file,
            code: "nothing-to-check",
            reason: "the lock file holds no production dependency",
          },
        ];
  const verdict = verdictOf({ scanned: dependencies, findings: sorted, notScanned });
  // Pardoned advisories are accepted by a person, by name: the gate counts what is left.
  const pardoned = suppressed.filter(({ finding }) => finding.level === "error").length;
  const critical = Math.max(0, report.critical - pardoned);
  const summary = `${critical} critical and ${report.high} high advisories for ${dependencies} production dependencies (${answer.source}, ${answer.checkedAt})`;
  return {
    guard: guardId,
    verdict,
    reason: verdict === "not-checked" ? "The lock file holds no production dependency." : `${summary}.`,
    scanned: dependencies,
    scannedUnit: "dependencies",
    findings: sorted,
    notScanned,
    suppressed,
    dependencies,
    critical,
    high: report.high,
    checkedAt: answer.checkedAt,
    source: answer.source,
    lockFileSha256: lock.sha256,
  };
}

/** One finding per installed place, so that it can be pardoned by `name@version`. */
function advisoryFindings(
  advisory: Advisory,
  lock: LockFile,
  versions: ReadonlyMap<string, string>,
): readonly Finding[] {
  const { name, severity, range, titles } = advisory;
  const level = severity === "critical" ? "error" : severity === "high" ? "warning" : "note";
  const why = titles.length > 0 ? titles.join("; ") : "through a dependency of its own";
  const places = new Set(advisory.nodes.map((node) => `${name}@${versions.get(node) ?? range}`));
  // The worst first, and one per package: npm counts packages, not places.
  const packages = places.size > 0 ? [...places].join(", ") : `${name}@${range}`;
  return [
    {
      ruleId: `${guardId}/${["critical", "high", "moderate", "low", "info"].includes(severity) ? severity : "unrated"}`,
      level,
      category: "advisory",
      message: `${packages}: ${severity}: ${why}.`,
      file: lock.file,
      line: 1,
      column: 1,
      package: [...places][0] ?? `${name}@${range}`,
    },
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

/** Registries are sometimes named with a password in front; reports are published. */
function withoutCredentials(text: string): string {
  return text.replace(/(https?:\/\/)[^\s/@]*@/g, "$1");
}
