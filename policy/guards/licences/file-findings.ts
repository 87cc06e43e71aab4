/** What the files of a package say: licence texts, notices in sources, vendored manifests, README sections. */
import path from "node:path";
import { pinOfBytes } from "../../exceptions.ts";
import type { Finding } from "../guard.ts";
import { evaluateField, worstClass } from "./algebra.ts";
import type { LicenceVerdict } from "./algebra.ts";
import { declaredField, shownField } from "./declared.ts";
import { idsOf, parseExpression } from "./expression.ts";
import { familyOf, namesLicence } from "./families.ts";
import { verdictOfStatement } from "./field-findings.ts";
import type { LicenceTextFile, ScannedFile } from "./file-reading.ts";
import type { LicenceRule } from "./rules.ts";
import { developmentMark, finding, isPinned } from "./subject.ts";
import type { About } from "./subject.ts";
import { classOfLicence } from "./table.ts";
import type { PolicyTable } from "./table.ts";

/** Fewer words are a pointer or a name, no terms. */
const termsFromWords = 12;

/** A package's own field, as far as its files have to agree with it. */
export interface Declared {
  readonly verdict: LicenceVerdict | undefined;
  /** Families that the field offers and we did not choose: a text of theirs at the top of the package is explained. */
  readonly explained: ReadonlySet<string>;
}

export function textFindings(
  about: About,
  file: LicenceTextFile,
  { verdict, explained }: Declared,
  atTop: boolean,
  table: PolicyTable,
): Finding[] {
  const mark = developmentMark(about);
  const at = (rule: LicenceRule, level: Finding["level"], message: string): Finding => ({
    ...finding(about, rule, level, "licence-text", "", message),
    file: file.path,
    ...(level !== "note" && isPinned(about) && { sha256: file.sha256 }),
  });
  const offers = file.offered.map((offer) => ({ offer, verdict: verdictOfStatement(offer, table) }));
  // The sentence that offers a choice explains the texts of the arms that are left, in the same file.
  const left = new Set(
    offers
      .filter(({ verdict }) => verdict.class === "allow")
      .flatMap(({ verdict }) => verdict.rejected.map(familyOf)),
  );
  const judged = [
    ...file.ids
      // A text of an arm that was offered and not chosen explains itself, but only where the choice is offered.
      .filter((id) => !(atTop && explained.has(familyOf(id))) && !left.has(familyOf(id)))
      .filter((id) => !(familyOf(id) === "gpl-3.0" && isPartOfLgpl(file, atTop ? verdict : undefined)))
      .map((id) => ({ id, ...classOfLicence(id, table) })),
    ...offers
      .filter(
        ({ offer }) =>
          !(atTop && offer.ids.every((id) => isDeclared(id, verdict) || explained.has(familyOf(id)))),
      )
      .map(({ offer, verdict: { class: licenceClass, reasons } }) => ({
        id: offer.ids.join(" or "),
        class: licenceClass,
        reason: reasons.join("; "),
      })),
  ];
  const worst = worstClass(judged.map((one) => one.class));
  const found: Finding[] = [];
  if (worst !== "allow") {
    const named = judged.filter((one) => one.class === worst).map(({ id }) => id);
    const message = `${about.package} contains a text of ${named.join(", ")}${mark}: ${judged.find((one) => one.class === worst)!.reason}.`;
    found.push(
      at(
        worst === "deny" ? "text-denied" : "text-undecided",
        worst === "deny" ? "error" : "warning",
        message,
      ),
    );
  } else if (file.restriction !== undefined) {
    const message = `${path.posix.basename(file.path)} of ${about.package} adds words that may restrict${mark}: "... ${file.restriction} ...".`;
    found.push(at("text-restricts", "warning", message));
  } else if (atTop && isUnknown(file, verdict)) {
    const message = `${path.posix.basename(file.path)} of ${about.package} holds terms that are not recognised${mark}: "${file.unknown!.slice(0, 120)} ...".`;
    found.push(at("text-unknown", "warning", message));
  }
  if (left.size > 0) {
    const choices = offers.map(
      ({ offer, verdict }) => `${offer.ids.join(" or ")}: ${verdict.chosen} is chosen`,
    );
    found.push(
      at(
        "text-offers",
        "note",
        `${path.posix.basename(file.path)} of ${about.package} offers ${choices.join("; ")}.`,
      ),
    );
  }
  if (file.artwork.length > 0) {
    const message = `${path.posix.basename(file.path)} of ${about.package} puts its logo or artwork under ${file.artwork.join(", ")}: that is no code; leave it out of what you distribute.`;
    found.push(at("artwork", "note", message));
  }
  return found;
}

/** The LGPL 3 is the GPL 3 with more permissions, so whoever uses it hands on the text of both. */
function isPartOfLgpl(file: LicenceTextFile, verdict: LicenceVerdict | undefined): boolean {
  const declared = verdict === undefined ? [] : declaredIds(verdict);
  return [...file.ids, ...declared].some((id) => familyOf(id) === "lgpl-3.0");
}

