/**
 * The licence guard: zero AGPL, and nothing else that forbids distribution under Apache-2.0, in any package of an npm
 * project. It judges every package of the lock file by name and version, and everything that is really installed:
 * declared fields, licence texts at any depth, notices in source comments, native code and archives.
 *
 * What it may not do: believe a field where a text says otherwise, pass what it could not see, or leave a choice
 * unrecorded. Rules and examples: `policy/README.md`; the policy table: `licences/table.ts`.
 */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { PolicyError } from "../errors.ts";
import { applyExceptions, pinOfBytes } from "../exceptions.ts";
import type { Exception } from "../exceptions.ts";
import { matchesGlob } from "../glob.ts";
import { compareFindings, verdictOf } from "./guard.ts";
import type { Finding, Guard, GuardOptions, GuardResult, NotScanned } from "./guard.ts";
import { evaluateField, worstClass } from "./licences/algebra.ts";
import type { LicenceVerdict } from "./licences/algebra.ts";
import { collectDeclared, declaredField } from "./licences/declared.ts";
import { idsOf, parseExpression } from "./licences/expression.ts";
import { readInstalledTree } from "./licences/installed-tree.ts";
import type { InstalledPackage, ScannedFile } from "./licences/installed-tree.ts";
import { readLock, requested } from "./licences/lockfile.ts";
import type { LockedPackage, LockFile } from "./licences/lockfile.ts";
import { classOfLicence, policyTable } from "./licences/table.ts";
import type { LicenceClass, PolicyTable } from "./licences/table.ts";
import { recogniseTexts } from "./licences/texts.ts";

const guardId = "licences";

/** What is known about one package at one place. */
export interface PackageLicence {
  readonly name: string;
  readonly version: string;
  /** Relative to the root; "" is the project itself. */
  readonly path: string;
  /** `own`: the project and its workspaces; `unlocked`: installed, but in no lock file. */
  readonly scope: "production" | "development" | "own" | "unlocked";
  readonly installed: boolean;
  /** The declared field; undefined where there is none. */
  readonly declared: string | undefined;
  /** What remains when every OR is chosen, or what an exception chose. */
  readonly chosen: string | undefined;
  /** Licences whose texts lie in the package. */
  readonly texts: readonly string[];
  /** Of everything found in the package, exceptions applied. */
  readonly verdict: LicenceClass;
  readonly reasons: readonly string[];
}

export interface LicenceResult extends GuardResult {
  readonly packages: readonly PackageLicence[];
  /** What recorded exceptions say is linked into binaries: for NOTICE. */
  readonly components: readonly { readonly package: string; readonly components: readonly string[] }[];
}

/** A package while it is being judged. */
interface Subject {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly scope: PackageLicence["scope"];
  readonly installed: boolean;
  readonly declared: string | undefined;
  readonly verdict: LicenceVerdict | undefined;
  readonly texts: readonly string[];
  readonly findings: readonly Finding[];
}

export const licences: Guard<LicenceResult> = {
  id: guardId,
  title: "Licences",
  run: (options) => runLicences(options, policyTable),
};

