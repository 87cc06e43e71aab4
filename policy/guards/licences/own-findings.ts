/**
 * The project's own duties, the outbound side of a licence: each of its packages declares a licence that this policy
 * allows, carries its text, names in NOTICE what is compiled or bundled into what it ships, and publishes nothing that
 * is denied. A private package is not published: what it declares is its owner's business.
 */
import path from "node:path";
import type { Exception } from "../../exceptions.ts";
import { matchesGlob } from "../../glob.ts";
import type { Finding } from "../guard.ts";
import { evaluateField } from "./algebra.ts";
import { declaredField, shownField } from "./declared.ts";
import { idsOf, parseExpression } from "./expression.ts";
import { familyOf } from "./families.ts";
import { isAtTop, isNotice } from "./file-findings.ts";
import type { Manifest } from "./file-reading.ts";
import type { InstalledPackage } from "./installed-tree.ts";
import { texts } from "./lockfile.ts";
import { publishedFiles } from "./published-files.ts";
import type { LicenceRule } from "./rules.ts";
import { finding } from "./subject.ts";
import type { About, Subject } from "./subject.ts";
import type { PolicyTable } from "./table.ts";

export interface OwnInput {
  /** Absolute. */
  readonly root: string;
  readonly table: PolicyTable;
  /** Paths of the project's own packages; "" is the root. */
  readonly ownPaths: readonly string[];
  /** The project itself, with everything in it that is in no `node_modules`. */
  readonly project: InstalledPackage;
  readonly subjects: readonly Subject[];
  readonly exceptions: readonly Exception[];
  /** Text of the project's NOTICE files; undefined where there is none. */
  readonly noticeText: string | undefined;
}

/** Findings about every package of the project, and about all of it. */
export function ownFindings(input: OwnInput): readonly Finding[] {
  const packages = input.ownPaths.flatMap((at) => {
    const manifest = manifestAt(input.project, at);
    return manifest === undefined ? [] : [{ at, manifest }];
  });
  return [
    ...packages.flatMap(({ at, manifest }) => [
      ...declarationFindings(input, at, manifest),
      ...publicationFindings(input, at, manifest),
    ]),
    ...noticeFindings(input),
  ];
}

export function manifestAt(project: InstalledPackage, at: string): Manifest | undefined {
  if (at === "") return project.manifest;
  const file = project.files.find(
    (candidate) => candidate.kind === "vendored-manifest" && candidate.path === `${at}/package.json`,
  );
  return file?.kind === "vendored-manifest" ? file.manifest : undefined;
}

function aboutOf(at: string, manifest: Manifest): About {
  return { package: `${manifest.name ?? ""}@${manifest.version ?? ""}`, path: at, scope: "own" };
}

function declarationFindings(
  { table, project }: OwnInput,
  at: string,
  manifest: Manifest,
): readonly Finding[] {
  const about = aboutOf(at, manifest);
  const declared = declaredField(manifest.licence);
  const own = (rule: LicenceRule, level: Finding["level"], message: string): Finding =>
    finding(about, rule, level, "own-licence", "package.json", message);
  const who = at === "" ? "The project" : (manifest.name ?? at);
  const closed = manifest.private && (declared === undefined || /^unlicensed$/i.test(declared));
  if (declared === undefined)
    return [own("own-undeclared", closed ? "note" : "warning", `${who} declares no licence.`)];
  const verdict = evaluateField(declared, table);
  if (verdict.class !== "allow") {
    const level = closed ? "note" : verdict.class === "deny" ? "error" : "warning";
    const message = `${who}: its own licence ${shownField(declared)} does not allow what this policy is for: ${verdict.reasons.join("; ")}.`;
    return [own("own-licence", level, message)];
  }
  // Whoever distributes under a licence has to give a copy of it (Apache-2.0, section 4(a)).
  const ids = textIds(project, at) ?? textIds(project, "");
  const level = isMeantToBePublished(manifest) ? "warning" : "note";
  if (ids === undefined && manifest.private) return [];
  if (ids === undefined)
    return [
      own(
        "own-text-missing",
        level,
        `${who} declares ${declared} and carries no text of it: add a LICENSE file.`,
      ),
    ];
  const parsed = parseExpression(verdict.chosen);
  const families = new Set(parsed.kind === "expression" ? idsOf(parsed.expression).map(familyOf) : []);
  if (ids.length === 0 || ids.some((id) => families.has(familyOf(id)))) return [];
  return [
    own("own-text-mismatch", "warning", `${who} declares ${declared}, but its LICENSE is ${ids.join(", ")}.`),
  ];
}

