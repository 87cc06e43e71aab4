/**
 * The report files of a run directory: written whole or not at all, read back with suspicion, and compared byte by
 * byte with what the raw samples give.
 */
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formats, parseReport, ReportError, type Report } from "@helios/reports";

/** The same on every machine, so that the files are too. */
const fileOptions = { colour: false, columns: 80 };

/** Writes report.json, report.md and report.html; returns their paths. */
export async function writeReports(directory: string, report: Report): Promise<string[]> {
  const written: string[] = [];
  for (const format of formats) {
    if (format.fileName === undefined) continue;
    const path = join(directory, format.fileName);
    await writeFile(`${path}.partial`, format.render(report, fileOptions));
    await rename(`${path}.partial`, path);
    written.push(path);
  }
  return written;
}

/** Reads the report of a run directory, or the file itself. Throws REPORT_MISSING or REPORT_INVALID. */
export async function readReport(path: string): Promise<Report> {
  const text = await textOf(await reportFile(path));
  if (text !== undefined) return parseReport(text);
  throw missing(path, "report.json");
}

async function reportFile(path: string): Promise<string> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  return isFile ? path : join(path, "report.json");
}

/** Throws REPORT_DIFFERS or REPORT_MISSING unless every stored report has the bytes that `report` gives. */
export async function requireStoredEqual(directory: string, report: Report): Promise<void> {
  for (const format of formats) {
    if (format.fileName === undefined) continue;
    const stored = await textOf(join(directory, format.fileName));
    if (stored === undefined) throw missing(directory, format.fileName);
    const expected = format.render(report, fileOptions);
    if (stored !== expected) {
      throw new ReportError(
        "REPORT_DIFFERS",
        `${format.fileName} is not what the raw samples give: it ${firstDifference(stored, expected)}`,
        `if it was written by another version (the run is from Helios ${report.environment.heliosVersion}) use that one; ` +
          "otherwise it was changed: helios-cli report recheck RUN_DIR --write computes it anew",
      );
    }
  }
}

function missing(directory: string, file: string): ReportError {
  return new ReportError(
    "REPORT_MISSING",
    `${directory} has no ${file}`,
    "give the directory of a finished validation, or write its reports: helios-cli report recheck RUN_DIR --write",
  );
}

function firstDifference(stored: string, expected: string): string {
  const [storedLines, expectedLines] = [stored.split("\n"), expected.split("\n")];
  const at = expectedLines.findIndex((line, index) => line !== storedLines[index]);
  const line = at === -1 ? expectedLines.length : at;
  const shown = (text: string | undefined) =>
    text === undefined ? "nothing" : JSON.stringify(text.trim().slice(0, 120));
  return `differs from line ${line + 1} on: stored ${shown(storedLines[line])}, computed ${shown(expectedLines[line])}`;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
