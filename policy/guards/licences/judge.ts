/** Judges every package of a tree: its field, its files, its place in the lock file. One subject each. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { pinOfBytes } from "../../exceptions.ts";
import type { Finding, NotScanned } from "../guard.ts";
import { evaluateField } from "./algebra.ts";
import type { LicenceVerdict } from "./algebra.ts";
import { declaredField } from "./declared.ts";
import { parseExpression } from "./expression.ts";
import { familyOf } from "./families.ts";
import {
  ambiguousByText,
  disagreementFindings,
  fieldFindings,
  mismatchFindings,
  verdictOfSeenFile,
} from "./field-findings.ts";
import {
  headerFindings,
  isAtTop,
  isNotice,
  readmeFindings,
  textFindings,
  vendoredFindings,
} from "./file-findings.ts";
import type { Declared } from "./file-findings.ts";
import { decodeText, licenceTextFile } from "./file-reading.ts";
import type { LicenceTextFile, ScannedFile } from "./file-reading.ts";
import type { InstalledPackage } from "./installed-tree.ts";
import {
  absentPackages,
  disagreement,
  installScriptFindings,
  staleManifests,
  unlockedFindings,
} from "./lock-findings.ts";
import { LockIndex } from "./lock-index.ts";
import type { LockedPackage, LockFile } from "./lockfile.ts";
import { manifestAt } from "./own-findings.ts";
import type { LicenceRule } from "./rules.ts";
import { developmentMark, finding, isPinned } from "./subject.ts";
import type { About, Subject } from "./subject.ts";
import type { PolicyTable } from "./table.ts";

/** A field that points to more than this points to no licence. */
const seenLimitBytes = 2 * 1024 * 1024;

export interface Judgement {
  readonly subjects: readonly Subject[];
  readonly notScanned: readonly NotScanned[];
  /** Locked packages that are not installed. */
  readonly absent: readonly LockedPackage[];
}

export interface JudgeInput {
  /** Absolute. */
  readonly root: string;
  readonly table: PolicyTable;
  readonly lock: LockFile | undefined;
  /** `name@version` to the field that the collector saw. */
  readonly collected: ReadonlyMap<string, string>;
  readonly packages: readonly InstalledPackage[];
}

export async function judgePackages(input: JudgeInput): Promise<Judgement> {
  const judge = new Judge(input);
  const subjects: Subject[] = [];
  for (const found of input.packages) subjects.push(await judge.installed(found));
  return judge.withAbsent(subjects);
}

class Judge {
  readonly #root: string;
  readonly #table: PolicyTable;
  readonly #lock: LockIndex;
  readonly #collected: ReadonlyMap<string, string>;
  readonly #packages: readonly InstalledPackage[];
  readonly #byPath: ReadonlyMap<string, InstalledPackage>;
  readonly #ownPaths: ReadonlySet<string>;

  constructor({ root, table, lock, collected, packages }: JudgeInput) {
    this.#root = root;
    this.#table = table;
    this.#lock = new LockIndex(lock);
    this.#collected = collected;
    this.#packages = packages;
    this.#byPath = new Map(packages.map((found) => [found.path, found]));
    this.#ownPaths = new Set(["", ...(lock?.own.map((own) => own.path) ?? [])]);
  }

