/**
 * The licence guard: zero AGPL, and nothing else that forbids distribution under Apache-2.0, in any package of a
 * project. It judges every package of the lock file by name and version, and everything that is really installed:
 * declared fields, licence texts at any depth, notices in source comments, native code and archives.
 *
 * What it may not do: believe a field where a text says otherwise, pass what it could not see, or leave a choice
 * unrecorded. Rules and examples: `policy/README.md`; the policy table: `licences/table.ts`.
 */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { PolicyError } from "../errors.ts";
import { applyExceptions } from "../exceptions.ts";
import type { Exception } from "../exceptions.ts";
import { matchesGlob } from "../glob.ts";
import { compareFindings, verdictOf } from "./guard.ts";
import type { Finding, Guard, GuardOptions, GuardResult, NotScanned } from "./guard.ts";
import { worstClass } from "./licences/algebra.ts";
import { collectDeclared, shownField } from "./licences/declared.ts";
import { isAtTop, isNotice } from "./licences/file-findings.ts";
import { readInstalledTree } from "./licences/installed-tree.ts";
import type { InstalledPackage } from "./licences/installed-tree.ts";
import { judgePackages } from "./licences/judge.ts";
import type { Judgement } from "./licences/judge.ts";
import { readLock } from "./licences/read-lock.ts";
import type { LockedPackage } from "./licences/lockfile.ts";
import { ownFindings } from "./licences/own-findings.ts";
import { finding, guardId } from "./licences/subject.ts";
import type { About, PackageLicence, Subject } from "./licences/subject.ts";
import { policyTable } from "./licences/table.ts";
import type { PolicyTable } from "./licences/table.ts";

export type { PackageLicence } from "./licences/subject.ts";

export interface LicenceResult extends GuardResult {
  readonly packages: readonly PackageLicence[];
  /** What recorded exceptions say is linked into binaries: for NOTICE. */
  readonly components: readonly { readonly package: string; readonly components: readonly string[] }[];
}

/** With the built-in policy. */
export const licences: Guard<LicenceResult> = licenceGuard();

export interface LicenceSettings {
  readonly table?: PolicyTable;
  /** Collects declared fields; default: license-checker in a process of its own. */
  readonly collect?: typeof collectDeclared;
}

export function licenceGuard(settings: LicenceSettings = {}): Guard<LicenceResult> {
  const completed = { table: policyTable, collect: collectDeclared, ...settings };
  return { id: guardId, title: "Licences", run: (options) => runLicences(options, completed) };
}

async function runLicences(
  options: GuardOptions,
  { table, collect }: Required<LicenceSettings>,
): Promise<LicenceResult> {
  const { root, signal } = options;
  await requireDirectory(root);
  const reading = await readLock(root);
  const lock = reading.kind === "lock" ? reading.lock : undefined;
  let done = 0;
  const total = lock?.placed === true ? lock.packages.length + lock.own.length : undefined;
  const tree = await readInstalledTree(
    root,
    (current) => options.onProgress?.({ done: done++, total, current: current === "" ? "." : current }),
    signal,
  );
  const collected = await collect(root, signal);
  const judgement = await judgePackages({
    root: path.resolve(root),
    table,
    lock,
    collected: collected.kind === "collected" ? collected.fields : new Map<string, string>(),
    packages: tree.packages,
  });
  const project = tree.packages[0]!;
  const own = ownFindings({
    root: path.resolve(root),
    table,
    ownPaths: lock === undefined || lock.own.length === 0 ? [""] : lock.own.map((one) => one.path),
    project,
    subjects: judgement.subjects,
    exceptions: options.exceptions.entries,
    noticeText: await noticeTextOf(root, project),
  });
  const unread =
    reading.kind === "problem" ? [{ path: reading.file, code: reading.code, reason: reading.reason }] : [];
  const remarks = [...own, ...(collected.kind === "failed" ? [collectorFailed(collected.reason, root)] : [])];
  return resultOf(options, judgement, [...tree.notScanned, ...unread, ...judgement.notScanned], remarks);
}

async function noticeTextOf(root: string, project: InstalledPackage): Promise<string | undefined> {
  const files = project.files.filter(
    ({ kind, path: at }) => kind === "licence-text" && isAtTop(at, "") && isNotice(at),
  );
  if (files.length === 0) return undefined;
  const texts = await Promise.all(files.map((file) => readFile(path.join(root, file.path), "utf8")));
  return texts.join("\n");
}

