/**
 * The contract of a guard: a check of a code base against a rule that does not depend on measurement. Each guard
 * is one file in `policy/guards/`, listed by hand in `policy/guards/index.ts`, and passes `guard.suite.ts`.
 *
 * The law:
 * - A guard never throws because of what it was pointed at. What it could not read or understand stands in
 *   `notScanned`, with a reason; an abort through `signal` and a mistake of the caller (`root` is no directory)
 *   are the only errors.
 * - Nothing scanned, or something not scanned that is not known to be harmless, is `not-checked`, never `pass`.
 * - A pardon does not make a finding disappear: it moves it to `suppressed`, with who pardoned it and why.
 * - The answer depends on the tree, the exceptions and their date only: same input, same findings in the same order.
 */
import { PolicyError } from "../errors.ts";
import type { Exception, ExceptionSet } from "../exceptions.ts";

/** `error` fails. `warning` needs a person's decision. `note` is worth knowing and decides nothing. */
export type FindingLevel = "error" | "warning" | "note";

export interface Finding {
  /** Stable, `<guard>/<rule>`: `licences/denied`, `user-space-only/namespaces`. Documented in `policy/README.md`. */
  readonly ruleId: string;
  readonly level: FindingLevel;
  /** What kind of thing it is about: `namespaces`, `overlayfs`, `licence-text` ... */
  readonly category: string;
  /** One sentence: what, where it matters, what to do. */
  readonly message: string;
  /** Relative to `root`, `/`-separated; never absolute. */
  readonly file: string;
  /** 1-based; 1 where the finding is about the whole file. */
  readonly line: number;
  /** 1-based, in UTF-16 units as editors count; 1 where the finding is about the whole line. */
  readonly column: number;
  /** `name@version` where the finding is about a package. */
  readonly package?: string;
  /**
   * What a pardon has to be pinned to, lower-case hex: sha256 of the file's bytes for texts and binaries, of the
   * trimmed line (`pinOfLine`) for source. Present: only an exception with this hash covers the finding.
   */
  readonly sha256?: string;
}

/** What a rule is about: for SARIF, for the documentation, for whoever asks why. */
export interface RuleDescription {
  /** Stable, `<guard>/<rule>`. */
  readonly id: string;
  readonly level: FindingLevel;
  readonly category: string;
  /** One line, no full stop. */
  readonly title: string;
  /** Why it matters here: one clause. */
  readonly why: string;
  /** What to do instead. */
  readonly fix: string;
  /** CVSS-like 0.0 to 10.0, as code scanning services read `security-severity`. */
  readonly securitySeverity: string;
}

export interface NotScanned {
  /** Relative to `root`; a directory ends in `/`; a package that is not there is its lock-file path. */
  readonly path: string;
  /** Stable: `unreadable`, `too-large`, `parse-error`, `language-not-covered`, `not-installed` ... */
  readonly code: string;
  readonly reason: string;
  /** Listed, and no obstacle to a pass: a search found nothing in it that a finding could be made of. */
  readonly harmless?: true;
}

/** Who pardoned a finding: an entry of the exceptions file, or a comment beside the line. */
export type Pardon =
  | { readonly kind: "exception"; readonly exception: Exception }
  | { readonly kind: "in-source"; readonly reason: string };

export interface Suppressed {
  readonly finding: Finding;
  readonly by: Pardon;
}

export type GuardVerdict = "pass" | "fail" | "not-checked";

export interface GuardResult {
  /** The guard's id. */
  readonly guard: string;
  readonly verdict: GuardVerdict;
  /** One sentence saying why the verdict is what it is. */
  readonly reason: string;
  /** How many `scannedUnit` were looked at. */
  readonly scanned: number;
  /** `packages`, `files`, `dependencies`. */
  readonly scannedUnit: string;
  /** Sorted by `compareFindings`. */
  readonly findings: readonly Finding[];
  readonly notScanned: readonly NotScanned[];
  readonly suppressed: readonly Suppressed[];
}

export interface GuardProgress {
  readonly done: number;
  /** Undefined while it is not known. */
  readonly total: number | undefined;
  /** What is being looked at now. */
  readonly current: string;
}

export interface GuardOptions {
  /** Directory to check; absolute, or relative to the working directory of the process. */
  readonly root: string;
  readonly exceptions: ExceptionSet;
  readonly onProgress?: (progress: GuardProgress) => void;
  readonly signal?: AbortSignal;
}

export interface Guard<Result extends GuardResult = GuardResult> {
  /** Stable: `licences`, `user-space-only`, `vulnerabilities`. */
  readonly id: string;
  readonly title: string;
  /** Every rule a finding of this guard can carry. */
  readonly rules?: readonly RuleDescription[];
  run(options: GuardOptions): Promise<Result>;
}

/** By file, line, column and rule, as bytes compare: the order never depends on locale or on the file system. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compareText(a.ruleId, b.ruleId) ||
    compareText(a.message, b.message)
  );
}

/**
 * The one mapping from what was found to a verdict. An error fails whatever else is missing: what is not scanned
 * cannot excuse what is known. `undecided` counts open decisions where a warning is one (licences): they keep the
 * guard from passing without failing it.
 */
export function verdictOf(found: {
  readonly scanned: number;
  readonly findings: readonly Finding[];
  readonly notScanned: readonly NotScanned[];
  readonly undecided?: number;
}): GuardVerdict {
  if (found.findings.some((finding) => finding.level === "error")) return "fail";
  const gaps = found.notScanned.filter((each) => each.harmless !== true);
  if (found.scanned === 0 || gaps.length > 0 || (found.undecided ?? 0) > 0) return "not-checked";
  return "pass";
}

/** @throws PolicyError `GUARD_ABORTED` once the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new PolicyError("GUARD_ABORTED", "the check was aborted", "run it again", { cause: signal.reason });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
