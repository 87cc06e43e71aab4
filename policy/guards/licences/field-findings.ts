/** The declared field of a package: what it means, and whether the texts beside it say the same. */
import type { Finding } from "../guard.ts";
import { evaluate, evaluateField } from "./algebra.ts";
import type { LicenceVerdict } from "./algebra.ts";
import { shownField } from "./declared.ts";
import { idsOf, parseExpression } from "./expression.ts";
import type { LicenceExpression } from "./expression.ts";
import { familyOf } from "./families.ts";
import type { LicenceTextFile } from "./file-reading.ts";
import type { Statement } from "./statements.ts";
import { developmentMark, finding } from "./subject.ts";
import type { About } from "./subject.ts";
import { classOfLicence } from "./table.ts";
import type { PolicyTable } from "./table.ts";

/** More words than these beside what is recognised are terms of their own. */
const ownTermsFromWords = 120;

/** What a text means by itself: all of its licences bind, an offered choice is ours, and what it adds is undecided. */
export function verdictOfText(file: LicenceTextFile, table: PolicyTable): LicenceVerdict | undefined {
  const offers = file.offered.map(({ ids }): LicenceExpression => ({ kind: "or", arms: ids.map(licence) }));
  // A text of an arm that the file itself offers is that arm.
  const offered = new Set(file.offered.flatMap(({ ids }) => ids.map(familyOf)));
  const bound = file.ids.filter((id) => !offered.has(familyOf(id))).map(licence);
  const arms = [...bound, ...offers];
  if (arms.length === 0) return undefined;
  return evaluate(arms.length === 1 ? arms[0]! : { kind: "and", arms }, table);
}

/** What a field means that only points to a file: `SEE LICENSE IN terms.md`. */
export function verdictOfSeenFile(
  declared: string,
  shown: string,
  file: LicenceTextFile | undefined,
  table: PolicyTable,
): LicenceVerdict {
  const undecided = (reason: string): LicenceVerdict => ({
    class: "review",
    chosen: declared,
    rejected: [],
    reasons: [reason],
  });
  if (file === undefined) return undecided(`${shown} cannot be read`);
  const verdict = verdictOfText(file, table);
  if (verdict === undefined) return undecided(`${shown} holds no licence text that is recognised`);
  if (verdict.class !== "allow") return verdict;
  // Who points to a file instead of naming a licence has something to say there.
  if (file.restriction !== undefined) return undecided(`${shown} says "... ${file.restriction} ..."`);
  if (file.unknownWords > ownTermsFromWords)
    return undecided(`${shown} has ${file.unknownWords} words that belong to no known licence`);
  return verdict;
}

function licence(id: string): LicenceExpression {
  return { kind: "licence", id };
}

/** A sentence that names licences, as a verdict. */
export function verdictOfStatement(statement: Statement, table: PolicyTable): LicenceVerdict {
  const arms = statement.ids.map(licence);
  return evaluate(arms.length === 1 ? arms[0]! : { kind: statement.choice ? "or" : "and", arms }, table);
}

/** `BSD` alone says nothing; the text beside it may. */
export function ambiguousByText(
  verdict: LicenceVerdict,
  declared: string,
  rootTexts: readonly string[],
  table: PolicyTable,
): LicenceVerdict {
  const family =
    /^(?:the )?(BSD|Apache|Python|Artistic|Creative Commons|CC|LGPL|MPL|EPL)(?:[- ](?:style|like|like style))?(?: licen[cs]e)?$/i
      .exec(declared)?.[1]
      ?.toLowerCase();
  const prefix = family === "creative commons" ? "cc" : family;
  const text = rootTexts.find((id) => prefix !== undefined && id.toLowerCase().startsWith(`${prefix}-`));
  return text === undefined ? verdict : evaluateField(text, table);
}

/** The declared field; where there is none, what the texts say, and that only as far as they agree. */
export function fieldFindings(
  about: About,
  declared: string | undefined,
  verdict: LicenceVerdict | undefined,
  rootTexts: readonly string[],
  table: PolicyTable,
): Finding[] {
  const mark = developmentMark(about);
  if (declared === undefined || verdict === undefined) {
    const known =
      rootTexts.length > 0 && rootTexts.every((id) => classOfLicence(id, table).class === "allow");
    if (known) return [];
    const texts =
      rootTexts.length > 0 ? `, its texts are ${rootTexts.join(", ")}` : " and carries no licence text";
    const message = `${about.package} declares no licence${texts}${mark}.`;
    return [finding(about, "undeclared", "warning", "field", "package.json", message)];
  }
  if (verdict.class === "allow") return [];
  const message = `${about.package} declares ${shownField(declared)}${mark} (${verdict.reasons.join("; ")}).`;
  return verdict.class === "deny"
    ? [finding(about, "denied", "error", "field", "package.json", message)]
    : [finding(about, "undecided", "warning", "field", "package.json", message)];
}

/** A second reading of the field that says something else: one of the two manifests is not the one that counts. */
export function disagreementFindings(
  about: About,
  declared: string | undefined,
  collected: string | undefined,
): Finding[] {
  if (collected === undefined || declared === undefined) return [];
  if (collected.endsWith("*") || collected.trim() === declared) return [];
  const message = `${about.package} declares ${shownField(declared)}, but ${shownField(collected)} where it is installed elsewhere.`;
  return [finding(about, "field-disagrees", "warning", "field", "package.json", message)];
}

export function mismatchFindings(
  about: About,
  verdict: LicenceVerdict | undefined,
  rootTexts: readonly string[],
): Finding[] {
  if (verdict === undefined || verdict.class === "deny" || rootTexts.length === 0) return [];
  const parsed = parseExpression(verdict.chosen);
  if (parsed.kind !== "expression") return [];
  const declaredFamilies = new Set([...idsOf(parsed.expression), ...verdict.rejected].map(familyOf));
  if (rootTexts.some((id) => declaredFamilies.has(familyOf(id)))) return [];
  const message = `${about.package} declares ${verdict.chosen}, but its text is ${rootTexts.join(", ")}${developmentMark(about)}.`;
  return [finding(about, "field-text-mismatch", "warning", "field", "package.json", message)];
}
