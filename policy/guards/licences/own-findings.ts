/** The project's own duties: a field, a text, and nothing denied in either. */
import type { Finding } from "../guard.ts";
import type { LicenceVerdict } from "./algebra.ts";
import type { InstalledPackage } from "./installed-tree.ts";
import { finding } from "./subject.ts";
import type { About } from "./subject.ts";

export function ownFindings(
  about: About,
  found: InstalledPackage,
  declared: string | undefined,
  verdict: LicenceVerdict | undefined,
  _rootTexts: readonly string[],
): Finding[] {
  if (found.manifest === undefined) return [];
  const closed = found.manifest.private && (declared === undefined || /^unlicensed$/i.test(declared));
  if (declared === undefined || verdict === undefined) {
    const message = "The project declares no licence.";
    return [
      finding(about, "own-undeclared", closed ? "note" : "warning", "own-licence", "package.json", message),
    ];
  }
  if (verdict.class === "allow") return [];
  const level = closed ? "note" : verdict.class === "deny" ? "error" : "warning";
  const message = `The project's own licence ${declared} does not allow what this policy is for: ${verdict.reasons.join("; ")}.`;
  return [finding(about, "own-licence", level, "own-licence", "package.json", message)];
}