  async installed(found: InstalledPackage): Promise<Subject> {
    const { about, entry, name, version, bundled } = this.#identity(found);
    const collected = this.#collected.get(`${name}@${version}`);
    const declared = declaredField(found.manifest?.licence) ?? fromManifest(collected) ?? entry?.licence;
    const texts = found.files.filter((file) => file.kind === "licence-text");
    const rootTexts = rootTextsOf(texts, found.path);
    const verdict = declared === undefined ? undefined : await this.#field(declared, found, rootTexts);
    const explained = new Set(verdict?.rejected.map((id) => familyOf(id)) ?? []);
    const says: Declared = { verdict, explained };
    const findings = [
      ...(await this.#packageFindings(found, about, entry, declared, verdict, rootTexts, bundled)),
    ];
    for (const file of found.files) findings.push(...(await this.#file(about, file, says, found, declared)));
    findings.push(...headerFindings(about, found.files, explained, this.#table));
    return {
      name,
      version,
      path: found.path,
      scope: about.scope,
      installed: true,
      declared,
      verdict,
      texts: [...new Set(texts.flatMap(({ ids }) => ids))],
      textFiles: texts.map((file) => file.path),
      findings: findings.map((one) => this.#weighed(one, about)),
    };
  }

  /** Who it is, whose doing it is, and to which part of the project it belongs. */
  #identity(found: InstalledPackage): {
    readonly about: About;
    readonly entry: LockedPackage | undefined;
    readonly name: string;
    readonly version: string;
    readonly bundled: boolean;
  } {
    const entry = this.#lock.find(found);
    const name = found.manifest?.name ?? entry?.name ?? nameFromPath(found.path);
    const version = found.manifest?.version ?? entry?.version ?? "";
    // What an install script put inside a locked package, or its author bundled there, is decided with that package.
    const host = entry === undefined ? this.#hostOf(found.path) : undefined;
    const hostEntry = host === undefined ? undefined : this.#lock.find(host);
    const whole = hostEntry === undefined ? `${name}@${version}` : `${hostEntry.name}@${hostEntry.version}`;
    return {
      about: { package: whole, path: found.path, scope: this.#scopeOf(found.path, entry ?? hostEntry) },
      entry,
      name,
      version,
      // npm's lock file names what authors bundle; the others leave it out.
      bundled: this.#lock.file?.placed === false && host !== undefined && bundles(host),
    };
  }

  #hostOf(at: string): InstalledPackage | undefined {
    const end = at.lastIndexOf("/node_modules/");
    return end < 0 ? undefined : this.#byPath.get(at.slice(0, end));
  }

  #scopeOf(at: string, entry: LockedPackage | undefined): Subject["scope"] {
    if (at === "") return "own";
    if (entry !== undefined) return entry.development ? "development" : "production";
    return this.#lock.file === undefined ? "production" : "unlocked";
  }

  async #packageFindings(
    found: InstalledPackage,
    about: About,
    entry: LockedPackage | undefined,
    declared: string | undefined,
    verdict: LicenceVerdict | undefined,
    rootTexts: readonly string[],
    bundled: boolean,
  ): Promise<readonly Finding[]> {
    // The project's own duties are looked at when everything else is known.
    if (about.scope === "own") return [];
    // A directory below node_modules that neither a manifest nor a lock file calls a package: only its files count.
    if (found.manifest === undefined && entry === undefined) return [];
    const name = `${found.manifest?.name ?? nameFromPath(found.path)}@${found.manifest?.version ?? ""}`;
    const unlocked = entry === undefined && !bundled && !this.#lock.hasOtherVersion(found);
    return [
      ...fieldFindings(about, declared, verdict, rootTexts, this.#table),
      ...disagreementFindings(about, declared, this.#collected.get(name)),
      ...mismatchFindings(about, verdict, rootTexts),
      ...(unlocked ? unlockedFindings(about, name, this.#lock.file) : []),
      ...installScriptFindings(
        about,
        found.manifest?.installScripts ?? {},
        entry?.installScript === true || (await this.#buildsByItself(found)),
      ),
    ];
  }

  /** npm compiles a package that has a binding.gyp and no install script of its own. */
  async #buildsByItself({ path: at, manifest }: InstalledPackage): Promise<boolean> {
    if (manifest === undefined || manifest.json["gypfile"] === false) return false;
    const found = await stat(path.join(this.#root, at, "binding.gyp")).catch(() => undefined);
    return found?.isFile() === true;
  }

  /** The field as a verdict; `SEE LICENSE IN` is what the file it points to says. */
  async #field(
    declared: string,
    found: InstalledPackage,
    rootTexts: readonly string[],
  ): Promise<LicenceVerdict> {
    const parsed = parseExpression(declared);
    if (parsed.kind !== "see-file") {
      return ambiguousByText(evaluateField(declared, this.#table), declared, rootTexts, this.#table);
    }
    const base = path.resolve(this.#root, found.path);
    const target = path.resolve(base, parsed.path);
    if (target !== base && !target.startsWith(base + path.sep)) {
      return {
        class: "review",
        chosen: declared,
        rejected: [],
        reasons: [`${parsed.path} lies outside the package`],
      };
    }
    const seen = (await this.#readText(target, parsed.path)) ?? sameStem(found, parsed.path);
    return verdictOfSeenFile(declared, parsed.path, seen, this.#table);
  }

  async #readText(target: string, shown: string): Promise<LicenceTextFile | undefined> {
    const found = await stat(target).catch(() => undefined);
    if (found?.isFile() !== true || found.size > seenLimitBytes) return undefined;
    const bytes = await readFile(target).catch(() => undefined);
    if (bytes === undefined) return undefined;
    return licenceTextFile(shown, Buffer.from(decodeText(shown, bytes))).find(
      (file): file is LicenceTextFile => file.kind === "licence-text",
    );
  }

  async #file(
    about: About,
    file: ScannedFile,
    says: Declared,
    found: InstalledPackage,
    declared: string | undefined,
  ): Promise<readonly Finding[]> {
    switch (file.kind) {
      case "licence-text":
        return textFindings(about, file, says, isAtTop(file.path, found.path), this.#table);
      case "vendored-manifest": {
        const host = { name: found.manifest?.name, declared };
        return this.#ownPaths.has(path.posix.dirname(file.path))
          ? []
          : vendoredFindings(about, file, host, this.#table);
      }
      case "readme":
        return about.scope === "own" ? [] : readmeFindings(about, file, says, this.#table);
      case "native":
      case "archive":
        return [await this.#opaque(about, file.kind, file.path)];
      case "licence-unreadable": {
        const beside = found.files.some(
          (other) =>
            other.kind === "licence-text" && path.posix.dirname(other.path) === path.posix.dirname(file.path),
        );
        return beside ? [] : [await this.#opaque(about, file.kind, file.path)];
      }
      case "source":
        return [];
    }
  }

  /** Reads the bytes only to pin them. */
  async #opaque(about: About, kind: keyof typeof opaque, at: string): Promise<Finding> {
    const { rule, message } = opaque[kind];
    const text = message(path.posix.basename(at), developmentMark(about));
    const base = { ...finding(about, rule, "warning", kind, "", text), file: at };
    if (!isPinned(about)) return base;
    const bytes = await readFile(path.join(this.#root, at)).catch(() => undefined);
    return bytes === undefined ? base : { ...base, sha256: pinOfBytes(bytes) };
  }

  /** A policy may leave what is denied in development dependencies to a person. */
  #weighed(one: Finding, about: About): Finding {
    const milder = about.scope === "development" && this.#table.development === "review";
    return milder && one.level === "error" ? { ...one, level: "warning" } : one;
  }

  /** What the lock file names besides, and where the two disagree. */
  withAbsent(subjects: readonly Subject[]): Judgement {
    const lock = this.#lock.file;
    const present = this.#lock.presentAmong(this.#packages);
    const absent = (lock?.packages ?? []).filter((entry) => !present.has(entry));
    const { subjects: missing, notScanned } = absentPackages({
      lock,
      entries: absent,
      isPresent: (entry) => present.has(entry),
      installedCount: this.#packages.length,
      table: this.#table,
    });
    return {
      subjects: [...subjects, ...missing.map((one) => this.#weighedSubject(one))],
      notScanned: [
        ...this.#packages.flatMap((found) => this.#disagreement(found)),
        ...staleManifests(lock, (at) => manifestAt(this.#byPath.get("")!, at)?.json),
        ...notScanned,
      ],
      absent,
    };
  }

  #weighedSubject(subject: Subject): Subject {
    const about = { package: "", path: subject.path, scope: subject.scope };
    return { ...subject, findings: subject.findings.map((one) => this.#weighed(one, about)) };
  }

  #disagreement(found: InstalledPackage): readonly NotScanned[] {
    const install = this.#lock.file?.install ?? "npm ci";
    const entry = this.#lock.find(found);
    if (entry !== undefined) return [disagreement(found, entry, install)].filter((one) => one !== undefined);
    const other = this.#lock.hasOtherVersion(found);
    return other === undefined
      ? []
      : [disagreement(found, other, install)].filter((one) => one !== undefined);
  }
}

const opaque: Readonly<
  Record<
    "native" | "archive" | "licence-unreadable",
    { readonly rule: LicenceRule; readonly message: (name: string, mark: string) => string }
  >
> = {
  native: {
    rule: "native-code",
    message: (name: string, mark: string) =>
      `Native code whose parts nobody sees (${name})${mark}: record which components it holds, under which licences.`,
  },
  archive: {
    rule: "archive",
    message: (name: string, mark: string) =>
      `An archive whose parts nobody sees (${name})${mark}: record which components it holds, under which licences.`,
  },
  "licence-unreadable": {
    rule: "text-unreadable",
    message: (name: string, mark: string) =>
      `A licence that is no plain text (${name})${mark}: read it and record what it says.`,
  },
};

/** Licences of the texts at the top of a package: what its author says about the whole of it. */
function rootTextsOf(texts: readonly LicenceTextFile[], at: string): readonly string[] {
  return [
    ...new Set(
      texts
        .filter((file) => isAtTop(file.path, at) && !isNotice(file.path))
        .flatMap(({ ids, offered }) => [...ids, ...offered.flatMap((offer) => offer.ids)]),
    ),
  ];
}

/** `SEE LICENSE IN LICENSE` where the file is LICENSE.md. */
function sameStem(found: InstalledPackage, shown: string): LicenceTextFile | undefined {
  const stem = (name: string): string =>
    path.posix
      .basename(name)
      .toLowerCase()
      .replace(/\.\w+$/, "")
      .replace("licence", "license");
  return found.files.find(
    (file): file is LicenceTextFile =>
      file.kind === "licence-text" && isAtTop(file.path, found.path) && stem(file.path) === stem(shown),
  );
}

function nameFromPath(at: string): string {
  return at.slice(at.lastIndexOf("node_modules/") + "node_modules/".length);
}

/** What the collector guessed from a README (`MIT*`) is no declaration. */
function fromManifest(collected: string | undefined): string | undefined {
  return collected?.endsWith("*") ? undefined : collected;
}

/** Whether a package brings packages along; what those need lies beside them. */
function bundles(host: InstalledPackage): boolean {
  const list = host.manifest?.json["bundleDependencies"] ?? host.manifest?.json["bundledDependencies"];
  return list === true || (Array.isArray(list) && list.length > 0);
}
