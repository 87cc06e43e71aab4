/**
 * Reports in the form of osv-scanner (`osv-scanner scan --format json`): `results[].packages[]`, each with its package,
 * OSV records and groups of aliases. One advisory under several ids counts once, a withdrawn one not at all.
 *
 * How bad it is, in this order: what the database says itself (`database_specific.severity`, as the reviewed GitHub
 * advisories have it); the highest base score of the record's CVSS vectors (4.0, 3.1, 3.0); the score that osv-scanner
 * computed for the group (`max_severity`). A malicious package (`MAL-...`) is critical whatever is said. Nothing at all:
 * unrated, which waits for a person.
 */
import { record, text } from "../licences/lockfile.ts";
import type { LockFile } from "../licences/lockfile.ts";
import { severityOf } from "./advisory.ts";
import type { AcceptedReport, Advisory, RefusedReport, Severity } from "./advisory.ts";
import { baseScore, ratingOf } from "./cvss.ts";

type Fields = Readonly<Record<string, unknown>>;

export function isOsvReport(value: unknown): boolean {
  return Array.isArray(record(value)?.["results"]);
}

export function readOsvReport(value: unknown, lock: LockFile): AcceptedReport | RefusedReport {
  const results = list(record(value)?.["results"]).map(record);
  if (!isOsvReport(value) || results.includes(undefined))
    return { kind: "refused", reason: "its results are no list" };
  const packages = results.flatMap((result) => list(result?.["packages"]).map(record));
  if (packages.some((found) => record(found?.["package"]) === undefined))
    return { kind: "refused", reason: "it lists a package without a name" };
  const foreign = results.find((result) => {
    const source = record(result?.["source"])?.["path"];
    return typeof source === "string" && isLockFile(source) && !source.endsWith(lock.file);
  });
  if (foreign !== undefined) {
    const source = String(record(foreign["source"])?.["path"]).split(/[\\/]/).at(-1);
    return { kind: "refused", reason: `it was made for ${source}, here is ${lock.file}` };
  }
  const advisories = packages.flatMap((found) => (found === undefined ? [] : advisoriesOf(found, lock)));
  const count = (severity: Severity): number =>
    advisories.filter((one) => one.severity === severity && one.production.length > 0).length;
  return {
    kind: "accepted",
    advisories: merged(advisories),
    counted: { critical: count("critical"), high: count("high") },
  };
}

function isLockFile(path: string): boolean {
  return /(?:^|[\\/])(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?)$/.test(
    path,
  );
}

function advisoriesOf(found: Fields, lock: LockFile): readonly Advisory[] {
  const described = record(found["package"])!;
  const ecosystem = text(described["ecosystem"]) ?? "npm";
  if (!/^npm(?::|$)/i.test(ecosystem)) return [];
  const name = text(described["name"]) ?? "";
  const version = text(described["version"]) ?? "";
  const entries = lock.packages.filter((entry) => entry.name === name && entry.version === version);
  const key = `${name}@${version}`;
  // What the lock file does not know cannot be called development.
  const development = entries.length > 0 && entries.every((entry) => entry.development);
  const records = list(found["vulnerabilities"])
    .map(record)
    .filter((one) => one !== undefined && one["withdrawn"] === undefined) as readonly Fields[];
  const groups = list(found["groups"]).map((group) => record(group) ?? {});
  return sameThings(records, groups).map(({ ids, members }) => ({
    ids,
    name,
    severity: severityOfGroup(ids, members, groups),
    range: version,
    titles: [`${text(members[0]?.["summary"]) ?? ids[0]} (${ids.join(", ")})`],
    production: development ? [] : [key],
    development: development ? [key] : [],
  }));
}

/** Records that name one another, directly or through a group or a common alias, are one advisory. */
function sameThings(
  records: readonly Fields[],
  groups: readonly Fields[],
): readonly { readonly ids: readonly string[]; readonly members: readonly Fields[] }[] {
  const sets: { ids: Set<string>; members: Fields[] }[] = [];
  for (const one of records) {
    const ids = new Set([String(one["id"]), ...texts(one["aliases"])]);
    for (const group of groups) {
      const together = [...texts(group["ids"]), ...texts(group["aliases"])];
      if (together.includes(String(one["id"]))) for (const id of together) ids.add(id);
    }
    const same = sets.filter((set) => [...set.ids].some((id) => ids.has(id)));
    for (const set of same) {
      for (const id of set.ids) ids.add(id);
      sets.splice(sets.indexOf(set), 1);
    }
    sets.push({ ids, members: [...same.flatMap((set) => set.members), one] });
  }
  return sets.map(({ ids, members }) => ({ ids: [...ids].sort(), members }));
}

function severityOfGroup(
  ids: readonly string[],
  members: readonly Fields[],
  groups: readonly Fields[],
): Severity {
  if (ids.some((id) => id.startsWith("MAL-"))) return "critical";
  const words = members.map((one) => severityOf(record(one["database_specific"])?.["severity"]));
  const worst = worstOf(words.filter((word) => word !== undefined));
  if (worst !== undefined) return worst;
  const scores = members.flatMap((one) => scoresOf(one));
  if (scores.length > 0) return ratingOf(Math.max(...scores));
  const computed = groups
    .filter((group) => texts(group["ids"]).some((id) => ids.includes(id)))
    .map((group) => Number.parseFloat(String(group["max_severity"])))
    .filter((score) => score >= 0 && score <= 10);
  return computed.length === 0 ? "unrated" : ratingOf(Math.max(...computed));
}

/** Of the record, and of what it says about single packages. */
function scoresOf(one: Fields): readonly number[] {
  const lists = [one["severity"], ...list(one["affected"]).map((affected) => record(affected)?.["severity"])];
  return lists
    .flatMap((severities) => list(severities))
    .map((severity) => baseScore(text(record(severity)?.["score"]) ?? ""))
    .filter((score) => score !== undefined);
}

const order: readonly Severity[] = ["critical", "high", "moderate", "low", "info"];

function worstOf(words: readonly Severity[]): Severity | undefined {
  return order.find((severity) => words.includes(severity));
}

/** A package that stands in several lock files of a scan is one. */
function merged(advisories: readonly Advisory[]): readonly Advisory[] {
  const byKey = new Map(advisories.map((one) => [JSON.stringify([one.name, one.range, one.ids]), one]));
  return [...byKey.values()];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): readonly string[] {
  return list(value).filter((item) => typeof item === "string");
}
