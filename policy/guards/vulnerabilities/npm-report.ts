/**
 * The report of `npm audit --json`, version 2. Its exit code says nothing (0 with `--offline`, where nothing was asked at
 * all), so only a report counts that has its version, no error and at least one dependency.
 */
import { record } from "../licences/lockfile.ts";
import { severityOf, withoutCredentials } from "./advisory.ts";
import type { AcceptedReport, Advisory, RefusedReport } from "./advisory.ts";

/** A package at the place where the report says it is. */
export interface Placed {
  readonly name: string;
  readonly version: string;
  readonly development: boolean;
}

export function readNpmReport(
  value: unknown,
  places: ReadonlyMap<string, Placed>,
): AcceptedReport | RefusedReport {
  const report = record(value);
  if (report === undefined) return refused("the answer is not a JSON object");
  if (report["error"] !== undefined)
    return refused(withoutCredentials(`npm audit answered with an error: ${errorText(report)}`));
  if (report["auditReportVersion"] !== 2)
    return refused(`the report has version ${String(report["auditReportVersion"])}, 2 is read`);
  const metadata = record(report["metadata"]);
  const counts = record(metadata?.["vulnerabilities"]);
  const total = record(metadata?.["dependencies"])?.["total"];
  const found = record(report["vulnerabilities"]);
  if (typeof total !== "number" || !(total > 0)) return refused("the report covers no dependency");
  const [critical, high] = [counts?.["critical"], counts?.["high"]];
  if (!isCount(critical) || !isCount(high) || found === undefined)
    return refused("the report does not count what it found");
  const advisories = Object.entries(found).map(([name, entry]) =>
    advisoryOf(name, record(entry) ?? {}, places),
  );
  // The report counts packages of development, too, where it was made with them.
  const apart = (severity: string): number =>
    advisories.filter(
      (one) => one.severity === severity && one.production.length === 0 && one.development.length > 0,
    ).length;
  return {
    kind: "accepted",
    advisories,
    counted: {
      critical: Math.max(0, critical - apart("critical")),
      high: Math.max(0, high - apart("high")),
    },
  };
}

function refused(reason: string): RefusedReport {
  return { kind: "refused", reason };
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

/** npm lists packages, each with the advisories that reach it. */
function advisoryOf(
  name: string,
  entry: Readonly<Record<string, unknown>>,
  places: ReadonlyMap<string, Placed>,
): Advisory {
  const via = (Array.isArray(entry["via"]) ? entry["via"] : [])
    .map(record)
    .filter((cause) => cause !== undefined);
  const range = typeof entry["range"] === "string" && entry["range"] !== "" ? entry["range"] : "*";
  const nodes = Array.isArray(entry["nodes"])
    ? entry["nodes"].filter((node) => typeof node === "string")
    : [];
  const found = nodes.map((node) => places.get(node));
  const named = (development: boolean): readonly string[] => [
    ...new Set(
      found.flatMap((place) =>
        place === undefined
          ? development
            ? []
            : [`${name}@${range}`]
          : place.development === development
            ? [`${place.name}@${place.version}`]
            : [],
      ),
    ),
  ];
  const development = named(true);
  const production = named(false);
  return {
    ids: [
      ...new Set(via.flatMap(({ url }) => /GHSA(?:-\w{4}){3}|CVE-\d+-\d+/.exec(String(url))?.[0] ?? [])),
    ].sort(),
    name,
    severity: severityOf(entry["severity"]) ?? "unrated",
    range,
    titles: via.flatMap(({ title, url }) =>
      typeof title === "string" ? [typeof url === "string" ? `${title} (${url})` : title] : [],
    ),
    // A report that names no place is believed to be about production.
    production: production.length + development.length > 0 ? production : [`${name}@${range}`],
    development,
  };
}
