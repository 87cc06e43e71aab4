/**
 * Reports that were made elsewhere: of npm audit or osv-scanner, in an envelope that binds them to one lock file and one
 * time. A bare report is refused: nobody could say for which dependencies it speaks.
 */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { PolicyError } from "../../errors.ts";
import { record } from "../licences/lockfile.ts";
import type { LockFile } from "../licences/lockfile.ts";

const dayMs = 24 * 60 * 60 * 1000;
const sizeLimitBytes = 64 * 1024 * 1024;

/** The form of a report that was made elsewhere. */
export interface ImportedReport {
  readonly format: "helios-vulnerability-report/1";
  readonly lockFileSha256: string;
  /** ISO 8601. */
  readonly checkedAt: string;
  readonly source: string;
  /** The output of `npm audit --json` or of `osv-scanner scan --format json`. */
  readonly report: unknown;
}

/** What somebody answered, or why there is no answer; either with time and source. */
export type Answer =
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

export async function readImported(
  file: string,
  lock: LockFile,
  maxAgeDays: number,
  now: Date,
): Promise<Answer> {
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
    const { size } = await stat(file);
    if (size > sizeLimitBytes) return refused(`it has ${size} bytes, more than ${sizeLimitBytes}`);
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    return refused(error instanceof SyntaxError ? "it is not JSON" : "it cannot be read");
  }
  const imported = record(value);
  if (imported?.["format"] !== "helios-vulnerability-report/1") {
    return refused(
      "its format is not helios-vulnerability-report/1; bind a bare report to its lock file with --bind",
    );
  }
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
  return {
    kind: "answered",
    report: imported["report"],
    checkedAt,
    source: `imported ${shown} (${named})`,
  };
}

/**
 * Puts a bare report, made a moment ago for this very lock file, into its envelope; its time is that of the file.
 * @throws PolicyError `REPORT_UNREADABLE` when it is no JSON report, or older than the lock file.
 */
export async function bindReport(file: string, lock: LockFile, lockTimeMs: number): Promise<ImportedReport> {
  const shown = path.basename(file);
  const unreadable = (what: string, remedy: string, cause?: unknown): PolicyError =>
    new PolicyError("REPORT_UNREADABLE", `report ${shown} ${what}`, remedy, { cause });
  let report: unknown;
  let madeMs: number;
  try {
    madeMs = (await stat(file)).mtimeMs;
    report = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const remedy = "name the JSON output of npm audit or osv-scanner";
    throw unreadable("cannot be read as JSON", remedy, cause);
  }
  const tool = reportTool(report);
  if (tool === undefined)
    throw unreadable("is of no known tool", "name the JSON output of npm audit or osv-scanner");
  if (madeMs < lockTimeMs)
    throw unreadable(`is older than ${lock.file}`, "make it again for the lock file as it is now");
  return {
    format: "helios-vulnerability-report/1",
    lockFileSha256: lock.sha256,
    checkedAt: new Date(madeMs).toISOString(),
    source: tool,
    report,
  };
}

function reportTool(report: unknown): string | undefined {
  const fields = record(report);
  if (fields?.["auditReportVersion"] !== undefined) return "npm audit";
  return Array.isArray(fields?.["results"]) ? "osv-scanner" : undefined;
}
