/** The lock file against what is installed: what is missing, what is more, what is another version. */
import type { Finding, NotScanned } from "../guard.ts";
import { evaluateField } from "./algebra.ts";
import { fieldFindings } from "./field-findings.ts";
import type { InstalledPackage } from "./installed-tree.ts";
import { requested } from "./lockfile.ts";
import type { LockedPackage, LockFile } from "./lockfile.ts";
import { developmentMark, finding } from "./subject.ts";
import type { About, Subject } from "./subject.ts";
import type { PolicyTable } from "./table.ts";

/** Packages of the lock file that are not installed. */
export function absentPackages(input: {
  readonly lock: LockFile | undefined;
  readonly entries: readonly LockedPackage[];
  readonly isPresent: (entry: LockedPackage) => boolean;
  readonly installedCount: number;
  readonly table: PolicyTable;
}): { readonly subjects: readonly Subject[]; readonly notScanned: readonly NotScanned[] } {
  const { lock, entries, isPresent, installedCount, table } = input;
  if (lock === undefined) return { subjects: [], notScanned: [] };
  const needed = new Set(lock.packages.filter(isPresent).flatMap((entry) => entry.dependsOn));
  const meant = (entry: LockedPackage): boolean => isMeantToBeAbsent(entry, needed, lock.knowsPlatforms);
  const subjects = entries.map((entry) => absentSubject(entry, meant(entry), lock.recordsLicences, table));
  const unexpected = entries.filter((entry) => !meant(entry));
  // One line for a tree that was never installed, not one for each of its packages.
  const nothingInstalled = installedCount <= 1 && unexpected.length > 0;
  const notScanned = nothingInstalled
    ? [
        {
          path: "node_modules/",
          code: "not-installed",
          reason: `none of ${unexpected.length} locked packages is installed; run ${lock.install}`,
        },
      ]
    : unexpected.map((entry) => ({
        path: entry.path,
        code: "not-installed",
        reason: `${entry.name}@${entry.version} is in the lock file and not installed; run ${lock.install}`,
      }));
  return { subjects, notScanned };
}

function absentSubject(
  entry: LockedPackage,
  meant: boolean,
  recordsLicences: boolean,
  table: PolicyTable,
): Subject {
  const about: About = {
    package: `${entry.name}@${entry.version}`,
    path: entry.path,
    scope: entry.development ? "development" : "production",
  };
  const verdict = entry.licence === undefined ? undefined : evaluateField(entry.licence, table);
  const judged = recordsLicences
    ? "judged by the field in the lock file alone"
    : "the lock file records no licences, so it is not judged; check where it is installed";
  const message = `${about.package} is not installed on this platform: ${judged}.`;
  return {
    ...about,
    name: entry.name,
    version: entry.version,
    installed: false,
    declared: entry.licence,
    verdict,
    texts: [],
    textFiles: [],
    findings: [
      ...(recordsLicences ? fieldFindings(about, entry.licence, verdict, [], table) : []),
      ...(meant ? [finding(about, "not-installed", "note", "absent", "", message)] : []),
    ],
  };
}

/** Whether the lock file's package is rightly not there: for another platform, or needed only by such. */
function isMeantToBeAbsent(
  entry: LockedPackage,
  needed: ReadonlySet<string>,
  knowsPlatforms: boolean,
): boolean {
  if (!entry.optional) return false;
  if (!knowsPlatforms) return true;
  if (!allows(entry.os, process.platform) || !allows(entry.cpu, process.arch)) return true;
  if (entry.libc.length > 0 && !allows(entry.libc, libcOfThisProcess())) return true;
  const constrained = entry.os.length + entry.cpu.length + entry.libc.length > 0;
  return !constrained && !needed.has(entry.key);
}

function allows(list: readonly string[], value: string): boolean {
  if (list.length === 0) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((item) => item.startsWith("!"));
}

function libcOfThisProcess(): string {
  const header = (process.report.getReport() as { header?: { glibcVersionRuntime?: string } }).header;
  return header?.glibcVersionRuntime === undefined ? "musl" : "glibc";
}

/** One installed package against its entry. */
export function disagreement(
  found: InstalledPackage,
  entry: LockedPackage,
  install: string,
): NotScanned | undefined {
  const { path: at, manifest } = found;
  if (manifest === undefined) {
    const reason = `${entry.name}@${entry.version} is in the lock file, but its directory has no readable package.json`;
    return { path: at, code: "not-installed", reason };
  }
  const sameName = manifest.name === undefined || manifest.name === entry.name;
  if (manifest.version === entry.version && sameName) return undefined;
  const [here, there] = [`${manifest.name}@${manifest.version}`, `${entry.name}@${entry.version}`];
  const reason = `${here} is installed, the lock file says ${there}; run ${install}`;
  return { path: at, code: "lock-disagrees", reason };
}

/** The manifests of the project against what the lock file was made for. */
export function staleManifests(
  lock: LockFile | undefined,
  manifestAt: (path: string) => Readonly<Record<string, unknown>> | undefined,
): readonly NotScanned[] {
  return (lock?.own ?? []).flatMap((own) => {
    const manifest = manifestAt(own.path);
    if (manifest === undefined || own.dependencies === undefined) return [];
    if (sameRequests(requested(manifest), own.dependencies)) return [];
    const path = own.path === "" ? "package.json" : `${own.path}/package.json`;
    const reason = "it asks for other dependencies than the lock file was made for; install again";
    return [{ path, code: "lock-stale", reason }];
  });
}

function sameRequests(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

export function unlockedFindings(about: About, name: string, lock: LockFile | undefined): Finding[] {
  if (lock === undefined) return [];
  const message = `${name} is installed${developmentMark(about)}, but no lock file names it: an install script or a hand put it there.`;
  return [finding(about, "not-in-lock", "warning", "lock", "package.json", message)];
}

/** What a package runs when it is installed, in its own words: whoever decides has to read it anyway. */
export function installScriptFindings(
  about: About,
  scripts: Readonly<Record<string, string>>,
  implicit: boolean,
): Finding[] {
  const named = Object.entries(scripts).map(([name, script]) => `${name} (${script.slice(0, 120)})`);
  if (named.length === 0 && !implicit) return [];
  const what = named.length > 0 ? named.join(", ") : "install (implicit: node-gyp rebuild)";
  const message = `${about.package} runs ${what} when it is installed${developmentMark(about)}: what that downloads or builds is not in the lock file.`;
  return [finding(about, "install-script", "warning", "install-script", "package.json", message)];
}