/** The guard with a policy table, or a collector of declared fields, of one's own. */
export async function runLicences(
  options: GuardOptions,
  table: PolicyTable,
  collect: typeof collectDeclared = collectDeclared,
): Promise<LicenceResult> {
  const { root, signal } = options;
  await requireDirectory(root);
  const reading = await readLock(root);
  const lock = reading.kind === "lock" ? reading.lock : undefined;
  let done = 0;
  const total = lock === undefined ? undefined : lock.packages.length + lock.own.length;
  const tree = await readInstalledTree(
    root,
    (current) => options.onProgress?.({ done: done++, total, current: current === "" ? "." : current }),
    signal,
  );
  const notScanned: NotScanned[] = [...tree.notScanned];
  if (reading.kind === "problem")
    notScanned.push({ path: reading.file, code: reading.code, reason: reading.reason });

  const collected = await collect(root, signal);
  const fields = collected.kind === "collected" ? collected.fields : new Map<string, string>();
  const lockedByPath = new Map(lock?.packages.map((entry) => [entry.path, entry]));
  const judge = new Judge(root, table, lock, lockedByPath, fields, tree.packages);
  const installed: Subject[] = [];
  for (const found of tree.packages) installed.push(await judge.installed(found));
  const present = new Set(tree.packages.map((found) => found.path));
  const absent = (lock?.packages ?? []).filter((entry) => !present.has(entry.path));
  const missing = judge.absent(absent, present, tree.packages.length);
  notScanned.push(...judge.disagreements(tree.packages), ...missing.notScanned);

  const remark = collected.kind === "failed" ? [collectorFailed(collected.reason, root)] : [];
  return resultOf(options, [...installed, ...missing.subjects], notScanned, absent, remark);
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
  subjects: readonly Subject[],
  notScanned: readonly NotScanned[],
  absent: readonly LockedPackage[],
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
  subject: Subject,
  open: ReadonlySet<Finding>,
  chosenBy: ReadonlyMap<string, string>,
): PackageLicence {
  const remaining = subject.findings.filter((finding) => open.has(finding) && finding.level !== "note");
  return {
    name: subject.name,
    version: subject.version,
    path: subject.path,
    scope: subject.scope,
    installed: subject.installed,
    declared: subject.declared,
    chosen: chosenBy.get(`${subject.name}@${subject.version}`) ?? subject.verdict?.chosen,
    texts: subject.texts,
    verdict: worstClass(remaining.map(({ level }) => (level === "error" ? "deny" : "review"))),
    reasons:
      remaining.length > 0 ? remaining.map(({ message }) => message) : (subject.verdict?.reasons ?? []),
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

class Judge {
  readonly #root: string;
  readonly #table: PolicyTable;
  readonly #lock: LockFile | undefined;
  readonly #locked: ReadonlyMap<string, LockedPackage>;
  readonly #collected: ReadonlyMap<string, string>;
  readonly #ownPaths: ReadonlySet<string>;
  readonly #manifestOf: ReadonlyMap<string, InstalledPackage>;

  constructor(
    root: string,
    table: PolicyTable,
    lock: LockFile | undefined,
    locked: ReadonlyMap<string, LockedPackage>,
    collected: ReadonlyMap<string, string>,
    packages: readonly InstalledPackage[],
  ) {
    this.#root = root;
    this.#table = table;
    this.#lock = lock;
    this.#locked = locked;
    this.#collected = collected;
    this.#ownPaths = new Set(["", ...(lock?.own.map((own) => own.path) ?? [])]);
    this.#manifestOf = new Map(packages.map((found) => [found.path, found]));
  }

  async installed(found: InstalledPackage): Promise<Subject> {
    const entry = this.#locked.get(found.path);
    const name = found.manifest?.name ?? entry?.name ?? nameFromPath(found.path);
    const version = found.manifest?.version ?? entry?.version ?? "";
    // What an install script put inside a locked package is that package's doing, and is decided with it.
    const host = entry === undefined ? this.#hostOf(found.path) : undefined;
    const scope = this.#scopeOf(found.path, entry ?? host);
    const about: About = {
      package: host === undefined ? `${name}@${version}` : `${host.name}@${host.version}`,
      path: found.path,
      scope,
    };
    const declared =
      declaredField(found.manifest?.licence) ??
      fromReadme(this.#collected.get(`${name}@${version}`)) ??
      entry?.licence;
    const texts = found.files.filter((file) => file.kind === "licence-text");
    const rootTexts = [
      ...new Set(
        texts
          .filter((file) => isAtTop(file.path, found.path) && !isNotice(file.path))
          .flatMap(({ ids }) => ids),
      ),
    ];
    const verdict = declared === undefined ? undefined : await this.#field(declared, found, rootTexts);
    const findings =
      // A directory below node_modules that neither a manifest nor a lock file calls a package: only its files count.
      scope !== "own" && found.manifest === undefined && entry === undefined
        ? []
        : scope === "own"
          ? this.#ownFindings(about, found, declared, verdict)
          : [
              ...fieldFindings(about, declared, verdict, rootTexts, this.#table),
              ...disagreementFindings(about, declared, this.#collected.get(`${name}@${version}`)),
              ...mismatchFindings(about, verdict, rootTexts),
              ...(entry === undefined ? unlockedFindings(about, `${name}@${version}`, this.#lock) : []),
              ...installScriptFindings(about, found, entry),
            ];
    const explained = new Set(verdict?.rejected.map((id) => familyOf(id)) ?? []);
    for (const file of found.files) findings.push(...(await this.#file(about, file, explained, found)));
    return {
      name,
      version,
      path: found.path,
      scope,
      installed: true,
      declared,
      verdict,
      texts: [...new Set(texts.flatMap(({ ids }) => ids))],
      findings: [...findings, ...headerFindings(about, found, this.#table, explained)],
    };
  }

  #hostOf(at: string): LockedPackage | undefined {
    const end = at.lastIndexOf("/node_modules/");
    return end < 0 ? undefined : this.#locked.get(at.slice(0, end));
  }

  #scopeOf(at: string, entry: LockedPackage | undefined): Subject["scope"] {
    if (at === "") return "own";
    if (entry !== undefined) return entry.development ? "development" : "production";
    return this.#lock === undefined ? "production" : "unlocked";
  }

  /** The field as a verdict; `SEE LICENSE IN` is what the file it points to says. */
  async #field(
    declared: string,
    found: InstalledPackage,
    rootTexts: readonly string[],
  ): Promise<LicenceVerdict> {
    const parsed = parseExpression(declared);
    if (parsed.kind !== "see-file")
      return ambiguousByText(evaluateField(declared, this.#table), declared, rootTexts);
    const base = path.resolve(this.#root, found.path);
    const target = path.resolve(base, parsed.path);
    const undecided = (why: string): LicenceVerdict => ({
      class: "review",
      chosen: declared,
      rejected: [],
      reasons: [why],
    });
    if (target !== base && !target.startsWith(base + path.sep))
      return undecided(`${parsed.path} lies outside the package`);
    const text = await readFile(target, "utf8").catch(() => undefined);
    if (text === undefined) return undecided(`${parsed.path} cannot be read`);
    const ids = recogniseTexts(text);
    if (ids.length === 0) return undecided(`${parsed.path} holds no licence text that is recognised`);
    return evaluateField(ids.join(" AND "), this.#table);
  }

  /** The project's own duties: a field, a text, and nothing denied in either. */
  #ownFindings(
    about: About,
    found: InstalledPackage,
    declared: string | undefined,
    verdict: LicenceVerdict | undefined,
  ): Finding[] {
    if (found.manifest === undefined) return [];
    const closed = found.manifest.private && (declared === undefined || /^unlicensed$/i.test(declared));
    if (declared === undefined || verdict === undefined) {
      return [
        finding(
          about,
          "own-undeclared",
          closed ? "note" : "warning",
          "own-licence",
          "package.json",
          "The project declares no licence.",
        ),
      ];
    }
    if (verdict.class === "allow") return [];
    const level = closed ? "note" : verdict.class === "deny" ? "error" : "warning";
    const message = `The project's own licence ${declared} does not allow what this policy is for: ${verdict.reasons.join("; ")}.`;
    return [finding(about, "own-licence", level, "own-licence", "package.json", message)];
  }

  async #file(
    about: About,
    file: ScannedFile,
    explained: ReadonlySet<string>,
    found: InstalledPackage,
  ): Promise<Finding[]> {
    switch (file.kind) {
      case "licence-text":
        return textFindings(about, file, explained, isAtTop(file.path, found.path), this.#table);
      case "vendored-manifest":
        return this.#ownPaths.has(path.posix.dirname(file.path))
          ? []
          : vendoredFindings(about, file, this.#table);
      case "native":
      case "archive":
        return [await this.#opaque(about, file.kind, file.path)];
      case "source":
        return [];
    }
  }

  /** Reads the bytes only to pin them. */
  async #opaque(about: About, kind: "native" | "archive", at: string): Promise<Finding> {
    const what = kind === "native" ? "Native code" : "An archive";
    const message = `${what} whose parts nobody sees (${path.posix.basename(at)})${dev(about)}: record which components it holds, under which licences.`;
    const rule = kind === "native" ? "native-code" : "archive";
    const base = { ...finding(about, rule, "warning", kind, "", message), file: at };
    if (!isPinned(about)) return base;
    const bytes = await readFile(path.join(this.#root, at)).catch(() => undefined);
    return bytes === undefined ? base : { ...base, sha256: pinOfBytes(bytes) };
  }

  /** Packages of the lock file that are not installed. */
  absent(
    entries: readonly LockedPackage[],
    present: ReadonlySet<string>,
    installedCount: number,
  ): { readonly subjects: readonly Subject[]; readonly notScanned: readonly NotScanned[] } {
    const needed = new Set(
      (this.#lock?.packages ?? []).filter((entry) => present.has(entry.path)).flatMap((entry) => entry.needs),
    );
    const subjects = entries.map((entry): Subject => {
      const about: About = {
        package: `${entry.name}@${entry.version}`,
        path: entry.path,
        scope: entry.development ? "development" : "production",
      };
      const verdict = entry.licence === undefined ? undefined : evaluateField(entry.licence, this.#table);
      const findings = [
        ...fieldFindings(about, entry.licence, verdict, [], this.#table),
        ...(isMeantToBeAbsent(entry, needed)
          ? [
              finding(
                about,
                "not-installed",
                "note",
                "absent",
                "",
                `${about.package} is not installed on this platform: judged by the field in the lock file alone.`,
              ),
            ]
          : []),
      ];
      return {
        ...about,
        name: entry.name,
        version: entry.version,
        installed: false,
        declared: entry.licence,
        verdict,
        texts: [],
        findings,
      };
    });
    const unexpected = entries.filter((entry) => !isMeantToBeAbsent(entry, needed));
    // One line for a tree that was never installed, not one for each of its packages.
    const nothingInstalled = installedCount <= 1 && unexpected.length > 0;
    const notScanned = nothingInstalled
      ? [
          {
            path: "node_modules/",
            code: "not-installed",
            reason: `none of ${unexpected.length} locked packages is installed; run npm ci`,
          },
        ]
      : unexpected.map((entry) => ({
          path: entry.path,
          code: "not-installed",
          reason: `${entry.name}@${entry.version} is in the lock file and not installed; run npm ci`,
        }));
    return { subjects, notScanned };
  }

  /** Lock file against what is installed, and against the manifests it was made from. */
  disagreements(packages: readonly InstalledPackage[]): readonly NotScanned[] {
    const found: NotScanned[] = [];
    for (const { path: at, manifest } of packages) {
      const entry = this.#locked.get(at);
      if (entry === undefined) continue;
      if (manifest === undefined) {
        const reason = `${entry.name}@${entry.version} is in the lock file, but its directory has no readable package.json`;
        found.push({ path: at, code: "not-installed", reason });
        continue;
      }
      if (
        manifest.version !== entry.version ||
        (manifest.name !== undefined && manifest.name !== entry.name)
      ) {
        const [here, there] = [`${manifest.name}@${manifest.version}`, `${entry.name}@${entry.version}`];
        found.push({
          path: at,
          code: "lock-disagrees",
          reason: `${here} is installed, the lock file says ${there}; run npm ci`,
        });
      }
    }
    for (const own of this.#lock?.own ?? []) {
      const manifest = this.#ownManifest(own.path);
      if (manifest !== undefined && !sameRequests(requested(manifest), own.dependencies)) {
        const file = own.path === "" ? "package.json" : `${own.path}/package.json`;
        found.push({
          path: file,
          code: "lock-stale",
          reason: "it asks for other dependencies than the lock file was made for; run npm install",
        });
      }
    }
    return found;
  }

  #ownManifest(at: string): Readonly<Record<string, unknown>> | undefined {
    const root = this.#manifestOf.get("");
    if (at === "") return root?.manifest?.json;
    const file = root?.files.find(
      (candidate) => candidate.kind === "vendored-manifest" && candidate.path === `${at}/package.json`,
    );
    return file?.kind === "vendored-manifest" ? file.manifest.json : undefined;
  }
}

interface About {
  readonly package: string;
  readonly path: string;
  readonly scope: Subject["scope"];
}

function finding(
  about: About,
  rule: string,
  level: Finding["level"],
  category: string,
  file: string,
  message: string,
): Finding {
  const at = about.path === "" ? file : file === "" ? about.path : `${about.path}/${file}`;
  return {
    ruleId: `${guardId}/${rule}`,
    level,
    category,
    message,
    file: at,
    line: 1,
    column: 1,
    package: about.package,
  };
}

/** What is distributed is decided by its bytes; development tools are decided by name and version. */
function isPinned(about: About): boolean {
  return about.scope !== "development";
}

function dev(about: About): string {
  return about.scope === "development" ? " (development dependency)" : "";
}

/** The declared field; where there is none, what the texts say, and that only as far as they agree. */
function fieldFindings(
  about: About,
  declared: string | undefined,
  verdict: LicenceVerdict | undefined,
  rootTexts: readonly string[],
  table: PolicyTable,
): Finding[] {
  if (declared === undefined || verdict === undefined) {
    const known =
      rootTexts.length > 0 && rootTexts.every((id) => classOfLicence(id, table).class === "allow");
    if (known) return [];
    const texts =
      rootTexts.length > 0 ? `, its texts are ${rootTexts.join(", ")}` : " and carries no licence text";
    return [
      finding(
        about,
        "undeclared",
        "warning",
        "field",
        "package.json",
        `${about.package} declares no licence${texts}${dev(about)}.`,
      ),
    ];
  }
  if (verdict.class === "allow") return [];
  const message = `${about.package} declares ${declared}${dev(about)} (${verdict.reasons.join("; ")}).`;
  return verdict.class === "deny"
    ? [finding(about, "denied", "error", "field", "package.json", message)]
    : [finding(about, "undecided", "warning", "field", "package.json", message)];
}

/** A second reading of the field that says something else: one of the two manifests is not the one that counts. */
function disagreementFindings(
  about: About,
  declared: string | undefined,
  collected: string | undefined,
): Finding[] {
  if (
    collected === undefined ||
    declared === undefined ||
    collected.endsWith("*") ||
    collected.trim() === declared
  )
    return [];
  const message = `${about.package} declares ${declared}, but ${collected} where it is installed elsewhere.`;
  return [finding(about, "field-disagrees", "warning", "field", "package.json", message)];
}

function mismatchFindings(
  about: About,
  verdict: LicenceVerdict | undefined,
  rootTexts: readonly string[],
): Finding[] {
  if (verdict === undefined || verdict.class === "deny" || rootTexts.length === 0) return [];
  const parsed = parseExpression(verdict.chosen);
  if (parsed.kind !== "expression") return [];
  const declaredFamilies = new Set([...idsOf(parsed.expression), ...verdict.rejected].map(familyOf));
  if (rootTexts.some((id) => declaredFamilies.has(familyOf(id)))) return [];
  const message = `${about.package} declares ${verdict.chosen}, but its text is ${rootTexts.join(", ")}${dev(about)}.`;
  return [finding(about, "field-text-mismatch", "warning", "field", "package.json", message)];
}

/** `BSD` alone says nothing; the text beside it may. */
function ambiguousByText(
  verdict: LicenceVerdict,
  declared: string,
  rootTexts: readonly string[],
): LicenceVerdict {
  const family = /^(BSD|Apache|Python|Artistic|Public Domain)(?: licen[cs]e)?$/i
    .exec(declared)?.[1]
    ?.toLowerCase();
  const text = rootTexts.find((id) => family !== undefined && id.toLowerCase().startsWith(`${family}-`));
  return text === undefined ? verdict : evaluateField(text, policyTable);
}

function unlockedFindings(about: About, name: string, lock: LockFile | undefined): Finding[] {
  if (lock === undefined) return [];
  const message = `${name} is installed${dev(about)}, but no lock file names it: an install script or a hand put it there.`;
  return [finding(about, "not-in-lock", "warning", "lock", "package.json", message)];
}

function installScriptFindings(
  about: About,
  found: InstalledPackage,
  entry: LockedPackage | undefined,
): Finding[] {
  const scripts = found.manifest?.installScripts ?? [];
  if (scripts.length === 0 && entry?.installScript !== true) return [];
  const named = scripts.length > 0 ? scripts.join(", ") : "install (implicit)";
  const message = `${about.package} runs ${named} when it is installed${dev(about)}: what that downloads or builds is not in the lock file.`;
  return [finding(about, "install-script", "warning", "install-script", "package.json", message)];
}

function textFindings(
  about: About,
  file: Extract<ScannedFile, { kind: "licence-text" }>,
  explained: ReadonlySet<string>,
  atTop: boolean,
  table: PolicyTable,
): Finding[] {
  const judged = file.ids
    // A text of an arm that was offered and not chosen explains itself, but only where the choice is offered.
    .filter((id) => !(atTop && explained.has(familyOf(id))))
    .map((id) => ({ id, ...classOfLicence(id, table) }));
  const worst = worstClass(judged.map((one) => one.class));
  if (worst === "allow") return [];
  const named = judged.filter((one) => one.class === worst).map(({ id }) => id);
  const message = `${about.package} contains a text of ${named.join(", ")}${dev(about)}: ${judged.find((one) => one.class === worst)!.reason}.`;
  const rule = worst === "deny" ? "text-denied" : "text-undecided";
  const base = finding(about, rule, worst === "deny" ? "error" : "warning", "licence-text", "", message);
  return [{ ...base, file: file.path, ...(isPinned(about) && { sha256: file.sha256 }) }];
}

function vendoredFindings(
  about: About,
  file: Extract<ScannedFile, { kind: "vendored-manifest" }>,
  table: PolicyTable,
): Finding[] {
  const declared = declaredField(file.manifest.licence);
  if (declared === undefined) return [];
  const verdict = evaluateField(declared, table);
  if (verdict.class === "allow") return [];
  // A marker inside somebody's package that is private and unlicensed is that author's own part of it.
  if (/^unlicensed$/i.test(declared) && file.manifest.private) return [];
  const message = `${file.manifest.name ?? "A package"}, vendored in ${about.package}, declares ${declared}${dev(about)} (${verdict.reasons.join("; ")}).`;
  const rule = verdict.class === "deny" ? "denied" : "undecided";
  const level = verdict.class === "deny" ? "error" : "warning";
  return [{ ...finding(about, rule, level, "vendored", "", message), file: file.path }];
}

/**
 * Notices in source comments, one finding per licence, pinned to all files that carry it. A GPL notice is undecided
 * and not denied: it often continues with an exception or another choice, which only a reader can tell.
 */
function headerFindings(
  about: About,
  found: InstalledPackage,
  table: PolicyTable,
  explained: ReadonlySet<string>,
): Finding[] {
  const byExpression = new Map<string, Extract<ScannedFile, { kind: "source" }>[]>();
  for (const file of found.files) {
    if (file.kind !== "source") continue;
    for (const { expression } of file.grants)
      byExpression.set(expression, [...(byExpression.get(expression) ?? []), file]);
  }
  return [...byExpression].flatMap(([expression, files]) => {
    const verdict = evaluateField(expression, table);
    if (verdict.class === "allow" || explained.has(familyOf(verdict.chosen))) return [];
    const first = files[0]!;
    const { exact, line } = first.grants.find((grant) => grant.expression === expression)!;
    const denied = verdict.class === "deny" && (exact || !verdict.chosen.startsWith("GPL-"));
    const more = files.length > 1 ? ` and ${files.length - 1} more files` : "";
    const message = `${path.posix.basename(first.path)}${more} of ${about.package} carry a notice of ${expression}${dev(about)} (${verdict.reasons.join("; ")}).`;
    const base = finding(
      about,
      denied ? "notice-denied" : "notice-undecided",
      denied ? "error" : "warning",
      "notice",
      "",
      message,
    );
    const sha256 = pinOfBytes(Buffer.from(files.map((file) => `${file.sha256}\n`).join("")));
    return [{ ...base, file: first.path, line, ...(isPinned(about) && { sha256 }) }];
  });
}

/** Whether the lock file's package is rightly not there: for another platform, or needed only by such. */
function isMeantToBeAbsent(entry: LockedPackage, needed: ReadonlySet<string>): boolean {
  if (!entry.optional) return false;
  if (!allows(entry.os, process.platform) || !allows(entry.cpu, process.arch)) return true;
  if (entry.libc.length > 0 && !allows(entry.libc, libcOfThisProcess())) return true;
  const constrained = entry.os.length + entry.cpu.length + entry.libc.length > 0;
  return !constrained && !needed.has(entry.name);
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

/** Licences that one text serves: `GPL-2.0-only` and `-or-later` are the same text, and so are some of MIT's kin. */
function familyOf(id: string): string {
  const lower = id
    .toLowerCase()
    .replace(/(?:-only|-or-later|\+)$/, "")
    .replace(/ with .*$/, "");
  if (["mit", "mit-0", "x11", "mit-modern-variant"].includes(lower)) return "mit";
  if (["psf-2.0", "python-2.0", "python-2.0.1"].includes(lower)) return "python";
  return lower;
}

function isAtTop(file: string, packagePath: string): boolean {
  return path.posix.dirname(file) === (packagePath === "" ? "." : packagePath);
}

/** Notices are about what a package contains, not about the package itself. */
function isNotice(file: string): boolean {
  return /^notice|third[-_ ]?part|3rd[-_ ]?part/i.test(path.posix.basename(file));
}

function nameFromPath(at: string): string {
  return at.slice(at.lastIndexOf("node_modules/") + "node_modules/".length);
}

/** What the collector guessed from a README (`MIT*`) is no declaration. */
function fromReadme(collected: string | undefined): string | undefined {
  return collected?.endsWith("*") ? undefined : collected;
}

function sameRequests(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}