/** Nothing is lost by it, as every manifest was read here, too; but whoever expects the tool should know. */
function collectorFailed(reason: string, root: string): Finding {
  const about: About = { package: "license-checker", path: "", scope: "own" };
  const why = reason.replaceAll(path.resolve(root) + path.sep, "");
  const message = `license-checker could not collect the declared fields (${why}); they were read from the manifests.`;
  const { package: _none, ...rest } = finding(
    about,
    "collector-failed",
    "note",
    "collector",
    "package.json",
    message,
  );
  return rest;
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

function resultOf(
  { exceptions }: GuardOptions,
  { subjects, absent }: Judgement,
  notScanned: readonly NotScanned[],
  remarks: readonly Finding[],
): LicenceResult {
  const { findings, suppressed } = applyExceptions({
    guard: guardId,
    findings: [...remarks, ...subjects.flatMap((subject) => subject.findings)].sort(compareFindings),
    exceptions,
    // A choice about a binary for another platform is in use, though nothing of it is installed here.
    dormant: (exception) => absent.some((entry) => namesPackage(exception, entry)),
  });
  const sorted = [...findings].sort(compareFindings);
  const open = new Set(sorted);
  const chosenBy = new Map(
    suppressed.flatMap(({ finding, by }) =>
      by.kind === "exception" && by.exception.chosen !== undefined && finding.package !== undefined
        ? [[finding.package, by.exception.chosen] as const]
        : [],
    ),
  );
  const packages = subjects.map((subject) => packageOf(subject, open, chosenBy));
  // The project itself is no dependency: a root with nothing in it has scanned nothing.
  const scanned = subjects.filter(
    ({ installed, path, scope }) => installed && (scope !== "own" || path === ""),
  ).length;
  const dependencies = packages.filter(({ scope }) => scope !== "own").length;
  const undecided = sorted.filter(({ level }) => level === "warning").length;
  const sortedNotScanned = [...notScanned].sort((a, b) => (a.path < b.path ? -1 : 1));
  const effective = dependencies === 0 && sortedNotScanned.length > 0 ? 0 : scanned;
  const verdict = verdictOf({
    scanned: effective,
    findings: sorted,
    notScanned: sortedNotScanned,
    undecided,
  });
  const denied = sorted.filter(({ level }) => level === "error").length;
  return {
    guard: guardId,
    verdict,
    reason: reasonFor(verdict, effective, denied, undecided, sortedNotScanned.length),
    scanned: effective,
    scannedUnit: "packages",
    findings: sorted,
    notScanned: sortedNotScanned,
    suppressed,
    packages,
    components: componentsOf(exceptions.entries),
  };
}

function namesPackage(exception: Exception, entry: LockedPackage): boolean {
  return exception.package !== undefined && matchesGlob(`${entry.name}@${entry.version}`, exception.package);
}

function componentsOf(entries: readonly Exception[]): LicenceResult["components"] {
  return entries
    .filter(({ guard, components }) => guard === guardId && components.length > 0)
    .map((entry) => ({ package: entry.package ?? entry.id, components: entry.components }));
}

function packageOf(
  { findings, verdict, ...subject }: Subject,
  open: ReadonlySet<Finding>,
  chosenBy: ReadonlyMap<string, string>,
): PackageLicence {
  const remaining = findings.filter((finding) => open.has(finding) && finding.level !== "note");
  return {
    ...subject,
    declared: subject.declared === undefined ? undefined : shownField(subject.declared),
    chosen:
      chosenBy.get(`${subject.name}@${subject.version}`) ??
      (verdict === undefined ? undefined : shownField(verdict.chosen)),
    verdict: worstClass(remaining.map(({ level }) => (level === "error" ? "deny" : "review"))),
    reasons: remaining.length > 0 ? remaining.map(({ message }) => message) : (verdict?.reasons ?? []),
  };
}

function reasonFor(
  verdict: GuardResult["verdict"],
  scanned: number,
  denied: number,
  undecided: number,
  open: number,
): string {
  switch (verdict) {
    case "pass":
      return `${scanned} packages looked at, none denied, none waiting for a decision.`;
    case "fail":
      return `${denied} findings fail in ${scanned} packages.`;
    case "not-checked":
      if (scanned === 0) return "No package was looked at.";
      return open > 0
        ? `${open} things could not be looked at, and ${undecided} findings wait for a decision.`
        : `${undecided} findings in ${scanned} packages wait for a decision.`;
  }
}
