/** What a report says, in one form for npm's and OSV's: which advisory concerns which packages of the lock file. */
import type { Rating } from "./cvss.ts";

/** `unrated`: nobody said how bad it is. */
export type Severity = Rating | "unrated";

export interface Advisory {
  /** GHSA, CVE and other names of the same thing, sorted; empty where the report gives none. */
  readonly ids: readonly string[];
  readonly name: string;
  readonly severity: Severity;
  /** Affected versions, as the report writes them; for a place without a version. */
  readonly range: string;
  /** One line each, perhaps with an address. */
  readonly titles: readonly string[];
  /** `name@version` of what is affected here, production and development apart. */
  readonly production: readonly string[];
  readonly development: readonly string[];
}

export interface AcceptedReport {
  readonly kind: "accepted";
  readonly advisories: readonly Advisory[];
  /** What the report itself counts, where it counts: the worse of list and count is believed. */
  readonly counted: { readonly critical: number; readonly high: number };
}

export interface RefusedReport {
  readonly kind: "refused";
  readonly reason: string;
}

export const severities: readonly Severity[] = ["critical", "high", "moderate", "low", "info", "unrated"];

/** A word for a severity in any of the usual spellings; undefined for none. */
export function severityOf(word: unknown): Severity | undefined {
  if (typeof word !== "string") return undefined;
  const lower = word.toLowerCase();
  if (lower === "medium") return "moderate";
  if (lower === "none" || lower === "informational") return "info";
  return severities.find((severity) => severity === lower && severity !== "unrated");
}

/** Registries are sometimes named with a password in front; reports are published. */
export function withoutCredentials(text: string): string {
  return text.replace(/(https?:\/\/)[^\s/@]*@/g, "$1");
}