/** An application that nobody marked private says nothing of what a registry would serve. */
function isMeantToBePublished({ private: closed, json }: Manifest): boolean {
  return !closed && ["files", "publishConfig", "main", "exports", "bin", "types"].some((key) => key in json);
}

/** Licences of the texts in a directory of the project; undefined where there is no text. */
function textIds(project: InstalledPackage, at: string): readonly string[] | undefined {
  const files = project.files.filter(
    (file) => file.kind === "licence-text" && isAtTop(file.path, at) && !isNotice(file.path),
  );
  return files.length === 0
    ? undefined
    : files.flatMap((file) => (file.kind === "licence-text" ? file.ids : []));
}

const deniedRules: ReadonlySet<string> = new Set([
  "licences/text-denied",
  "licences/notice-denied",
  "licences/denied",
]);

/** A pardon for a text in the repository is no pardon to hand it on. */
function publicationFindings(
  { root, project, subjects }: OwnInput,
  at: string,
  manifest: Manifest,
): readonly Finding[] {
  if (!isMeantToBePublished(manifest)) return [];
  const about = aboutOf(at, manifest);
  const published = new Set(
    publishedFiles(path.join(root, at), manifest.json).map((file) => (at === "" ? file : `${at}/${file}`)),
  );
  const own = subjects.find((subject) => subject.path === project.path);
  const denied = (own?.findings ?? []).filter(
    ({ ruleId, file }) => deniedRules.has(ruleId) && published.has(file),
  );
  const bundled = bundledNames(manifest).flatMap((name) => {
    const subject = subjects.find(
      (one) =>
        one.path === (at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`) ||
        one.path === `node_modules/${name}`,
    );
    const error = subject?.findings.find(({ level }) => level === "error");
    return error === undefined ? [] : [{ ...error, message: `The bundled ${name}: ${error.message}` }];
  });
  return [...denied, ...bundled].map(({ file, line, message, sha256 }) => ({
    ...finding(
      about,
      "own-publishes-denied",
      "error",
      "own-licence",
      "",
      `npm would publish this with ${about.package}: ${message}`,
    ),
    file,
    line,
    ...(sha256 !== undefined && { sha256 }),
  }));
}

function bundledNames(manifest: Manifest): readonly string[] {
  const list = manifest.json["bundleDependencies"] ?? manifest.json["bundledDependencies"];
  return list === true ? Object.keys(manifest.json["dependencies"] ?? {}) : texts(list);
}

/** What recorded exceptions say is in packages of the product has to be named in NOTICE (Apache-2.0, section 4(d)). */
function noticeFindings({ project, subjects, exceptions, noticeText }: OwnInput): readonly Finding[] {
  const manifest = project.manifest;
  if (manifest === undefined) return [];
  const shipped = subjects.filter(
    ({ scope, installed }) => installed && (scope === "production" || scope === "unlocked"),
  );
  const components = exceptions
    .filter(
      ({ guard, package: glob }) =>
        guard === "licences" &&
        glob !== undefined &&
        shipped.some(({ name, version }) => matchesGlob(`${name}@${version}`, glob)),
    )
    .flatMap((exception) => exception.components);
  const about = aboutOf("", manifest);
  const at = (rule: LicenceRule, level: Finding["level"], message: string): Finding =>
    finding(about, rule, level, "own-licence", "NOTICE", message);
  const bundled = bundledNames(manifest).filter((name) => hasNotice(subjects, name));
  if (noticeText === undefined) {
    const what = [...components, ...bundled];
    return what.length === 0
      ? []
      : [
          at(
            "own-notice-missing",
            isMeantToBePublished(manifest) ? "warning" : "note",
            `There is no NOTICE that names what is shipped along: ${what.slice(0, 5).join("; ")}${what.length > 5 ? " ..." : ""}.`,
          ),
        ];
  }
  const flat = noticeText.replace(/\s+/g, " ");
  const unnamed = [...components.map((component) => component.split(" (")[0]!), ...bundled].filter(
    (name) => !flat.includes(name.replace(/\s+/g, " ")),
  );
  return unnamed.length === 0
    ? []
    : [at("own-notice-incomplete", "warning", `NOTICE does not name ${unnamed.join("; ")}.`)];
}

function hasNotice(subjects: readonly Subject[], name: string): boolean {
  return subjects.some(
    (subject) => subject.name === name && subject.textFiles.some((file) => isNotice(file)),
  );
}
