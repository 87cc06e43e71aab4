/** What a licence guard judges, and how it says what it found: one package at one place. */
import type { Finding } from "../guard.ts";
import type { LicenceVerdict } from "./algebra.ts";
import type { LicenceRule } from "./rules.ts";
import type { LicenceClass } from "./table.ts";

export const guardId = "licences";

/** `own`: the project and its workspaces; `unlocked`: installed, but in no lock file. */
export type Scope = "production" | "development" | "own" | "unlocked";

/** What is known about one package at one place. */
export interface PackageLicence {
  readonly name: string;
  readonly version: string;
  /** Relative to the root; "" is the project itself. */
  readonly path: string;
  readonly scope: Scope;
  readonly installed: boolean;
  /** The declared field; undefined where there is none. */
  readonly declared: string | undefined;
  /** What remains when every OR is chosen, or what an exception chose. */
  readonly chosen: string | undefined;
  /** Licences whose texts lie in the package. */
  readonly texts: readonly string[];
  /** Where those texts and the notices are, relative to the root. */
  readonly textFiles: readonly string[];
  /** Of everything found in the package, exceptions applied. */
  readonly verdict: LicenceClass;
  readonly reasons: readonly string[];
}

/** A package that has been judged, before exceptions. */
export interface Subject extends Pick<
  PackageLicence,
  "name" | "version" | "path" | "scope" | "installed" | "declared" | "texts" | "textFiles"
> {
  readonly verdict: LicenceVerdict | undefined;
  readonly findings: readonly Finding[];
}

/** Whom a finding is about. */
export interface About {
  /** `name@version`; of what an install script fetched, that of the package whose script it was. */
  readonly package: string;
  readonly path: string;
  readonly scope: Scope;
}

/** @param file relative to the package; "" for the package as a whole. */
export function finding(
  about: About,
  rule: LicenceRule,
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
export function isPinned(about: About): boolean {
  return about.scope !== "development";
}

/** Said in every message about one: what a build tool brings along is judged, and a reader may weigh it. */
export function developmentMark(about: About): string {
  return about.scope === "development" ? " (development dependency)" : "";
}
