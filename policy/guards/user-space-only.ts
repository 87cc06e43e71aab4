/**
 * The user-space-only guard: no overlayfs, mounts, control groups, namespaces, CAP_SYS_ADMIN or other privileged
 * kernel operations, in any language of the project. It parses, it does not grep; how it decides is told in
 * `user-space/README.md`, what is forbidden stands in `user-space/rules.ts`.
 */
import { stat } from "node:fs/promises";
import path from "node:path";
import { PolicyError } from "../errors.ts";
import { applyExceptions } from "../exceptions.ts";
import {
  compareFindings,
  verdictOf,
  type Finding,
  type Guard,
  type GuardOptions,
  type GuardResult,
  type NotScanned,
} from "./guard.ts";
import { discover } from "./user-space/discovery.ts";
import { describeRules, ruleById } from "./user-space/rules.ts";
import { guardId, scanTree, type LanguageCoverage } from "./user-space/scan.ts";
import { stagedFiles } from "./user-space/staged.ts";

export { traceCommand } from "./user-space/trace.ts";
export type { ForbiddenSystemCall, TraceOptions, TraceResult } from "./user-space/trace.ts";
export type { LanguageCoverage } from "./user-space/scan.ts";

export interface UserSpaceResult extends GuardResult {
  /** What was looked at, language by language. */
  readonly languages: readonly LanguageCoverage[];
}

export interface UserSpaceSettings {
  /** `staged`: what the next commit changes, as it is in Git's index. */
  readonly files?: "tree" | "staged";
  /** Sources of installed packages too. */
  readonly includeDependencies?: boolean;
  /** A file in a language without front end keeps the tree from passing even where nothing suspicious stands in it. */
  readonly requireFull?: boolean;
}

/** The whole tree, without the sources of dependencies. */
export const userSpaceOnly: Guard<UserSpaceResult> = userSpaceGuard();

export function userSpaceGuard(settings: UserSpaceSettings = {}): Guard<UserSpaceResult> {
  return {
    id: guardId,
    title: "User space only: no forbidden kernel mechanism",
    rules: describeRules(guardId),
    run: (options) => run(options, settings),
  };
}

async function run(options: GuardOptions, settings: UserSpaceSettings): Promise<UserSpaceResult> {
  const root = path.resolve(options.root);
  await refuseOther(root);
  const isStaged = settings.files === "staged";
  const source = isStaged
    ? await stagedFiles(root)
    : await discover(root, { includeDependencies: settings.includeDependencies === true });
  const scan = await scanTree({
    source,
    ...(options.onProgress !== undefined && { onProgress: options.onProgress }),
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  // What could not be looked at goes through the exceptions as well: a person may have looked.
  const gaps = scan.notScanned.filter((each) => each.harmless !== true || settings.requireFull === true);
  const judged = applyExceptions({
    guard: guardId,
    findings: [...scan.findings, ...gaps.map(gapFinding)],
    exceptions: options.exceptions,
    partial: isStaged,
  });
  const accepted = new Set(
    judged.suppressed.filter(({ finding }) => isGap(finding)).map(({ finding }) => finding.file),
  );
  const findings = judged.findings.filter((each) => !isGap(each)).toSorted(compareFindings);
  const notScanned = scan.notScanned
    .filter((each) => !accepted.has(each.path))
    .map((each) => (settings.requireFull === true ? withoutHarmless(each) : each));
  const result = {
    guard: guardId,
    // Nothing staged is nothing to complain about; an empty tree is no proof.
    verdict: verdictOf({
      scanned: isStaged ? Math.max(1, scan.scanned) : scan.scanned,
      findings,
      notScanned,
    }),
    scanned: scan.scanned,
    scannedUnit: "files",
    findings,
    notScanned,
    suppressed: [...scan.suppressed, ...judged.suppressed].toSorted((a, b) =>
      compareFindings(a.finding, b.finding),
    ),
    languages: scan.languages,
  };
  return { ...result, reason: reasonOf(result, isStaged) };
}

async function refuseOther(root: string): Promise<void> {
  const isDirectory = await stat(root).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (!isDirectory)
    throw new PolicyError("GUARD_ROOT", `${root} is not a directory`, "name the directory to check");
}

const gapRule = `${guardId}/not-scanned`;

function gapFinding({ path: file, code, reason }: NotScanned): Finding {
  const { level, category } = ruleById("not-scanned");
  return {
    ruleId: gapRule,
    level,
    category,
    message: `Not looked at (${code}): ${reason}.`,
    file,
    line: 1,
    column: 1,
  };
}

function isGap(finding: Finding): boolean {
  return finding.ruleId === gapRule;
}

function withoutHarmless({ path: file, code, reason }: NotScanned): NotScanned {
  return { path: file, code, reason };
}

function reasonOf(result: Omit<UserSpaceResult, "reason">, isStaged: boolean): string {
  const errors = result.findings.filter((finding) => finding.level === "error");
  const [first] = errors;
  const gaps = result.notScanned.filter((each) => each.harmless !== true).length;
  const searched = result.notScanned.length - gaps;
  switch (result.verdict) {
    case "fail":
      return `${errors.length} forbidden ${errors.length === 1 ? "use" : "uses"} of kernel mechanisms, the first in ${first?.file ?? ""}:${first?.line ?? 1}.`;
    case "not-checked":
      return result.scanned === 0 && gaps === 0
        ? "There was nothing to scan, which proves nothing."
        : `No forbidden mechanism in ${result.scanned} files, but ${gaps} could not be scanned.`;
    case "pass": {
      if (isStaged && result.scanned === 0) return "Nothing that could hold a forbidden mechanism is staged.";
      const also =
        searched === 0
          ? ""
          : `; ${searched} in languages without a front end hold none of the words it could be made of`;
      return `No forbidden kernel mechanism in ${result.scanned} files${also}.`;
    }
  }
}