/** Terms of which nothing is recognised and that do not name the licence that is declared. */
function isUnknown(file: LicenceTextFile, verdict: LicenceVerdict | undefined): boolean {
  if (file.unknown === undefined || isNotice(file.path) || verdict?.class !== "allow") return false;
  if (file.unknown.split(" ").length < termsFromWords) return false;
  return !declaredIds(verdict).some((id) => namesLicence(file.unknown!, id));
}

function isDeclared(id: string, verdict: LicenceVerdict | undefined): boolean {
  return verdict !== undefined && declaredIds(verdict).some((one) => familyOf(one) === familyOf(id));
}

function declaredIds(verdict: LicenceVerdict): readonly string[] {
  const parsed = parseExpression(verdict.chosen);
  return parsed.kind === "expression" ? [...idsOf(parsed.expression), ...verdict.rejected] : verdict.rejected;
}

/** A README that says another thing than the field, where that thing would be denied. */
export function readmeFindings(
  about: About,
  file: Extract<ScannedFile, { kind: "readme" }>,
  { verdict, explained }: Declared,
  table: PolicyTable,
): Finding[] {
  if (verdict === undefined || verdict.class === "deny") return [];
  const verdicts = file.statements.map((statement) => ({
    statement,
    said: verdictOfStatement(statement, table),
  }));
  // One sentence that grants what the field grants, and the others speak of something else.
  if (verdicts.some(({ said }) => said.class === "allow")) return [];
  const denied = verdicts.find(
    ({ statement, said }) =>
      said.class === "deny" &&
      !statement.ids.every((id) => explained.has(familyOf(id)) || isDeclared(id, verdict)),
  );
  if (denied === undefined) return [];
  const message = `${path.posix.basename(file.path)} of ${about.package} says ${denied.statement.ids.join(denied.statement.choice ? " or " : " and ")}, the field says ${verdict.chosen}${developmentMark(about)}.`;
  return [{ ...finding(about, "readme-disagrees", "warning", "readme", "", message), file: file.path }];
}

export function vendoredFindings(
  about: About,
  file: Extract<ScannedFile, { kind: "vendored-manifest" }>,
  host: { readonly name: string | undefined; readonly declared: string | undefined },
  table: PolicyTable,
): Finding[] {
  const declared = declaredField(file.manifest.licence);
  if (declared === undefined) return [];
  // A copy of the package's own manifest beside its build says nothing new.
  if (file.manifest.name === host.name && declared === host.declared) return [];
  const verdict = evaluateField(declared, table);
  if (verdict.class === "allow") return [];
  // A marker inside somebody's package that is private and unlicensed is that author's own part of it.
  if (/^unlicensed$/i.test(declared) && file.manifest.private) return [];
  const message = `${file.manifest.name ?? "A package"}, vendored in ${about.package}, declares ${shownField(declared)}${developmentMark(about)} (${verdict.reasons.join("; ")}).`;
  const rule = verdict.class === "deny" ? "denied" : "undecided";
  const level = verdict.class === "deny" ? "error" : "warning";
  return [{ ...finding(about, rule, level, "vendored", "", message), file: file.path }];
}

/**
 * Notices in source comments, one finding per licence, pinned to all files that carry it. A GPL notice is undecided
 * and not denied: it often continues with an exception or another choice, which only a reader can tell.
 */
export function headerFindings(
  about: About,
  files: readonly ScannedFile[],
  explained: ReadonlySet<string>,
  table: PolicyTable,
): Finding[] {
  const byExpression = new Map<string, Extract<ScannedFile, { kind: "source" }>[]>();
  for (const file of files) {
    if (file.kind !== "source") continue;
    for (const { expression } of file.grants)
      byExpression.set(expression, [...(byExpression.get(expression) ?? []), file]);
  }
  return [...byExpression].flatMap(([expression, carriers]) => {
    const verdict = evaluateField(expression, table);
    if (verdict.class === "allow" || explained.has(familyOf(verdict.chosen))) return [];
    const first = carriers[0]!;
    const { exact, line } = first.grants.find((grant) => grant.expression === expression)!;
    const denied = verdict.class === "deny" && (exact || !verdict.chosen.startsWith("GPL-"));
    const more = carriers.length > 1 ? ` and ${carriers.length - 1} more files` : "";
    const message = `${path.posix.basename(first.path)}${more} of ${about.package} carry a notice of ${expression}${developmentMark(about)} (${verdict.reasons.join("; ")}).`;
    const rule = denied ? "notice-denied" : "notice-undecided";
    const base = finding(about, rule, denied ? "error" : "warning", "notice", "", message);
    const sha256 = pinOfBytes(Buffer.from(carriers.map((file) => `${file.sha256}\n`).join("")));
    return [{ ...base, file: first.path, line, ...(isPinned(about) && { sha256 }) }];
  });
}

/** Notices are about what a package contains, not about the package itself. */
export function isNotice(file: string): boolean {
  return /^notice|third[-_ ]?part|3rd[-_ ]?part|\.licen[cs]e\.txt$/i.test(path.posix.basename(file));
}

export function isAtTop(file: string, packagePath: string): boolean {
  return path.posix.dirname(file) === (packagePath === "" ? "." : packagePath);
}
